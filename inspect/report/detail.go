package report

import (
	"io"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Detail writes all that is known of one session, and the next step that its
// verdict names.
func Detail(w io.Writer, s *Session, o TextOptions) error {
	d := sheet{page: page{o: o}}
	d.marks()
	d.gap()
	d.head(s)
	d.rows(s)
	_, err := w.Write(d.b)
	return err
}

// rows writes all of them.
func (d *sheet) rows(s *Session) {
	d.silence = silence(s.Facts.Flow)
	d.route(s)
	d.sender(s)
	d.header(s.Facts)
	d.stream("up", &s.Facts.Up)
	d.stream("down", &s.Facts.Down)
	d.row("carries", carries(&s.Facts.Up, &s.Facts.Down))
	d.mux(s.Facts.Mux)
	d.rest(s)
	d.row("next", verdict.NextStep(s.Facts, &s.Verdict))
}

// sheet is a page of rows, each with a word in front.
type sheet struct {
	page
	put     func(key, value string) // takes the rows, where they are not to be lines of text
	silence string                  // what is said of a direction without bytes
}

const rowIndent = 12

// row writes one; an empty key goes on with the row before.
func (d *sheet) row(key, value string) {
	switch {
	case value == "":
	case d.put != nil:
		d.put(key, value)
	default:
		d.line("  "+key+strings.Repeat(" ", max(rowIndent-2-len(key), 1)), dim, clean(value), plain, rowIndent)
	}
}

func (d *sheet) head(s *Session) {
	d.b = bold.paint(d.b, d.o.Color, "Session "+strconv.Itoa(s.Index)+": ")
	d.b = styleOf(s.Verdict.ID).paint(d.b, d.o.Color, clean(s.Verdict.ID))
	d.b = append(d.b, '\n')
	if s.Verdict.Reason != "" {
		d.line("  ", plain, clean(s.Verdict.Reason), plain, 2)
	}
	d.b = append(d.b, '\n')
}

// route says where and when.
func (d *sheet) route(s *Session) {
	r := s.Facts.Flow
	d.row("client", s.client()+sent(r, s.Facts.Client))
	d.row("server", s.server()+sent(r, s.Facts.Server()))
	d.row("time", r.Start.UTC().Format(day+" 15:04:05.999999999 UTC")+", for "+lasting(r.Start, r.End))
	layers := strings.Join(r.Stack(), " > ")
	if !r.Began && r.Network == flow.TCP {
		layers += "; the beginning is not in the capture"
	}
	if r.Snapped {
		layers += "; packets are cut by the snaplen"
	}
	d.row("layers", layers)
	d.layers(r)
}

func sent(r *flow.Record, side flow.Side) string {
	s := ", " + plural(r.Packets[side], "packet")
	if p := &r.Speaks[side]; p.Protocol != "" {
		s += ", speaks " + p.Protocol
		if p.Detail != "" {
			s += " (" + p.Detail + ")"
		}
	}
	return s
}

// sender says who authenticated, and what its clock says.
func (d *sheet) sender(s *Session) {
	a := s.Facts.Auth
	switch {
	case a == nil && d.o.Users == 0:
		d.row("user", "unknown, since no ids were given")
		return
	case a == nil:
		d.row("user", "no id matches")
		return
	}
	user := s.User
	if s.By > 0 {
		user = "the account that session " + strconv.Itoa(s.By) + " was given"
	}
	d.row("user", user)
	if d.o.Secrets && s.ID != "" {
		d.row("id", s.ID+" (secret)")
	}
	d.row("auth", a.Scheme.String()+alterText(a))
	clock := strconv.FormatInt(a.Time, 10)
	if t := unixTime(a.Time); t != "" {
		clock = t + ", Unix " + clock
	}
	d.row("its clock", clock+", "+clockWords(skewOf(s.Facts), "the capture's"))
}

func alterText(a *session.Auth) string {
	switch {
	case a.Scheme != codec.Legacy:
		return ""
	case a.Alter == codec.Primary:
		return ", by the id itself"
	case a.Given:
		return ", by alter id " + strconv.Itoa(a.Alter)
	}
	return ", by alter id " + strconv.Itoa(a.Alter) + ", which the account does not have"
}

// header says what the header asks for.
func (d *sheet) header(f *session.Facts) {
	h := f.Header
	if h == nil {
		return
	}
	d.row("command", strings.TrimSpace(h.Command.String()+" "+h.Target))
	d.row("security", h.Security.String())
	options := strings.Join(h.Option.Names(nil), ", ")
	if options == "" {
		options = "none"
	}
	d.row("options", options)
	d.row("header", plural(int64(h.Size), "byte"))
	for _, odd := range oddities(f) {
		d.row("odd", odd)
	}
	if r := f.Response; r != nil {
		d.row("response", plural(int64(r.Size), "byte")+", command "+r.Command.String())
	}
}
