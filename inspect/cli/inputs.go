package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
)

// maxZstdWindow is what a decoder may be asked to keep: that of zstd's --long.
const maxZstdWindow = 128 << 20

// unpackers are the packers besides gzip.
var unpackers = map[string]func(io.Reader) (io.Reader, error){
	"zstd": func(r io.Reader) (io.Reader, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	},
}

// inputs are the captures of a run.
type inputs struct {
	list  []capture.Input
	size  int64        // of all files together; -1 where that is not known
	read  atomic.Int64 // bytes of them that were read so far
	spool Spool
}

// openInputs prepares the files; the decoder opens them. With again, each can
// be opened more than once, also the standard input.
func openInputs(ctx context.Context, env *Env, names []string, again bool) (*inputs, error) {
	in := &inputs{}
	seen := map[string]bool{}
	for _, name := range names {
		clean := filepath.Clean(name)
		if seen[clean] {
			env.note("note: %s is given twice and read once", called(name))
			continue
		}
		seen[clean] = true
		if name == "-" {
			if err := in.addStdin(ctx, env, again); err != nil {
				in.close()
				return nil, err
			}
			continue
		}
		in.addFile(ctx, env, name)
	}
	if again && in.size > 0 {
		in.size *= 2
	}
	return in, nil
}

func (in *inputs) close() {
	if in.spool != nil {
		in.spool.Close()
	}
}

func (in *inputs) addFile(ctx context.Context, env *Env, name string) {
	in.list = append(in.list, capture.Input{Name: name, Open: func() (io.ReadCloser, error) {
		f, err := env.open(name)
		if err != nil {
			return nil, err
		}
		return &watched{ctx, f, f, &in.read}, nil
	}})
	f, err := env.open(name)
	if err != nil {
		return // the decoder finds it as well
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && in.size >= 0 {
		in.size += info.Size()
	} else {
		in.size = -1
	}
}

func (in *inputs) addStdin(ctx context.Context, env *Env, again bool) error {
	in.size = -1
	src := &stdin{ctx: ctx, src: env.Stdin}
	if !again {
		opened := false
		in.list = append(in.list, capture.Input{Name: called("-"), Once: true, Open: func() (io.ReadCloser, error) {
			if opened {
				return nil, errors.New("can be read once only")
			}
			opened = true
			return &watched{ctx, src, io.NopCloser(nil), &in.read}, nil
		}})
		return nil
	}
	spool, err := env.Spool()
	if err != nil {
		return unreadable("a temporary file for the standard input", err)
	}
	in.spool = spool
	n, err := io.Copy(spool, src)
	if err != nil && ctx.Err() == nil {
		return unreadable(called("-"), err)
	}
	in.list = append(in.list, capture.Input{Name: called("-"), Open: func() (io.ReadCloser, error) {
		return &watched{ctx, io.NewSectionReader(spool, 0, n), io.NopCloser(nil), &in.read}, nil
	}})
	return nil
}

// warn tells which files were damaged, or were no captures.
func (in *inputs) warn(ctx context.Context, env *Env, files []capture.File) {
	if ctx.Err() != nil {
		return // the end came from outside
	}
	for i := range files {
		if s := report.Damage(&files[i]); s != "" {
			env.note("warning: %s", s)
		}
	}
}

// inputFault says in a user's words which input was at fault.
func inputFault(err error) error {
	var bad *capture.Error
	if !errors.As(err, &bad) {
		return err
	}
	var known *inputError
	if errors.As(bad.Err, &known) {
		return known
	}
	return &inputError{err}
}

// errInterrupted ends the reading when the user asked for the end.
type errInterrupted struct{ more string }

func (e errInterrupted) Error() string { return "interrupted" + e.more }

// Is makes it a cancelled context's error.
func (errInterrupted) Is(target error) bool { return target == context.Canceled }

// interrupted says what an interrupt left of a run that ended with err.
func interrupted(err error) error {
	var limit *limitError
	if err == nil || errors.Is(err, errNegative) || errors.As(err, &limit) {
		return errInterrupted{"; the result is of what was read until then"}
	}
	return errInterrupted{}
}

// watched counts what is read of an input, and ends it when the run is
// interrupted.
type watched struct {
	ctx context.Context
	src io.Reader
	io.Closer
	read *atomic.Int64
}

func (w *watched) Read(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, errInterrupted{}
	}
	n, err := w.src.Read(p)
	w.read.Add(int64(n))
	return n, err
}

// stdin is the standard input. A read of it may wait for long, so that it is
// done elsewhere, into memory of its own.
type stdin struct {
	ctx  context.Context
	src  io.Reader
	buf  []byte
	rest []byte // of buf, not yet handed out
	err  error
}

func (s *stdin) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		s.fill()
	}
	if len(s.rest) == 0 {
		return 0, s.err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stdin) fill() {
	type result struct {
		n   int
		err error
	}
	if s.buf == nil {
		s.buf = make([]byte, 64<<10)
	}
	got := make(chan result, 1)
	go func() {
		n, err := s.src.Read(s.buf)
		got <- result{n, err}
	}()
	select {
	case r := <-got:
		s.rest, s.err = s.buf[:r.n], r.err
	case <-s.ctx.Done():
		s.err = errInterrupted{} // the reading above goes on until the process ends
	}
}
