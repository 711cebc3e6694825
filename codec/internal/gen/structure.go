package main

import (
	"fmt"
	"slices"
	"strings"

	"vmesskit/codec"
)

// structure is a structure of the protocol, to be told as a table.
type structure struct {
	name    string
	samples []*sample
	letters map[codec.Field]string // names for the sizes that vary
	says    map[string]string      // letters that no field of the structure counts
	joint   []joint
	value   map[codec.Field]string // letters for the numbers in fields
	when    map[codec.Field]when   // conditions that are too much for facts
}

// joint is a letter for the bytes of several fields together, where only some
// of them are there.
type joint struct {
	name   string
	fields []codec.Field
}

// when is a condition in words, and a test of them.
type when struct {
	words string
	holds func(*sample) bool
}

// row is a field of a structure, in all samples together.
type row struct {
	key     string
	field   codec.Field
	with    []*sample
	without []*sample // that have the group around it, if there is one
}

func (r *row) depth() int { return strings.Count(r.key, "/") - 1 }

// above gives the key of the group around a row, or nothing.
func (r *row) above() string { return r.key[:strings.LastIndex(r.key, "/")] }

func (r *row) at(s *sample) int { return s.find(r.key).off }

// size gives the bytes of a row, 0 where it is not there.
func (r *row) size(s *sample) int {
	if p := s.find(r.key); p != nil {
		return p.n
	}
	return 0
}

// varies tells whether the size of a row is no fixed number.
func (r *row) varies() bool { return r.field.Info().Size == 0 }

// rows puts the fields of all samples into one order: a field that is new
// stands in front of the next one of its group that is not, else at its
// group's end.
func (t *structure) rows() []*row {
	var out []*row
	for _, s := range t.samples {
		for i, p := range s.places {
			if indexOf(out, p.key) < 0 {
				r := &row{key: p.key, field: p.field}
				out = slices.Insert(out, s.spot(out, r, s.places[i+1:]), r)
			}
		}
	}
	for _, r := range out {
		for _, s := range t.samples {
			switch {
			case s.find(r.key) != nil:
				r.with = append(r.with, s)
			case r.above() == "" || s.find(r.above()) != nil:
				r.without = append(r.without, s)
			}
		}
	}
	return out
}

func indexOf(rows []*row, key string) int {
	return slices.IndexFunc(rows, func(r *row) bool { return r.key == key })
}

// spot finds where among the rows a new one belongs, which these follow in the
// sample.
func (s *sample) spot(rows []*row, r *row, follow []place) int {
	for _, p := range follow {
		if found := indexOf(rows, p.key); found >= 0 && rows[found].above() == r.above() {
			return found
		}
	}
	end := len(rows)
	for i, o := range rows {
		if r.above() != "" && (o.key == r.above() || strings.HasPrefix(o.key, r.above()+"/")) {
			end = i + 1
		}
	}
	return end
}

// check refuses samples that say nothing about a size that varies.
func (t *structure) check(rows []*row) error {
	for _, r := range rows {
		sizes := map[int]bool{}
		for _, s := range r.with {
			sizes[r.size(s)] = true
		}
		info := r.field.Info()
		switch {
		case info.Size > 0 && (len(sizes) > 1 || !sizes[info.Size]):
			return fmt.Errorf("%s: %s is not always of %d bytes", t.name, info.Name, info.Size)
		case info.Size == 0 && len(sizes) < 2:
			return fmt.Errorf("%s: %s has one size in all samples", t.name, info.Name)
		case info.Size == 0 && t.letters[r.field] == "":
			return fmt.Errorf("%s: the size of %s has no letter", t.name, info.Name)
		}
	}
	return nil
}

// lettersFor gives what the place of a row may depend on: the sizes of what
// stands in front of it, groups as a whole, and numbers in fields. For the
// structure's own size the row is nil.
func (t *structure) lettersFor(rows []*row, r *row) []letter {
	out := t.numbers()
	covered := map[codec.Field]bool{}
	for _, j := range t.joint {
		for _, f := range j.fields {
			covered[f] = true
		}
		if r == nil || t.before(j, r) {
			out = append(out, letter{j.name, t.together(j)})
		}
	}
	for _, o := range rows {
		switch {
		case o == r:
			if len(t.value) > 0 && r.varies() { // it may end where a number says
				out = append(out, letter{t.letters[r.field], r.size})
			}
			return out
		case !o.varies() || covered[o.field]:
		case r == nil && o.depth() > 0:
		case r != nil && (strings.HasPrefix(r.key, o.key+"/") || o.above() != "" && !strings.HasPrefix(r.key, o.above()+"/")):
		default:
			out = append(out, letter{t.letters[o.field], o.size})
		}
	}
	return out
}

// before tells whether fields stand in front of a row.
func (t *structure) before(j joint, r *row) bool {
	for _, s := range r.with {
		for _, p := range s.places {
			if slices.Contains(j.fields, p.field) && p.off >= r.at(s) {
				return false
			}
		}
	}
	return true
}

// together gives the size of fields.
func (t *structure) together(j joint) func(*sample) int {
	return func(s *sample) (n int) {
		for _, p := range s.places {
			if slices.Contains(j.fields, p.field) {
				n += p.n
			}
		}
		return n
	}
}

// numbers gives the letters for numbers in fields.
func (t *structure) numbers() (out []letter) {
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		if name := t.value[f]; name != "" {
			out = append(out, letter{name, func(s *sample) int { n, _ := s.length(f); return n }})
		}
	}
	return out
}

// place tells where a row begins.
func (t *structure) place(rows []*row, r *row) (string, error) {
	list, err := pieces(r.with, r.at, t.lettersFor(rows, r), len(t.value) > 0)
	if err != nil {
		return "", fmt.Errorf("%s: the place of %s: %w", t.name, r.field, err)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.expr.String())
	}
	return strings.Join(out, " or "), nil
}

// condition tells when a row is there. Of a size that may be 0 nothing is
// said, if nothing fits.
func (t *structure) condition(r *row) (string, error) {
	if w, ok := t.when[r.field]; ok {
		for _, s := range slices.Concat(r.with, r.without) {
			if w.holds(s) != (s.find(r.key) != nil) {
				return "", fmt.Errorf("%s: %s is not there when %s", t.name, r.field, w.words)
			}
		}
		return w.words, nil
	}
	c, ok := condition(r.with, r.without, r.at)
	if !ok && !r.varies() {
		return "", fmt.Errorf("%s: no facts tell when %s is there", t.name, r.field)
	}
	return c, nil
}
