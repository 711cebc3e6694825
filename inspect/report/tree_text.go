package report

import (
	"io"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/internal/fit"
)

// Tree writes the fields of a session with their bytes beside them, as a
// packet dissector shows them. Offsets are hexadecimal and count in the bytes
// that the field is in: those of the wire, or those that the node above was
// opened to.
func Tree(w io.Writer, t *codec.Trace, o TreeOptions) error {
	p := treePage{page: page{o: TextOptions{Width: o.Width, Color: o.Color}}, tree: newTree(t, o)}
	p.perRow = 16
	if o.Width > 0 && o.Width < 140 {
		p.perRow = 8
	}
	p.left = p.offWidth() + 2 + 3*p.perRow - 1 + 2 + 2
	p.legend()
	for _, root := range p.tree.roots {
		p.gap()
		p.node(root, 0)
	}
	for _, e := range p.tree.notes {
		p.line("", plain, clean("note: "+strings.TrimPrefix(e.Error(), "vmess: ")), yellow, 2)
	}
	if t.Skipped > 0 {
		p.line("", plain, plural(int64(t.Skipped), "chunk")+" beyond the trace's bound", dim, 2)
	}
	_, err := w.Write(p.b)
	return err
}

// legend says how to read the tree.
func (p *treePage) legend() {
	if len(p.tree.roots) == 0 {
		p.line("", plain, "Nothing was opened, so that there are no fields to show.", dim, 0)
		return
	}
	s := "Hexadecimal offsets, from 0 in what was opened; " + ellipsis + " more bytes"
	if !p.tree.o.Secrets {
		s += ", " + maskedByte + " a secret one"
	}
	p.line("", plain, s, dim, 0)
}

type treePage struct {
	page
	tree   *tree
	perRow int // bytes of a row of hex
	left   int // columns of offset and hex
}

// offWidth gives the digits of the largest offset.
func (p *treePage) offWidth() int {
	n := 4
	for _, root := range p.tree.roots {
		n = max(n, len(strconv.FormatInt(int64(root.len), 16)))
	}
	return n
}

func (p *treePage) node(n *node, depth int) {
	p.row(n, depth)
	for _, e := range n.notes {
		p.text("", nil, "! "+clean(noteText(e)), yellow, depth+1)
	}
	for _, c := range n.children {
		// What was opened to one field is that field.
		if c.kind == nodeOpened && len(c.children) == 1 && c.children[0].kind == nodeField {
			c = c.children[0]
		}
		p.node(c, depth+1)
	}
}

// row writes the line of a node.
func (p *treePage) row(n *node, depth int) {
	off := ""
	if n.kind == nodeField || n.kind == nodeGroup || n.kind == nodeUnnamed {
		off = strconv.FormatInt(int64(n.off), 16)
		off = strings.Repeat("0", p.offWidth()-len(off)) + off
	}
	s, st := p.tree.words(n), plain
	switch n.kind {
	case nodeWire, nodeGroup, nodeOpened:
		st = bold
	case nodeDerived, nodeUnnamed:
		st = dim
	}
	p.text(off, p.tree.hexRows(n, p.perRow), s, st, depth)
}

// text writes offset, bytes and words, each in its column.
func (p *treePage) text(off string, hex []string, s string, st style, depth int) {
	indent := min(2*depth, 24)
	width := 0
	if p.o.Width > 0 {
		width = max(p.o.Width-p.left-indent-2, 12)
	}
	lines := fit.Lines(s, width)
	for i := 0; i < max(len(lines), len(hex)); i++ {
		at := 0
		put := func(column int, s string, st style) {
			if s == "" {
				return
			}
			if p.o.Width > 0 {
				s = cut(s, p.o.Width-column)
			}
			p.b = append(p.b, strings.Repeat(" ", max(column-at, 0))...)
			p.b = st.paint(p.b, p.o.Color, s)
			at = column + fit.Cells(s)
		}
		if i == 0 {
			put(0, off, dim)
		}
		if i < len(hex) {
			put(p.offWidth()+2, hex[i], cyan)
		}
		if i < len(lines) {
			hang := 0
			if i > 0 {
				hang = 2
			}
			put(p.left+indent+hang, lines[i], st)
		}
		p.b = append(p.b, '\n')
	}
}

// words says in a line what a node is.
func (r *tree) words(n *node) string {
	length := plural(int64(n.len), "byte")
	switch n.kind {
	case nodeUnnamed:
		return length + " without a name"
	case nodeDerived:
		s := n.field.String() + " = " + clean(r.trace.Buffers[n.buffer].Formula) + " (" + fit.Unbroken(length) + ")"
		if r.o.Secrets {
			s += ": " + r.hex(n, "")
		}
		return s
	case nodeField:
		return r.fieldWords(n, length)
	}
	s := n.field.String()
	if n.field == codec.FieldChunk {
		s += " " + strconv.Itoa(n.number)
	}
	if n.kind == nodeWire && r.trace.Buffers[n.buffer].Cut {
		length = "the first " + fit.Unbroken(length)
	}
	return s + ": " + length
}

func (r *tree) fieldWords(n *node, length string) string {
	s := n.field.String()
	data := r.bytes(n.buffer, n.off, n.len)
	if mask := n.field.Info().Mask; mask != 0 && len(data) == 1 {
		s = sharedBits(mask, data[0]) + " " + s
	}
	if r.secret(n) {
		return s + ": " + length + ", secret"
	}
	if v := r.meaning(n); v != "" {
		return s + ": " + v
	}
	return s + ": " + length
}

// meaning gives the value of a field that may be shown. A masked length is
// told by the chunk's size.
func (r *tree) meaning(n *node) string {
	switch {
	case r.secret(n):
		return ""
	case n.field == codec.FieldChunkLengthMasked:
		return count(int64(n.inside-n.len)) + " unmasked"
	}
	return decoded(n.field, r.bytes(n.buffer, n.off, n.len))
}
