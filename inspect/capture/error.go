package capture

import (
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Error says what could not be read of a capture file.
type Error struct {
	File string // name of the input
	What string // what was being read
	Off  int64  // where, in the unpacked file; -1 if nothing was read at all
	Seen string // what was there; may be empty
	Want string // what should have been; may be empty
	Err  error  // what the reader below said; may be nil
}

// Error gives, for example, "a.pcap: packet 3 at 512: captured length
// 4294967295, want at most 1048576".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File + ": " + e.What)
	if e.Off >= 0 {
		b.WriteString(" at " + num(e.Off))
	}
	sep := ": "
	for _, part := range []string{e.Seen, wanted(e.Want), cause(e.Err)} {
		if part == "" {
			continue
		}
		b.WriteString(sep + part)
		sep = ", "
	}
	return b.String()
}

// Unwrap gives the error of the reader below.
func (e *Error) Unwrap() error { return e.Err }

func wanted(s string) string {
	if s == "" {
		return ""
	}
	return "want " + s
}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// damage makes the error for something that does not fit at the buffer's
// position.
func (b *buffer) damage(what, seen, want string) error {
	return &Error{File: b.name, What: what, Off: b.off, Seen: seen, Want: want}
}

// short makes the error for a structure of n bytes of which only the bytes
// of got are there. No byte at all is a clean end.
func (b *buffer) short(what string, got []byte, n int64, err error) error {
	eof := errors.Is(err, io.EOF)
	if eof && len(got) == 0 {
		return io.EOF
	}
	e := &Error{File: b.name, What: what, Off: b.off, Seen: num(len(got)) + " bytes", Want: num(n)}
	if !eof {
		e.Err = err
	}
	return e
}

// num writes a number. fmt would do, but it is too heavy for the module that
// runs in a browser.
func num[T int | int64 | uint16 | uint32](n T) string { return strconv.FormatInt(int64(n), 10) }

// spaced writes bytes in hex, with spaces between.
func spaced(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ' ')
		}
		out = hex.AppendEncode(out, []byte{c})
	}
	return string(out)
}
