package main

import (
	"errors"
	"io"
	"syscall/js"
)

var uint8Array = js.Global().Get("Uint8Array")

// source reads a Uint8Array piece by piece, so that a capture is not copied
// into the memory of the module, which never shrinks.
type source struct {
	array     js.Value
	off, size int
}

func (s *source) Read(p []byte) (int, error) {
	if s.off == s.size {
		return 0, io.EOF
	}
	n := js.CopyBytesToGo(p, s.array.Call("subarray", s.off))
	if n == 0 && len(p) > 0 {
		return 0, errors.New("the array was taken away while it was read")
	}
	s.off += n
	return n, nil
}

func (s *source) Close() error { return nil }

// sink hands pieces to a function. What the function throws is the error.
type sink struct{ write js.Value }

func (s sink) Write(p []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, ok := r.(js.Error)
			if !ok {
				panic(r)
			}
			n, err = 0, thrown
		}
	}()
	piece := uint8Array.New(len(p))
	js.CopyBytesToJS(piece, p)
	s.write.Invoke(piece)
	return len(p), nil
}
