package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"vmesskit/codec"
	"vmesskit/inspect/report"
	"vmesskit/inspect/report/inner"
	"vmesskit/inspect/session"
)

// newFile is a file that is written through a buffer.
type newFile struct {
	name string
	file io.WriteCloser
	*bufio.Writer
}

// createNew makes a file. What an interrupt leaves of it is not whole.
func createNew(ctx context.Context, env *Env, name string) (*newFile, error) {
	f, err := env.newFile(name)
	if err != nil {
		return nil, err
	}
	return &newFile{name, f, bufio.NewWriterSize(&stopping{ctx, f}, 64<<10)}, nil
}

// close tells the first error, that of err before its own.
func (w *newFile) close(err error) error {
	if flushed := w.Flush(); err == nil {
		err = flushed
	}
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	return unwritable(w.name, err)
}

// unwritable says which file could not be written.
func unwritable(name string, err error) error {
	var known *inputError
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, &known) {
		return err
	}
	return unreadable(name, err)
}

// conversations is --write.
type conversations struct {
	*newFile
	made *inner.Conversations
}

func beginConversations(ctx context.Context, env *Env, name string, list []*report.Session) (output, error) {
	w, err := createNew(ctx, env, name)
	if err != nil {
		return nil, err
	}
	return &conversations{w, inner.NewConversations(w, "vmesskit "+buildVersion(), list)}, nil
}

func (c *conversations) session(s *report.Session) (session.Tap, *codec.Trace) {
	return c.made.Tap(s), nil
}

func (c *conversations) finish() (string, error) {
	return called(c.name) + ": " + plural(c.made.Count(), "conversation"), c.close(c.made.Flush())
}

// files is --extract.
type files struct {
	name string
	made *inner.Files
}

func beginFiles(ctx context.Context, env *Env, name string, list []*report.Session) (output, error) {
	if err := env.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, unreadable(name, err)
	}
	made, err := inner.NewFiles(&folder{ctx, env, name}, list)
	if err != nil {
		return nil, err
	}
	return &files{name, made}, nil
}

func (f *files) session(s *report.Session) (session.Tap, *codec.Trace) { return f.made.Tap(s), nil }

func (f *files) finish() (string, error) {
	err := f.made.Close()
	n, _ := f.made.Count()
	return called(f.name) + ": " + plural(n, "file") + " and " + inner.IndexName + ", which says what they are", unwritable(f.name, err)
}

// folder makes the files of a folder.
type folder struct {
	ctx  context.Context
	env  *Env
	name string
}

func (f *folder) Create(name string) (io.WriteCloser, error) {
	path := filepath.Join(f.name, name)
	w, err := f.env.New(path, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, exists(path)
	}
	return f.stopping(path, w, err)
}

func (f *folder) Append(name string) (io.WriteCloser, error) {
	path := filepath.Join(f.name, name)
	w, err := f.env.Append(path)
	return f.stopping(path, w, err)
}

// stopping ends the writing of a file when the run is interrupted.
func (f *folder) stopping(path string, w io.WriteCloser, err error) (io.WriteCloser, error) {
	if err != nil {
		return nil, unreadable(path, err)
	}
	return struct {
		io.Writer
		io.Closer
	}{&stopping{f.ctx, w}, w}, nil
}

func exists(name string) error {
	return usagef("%s is there already, and nothing is overwritten", show(name)).or("name another one, or remove it")
}

// check looks that nothing would be overwritten, before captures are read for what
// cannot be written then.
func (o *outputOptions) check(env *Env) error {
	for _, name := range []string{o.write, o.html} {
		if name == "" || name == "-" {
			continue
		}
		if info, err := env.Stat(name); err == nil && taken(info) {
			return exists(name)
		}
	}
	if o.extract == "" {
		return nil
	}
	info, err := env.Stat(o.extract)
	switch {
	case err != nil:
		return nil // it is made, or that fails and says why
	case !info.IsDir():
		return exists(o.extract)
	}
	return env.checkEmpty(o.extract)
}

// taken reports whether a file is not to be written to. One that is empty may be,
// and a pipe or device.
func taken(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Size() > 0 || info.IsDir()
}

// checkEmpty refuses a folder with something in it: files of two runs side by side
// could not be told apart.
func (e *Env) checkEmpty(name string) error {
	f, err := e.Open(name)
	if err != nil {
		return unreadable(name, err)
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil
	}
	if list, _ := folder.ReadDir(1); len(list) > 0 {
		return usagef("the folder %s is not empty, and nothing is mixed into it", show(name)).or("name another one, or empty it")
	}
	return nil
}

// newFile makes a file that only its owner can read, for what was carried is in
// it. What is there and is not empty stays as it is. "-" is the standard output.
func (e *Env) newFile(name string) (io.WriteCloser, error) {
	if name == "-" {
		return standardOutput{e.Stdout}, nil
	}
	f, err := e.New(name, 0o600)
	if errors.Is(err, fs.ErrExist) {
		info, failed := e.Stat(name)
		if failed != nil || taken(info) {
			return nil, exists(name)
		}
		f, err = e.Create(name, 0o600) // empty, or a pipe or device
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	return f, nil
}
