package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/term"
)

// Env is what a command sees of the outside world.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Open           func(name string) (fs.File, error)
	Stat           func(name string) (fs.FileInfo, error)
	Create         func(name string, perm fs.FileMode) (io.WriteCloser, error)
	New            func(name string, perm fs.FileMode) (io.WriteCloser, error) // fs.ErrExist if there is one
	Append         func(name string) (io.WriteCloser, error)
	Mkdir          func(name string, perm fs.FileMode) error
	Spool          func() (Spool, error) // for input that has to be read twice
	Tick           func(time.Duration) (ticks <-chan time.Time, stop func())
	Now            func() time.Time         // for what is built, never for what is decoded
	Rand           io.Reader                // for new ids
	Columns        func(stream any) (n int) // width of the terminal behind a stream of this Env; 0 if it is none
}

// Spool is a file for one run. Close removes it.
type Spool interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// System is the process's own environment.
func System() Env {
	return Env{
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Getenv: os.Getenv,
		Open:   func(name string) (fs.File, error) { return os.Open(name) },
		Create: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
		},
		Stat: os.Stat,
		New: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		},
		Append: func(name string) (io.WriteCloser, error) { return os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0) },
		Mkdir:  os.Mkdir,
		Spool:  newSpool,
		Tick: func(d time.Duration) (<-chan time.Time, func()) {
			t := time.NewTicker(d)
			return t.C, t.Stop
		},
		Now:     time.Now,
		Rand:    rand.Reader,
		Columns: columns,
	}
}

// tempFile is a Spool in the system's folder for temporary files.
type tempFile struct{ *os.File }

func newSpool() (Spool, error) {
	f, err := os.CreateTemp("", "vmess-")
	if err != nil {
		return nil, err
	}
	// Where the system allows it the name goes at once, so that nothing is
	// left behind by a run that is killed.
	os.Remove(f.Name())
	return tempFile{f}, nil
}

func (f tempFile) Close() error {
	err := f.File.Close()
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	return err
}

func columns(stream any) int {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// readFile reads a whole file of at most limit bytes; "-" is the standard
// input.
func (e *Env) readFile(name string, limit int64) ([]byte, error) {
	src := e.Stdin
	if name != "-" {
		f, err := e.open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		src = f
	}
	text, err := io.ReadAll(io.LimitReader(src, limit+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	if int64(len(text)) > limit {
		return nil, unreadable(name, fmt.Errorf("more than %d bytes, which is more than it can have", limit))
	}
	return text, nil
}

// open opens a file that is no folder.
func (e *Env) open(name string) (fs.File, error) {
	f, err := e.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, unreadable(name, errors.New("is a folder, want a file"))
	}
	return f, nil
}
