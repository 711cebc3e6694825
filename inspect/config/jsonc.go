package config

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

const (
	maxNesting = 64        // arrays and objects within each other
	maxValues  = 2_000_000 // values of one file; each costs about 100 bytes while it is read
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// document is a JSON text with comments, being read. The first thing that is
// wrong stays in err, and everything read after that is empty, so that a
// reader can be written down straight and look at err at its end.
type document struct {
	name string
	text []byte
	err  error
}

// parseJSON reads JSON with comments in the styles //, /* */ and #.
func parseJSON(name string, text []byte) (*document, node) {
	d := &document{name: name}
	if len(text) > MaxFile {
		d.err = &Error{File: name, Text: fmt.Sprintf("%d bytes, wanted at most %d", len(text), MaxFile)}
		return d, node{}
	}
	d.text = bytes.Clone(bytes.TrimPrefix(text, byteOrderMark))
	if !d.prepare() {
		return d, node{}
	}
	v, err := hujson.Parse(d.text)
	if err != nil {
		d.err = d.syntaxError(err)
		return d, node{}
	}
	return d, node{doc: d, v: &v, name: "the file"}
}

// prepare blanks comments that begin with #, which hujson does not know, and
// refuses what would make hujson recurse or allocate out of proportion.
func (d *document) prepare() bool {
	const (
		plain = iota
		quoted
		lineComment
		hashComment
		blockComment
	)
	state, depth, values := plain, 0, 1
	for i := 0; i < len(d.text); i++ {
		c := d.text[i]
		next := byte(0)
		if i+1 < len(d.text) {
			next = d.text[i+1]
		}
		switch state {
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				state = plain
			}
		case lineComment, hashComment:
			if c == '\n' {
				state = plain
			} else if state == hashComment {
				d.text[i] = ' '
			}
		case blockComment:
			if c == '*' && next == '/' {
				state = plain
				i++
			}
		default:
			switch {
			case c == '"':
				state = quoted
			case c == '#':
				state = hashComment
				d.text[i] = ' '
			case c == '/' && next == '/':
				state = lineComment
			case c == '/' && next == '*':
				state = blockComment
				i++
			case c == '{' || c == '[':
				depth++
				values++
			case c == '}' || c == ']':
				depth--
			case c == ',' || c == ':':
				values++
			}
		}
		if depth > maxNesting {
			d.fail(i, "nested deeper than %d", maxNesting)
			return false
		}
		if values > maxValues {
			d.fail(i, "more than %d values", maxValues)
			return false
		}
	}
	return true
}

// syntaxError takes the place from hujson's message. Of the words it keeps
// those that show at most one character of the text.
func (d *document) syntaxError(err error) error {
	e := &Error{File: d.name, Text: "not JSON"}
	_, _ = fmt.Sscanf(err.Error(), "hujson: line %d, column %d:", &e.Line, &e.Column)
	if inner := errors.Unwrap(err); inner != nil {
		words := inner.Error()
		if strings.HasPrefix(words, "invalid character ") || strings.HasPrefix(words, "parsing ") {
			e.Text += ": " + words
		}
	}
	return e
}

func (d *document) fail(off int, format string, args ...any) {
	if d.err == nil {
		line, column := place(d.text, off)
		d.err = &Error{File: d.name, Line: line, Column: column, Text: fmt.Sprintf(format, args...)}
	}
}

// place gives the line and column of an offset, both from 1.
func place(text []byte, off int) (line, column int) {
	off = min(off, len(text))
	return 1 + bytes.Count(text[:off], []byte("\n")), off - bytes.LastIndexByte(text[:off], '\n')
}

// node is a value of a document, with its name for the messages. The zero node
// is a value that is not there; what is read from it is empty.
type node struct {
	doc  *document
	v    *hujson.Value
	name string
}

// there tells whether the value exists. As for the programs that read these
// files, null is the same as nothing.
func (n node) there() bool {
	return n.v != nil && n.doc.err == nil && n.v.Value.Kind() != 'n'
}

func (n node) fail(format string, args ...any) {
	n.doc.fail(n.v.StartOffset, "%s: %s", n.name, fmt.Sprintf(format, args...))
}

// line is the line of the value, from 1.
func (n node) line() int {
	line, _ := place(n.doc.text, n.v.StartOffset)
	return line
}

// wrongKind reports a value of another kind than was wanted.
func (n node) wrongKind(want string) {
	kinds := map[hujson.Kind]string{'t': "a Boolean", 'f': "a Boolean", '"': "a string", '0': "a number", '{': "an object", '[': "a list"}
	n.fail("%s, wanted %s", kinds[n.v.Value.Kind()], want)
}

// field gives a member of an object. Names compare without regard to case, as
// in the programs that read these files. They take the last of several; here
// a second one is an error.
func (n node) field(name string) node {
	if !n.there() {
		return node{}
	}
	obj, ok := n.v.Value.(*hujson.Object)
	if !ok {
		n.wrongKind("an object")
		return node{}
	}
	found := node{}
	for i := range obj.Members {
		m := &obj.Members[i]
		if !isNamed(m.Name.Value.(hujson.Literal), name) {
			continue
		}
		if found.v != nil {
			n.doc.fail(m.Name.StartOffset, "%s a second time, first in line %d", name, found.line())
			return node{}
		}
		found = node{doc: n.doc, v: &m.Value, name: name}
	}
	return found
}

func isNamed(key hujson.Literal, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return strings.EqualFold(string(key[1:len(key)-1]), name)
	}
	return strings.EqualFold(key.String(), name)
}

// elements gives the values of a list.
func (n node) elements() []node {
	if !n.there() {
		return nil
	}
	list, ok := n.v.Value.(*hujson.Array)
	if !ok {
		n.wrongKind("a list")
		return nil
	}
	out := make([]node, len(list.Elements))
	for i := range list.Elements {
		out[i] = node{doc: n.doc, v: &list.Elements[i], name: n.name + "[" + strconv.Itoa(i) + "]"}
	}
	return out
}

func (n node) text() string {
	if !n.there() {
		return ""
	}
	lit, ok := n.v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '"' {
		n.wrongKind("a string")
		return ""
	}
	return lit.String()
}

// number gives a whole number from 0 to most.
func (n node) number(most int) int {
	if !n.there() {
		return 0
	}
	lit, ok := n.v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '0' {
		n.wrongKind(fmt.Sprintf("a number from 0 to %d", most))
		return 0
	}
	v, err := strconv.ParseUint(string(lit), 10, 31)
	if err != nil || int(v) > most {
		n.fail("out of range or no whole number, wanted 0 to %d", most)
		return 0
	}
	return int(v)
}

// is gives a Boolean.
func (n node) is() bool {
	if !n.there() {
		return false
	}
	kind := n.v.Value.Kind()
	if kind != 't' && kind != 'f' {
		n.wrongKind("a Boolean")
	}
	return kind == 't'
}

// texts gives a list of strings, which may also be one string with commas.
func (n node) texts() (out []string) {
	if n.there() && n.v.Value.Kind() == '"' {
		for s := range strings.SplitSeq(n.text(), ",") {
			out = append(out, strings.TrimSpace(s))
		}
		return out
	}
	for _, e := range n.elements() {
		out = append(out, e.text())
	}
	return out
}
