package main

import (
	"errors"
	"io"
	"syscall/js"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/wasm/api/inspector"
)

// decode is called with a request, whose fields inspector.js has checked, and
// the two functions of a promise. Its work is done when the call returns,
// because nothing in it waits; but it must not run in the call itself, where a
// function of the caller could call back.
func decode(_ js.Value, args []js.Value) any {
	request, resolve, reject := args[0], args[1], args[2]
	go func() {
		defer func() {
			if r := recover(); r != nil {
				reject.Invoke(string(inspector.KindInternal), "internal error: "+flow.PanicText(r))
			}
		}()
		result, err := inspector.Decode(requestOf(request), sink{request.Get("write")})
		if err != nil {
			rejectWith(reject, err)
			return
		}
		resolve.Invoke(map[string]any{
			"sessions": result.Sessions,
			"failed":   result.Failed,
			"limits":   list(result.Limits),
			"hidden":   list(result.Hidden),
		})
	}()
	return nil
}

func requestOf(v js.Value) *inspector.Request {
	r := &inspector.Request{
		Users:       v.Get("users").String(),
		All:         v.Get("all").Bool(),
		NoHash:      v.Get("noHash").Bool(),
		ShowSecrets: v.Get("showSecrets").Bool(),
	}
	captures, ports := v.Get("captures"), v.Get("ports")
	for i := range captures.Length() {
		c := captures.Index(i)
		bytes := c.Get("bytes")
		r.Captures = append(r.Captures, capture.Input{Name: c.Get("name").String(), Open: func() (io.ReadCloser, error) {
			return &source{array: bytes, size: bytes.Length()}, nil
		}})
	}
	for i := range ports.Length() {
		r.Ports = append(r.Ports, uint16(ports.Index(i).Int()))
	}
	return r
}

func rejectWith(reject js.Value, err error) {
	kind, cause := inspector.KindInternal, js.Undefined()
	if known, ok := errors.AsType[*inspector.Error](err); ok {
		kind = known.Kind
	}
	if thrown, ok := errors.AsType[js.Error](err); ok {
		cause = thrown.Value
	}
	reject.Invoke(string(kind), err.Error(), cause)
}

func list[T any](items []T) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = item
	}
	return out
}
