package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
	"vmesskit/inspect/report/inner"
	"vmesskit/inspect/session"
)

// outputOptions names the files that are made of what sessions carried.
type outputOptions struct {
	write   string // pcapng of the inner streams; "-" is the standard output
	extract string // folder for a file a direction
	html    string // page; "-" as above
}

func (o *outputOptions) any() bool { return o.write != "" || o.extract != "" || o.html != "" }

// takesStdout reports whether a file goes where the list would.
func (o *outputOptions) takesStdout() bool { return o.write == "-" || o.html == "-" }

// output is one of them in the making: it takes part in the second reading of
// the captures.
type output interface {
	// session says what is wanted of a session, in either of the two; nil for
	// nothing.
	session(s *report.Session) (session.Tap, *codec.Trace)
	// finish writes the rest and says in words what there is.
	finish() (what string, err error)
}

// gather is a report.Writer that keeps what it is told and passes it on.
type gather struct {
	report.Writer
	capture  *capture.Summary
	sessions []*report.Session
	summary  *report.Summary
}

func (g *gather) Capture(c *capture.Summary) error {
	g.capture = c
	return g.Writer.Capture(c)
}

func (g *gather) Session(s *report.Session) error {
	g.sessions = append(g.sessions, s)
	return g.Writer.Session(s)
}

func (g *gather) Summary(s *report.Summary) error {
	g.summary = s
	return g.Writer.Summary(s)
}

// nowhere is a report.Writer that writes nothing.
type nowhere struct{}

func (nowhere) Capture(*capture.Summary) error { return nil }
func (nowhere) Session(*report.Session) error  { return nil }
func (nowhere) Other(*report.Other) error      { return nil }
func (nowhere) Summary(*report.Summary) error  { return nil }

// writeOutputs reads the captures again and makes the files of the sessions that
// are listed.
func writeOutputs(ctx context.Context, env *Env, in *inputs, options inspect.Options, o *decodeOptions, g *gather, progress *progress) error {
	list, err := o.beginOutputs(ctx, env, g)
	if err == nil {
		err = readAgain(in, options, g.sessions, list)
	}
	progress.done()
	for _, out := range list {
		what, failed := out.finish()
		if err == nil && failed == nil {
			env.note("%s", what)
		}
		if err == nil {
			err = failed
		}
	}
	return err
}

// readAgain gives each session's second reading to the outputs.
func readAgain(in *inputs, options inspect.Options, sessions []*report.Session, list []output) error {
	wanted := make(map[int]*report.Session, len(sessions))
	for _, s := range sessions {
		wanted[s.Facts.Ordinal] = s
	}
	return inspect.Again(in.list, options, func(ordinal int) *session.Again {
		s := wanted[ordinal]
		if s == nil {
			return nil
		}
		again := s.Facts.Again()
		var taps []session.Tap
		for _, out := range list {
			tap, trace := out.session(s)
			if tap != nil {
				taps = append(taps, tap)
			}
			if trace != nil {
				again.Trace = trace
			}
		}
		if len(taps) > 0 {
			again.Tap = inner.Tee(taps...)
		}
		return again
	})
}

// beginOutputs opens what is asked for. What is open is given also if another
// one fails.
func (o *decodeOptions) beginOutputs(ctx context.Context, env *Env, g *gather) (list []output, err error) {
	if o.outputs.write != "" {
		out, err := beginConversations(ctx, env, o.outputs.write, g.sessions)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	if o.outputs.extract != "" {
		out, err := beginFiles(ctx, env, o.outputs.extract, g.sessions)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	if o.outputs.html != "" {
		out, err := beginPage(ctx, env, o, g)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	return list, nil
}

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

// newFile makes a file that only its owner can read, for what was carried is in
// it. What is there and is not empty stays as it is. "-" is the standard output.
func (e *Env) newFile(name string) (io.WriteCloser, error) {
	if name == "-" {
		return standardOutput{e.Stdout}, nil
	}
	f, err := e.New(name, 0o600)
	if errors.Is(err, fs.ErrExist) {
		info, failed := e.Stat(name)
		if failed != nil || info.Mode().IsRegular() && info.Size() > 0 || info.IsDir() {
			return nil, exists(name)
		}
		f, err = e.Create(name, 0o600) // empty, or a pipe or device
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	return f, nil
}

// plural writes a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
