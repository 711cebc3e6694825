package wire

import "strconv"

// Kind says what sort of trouble an error is. It is itself an error, so that
// errors.Is(err, KindAuth) asks whether err is of that kind.
type Kind uint8

const (
	KindShort       Kind = iota + 1 // more bytes are needed; fine so far
	KindMalformed                   // the structure contradicts itself
	KindAuth                        // a tag or an echoed value does not fit the key
	KindChecksum                    // a checksum does not fit its bytes
	KindUnsupported                 // a value that no peer speaks
	KindLimit                       // larger than anything that is allowed
)

var kinds = [...]struct{ name, phrase string }{
	KindShort:       {"short", "needs more bytes"},
	KindMalformed:   {"malformed", "malformed"},
	KindAuth:        {"auth", "not authentic"},
	KindChecksum:    {"checksum", "wrong checksum"},
	KindUnsupported: {"unsupported", "unsupported"},
	KindLimit:       {"limit", "over the limit"},
}

// String gives the word for the kind that is used everywhere: in Go, in
// vectors, in JSON.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kinds) {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kinds[k].name
}

func (k Kind) Error() string { return "vmess: " + k.phrase() }

func (k Kind) phrase() string {
	if k == 0 || int(k) >= len(kinds) {
		return k.String()
	}
	return kinds[k].phrase
}

// Error tells which field was refused, and why. It never holds keys or
// plaintext.
type Error struct {
	Kind  Kind
	Field Field
	Off   int   // of the field, in the buffer that holds it
	Err   error // what was seen and wanted; may be nil

	in string // the structure that was read, if not the field's own
}

func (e *Error) Error() string {
	info := e.Field.Info()
	s := "vmess: "
	in := e.in
	if in == "" {
		in = info.In
	}
	if in != "" {
		s += in + ": "
	}
	s += info.Name + " at " + strconv.Itoa(e.Off) + ": " + e.Kind.phrase()
	if e.Err != nil {
		s += " " + e.Err.Error()
	}
	return s
}

// Is makes errors.Is(err, KindX) true for every error of that kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

func (e *Error) Unwrap() error { return e.Err }

// Detail is the text of what was seen and wanted.
type Detail string

func (d Detail) Error() string { return string(d) }

// Value is the detail for a number that does not fit.
func Value(n int) Detail { return Detail("value " + strconv.Itoa(n)) }

// Want is the detail for a number that is out of its range.
func Want(n, low, high int) Detail {
	return Detail("value " + strconv.Itoa(n) + ", want " + strconv.Itoa(low) + " to " + strconv.Itoa(high))
}

// lack is the detail for bytes that are not there. It is put into words only if
// someone asks: readers of streams meet it all the time.
type lack struct{ have, want int }

func (l lack) Error() string {
	return "have " + strconv.Itoa(l.have) + ", want " + strconv.Itoa(l.want)
}
