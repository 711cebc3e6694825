package handshake

import (
	"errors"
	"strconv"
)

// Action is what the owner of a connection has to do next.
type Action uint8

const (
	// More: read on and feed again. Nothing has been decided.
	More Action = iota
	// Accept: the header is good. The body begins at Decision.Body.
	Accept
	// Drain: rejected. Read on and feed again, exactly as for More, until the
	// answer is Close; throw away what comes. Nothing of it must show outside.
	Drain
	// Close: rejected and done. Close the connection without a word.
	Close
)

var actionNames = [...]string{More: "more", Accept: "accept", Drain: "drain", Close: "close"}

// String gives "more", "accept", "drain" or "close".
func (a Action) String() string { return name(actionNames[:], "Action", uint8(a)) }

// Decision is the answer to the bytes that a connection has brought so far. It
// says nothing of why: that is for logs, and in Reason.
type Decision struct {
	Action Action
	Body   int // Accept: where the body begins in what was fed
	Total  int // Drain: how many bytes of the connection, counted from its first, are read before it is closed
}

// ErrRejected is the only error that a rejection has, whatever its cause.
var ErrRejected = errors.New("vmess: rejected")

// Err gives ErrRejected for Drain and Close, and nil else.
func (d Decision) Err() error {
	if d.Action == Drain || d.Action == Close {
		return ErrRejected
	}
	return nil
}

// name looks v up, or writes it as Kind(9).
func name(names []string, kind string, v uint8) string {
	if int(v) < len(names) {
		return names[v]
	}
	return kind + "(" + strconv.Itoa(int(v)) + ")"
}
