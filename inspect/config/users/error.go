package users

import "strconv"

// Error says where an input is wrong, what was seen there and what was wanted.
type Error struct {
	File   string // as the caller named it; empty for a list on the command line
	Line   int    // from 1; 0: the input as a whole
	Column int    // in bytes, from 1; 0: the line as a whole
	Text   string
}

// Error gives "users.txt:3: alterId 70000, wanted 0 to 65535".
func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		if at != "" {
			at += ":"
		}
		at += strconv.Itoa(e.Line)
		if e.Column > 0 {
			at += ":" + strconv.Itoa(e.Column)
		}
	}
	if at == "" {
		return e.Text
	}
	return at + ": " + e.Text
}
