package report

import (
	"strconv"
	"strings"

	"vmesskit/codec"
)

// tree writes the fields of a session, each structure to be opened by itself.
func (h *htmlPage) tree(d *HTMLDetail) {
	r := newTree(d.Trace, TreeOptions{Secrets: h.o.Secrets, Redact: h.o.Redacted})
	if len(r.roots) == 0 {
		return
	}
	h.raw(`<details class="tree"><summary>Fields`)
	if !h.o.Secrets {
		h.raw(`, with ` + maskedByte + ` for a secret byte`)
	}
	h.raw("</summary>\n")
	for _, root := range r.roots {
		h.node(r, root)
	}
	for _, e := range r.notes {
		h.element("p", "odd", "note: "+strings.TrimPrefix(e.Error(), "vmess: "))
	}
	if n := d.Trace.Skipped; n > 0 {
		h.element("p", "note", plural(int64(n), "chunk")+" more")
	}
	h.raw("</details>\n")
}

// node writes a node and what is below it.
func (h *htmlPage) node(r *tree, n *node) {
	if len(n.children) == 1 && n.children[0].kind == nodeOpened && len(n.children[0].children) == 1 && n.children[0].children[0].kind == nodeField {
		n.children = n.children[0].children // what was opened to one field is that field
	}
	if len(n.children) == 0 {
		h.raw(`<div class="leaf">`)
		h.words(r, n)
		h.raw("</div>\n")
		return
	}
	open := ""
	if n.kind == nodeWire {
		open = " open"
	}
	h.raw("<details" + open + "><summary>")
	h.words(r, n)
	h.raw("</summary>\n")
	for _, c := range n.children {
		h.node(r, c)
	}
	h.raw("</details>\n")
}

// words writes what a node is, where, and its bytes.
func (h *htmlPage) words(r *tree, n *node) {
	class := ""
	switch n.kind {
	case nodeDerived, nodeUnnamed:
		class = "note"
	}
	h.raw("<span")
	if doc := n.field.Info().Doc; doc != "" && n.field != codec.FieldNone {
		h.raw(` title="`)
		h.text(doc)
		h.raw(`"`)
	}
	h.raw(">")
	if n.kind == nodeField || n.kind == nodeGroup || n.kind == nodeUnnamed {
		h.element("span", "off", strconv.FormatInt(int64(n.off), 16))
	}
	h.element("span", class, r.words(n))
	if rows := r.hexRows(n, wholeHex); len(rows) > 0 && n.kind == nodeField {
		h.element("code", "", rows[0])
	}
	h.raw("</span>")
	for _, e := range n.notes {
		h.element("span", "odd", noteText(e))
	}
}
