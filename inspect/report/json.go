package report

import (
	"strconv"
	"unicode/utf8"
)

// jsonLine appends one JSON value. The caller brings keys and values in turn;
// the commas come by themselves.
type jsonLine struct{ b []byte }

// open begins an object or a list with '{' or '['.
func (j *jsonLine) open(bracket byte) {
	j.comma()
	j.b = append(j.b, bracket)
}

// close ends it with '}' or ']'.
func (j *jsonLine) close(bracket byte) { j.b = append(j.b, bracket) }

// comma separates a value from the one before it. Behind an opening bracket
// or a key there is none, and a text always ends in its quote.
func (j *jsonLine) comma() {
	if n := len(j.b); n > 0 {
		switch j.b[n-1] {
		case '{', '[', ':':
		default:
			j.b = append(j.b, ',')
		}
	}
}

func (j *jsonLine) key(k string) {
	j.str(k)
	j.b = append(j.b, ':')
}

func (j *jsonLine) str(s string) {
	j.comma()
	j.b = appendQuoted(j.b, s)
}

func (j *jsonLine) int(n int64) {
	j.comma()
	j.b = strconv.AppendInt(j.b, n, 10)
}

func (j *jsonLine) bool(v bool) {
	j.comma()
	j.b = strconv.AppendBool(j.b, v)
}

func (j *jsonLine) hex(b []byte) {
	j.comma()
	j.b = append(j.b, '"')
	for _, c := range b {
		j.b = append(j.b, hexDigits[c>>4], hexDigits[c&15])
	}
	j.b = append(j.b, '"')
}

func (j *jsonLine) strs(list []string) {
	j.open('[')
	for _, s := range list {
		j.str(s)
	}
	j.close(']')
}

// Pairs of a key and its value.

func (j *jsonLine) keyStr(k, s string)           { j.key(k); j.str(s) }
func (j *jsonLine) keyInt(k string, n int64)     { j.key(k); j.int(n) }
func (j *jsonLine) keyStrs(k string, s []string) { j.key(k); j.strs(s) }
func (j *jsonLine) keyHex(k string, b []byte)    { j.key(k); j.hex(b) }
func (j *jsonLine) keyText(k, s string)          { j.optional(k, s != "", s) }
func (j *jsonLine) keyBool(k string, v bool)     { j.key(k); j.bool(v) }
func (j *jsonLine) optional(k string, is bool, s string) {
	if is {
		j.keyStr(k, s)
	}
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string: valid UTF-8 in any case, and
// without anything that a terminal would act on if the line is looked at
// there. What cannot be printed is escaped, which a reader undoes.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\ufffd`...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case strconv.IsPrint(r):
			b = append(b, s[i:i+n]...)
		default:
			b = appendEscaped(b, r)
		}
		i += n
	}
	return append(b, '"')
}

// appendEscaped writes a rune as \u with four digits, or as two of them.
func appendEscaped(b []byte, r rune) []byte {
	if r > 0xFFFF {
		r -= 0x10000
		b = appendEscaped(b, 0xD800+r>>10)
		r = 0xDC00 + r&0x3FF
	}
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
