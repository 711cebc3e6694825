package inspector

import (
	"errors"
	"strings"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// Kind says in one word whose fault an Error is.
type Kind string

// The kinds of errors.
const (
	KindRequest  Kind = "request"  // the request cannot be carried out as it is
	KindUsers    Kind = "users"    // the list of users cannot be read
	KindCapture  Kind = "capture"  // no capture can be read
	KindWrite    Kind = "write"    // the sink refused a piece
	KindInternal Kind = "internal" // ours
)

// Error says why there is no result. Its text never holds an id.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// decodeFault tells the faults of captures from those of the sink.
func decodeFault(err error) error {
	if _, ok := errors.AsType[*capture.Error](err); ok {
		return &Error{KindCapture, err}
	}
	return &Error{KindWrite, err}
}

// rescue turns a panic into an error.
func rescue(err *error) {
	r := recover()
	if r == nil {
		return
	}
	const ours = "internal error: "
	text := strings.TrimPrefix(flow.PanicText(r), ours)
	*err = &Error{KindInternal, errors.New(ours + text)}
}
