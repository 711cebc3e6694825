package report

import (
	"slices"
	"strings"
)

// table lays out columns. It is fitted to a width: what is least useful goes
// first, long texts lose their middles, and no line is ever broken.
type table struct {
	columns []column
	rows    int
}

type column struct {
	head    string
	right   bool // numbers stand at the right
	drop    int  // the lowest goes first where space is short; 0 stays
	least   int  // columns that a long text keeps while others can go; 0: it is never shortened
	tight   int  // columns that it keeps before one from lateDrop on goes
	fromEnd bool // a long text loses its end, not its middle
	text    []string
	style   []style // of each row
}

// lateDrop is the first drop of those columns that are worth more than long
// texts at their full length.
const lateDrop = 8

// add appends a row's text to the column.
func (c *column) add(s string, st style) {
	c.text = append(c.text, s)
	c.style = append(c.style, st)
}

// natural gives the width that all of the column needs.
func (c *column) natural() int {
	n := cells(c.head)
	for _, s := range c.text {
		n = max(n, cells(s))
	}
	return n
}

const between = 2 // blanks between two columns

// fit chooses columns and their widths. Width 0 is no bound.
func (t *table) fit(width int) (shown []*column, widths []int) {
	for i := range t.columns {
		c := &t.columns[i]
		shown, widths = append(shown, c), append(widths, c.natural())
	}
	for width > 0 {
		first := nextToDrop(shown)
		floor := func(c *column) int { return c.least }
		if first < 0 || shown[first].drop >= lateDrop {
			floor = func(c *column) int { return c.tight }
		}
		if squeeze(shown, widths, width, floor) {
			break
		}
		if first < 0 {
			squeeze(shown, widths, width, func(c *column) int { return min(c.tight, 4) })
			break
		}
		shown, widths = slices.Delete(shown, first, first+1), slices.Delete(widths, first, first+1)
	}
	return shown, widths
}

// nextToDrop gives the column that goes next, or -1.
func nextToDrop(shown []*column) int {
	first := -1
	for i, c := range shown {
		if c.drop > 0 && (first < 0 || c.drop < shown[first].drop) {
			first = i
		}
	}
	return first
}

// squeeze takes columns from the text that is the farthest above its floor,
// again and again, until all fits. If it cannot, it changes nothing.
func squeeze(shown []*column, widths []int, width int, floor func(*column) int) bool {
	out := slices.Clone(widths)
	over := -between - width
	for _, w := range out {
		over += w + between
	}
	for ; over > 0; over-- {
		richest, most := -1, 0
		for i, c := range shown {
			if least := floor(c); least > 0 && out[i]-least > most {
				richest, most = i, out[i]-least
			}
		}
		if richest < 0 {
			return false
		}
		out[richest]--
	}
	copy(widths, out)
	return true
}

// append lays the table out.
func (t *table) append(b []byte, width int, color bool) []byte {
	shown, widths := t.fit(width)
	b = t.line(b, shown, widths, width, func(c *column) (string, style) { return c.head, dim }, color)
	for row := range t.rows {
		b = t.line(b, shown, widths, width, func(c *column) (string, style) { return c.text[row], c.style[row] }, color)
	}
	return b
}

func (t *table) line(b []byte, shown []*column, widths []int, width int, cell func(*column) (string, style), color bool) []byte {
	gap, at := 0, 0 // blanks that are due; columns that are written
	for i, c := range shown {
		s, st := cell(c)
		switch {
		case c.fromEnd:
			s = cut(s, widths[i])
		case c.least > 0:
			s = shorten(s, widths[i])
		}
		pad := max(0, widths[i]-cells(s))
		if c.right {
			gap += pad
			pad = 0
		}
		if width > 0 {
			s = cut(s, width-at-gap) // only a terminal of a few columns needs this
		}
		if s != "" {
			b = append(b, strings.Repeat(" ", gap)...)
			b = st.paint(b, color, s)
			at, gap = at+gap+cells(s), 0
		}
		gap += pad + between
	}
	return append(b, '\n')
}
