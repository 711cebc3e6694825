package serverlog

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/verdict"
)

const (
	maxLine       = 64 << 10 // bytes of a line; of a longer one the beginning is read
	maxStatements = 200_000  // that are kept
)

// Read reads a log and adds what concerns those asked for to t. The error is
// the reader's; what came before it counts.
func Read(r io.Reader, asked *verdict.Asked, t *verdict.Testimony) error {
	in := bufio.NewReaderSize(r, maxLine)
	var known numbers
	for {
		text, err := line(in)
		if text != "" {
			t.Lines++
			keep(text, &known, asked, t)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// line reads one line without its end; the rest of a long one is left out.
func line(in *bufio.Reader) (string, error) {
	p, more, err := in.ReadLine()
	text := strings.TrimSpace(string(p))
	for more && err == nil {
		_, more, err = in.ReadLine()
	}
	return text, err
}

func keep(text string, known *numbers, asked *verdict.Asked, t *verdict.Testimony) {
	l := split(unwrap(text))
	s, ok := l.statement()
	known.link(&l, &s)
	if !ok {
		return
	}
	t.Understood++
	switch {
	case !asked.Concerns(&s):
	case len(t.Statements) == maxStatements:
		t.Limited = true
	default:
		t.Statements = append(t.Statements, s)
	}
}

// numbers remembers what the lines with a connection's number said of it, for
// those that come later: of the latest connections only.
type numbers struct{ now, before map[string]about }

type about struct {
	began  flow.Time
	client netip.AddrPort
	target string
}

const mostNumbers = 32 << 10 // in each half

// link notes what a line says of its connection, and fills in what is known.
func (n *numbers) link(l *entry, s *verdict.Statement) {
	if l.number == "" {
		return
	}
	a, seen := n.now[l.number]
	if !seen {
		a = n.before[l.number]
	}
	if !seen && a == (about{}) {
		a.began = l.at
	}
	if s.Client.IsValid() {
		a.client = s.Client
	}
	if s.Target != "" {
		a.target = s.Target
	}
	s.Client, s.Target, s.Began = a.client, a.target, a.began
	if len(n.now) >= mostNumbers {
		n.now, n.before = nil, n.now
	}
	if n.now == nil {
		n.now = make(map[string]about)
	}
	n.now[l.number] = a
}
