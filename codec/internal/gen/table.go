package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vmesskit/codec"
)

// table writes a structure: its rows, and what the letters in them are.
func (t *structure) table() (string, error) {
	rows := t.rows()
	if err := t.check(rows); err != nil {
		return "", err
	}
	var cells [][]string
	for _, r := range rows {
		place, err := t.place(rows, r)
		if err != nil {
			return "", err
		}
		condition, err := t.condition(r)
		if err != nil {
			return "", err
		}
		cells = append(cells, []string{place, t.sizeWord(r), indent(r.depth()) + "`" + r.field.String() + "`", formWord(r.field), secretWord(r.field), condition, r.field.Info().Doc})
		cells = append(cells, openedRows(r)...)
	}
	head := []string{"offset", "size", "field", "form", "secret", "only if", "meaning"}
	head, cells = used(head, cells)
	legend, err := t.legend(rows)
	if err != nil {
		return "", err
	}
	return markdown(head, cells) + "\n" + legend, nil
}

// used leaves out the columns with nothing in them.
func used(head []string, rows [][]string) ([]string, [][]string) {
	for i := len(head) - 1; i >= 0; i-- {
		if slices.ContainsFunc(rows, func(r []string) bool { return r[i] != "" }) {
			continue
		}
		head = slices.Delete(head, i, i+1)
		for j := range rows {
			rows[j] = slices.Delete(rows[j], i, i+1)
		}
	}
	return head, rows
}

func (t *structure) sizeWord(r *row) string {
	info := r.field.Info()
	switch {
	case info.Mask == 0xF0:
		return "4 high bits"
	case info.Mask == 0x0F:
		return "4 low bits"
	case info.Size > 0:
		return strconv.Itoa(info.Size)
	}
	return t.letters[r.field]
}

var formWords = map[codec.Form]string{
	codec.FormBytes: "bytes", codec.FormUint: "number", codec.FormText: "text", codec.FormIP: "IP address",
	codec.FormUnix: "Unix seconds", codec.FormEnum: "name", codec.FormFlags: "bits", codec.FormGroup: "group",
}

// formWord gives the form of a field, which leads to the names of its values.
func formWord(f codec.Field) string {
	word := formWords[f.Info().Form]
	if n := namesOf(f); n != nil {
		return "[" + word + "](#" + n.title + ")"
	}
	return word
}

func secretWord(f codec.Field) string {
	if f.Info().Secret {
		return "secret"
	}
	return ""
}

func indent(depth int) string { return strings.Repeat("· ", depth) }

// openedRows are the fields that come out of a row's bytes, if that is too
// little for a table of its own.
func openedRows(r *row) (out [][]string) {
	s := r.with[0]
	inner := s.opened(*s.find(r.key))
	if inner < 0 || s.trace.Spans[inner].Field == codec.FieldPayloadPlain {
		return nil
	}
	f := s.trace.Spans[inner].Field
	return [][]string{{"opened", strconv.Itoa(f.Info().Size), indent(r.depth()+1) + "`" + f.String() + "`", formWord(f), secretWord(f), "", f.Info().Doc}}
}

// legend tells what the letters are and how long the structure is.
func (t *structure) legend(rows []*row) (string, error) {
	var lines []string
	known := map[string]bool{}
	say := func(letter, is string) {
		known[letter] = true
		lines = append(lines, "- *"+letter+"* "+is)
	}
	for _, j := range t.joint {
		list, err := pieces(t.samples, t.together(j), nil, false)
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", t.name, j.name, err)
		}
		say(j.name, "is "+join(list, ""))
	}
	for _, r := range rows {
		if r.field.Info().Form != codec.FormGroup {
			continue
		}
		list, err := pieces(r.with, r.size, t.inside(rows, r.key), false)
		if err != nil {
			return "", fmt.Errorf("%s: the size of %s: %w", t.name, r.field, err)
		}
		absent := ""
		if len(r.without) > 0 {
			absent = "; 0 without the `" + r.field.String() + "`"
		}
		say(t.letters[r.field], "is "+join(list, "")+absent)
	}
	counted, err := t.counted(rows)
	if err != nil {
		return "", err
	}
	for _, c := range counted {
		known[c.is[0].expr.String()] = true
		lines = append(lines, "- `"+c.field.String()+"` is "+join(c.is, ""))
	}
	for f, letter := range t.value {
		known[letter] = true
		lines = append(lines, "- `"+f.String()+"` is *"+letter+"*")
	}
	for _, r := range rows {
		letter := t.letters[r.field]
		switch says := t.says[letter]; {
		case !r.varies():
		case says != "":
			say(letter, says)
			delete(t.says, letter)
		case !known[letter]:
			return "", fmt.Errorf("%s: nothing tells what %s is", t.name, letter)
		}
	}
	total, err := pieces(t.samples, func(s *sample) int { return s.size }, t.lettersFor(rows, nil), false)
	if err != nil {
		return "", fmt.Errorf("%s: the size: %w", t.name, err)
	}
	lines = append(lines, "- in all: "+join(total, " bytes"))
	return strings.Join(lines, "\n") + "\n", nil
}

// inside gives the letters of the fields directly in a group.
func (t *structure) inside(rows []*row, group string) (out []letter) {
	for _, r := range rows {
		if r.varies() && r.above() == group {
			out = append(out, letter{t.letters[r.field], r.size})
		}
	}
	return out
}

// counting is what a field counts.
type counting struct {
	field codec.Field
	is    []piece
}

// counted finds what the fields count that hold lengths.
func (t *structure) counted(rows []*row) (out []counting, err error) {
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		if !strings.HasSuffix(f.String(), "-length") || t.value[f] != "" {
			continue
		}
		var with []*sample
		for _, s := range t.samples {
			if _, ok := s.length(f); ok {
				with = append(with, s)
			}
		}
		if len(with) == 0 {
			continue
		}
		above := ""
		for _, r := range rows {
			if r.field == f {
				above = r.above()
			}
		}
		letters := t.numbers()
		for _, j := range t.joint {
			letters = append(letters, letter{j.name, t.together(j)})
		}
		list, err := pieces(with, func(s *sample) int { n, _ := s.length(f); return n }, append(letters, t.inside(rows, above)...), false)
		if err != nil {
			return nil, fmt.Errorf("%s: what %s counts: %w", t.name, f, err)
		}
		out = append(out, counting{f, list})
	}
	return out, nil
}

// join puts pieces into words.
func join(list []piece, unit string) string {
	var out []string
	for _, p := range list {
		s := p.expr.String() + unit
		if len(p.expr.plus) > 0 {
			s = "*" + p.expr.String() + "*" + unit
		}
		if p.where != "" {
			s += " where " + p.where
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// markdown writes a table whose columns are aligned, so that it can be read as
// it is.
func markdown(head []string, rows [][]string) string {
	widths := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r[:len(r)-1] {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	widths[len(head)-1] = utf8.RuneCountInString(head[len(head)-1]) // the last one is as long as it is
	var b strings.Builder
	line := func(cells []string, pad string) {
		for i, c := range cells {
			b.WriteString("|" + pad + c + strings.Repeat(pad, 1+max(0, widths[i]-utf8.RuneCountInString(c))))
		}
		b.WriteString("|\n")
	}
	line(head, " ")
	line(make([]string, len(head)), "-")
	for _, r := range rows {
		line(r, " ")
	}
	return b.String()
}
