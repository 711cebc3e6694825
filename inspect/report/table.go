package report

import (
	"cmp"
	"slices"
	"strings"

	"vmesskit/inspect/internal/fit"
)

// table lays out columns. It is fitted to a width: columns that say nothing
// are left out, then those of the least use; long texts are shortened, and no
// line is ever broken.
type table struct {
	columns []column
	rows    int
}

type column struct {
	head  string
	right bool                         // numbers stand at the right
	use   int                          // where space is short, the lowest goes first
	short func(s string, n int) string // fits a long text into n columns; nil: it stays whole
	floor [classes]int                 // what a long text keeps while columns of each class stand
	text  []string
	style []style // of each row
	width int     // set by fit
}

// Columns have a class by their use: how far long texts are shortened so that
// the column can stand.
const (
	extra   = iota // not far
	figures        // as far as they can still be told apart
	vital          // as far as it goes
	classes
)

// The least uses of the classes figures and vital; what stays has a place on
// the narrowest terminal.
const (
	useFigures = 10
	useVital   = 20
	useStays   = 30
)

func (c *column) class() int {
	switch {
	case c.use >= useVital:
		return vital
	case c.use >= useFigures:
		return figures
	}
	return extra
}

// nothing stands in a cell that has nothing to say.
const nothing = "-"

// add appends a row's text to the column.
func (c *column) add(s string, st style) {
	if s == "" {
		s, st = nothing, dim
	}
	c.text = append(c.text, s)
	c.style = append(c.style, st)
}

// silent reports whether no row has anything to say.
func (c *column) silent() bool {
	return !slices.ContainsFunc(c.text, func(s string) bool { return s != nothing })
}

// natural gives the width that all of the column needs.
func (c *column) natural() int {
	n := fit.Cells(c.head)
	for _, s := range c.text {
		n = max(n, fit.Cells(s))
	}
	return n
}

// least gives how narrow the column becomes for one of a class.
func (c *column) least(class int) int {
	if c.short == nil {
		return c.width
	}
	return min(c.width, c.floor[class])
}

const between = 2 // blanks between two columns

// fit chooses columns, the most useful first, and sets their widths. Width 0
// is no bound.
func (t *table) fit(width int) (shown []*column) {
	for i := range t.columns {
		if c := &t.columns[i]; !c.silent() {
			c.width = c.natural()
			shown = append(shown, c)
		}
	}
	if width <= 0 {
		return shown
	}
	byUse := slices.Clone(shown)
	slices.SortStableFunc(byUse, func(a, b *column) int { return cmp.Compare(b.use, a.use) })
	var chosen []*column
choice:
	for _, c := range byUse {
		with := append(chosen, c)
		switch {
		case c.use == useStays || needed(with, c.class()) <= width:
			chosen = with
		case c.class() == extra:
			break choice // what is of less use does not fill the gap
		}
	}
	shown = slices.DeleteFunc(shown, func(c *column) bool { return !slices.Contains(chosen, c) })
	for class := range classes {
		if squeeze(shown, width, func(c *column) int { return c.least(class) }) {
			return shown
		}
	}
	squeeze(shown, width, func(c *column) int { return min(c.least(vital), 4) })
	return shown
}

// needed gives the width below which columns do not go for one of a class.
func needed(columns []*column, class int) int {
	n := -between
	for _, c := range columns {
		n += c.least(class) + between
	}
	return n
}

// squeeze takes from the column that is the farthest above its floor, again
// and again, until all fits. If it cannot, it changes nothing.
func squeeze(shown []*column, width int, floor func(*column) int) bool {
	over, spare := -between-width, make([]int, len(shown))
	for i, c := range shown {
		over += c.width + between
		if c.short != nil {
			spare[i] = c.width - floor(c)
		}
	}
	taken := make([]int, len(shown))
	for ; over > 0; over-- {
		richest := 0
		for i := range spare {
			if spare[i] > spare[richest] {
				richest = i
			}
		}
		if spare[richest] <= 0 {
			return false
		}
		spare[richest]--
		taken[richest]++
	}
	for i, c := range shown {
		c.width -= taken[i]
	}
	return true
}

// hasColumn reports whether a column is among those that fit chose.
func hasColumn(shown []*column, head string) bool {
	return slices.ContainsFunc(shown, func(c *column) bool { return c.head == head })
}

// append writes the columns that fit chose.
func (t *table) append(b []byte, shown []*column, width int, color bool) []byte {
	b = appendRow(b, shown, width, color, func(c *column) (string, style) { return c.head, dim })
	for row := range t.rows {
		b = appendRow(b, shown, width, color, func(c *column) (string, style) { return c.text[row], c.style[row] })
	}
	return b
}

func appendRow(b []byte, shown []*column, width int, color bool, cell func(*column) (string, style)) []byte {
	gap, at := 0, 0 // blanks that are due; columns that are written
	for _, c := range shown {
		s, st := cell(c)
		if c.short != nil {
			s = c.short(s, c.width)
		}
		pad := max(0, c.width-fit.Cells(s))
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
			at, gap = at+gap+fit.Cells(s), 0
		}
		gap += pad + between
	}
	return append(b, '\n')
}
