package speech

import (
	"bytes"
	"strconv"
	"strings"
)

// Head is the head of an HTTP/1 message. Its parts point into the bytes that it
// was parsed from.
type Head struct {
	First  []byte   // the request line or the status line
	Fields [][]byte // the lines behind it, as they came
	Size   int      // of all, with the empty line at the end
}

// ParseHead cuts a head off. whole tells that its end is there; until then there
// are no fields, since they would be parsed again with each piece that comes.
func ParseHead(p []byte) (h Head, rest []byte, whole bool) {
	before, rest, whole := bytes.Cut(p, []byte("\r\n\r\n"))
	if !whole {
		return Head{First: firstLine(p), Size: len(p)}, nil, false
	}
	lines := bytes.Split(before, []byte("\r\n"))
	return Head{First: lines[0], Fields: lines[1:], Size: len(p) - len(rest)}, rest, whole
}

// Get gives a header's value; key is in lower case.
func (h *Head) Get(key string) string {
	for _, line := range h.Fields {
		if name, value := Field(line); strings.EqualFold(name, key) {
			return value
		}
	}
	return ""
}

// Field parts a line of a head into its name and its value.
func Field(line []byte) (name, value string) {
	before, after, _ := bytes.Cut(line, []byte(":"))
	return string(before), string(bytes.TrimSpace(after))
}

// Method gives the word that a request line begins with.
func (h *Head) Method() string {
	method, _, _ := bytes.Cut(h.First, []byte(" "))
	return string(method)
}

// Target gives what a request line asks for, as it came.
func (h *Head) Target() string {
	_, rest, _ := bytes.Cut(h.First, []byte(" "))
	if i := bytes.LastIndex(rest, []byte(" HTTP/")); i >= 0 {
		rest = rest[:i]
	}
	return string(rest)
}

// Status gives the number of a status line, 0 if it has none.
func (h *Head) Status() int {
	_, rest, _ := bytes.Cut(h.First, []byte(" "))
	n, err := strconv.Atoi(string(rest[:min(len(rest), 3)]))
	if err != nil || n < 100 {
		return 0
	}
	return n
}

// Upgrade reports whether the head asks for, or grants, an upgrade to a
// protocol.
func (h *Head) Upgrade(protocol string) bool { return strings.EqualFold(h.Get("upgrade"), protocol) }

// body gives how many bytes the head says stand behind it.
func (h *Head) body() int {
	if h.Get("transfer-encoding") != "" {
		return mostHead
	}
	n, err := strconv.Atoi(h.Get("content-length"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
