package report

import (
	"bytes"
	"slices"

	"vmesskit/codec"
)

// TreeOptions says how a tree is to look, and what it leaves out or shows.
type TreeOptions struct {
	Width   int  // columns of the terminal; 0 is no bound
	Color   bool // use a terminal's colours
	Secrets bool // show keys, nonces, ids and payload
	Redact  bool // hide where it went, too, and checksums of it
}

// secret reports whether the bytes of a field are not to be shown.
func (o *TreeOptions) secret(f *codec.FieldInfo) bool {
	checksum := f.Form == codec.FormUint && f.Size == 4
	return f.Secret || o.Redact && (f.Form == codec.FormText || f.Form == codec.FormIP || checksum)
}

// nodeKind says what a node of the tree is.
type nodeKind string

const (
	nodeWire    nodeKind = "wire"    // a direction's bytes
	nodeOpened  nodeKind = "opened"  // bytes that came out of the node above
	nodeGroup   nodeKind = "group"   // a structure
	nodeField   nodeKind = "field"   // bytes with a name
	nodeDerived nodeKind = "derived" // a computed value
	nodeUnnamed nodeKind = "unnamed" // bytes that no field has
)

// node is a part of the tree.
type node struct {
	kind     nodeKind
	field    codec.Field
	buffer   int // that has the bytes
	off, len int
	number   int // of a chunk, from 0
	inside   int // bytes of the structure around a field
	notes    []*codec.Error
	children []*node
}

// tree is a trace in the order of reading: the flat spans become structures,
// what a span was opened to stands below it, and each computed value where it
// is used.
type tree struct {
	trace  *codec.Trace
	o      TreeOptions
	roots  []*node
	notes  []*codec.Error // that no field took
	hidden [][]bool       // by buffer: bytes that are not to be shown

	members map[int][]int // by group: its spans in the same buffer
	tops    [][]int       // by buffer: the spans in no group of that buffer
	opened  map[int][]int // by span: what came out of it
	used    map[int][]int // by span: the values that opened it
	steps   map[int][]int // by group: the values that opened nothing
	ahead   map[int][]int // by span: values that were made before it
}

// newTree arranges a trace.
func newTree(t *codec.Trace, o TreeOptions) *tree {
	r := &tree{
		trace: t, o: o,
		notes:   slices.Clone(t.Notes),
		tops:    make([][]int, len(t.Buffers)),
		members: map[int][]int{}, opened: map[int][]int{}, used: map[int][]int{}, steps: map[int][]int{}, ahead: map[int][]int{},
	}
	for i, s := range t.Spans {
		if s.Parent >= 0 && t.Spans[s.Parent].Buffer == s.Buffer {
			r.members[s.Parent] = append(r.members[s.Parent], i)
		} else {
			r.tops[s.Buffer] = append(r.tops[s.Buffer], i)
		}
	}
	r.placeDerived()
	if !o.Secrets {
		r.hide()
	}
	for i := range t.Buffers {
		if b := &t.Buffers[i]; !b.Derived() && b.From < 0 {
			r.roots = append(r.roots, r.bufferNode(nodeWire, i))
		}
	}
	return r
}

// placeDerived finds for each computed value where it is used: at the span
// that was opened next in its group. What is drawn for a chunk's length stands
// at the top of the chunk, as does what opened nothing.
func (r *tree) placeDerived() {
	const nowhere = -1
	pending := map[int][]int{}
	for i := range r.trace.Buffers {
		b := &r.trace.Buffers[i]
		switch {
		case b.Field == codec.FieldMaskDraw || b.Field == codec.FieldPaddingDraw:
			r.steps[b.From] = append(r.steps[b.From], i)
		case b.Derived():
			pending[max(b.From, nowhere)] = append(pending[max(b.From, nowhere)], i)
		case b.From >= 0:
			r.opened[b.From] = append(r.opened[b.From], i)
			group := r.trace.Spans[b.From].Parent
			if group >= 0 {
				r.used[b.From] = append(r.used[b.From], pending[group]...)
				delete(pending, group)
			}
			top := r.top(b.From)
			r.ahead[top] = append(r.ahead[top], pending[nowhere]...)
			delete(pending, nowhere)
		}
	}
	for group, list := range pending {
		r.steps[group] = append(r.steps[group], list...)
	}
}

// top gives the outermost group of a span, in the buffer of the wire.
func (r *tree) top(span int) int {
	for {
		switch s := &r.trace.Spans[span]; {
		case s.Parent >= 0:
			span = s.Parent
		case r.trace.Buffers[s.Buffer].From >= 0:
			span = r.trace.Buffers[s.Buffer].From
		default:
			return span
		}
	}
}

