package report

import "strings"

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
	least   int  // columns that a long text keeps; 0: it is never shortened
	fromEnd bool // a long text loses its end, not its middle
	text    []string
	style   []style // of each row; nil for none
}

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
		over := -between - width
		slack := 0
		first := -1 // to be dropped
		for i, c := range shown {
			over += widths[i] + between
			if c.least > 0 {
				slack += max(0, widths[i]-c.least)
			}
			if c.drop > 0 && (first < 0 || c.drop < shown[first].drop) {
				first = i
			}
		}
		if over <= slack || first < 0 {
			squeeze(shown, widths, over)
			break
		}
		shown = append(shown[:first:first], shown[first+1:]...)
		widths = append(widths[:first:first], widths[first+1:]...)
	}
	return shown, widths
}

// squeeze takes columns from the widest text again and again; below what they
// should keep only if nothing else is left.
func squeeze(shown []*column, widths []int, over int) {
	for _, hard := range []bool{false, true} {
		for ; over > 0; over-- {
			widest := -1
			for i, c := range shown {
				least := c.least
				if hard {
					least = 4
				}
				if c.least > 0 && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
		}
	}
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
