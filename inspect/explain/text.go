package explain

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextOptions says how an explanation is to look.
type TextOptions struct {
	Width   int  // columns; 0 is no bound
	Secrets bool // show derived values
}

// Text writes an explanation, all but its trace: what was found, what was
// compared, what was derived, and the user's values beside ours.
func Text(w io.Writer, r *Result, o TextOptions) error {
	p := &page{width: o.Width}
	p.findings(r)
	p.have(r, o)
	p.checks(r)
	p.steps(r, o)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct {
	b     strings.Builder
	width int
}

func (p *page) title(s string) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	p.b.WriteString(s + "\n")
}

// text sets a paragraph behind a head of so many columns.
func (p *page) text(head string, column int, s string) {
	left := head
	line := ""
	flush := func() {
		p.b.WriteString(left + strings.Repeat(" ", max(column-utf8.RuneCountInString(left), 0)) + line + "\n")
		left, line = "", ""
	}
	if utf8.RuneCountInString(head) >= column {
		p.b.WriteString(strings.TrimRight(head, " ") + "\n")
		left = ""
	}
	for word := range strings.FieldsSeq(s) {
		if line != "" && p.width > 0 && column+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > p.width {
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		flush()
	}
}

func (p *page) findings(r *Result) {
	p.title("what is wrong")
	wrong := 0
	for _, f := range r.Findings {
		if f.Kind != KindNote {
			wrong++
			p.finding(strconv.Itoa(wrong)+".", &f)
		}
	}
	if wrong == 0 {
		who := "nobody's request"
		if r.User != "" {
			who = "the " + r.Scheme + " request of " + r.User
		}
		if differs := r.firstThatDiffers(); differs != "" {
			p.text("  ", 2, "All that was given of "+who+" opens, but your "+differs+" is not ours.")
		} else {
			p.text("  ", 2, "Nothing: "+who+" opens, and so does all that was given with it.")
		}
	}
	first := true
	for _, f := range r.Findings {
		if f.Kind != KindNote {
			continue
		}
		if first {
			p.title("what is worth knowing")
			first = false
		}
		p.finding("-", &f)
	}
}

func (p *page) finding(number string, f *Finding) {
	p.text("  "+number, 5, f.Title)
	for _, line := range []struct{ head, text string }{
		{"now", f.Does}, {"should", f.Should}, {"where", where(f)}, {"or", strings.Join(f.Or, ", or ")},
	} {
		if line.text != "" {
			p.text("     "+line.head, 13, line.text)
		}
	}
}

func where(f *Finding) string {
	s := strings.Join(f.In, " and ")
	if f.Field == "" {
		return s
	}
	return f.Field + ", in the " + s
}

func (p *page) have(r *Result, o TextOptions) {
	if len(r.Have) == 0 {
		return
	}
	p.title("your values, in the order of derivation")
	for _, c := range r.Have {
		mark, text := "  ? ", c.Text
		switch {
		case c.Same:
			mark = "  ok"
		case c.Known && c.First:
			mark, text = "  !!", "the first that "+text
		case c.Known:
			mark = "  !"
		}
		p.text(mark+" "+c.Name, 30, text)
		if !c.Known || c.Same {
			continue
		}
		if c.Formula != "" {
			p.text("     should be", 30, c.Formula)
		}
		if o.Secrets {
			p.text("     ours", 30, hexOf(c.Ours))
		}
		for _, id := range c.Likely {
			p.text("     yours is what one gets if", 30, mistakeOf(id).Title)
		}
	}
}

func (p *page) checks(r *Result) {
	if len(r.Checks) == 0 {
		return
	}
	p.title("what was compared")
	part := ""
	for _, c := range r.Checks {
		if c.Part != part {
			part = c.Part
			p.b.WriteString("  " + part + "\n")
		}
		mark := map[string]string{"passed": "ok", "failed": "!!", "unknown": "? "}[c.State]
		name := c.Name
		if c.Chunk >= 0 {
			name += " of chunk " + strconv.Itoa(c.Chunk)
		}
		text := c.Text
		if c.Repeat > 0 {
			text += "; and so in " + plural(c.Repeat, "chunk") + " more"
		}
		p.text("    "+mark+" "+name, 38, text)
	}
}

func (p *page) steps(r *Result, o TextOptions) {
	if len(r.Steps) == 0 {
		return
	}
	p.title("what was derived")
	last := ""
	for _, s := range r.Steps {
		at := s.In
		if s.Chunk >= 0 {
			at += ", chunk " + strconv.Itoa(s.Chunk)
		}
		if at != last {
			last = at
			p.b.WriteString("  " + at + "\n")
		}
		p.text("    "+s.Name, 29, plural(len(s.Value), "byte")+" = "+s.Formula)
		if s.Should != "" {
			p.text("      !! should be", 29, s.Should)
		}
		if o.Secrets {
			p.text("", 29, hexOf(s.Value))
		}
	}
}

// firstThatDiffers names the first value of the user's that is not ours.
func (r *Result) firstThatDiffers() string {
	for _, h := range r.Have {
		if !h.Same {
			return h.Name
		}
	}
	return ""
}
