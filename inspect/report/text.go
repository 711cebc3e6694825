package report

import (
	"io"
	"strings"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/internal/fit"
)

// TextOptions says how text is to look, and what it leaves out or shows.
type TextOptions struct {
	Width   int  // columns of the terminal; 0 is no bound
	Color   bool // use a terminal's colours
	NoHash  bool // leave out the hashes of the plaintext
	Secrets bool // show the users' ids
	Others  bool // list the flows that are no VMess attempts
	Users   int  // how many accounts were given: nothing is found without any
	Named   bool // servers were named: nothing else is a session unless an id opens it
	Rows    int  // rows that a table keeps; DefaultRows if 0

	LogOffset bool // by how much the log's times are ahead was given, and may be wrong

	Redacted bool // say that names are pseudonyms: a Redactor stands in front

	HowToGive string // how ids are given, for who gave none; may be empty
}

// DefaultRows is how many sessions a table lists; who wants more wants lines
// of JSON.
const DefaultRows = 100_000

// NewText makes a writer for people: what is wrong comes first, then a table
// of the sessions, then the sum of it, with what kept a file from being read.
// Because the findings are known last, everything is written then.
func NewText(w io.Writer, o TextOptions) Writer {
	if o.Rows <= 0 {
		o.Rows = DefaultRows
	}
	return &text{w: w, o: o}
}

type text struct {
	w        io.Writer
	o        TextOptions
	sessions []Session
	others   []Other
	unlisted [2]int // sessions and others beyond the rows
}

func (t *text) Capture(*capture.Summary) error { return nil }

func (t *text) Session(s *Session) error {
	if len(t.sessions) < t.o.Rows {
		t.sessions = append(t.sessions, *s)
	} else {
		t.unlisted[0]++
	}
	return nil
}

func (t *text) Other(o *Other) error {
	switch {
	case !t.o.Others:
	case len(t.others) < t.o.Rows:
		t.others = append(t.others, *o)
	default:
		t.unlisted[1]++
	}
	return nil
}

// Summary writes the report.
func (t *text) Summary(s *Summary) error {
	p := page{o: t.o}
	p.marks()
	p.withoutIDs()
	p.findings(s.Findings)
	if len(t.sessions) > 0 {
		p.sessions(t.sessions, t.unlisted[0])
		p.users(t.sessions)
	}
	if len(t.others) > 0 {
		p.others(t.others, t.unlisted[1])
	}
	p.summary(s)
	_, err := t.w.Write(p.b)
	return err
}

// What is said of output that holds more than usual, or less.
const (
	markSecrets  = "Secrets are shown: with the ids and keys here, others can use the server and open its captures."
	markRedacted = "Names are pseudonyms: addresses, hosts, users and files are called otherwise, and nothing of what was carried is here."
)

// marks says what is unusual about the output.
func (p *page) marks() {
	if p.o.Secrets {
		p.line("", plain, markSecrets, red, 0)
	}
	if p.o.Redacted {
		p.line("", plain, markRedacted, dim, 0)
	}
}

// withoutIDs says why nothing opened where there was nothing to open it with:
// an unknown user says little then.
func (p *page) withoutIDs() {
	if p.o.Users > 0 {
		return
	}
	s := "No ids were given, so that no session can be opened."
	if p.o.HowToGive != "" {
		s = strings.TrimSuffix(s, ".") + "; " + p.o.HowToGive + "."
	}
	p.gap()
	p.line("", plain, s, yellow, 0)
}

// page is text in the making.
type page struct {
	o TextOptions
	b []byte
}

// gap puts an empty line between two parts.
func (p *page) gap() {
	if len(p.b) > 0 {
		p.b = append(p.b, '\n')
	}
}

// line writes a text in a style, broken between words, with the lines behind
// the first as far in as hang says. What stands in lead comes before it.
func (p *page) line(lead string, leadStyle style, s string, st style, hang int) {
	width := 0
	if p.o.Width > 0 {
		width = max(p.o.Width-max(hang, fit.Cells(lead)), 8)
	}
	for i, part := range fit.Lines(s, width) {
		if i == 0 {
			p.b = leadStyle.paint(p.b, p.o.Color, lead)
		} else {
			for range hang {
				p.b = append(p.b, ' ')
			}
		}
		p.b = st.paint(p.b, p.o.Color, part)
		p.b = append(p.b, '\n')
	}
}

// title writes the heading of a part, and what there is to say beside it.
func (p *page) title(head, beside string) {
	p.gap()
	p.b = bold.paint(p.b, p.o.Color, head)
	if beside != "" {
		room := len(beside)
		if p.o.Width > 0 {
			room = p.o.Width - fit.Cells(head) - 2
		}
		p.b = append(p.b, "  "...)
		p.b = dim.paint(p.b, p.o.Color, cut(beside, room))
	}
	p.b = append(p.b, '\n')
}
