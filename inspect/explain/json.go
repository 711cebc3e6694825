package explain

import (
	"io"
	"strconv"
	"unicode/utf8"

	"vmesskit/codec"
)

// SchemaID names the format of JSON.
const SchemaID = "vmess.explain/1"

// JSON writes an explanation, all but its trace, as one object in one line.
// Like the reports, it is appended by hand: encoding/json would cost the page
// more than all of this.
func JSON(w io.Writer, r *Result, secrets bool) error {
	var j object
	j.open('{')
	j.text("type", "explain")
	j.text("schema", SchemaID)
	j.bool("ok", r.OK())
	j.optional("scheme", r.Scheme)
	j.optional("user", r.User)
	list(&j, "findings", r.Findings, func(f *Finding) {
		j.text("id", f.ID)
		j.text("kind", string(f.Kind))
		j.text("title", f.Title)
		j.optional("does", f.Does)
		j.optional("should", f.Should)
		j.optional("field", f.Field)
		j.texts("in", f.In)
		j.texts("or", f.Or)
	})
	list(&j, "checks", r.Checks, func(c *Check) {
		j.text("name", c.Name)
		j.text("part", c.Part)
		j.natural("chunk", c.Chunk)
		j.text("state", c.State)
		j.text("text", c.Text)
		if c.Repeat > 0 {
			j.natural("repeat", c.Repeat)
		}
	})
	list(&j, "steps", r.Steps, func(s *Step) {
		j.text("name", s.Name)
		j.text("in", s.In)
		j.natural("chunk", s.Chunk)
		j.text("formula", s.Formula)
		j.optional("should", s.Should)
		j.texts("inputs", s.Inputs)
		j.natural("length", len(s.Value))
		if secrets {
			j.text("value", hexOf(s.Value))
		}
	})
	if len(r.Have) > 0 {
		list(&j, "have", r.Have, func(c *Compared) {
			j.text("name", c.Name)
			j.bool("known", c.Known)
			j.bool("same", c.Same)
			j.bool("first", c.First)
			j.text("text", c.Text)
			j.optional("formula", c.Formula)
			j.texts("mistakes", c.Likely)
			if secrets && c.Known {
				j.text("ours", hexOf(c.Ours))
			}
		})
	}
	j.natural("tried", r.Tried)
	j.close('}')
	_, err := w.Write(append(j.b, '\n'))
	return err
}

// MistakesJSON writes the known mistakes, one object in a line.
func MistakesJSON(w io.Writer) error {
	for _, m := range mistakes {
		var j object
		j.open('{')
		j.text("id", m.ID)
		j.text("title", m.Title)
		j.text("does", m.Does)
		j.text("should", m.Should)
		if m.Field != codec.FieldNone {
			j.text("field", m.Field.String())
		}
		j.close('}')
		if _, err := w.Write(append(j.b, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// object appends JSON. The commas come by themselves.
type object struct{ b []byte }

func (j *object) open(bracket byte) {
	j.comma()
	j.b = append(j.b, bracket)
}

func (j *object) close(bracket byte) { j.b = append(j.b, bracket) }

func (j *object) comma() {
	if n := len(j.b); n > 0 && j.b[n-1] != '{' && j.b[n-1] != '[' && j.b[n-1] != ':' {
		j.b = append(j.b, ',')
	}
}

func (j *object) key(k string) {
	j.quoted(k)
	j.b = append(j.b, ':')
}

// list appends a list of objects.
func list[T any](j *object, key string, items []T, fill func(*T)) {
	j.key(key)
	j.open('[')
	for i := range items {
		j.open('{')
		fill(&items[i])
		j.close('}')
	}
	j.close(']')
}

func (j *object) text(k, s string) {
	j.key(k)
	j.quoted(s)
}

func (j *object) optional(k, s string) {
	if s != "" {
		j.text(k, s)
	}
}

func (j *object) texts(k string, list []string) {
	if len(list) == 0 {
		return
	}
	j.key(k)
	j.open('[')
	for _, s := range list {
		j.quoted(s)
	}
	j.close(']')
}

func (j *object) bool(k string, v bool) {
	j.key(k)
	j.b = strconv.AppendBool(j.b, v)
}

// natural leaves out what is below 0.
func (j *object) natural(k string, n int) {
	if n >= 0 {
		j.key(k)
		j.b = strconv.AppendInt(j.b, int64(n), 10)
	}
}

// quoted appends a text. What a terminal would act on is escaped.
func (j *object) quoted(s string) {
	j.comma()
	j.b = append(j.b, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			j.b = append(j.b, '\\', byte(r))
		case r == utf8.RuneError || !strconv.IsPrint(r) && r <= 0xFFFF:
			n := strconv.FormatInt(int64(r), 16)
			j.b = append(append(j.b, `\u0000`[:6-len(n)]...), n...)
		case !strconv.IsPrint(r):
			j.b = append(j.b, `\ufffd`...)
		default:
			j.b = append(j.b, s[i:i+utf8.RuneLen(r)]...)
		}
	}
	j.b = append(j.b, '"')
}
