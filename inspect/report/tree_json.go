package report

import (
	"io"

	"vmesskit/codec"
)

// TreeSchemaID names the format of TreeJSON.
const TreeSchemaID = "vmess.tree/1"

// TreeJSON writes the tree as one JSON object in one line: nodes with their
// offset, length, bytes in hex ("xx" for a byte that is not shown), value,
// formula, notes and children. Structures have no bytes of their own. Schema
// describes the line.
func TreeJSON(w io.Writer, t *codec.Trace, o TreeOptions) error {
	r := newTree(t, o)
	var j jsonLine
	j.open('{')
	j.keyStr("type", "tree")
	j.keyStr("schema", TreeSchemaID)
	j.key("nodes")
	r.jsonNodes(&j, r.roots)
	if len(r.notes) > 0 {
		jsonNotes(&j, r.notes)
	}
	j.keyInt("skipped_chunks", int64(t.Skipped))
	j.close('}')
	j.b = append(j.b, '\n')
	_, err := w.Write(j.b)
	return err
}

func (r *tree) jsonNodes(j *jsonLine, list []*node) {
	j.open('[')
	for _, n := range list {
		r.jsonNode(j, n)
	}
	j.close(']')
}

func (r *tree) jsonNode(j *jsonLine, n *node) {
	j.open('{')
	j.keyStr("kind", string(n.kind))
	if n.field != codec.FieldNone {
		j.keyStr("name", n.field.String())
	}
	if n.field == codec.FieldChunk {
		j.keyInt("number", int64(n.number))
	}
	j.keyInt("offset", int64(n.off))
	j.keyInt("length", int64(n.len))
	if r.secret(n) {
		j.key("secret")
		j.bool(true)
	}
	if n.kind != nodeGroup {
		j.keyStr("hex", r.hex(n, ""))
	}
	if n.kind == nodeField {
		if mask := n.field.Info().Mask; mask != 0 {
			j.keyInt("mask", int64(mask))
		}
		j.keyText("value", r.meaning(n))
	}
	if n.kind == nodeDerived {
		j.keyStr("formula", r.trace.Buffers[n.buffer].Formula)
	}
	if len(n.notes) > 0 {
		jsonNotes(j, n.notes)
	}
	if len(n.children) > 0 {
		j.key("children")
		r.jsonNodes(j, n.children)
	}
	j.close('}')
}

func jsonNotes(j *jsonLine, notes []*codec.Error) {
	j.key("notes")
	j.open('[')
	for _, e := range notes {
		j.open('{')
		j.keyStr("field", e.Field.String())
		j.keyStr("kind", e.Kind.String())
		j.keyStr("text", noteText(e))
		j.close('}')
	}
	j.close(']')
}
