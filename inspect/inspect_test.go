package inspect_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/session"
)

// TestTraceOfNoSession: an index that no session has is told from inputs that
// cannot be read.
func TestTraceOfNoSession(t *testing.T) {
	id := codec.ID{1}
	file := longCapture(t, id, 1000)
	o := inspect.Options{Accounts: []session.Account{{Account: codec.Account{ID: id}}}}
	inputs := []capture.Input{{Name: "one", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(file)), nil
	}}}

	s, trace, err := inspect.Trace(inputs, o, 1, 0)
	if err != nil || s.Index != 1 || len(trace.Spans) == 0 {
		t.Fatalf("session 1: %+v, %v", s, err)
	}

	var none *inspect.NoSession
	for _, index := range []int{0, 2, -1} {
		_, _, err = inspect.Trace(inputs, o, index, 0)
		if want := (inspect.NoSession{Index: index, Sessions: 1}); !errors.As(err, &none) || *none != want {
			t.Errorf("got %v, want %v", err, &want)
		}
	}

	inputs[0].Open = func() (io.ReadCloser, error) { return nil, fs.ErrPermission }
	_, _, err = inspect.Trace(inputs, o, 2, 0)
	if none = nil; errors.As(err, &none) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want that the file cannot be read", err)
	}
}