// hide marks the bytes that are not to be shown: those of secret fields, in
// what was opened also those without a name, and the same bytes wherever they
// stand a second time.
func (r *tree) hide() {
	t := r.trace
	r.hidden = make([][]bool, len(t.Buffers))
	for i := range t.Buffers {
		b := &t.Buffers[i]
		r.hidden[i] = make([]bool, len(b.Data))
		if b.Derived() || r.o.secret(b.Field.Info()) || b.From >= 0 {
			mark(r.hidden[i], 0, len(b.Data), true)
		}
	}
	for _, secret := range []bool{false, true} {
		for i := range t.Spans {
			s := &t.Spans[i]
			info := s.Field.Info()
			whole := r.o.secret(t.Buffers[s.Buffer].Field.Info())
			if info.Form != codec.FormGroup && r.o.secret(info) == secret && !whole {
				mark(r.hidden[s.Buffer], s.Off, s.Len, secret)
			}
		}
	}
	for i := len(t.Buffers) - 1; i >= 0; i-- {
		if b := &t.Buffers[i]; !b.Derived() && b.From >= 0 {
			s := &t.Spans[b.From]
			if bytes.Equal(b.Data, r.bytes(s.Buffer, s.Off, s.Len)) {
				for k, is := range r.hidden[i] {
					if is {
						r.hidden[s.Buffer][s.Off+k] = true
					}
				}
			}
		}
	}
}

func mark(hidden []bool, off, n int, is bool) {
	for i := max(off, 0); i < min(off+n, len(hidden)); i++ {
		hidden[i] = is
	}
}

// bytes gives a part of a buffer, as far as it is there.
func (r *tree) bytes(buffer, off, n int) []byte {
	data := r.trace.Buffers[buffer].Data
	off = min(max(off, 0), len(data))
	return data[off:min(off+max(n, 0), len(data))]
}

// mask says of each byte of a node whether it is hidden; nil where none is.
func (r *tree) mask(n *node) []bool {
	if r.hidden == nil {
		return nil
	}
	hidden := r.hidden[n.buffer]
	off := min(n.off, len(hidden))
	return hidden[off:min(off+n.len, len(hidden))]
}

// secret reports whether some byte of a node is hidden.
func (r *tree) secret(n *node) bool { return slices.Contains(r.mask(n), true) }

// bufferNode makes the node of a buffer with all that is in it.
func (r *tree) bufferNode(kind nodeKind, i int) *node {
	b := &r.trace.Buffers[i]
	n := &node{kind: kind, field: b.Field, buffer: i, len: len(b.Data)}
	r.fill(n, r.tops[i])
	if kind == nodeWire {
		if len(r.roots) == 0 { // what was made ahead of nothing
			n.children = append(n.children, r.derived(r.steps[-1])...)
		}
	}
	return n
}

// fill puts spans below n, and between them what has no name.
func (r *tree) fill(n *node, spans []int) {
	at := n.off
	chunks := 0
	for _, i := range spans {
		s := &r.trace.Spans[i]
		if s.Off > at {
			n.children = append(n.children, &node{kind: nodeUnnamed, buffer: n.buffer, off: at, len: s.Off - at})
		}
		at = max(at, s.Off+s.Len)
		n.children = append(n.children, r.derived(r.ahead[i])...)
		child := r.spanNode(i, n.len)
		if s.Field == codec.FieldChunk {
			child.number = chunks
			chunks++
		}
		n.children = append(n.children, child)
	}
	if end := n.off + n.len; at < end && (len(spans) > 0 || n.kind != nodeGroup) {
		n.children = append(n.children, &node{kind: nodeUnnamed, buffer: n.buffer, off: at, len: end - at})
	}
}

// spanNode makes the node of a span inside a structure of so many bytes.
func (r *tree) spanNode(i, inside int) *node {
	s := &r.trace.Spans[i]
	n := &node{kind: nodeField, field: s.Field, buffer: s.Buffer, off: s.Off, len: s.Len, inside: inside}
	if s.Field.Info().Form == codec.FormGroup {
		n.kind = nodeGroup
		n.children = r.derived(r.steps[i])
		r.fill(n, r.members[i])
		return n
	}
	n.notes = r.notesOf(s)
	n.children = r.derived(r.used[i])
	for _, b := range r.opened[i] {
		n.children = append(n.children, r.bufferNode(nodeOpened, b))
	}
	return n
}

// notesOf takes the notes on a span's field.
func (r *tree) notesOf(s *codec.Span) (out []*codec.Error) {
	r.notes = slices.DeleteFunc(r.notes, func(e *codec.Error) bool {
		is := e.Field == s.Field && e.Off == s.Off
		if is {
			out = append(out, e)
		}
		return is
	})
	return out
}

func (r *tree) derived(list []int) (out []*node) {
	for _, i := range list {
		b := &r.trace.Buffers[i]
		out = append(out, &node{kind: nodeDerived, field: b.Field, buffer: i, len: len(b.Data)})
	}
	return out
}
