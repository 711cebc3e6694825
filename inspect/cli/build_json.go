package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// jsonValue is a value of a JSON file that knows where it stands. encoding/json
// alone cannot say where a key is that nobody knows, and takes the last of two
// keys with one name in silence.
type jsonValue struct {
	file *jsonFile
	path string // "sessions[2].up", for messages
	off  int64
	raw  any // string, json.Number, bool, nil, []*jsonValue or *jsonObject
}

type jsonObject struct {
	keys   []string
	values map[string]*jsonValue
}

type jsonFile struct {
	name string
	text []byte
	dec  *json.Decoder
	deep int
}

const maxJSONDepth = 32

// readJSON reads a file of one JSON value.
func readJSON(name string, text []byte) (*jsonValue, error) {
	f := &jsonFile{name: name, text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))}
	f.dec = json.NewDecoder(bytes.NewReader(f.text))
	f.dec.UseNumber()
	v, err := f.value("")
	if err != nil {
		return nil, err
	}
	if _, err := f.dec.Token(); err != io.EOF {
		return nil, f.fail(f.next(), "more behind the end")
	}
	return v, nil
}

// next is where the next token begins.
func (f *jsonFile) next() int64 {
	off := f.dec.InputOffset()
	rest := f.text[off:]
	return off + int64(len(rest)-len(bytes.TrimLeft(rest, " \t\r\n,:")))
}

func (f *jsonFile) fail(off int64, format string, args ...any) error {
	before := f.text[:min(off, int64(len(f.text)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return &inputError{fmt.Errorf("%s:%d:%d: %s", f.name, line, column, fmt.Sprintf(format, args...))}
}

// syntax says what is no JSON. Of what stands there it shows one character.
func (f *jsonFile) syntax(err error) error {
	var wrong *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return f.fail(max(0, wrong.Offset-1), "not JSON: %s", wrong)
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return f.fail(int64(len(f.text)), "not JSON: it ends too early")
	}
	return f.fail(f.dec.InputOffset(), "not JSON: %s", err)
}

func (f *jsonFile) value(path string) (*jsonValue, error) {
	v := &jsonValue{file: f, path: path, off: f.next()}
	token, err := f.dec.Token()
	if err != nil {
		return nil, f.syntax(err)
	}
	v.raw = token
	delim, inside := token.(json.Delim)
	if !inside {
		return v, nil
	}
	if f.deep++; f.deep > maxJSONDepth {
		return nil, f.fail(v.off, "nested deeper than %d", maxJSONDepth)
	}
	defer func() { f.deep-- }()
	if delim == '[' {
		v.raw, err = f.list(path)
	} else {
		v.raw, err = f.object(path)
	}
	return v, err
}

func (f *jsonFile) list(path string) ([]*jsonValue, error) {
	list := []*jsonValue{}
	for f.dec.More() {
		v, err := f.value(path + "[" + strconv.Itoa(len(list)) + "]")
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := f.dec.Token()
	if err != nil {
		return nil, f.syntax(err)
	}
	return list, nil
}

func (f *jsonFile) object(path string) (*jsonObject, error) {
	o := &jsonObject{values: map[string]*jsonValue{}}
	for f.dec.More() {
		at := f.next()
		token, err := f.dec.Token()
		if err != nil {
			return nil, f.syntax(err)
		}
		key := token.(string)
		if o.values[key] != nil {
			return nil, f.fail(at, "%s a second time", show(key))
		}
		v, err := f.value(strings.TrimPrefix(path+"."+key, "."))
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, key)
		o.values[key] = v
		v.off = at // a member is where its key is
	}
	if _, err := f.dec.Token(); err != nil {
		return nil, f.syntax(err)
	}
	return o, nil
}

// fail says what is wrong with v.
func (v *jsonValue) fail(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if v.path != "" {
		text = show(v.path) + ": " + text
	}
	return v.file.fail(v.off, "%s", text)
}

// want says that v is of another kind.
func (v *jsonValue) want(what string) error {
	kind := "an object"
	switch v.raw.(type) {
	case string:
		kind = "a string"
	case json.Number:
		kind = "a number"
	case bool:
		kind = "a Boolean"
	case nil:
		kind = "null"
	case []*jsonValue:
		kind = "a list"
	}
	return v.fail("%s, want %s", kind, what)
}

// members gives the values of an object by their names, in their order. A name
// that is not among the known ones is an error; with none, any name is fine.
func (v *jsonValue) members(known ...string) (*jsonObject, error) {
	o, ok := v.raw.(*jsonObject)
	if !ok {
		return nil, v.want("an object")
	}
	for _, key := range o.keys {
		if len(known) == 0 || slices.Contains(known, key) {
			continue
		}
		text := "no such key"
		if near := nearest(key, known); near != "" {
			text += "; did you mean " + near + "?"
		} else {
			text += "; there are " + some(known)
		}
		return nil, o.values[key].fail("%s", text)
	}
	return o, nil
}

func (v *jsonValue) elements() ([]*jsonValue, error) {
	list, ok := v.raw.([]*jsonValue)
	if !ok {
		return nil, v.want("a list")
	}
	return list, nil
}

func (v *jsonValue) text() (string, error) {
	s, ok := v.raw.(string)
	if !ok {
		return "", v.want("a string")
	}
	return s, nil
}

func (v *jsonValue) flag() (bool, error) {
	b, ok := v.raw.(bool)
	if !ok {
		return false, v.want("true or false")
	}
	return b, nil
}

func (v *jsonValue) number(least, most int64) (int64, error) {
	n, ok := v.raw.(json.Number)
	if !ok {
		return 0, v.want(fmt.Sprintf("a number from %d to %d", least, most))
	}
	i, err := n.Int64()
	if err != nil || i < least || i > most {
		return 0, v.fail("out of range or no whole number, want %d to %d", least, most)
	}
	return i, nil
}
