package report

import "slices"

// maskedByte stands for a byte that is not shown.
const maskedByte = "xx"

// appendHex appends bytes in hex with sep between them. hidden may be nil.
func appendHex(b, data []byte, hidden []bool, sep string) []byte {
	for i, c := range data {
		if i > 0 {
			b = append(b, sep...)
		}
		if hidden != nil && hidden[i] {
			b = append(b, maskedByte...)
		} else {
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// hex writes the bytes of a node.
func (r *tree) hex(n *node, sep string) string {
	return string(appendHex(nil, r.bytes(n.buffer, n.off, n.len), r.mask(n), sep))
}

// wholeHex is how many bytes of a field are always shown: keys, tags and
// nonces are to be compared with others. Of longer ones a row is.
const wholeHex = 16

// hexRows breaks the bytes of a node into rows.
func (r *tree) hexRows(n *node, perRow int) (rows []string) {
	if n.kind != nodeField {
		return nil
	}
	if n.len > perRow && (n.len > wholeHex || r.allHidden(n)) {
		row := *n
		row.len = perRow
		return []string{r.hex(&row, " ") + " " + ellipsis}
	}
	for off := 0; off < n.len; off += perRow {
		row := *n
		row.off, row.len = n.off+off, min(perRow, n.len-off)
		rows = append(rows, r.hex(&row, " "))
	}
	return rows
}

// allHidden reports whether no byte of a node is shown.
func (r *tree) allHidden(n *node) bool {
	return r.hidden != nil && !slices.Contains(r.mask(n), false)
}
