package report

import (
	"strings"

	"vmesskit/inspect/capture"
)

// summary writes the sum of a run, and what its files kept from being read.
func (p *page) summary(s *Summary) {
	p.gap()
	if s.Sessions+s.Hidden == 0 {
		p.line("", plain, "No VMess session. "+p.reasonForNone(s), bold, 0)
	}
	p.line("", plain, clean(sum(s)), plain, 0)
	p.log(s)
	p.damage(&s.Capture)
	if len(s.Limits) > 0 {
		p.line("", plain, clean("A limit was hit ("+strings.Join(s.Limits, ", ")+"): part of the capture was not looked at."), yellow, 2)
	}
}

// sum counts in one line.
func sum(s *Summary) string {
	line := plural(int64(s.Sessions), "session")
	var parts []string
	for _, v := range s.Verdicts {
		if v.N > 0 {
			parts = append(parts, count(int64(v.N))+" "+v.ID)
		}
	}
	if len(parts) > 0 {
		line += " (" + strings.Join(parts, ", ") + ")"
	}
	if s.Hidden > 0 {
		line += ", " + count(int64(s.Hidden)) + " more not shown"
	}
	if s.OtherFlows > 0 {
		line += ", " + plural(int64(s.OtherFlows), "other flow")
	}
	c := &s.Capture
	line += " in " + plural(c.Packets, "packet")
	if c.Packets > 0 {
		line += ", " + size(c.Bytes) + ", " + lasting(c.First, c.Last)
	}
	return line
}

// reasonForNone says why there may be no session.
func (p *page) reasonForNone(s *Summary) string {
	c := &s.Capture
	switch {
	case c.Packets == 0:
		return "The capture has no packets."
	case c.TCP+c.UDP == 0 && c.Bad > 0:
		return "No packet could be followed to TCP or UDP."
	case c.TCP+c.UDP == 0:
		return "There is no TCP or UDP in the capture."
	case p.o.Named && p.o.Users == 0:
		return "No conversation goes to a server that was named."
	case p.o.Named:
		return "No conversation goes to a server that was named, and no given id opens another one."
	case p.o.Users == 0:
		return "No conversation looks like one; name the server's port if it is a common one."
	}
	return "Every conversation is recognisably something else, and no given id opens one; if you know the server, name its port."
}

// Damage says what kept a file from being read to its end, and what was read;
// it is empty if nothing did.
func Damage(f *capture.File) string {
	s := f.Problem
	switch {
	case s == "":
		return ""
	case !strings.HasPrefix(s, f.Name):
		s = f.Name + ": " + s
	}
	switch {
	case f.Format == "":
		return s + "; the file was left out"
	case f.Packets == 0:
		return s + "; no packet could be read"
	case f.Packets == 1:
		return s + "; the packet before it was read"
	}
	return s + "; the " + plural(f.Packets, "packet") + " before it were read"
}

// damage tells of what could not be read.
func (p *page) damage(c *capture.Summary) {
	warn := func(s string) { p.line("", plain, clean(s), yellow, 2) }
	for i := range c.Files {
		if s := Damage(&c.Files[i]); s != "" {
			warn("Warning: " + s + ".")
		}
	}
	if c.Bad > 0 {
		warn(plural(c.Bad, "packet") + " could not be followed.")
	}
	if c.Unfinished > 0 {
		warn(plural(c.Unfinished, "fragmented packet") + " never became whole.")
	}
}

// log tells what the server's log was good for.
func (p *page) log(s *Summary) {
	h := s.Log
	switch {
	case h == nil:
		return
	case h.Lines == 0:
		p.line("", plain, "The server's log is empty.", yellow, 2)
		return
	case h.Understood == 0:
		p.line("", plain, "The server's log: none of its "+plural(h.Lines, "line")+" says anything of a connection; want the log of v2ray, Xray or sing-box, at the level info or with the access log.", yellow, 2)
		return
	case h.Sessions == 0:
		ask := "; is it of this server and of that day?"
		if p.o.LogOffset {
			ask = "; is it of this server and of that day, or is the --log-offset wrong?"
		}
		p.line("", plain, "The server's log: none of "+plural(h.Understood, "line")+" on connections fits a session by address and time"+ask, yellow, 2)
		return
	}
	line := "The server's log tells of " + count(int64(h.Sessions)) + " of " + plural(int64(s.Sessions+s.Hidden), "session")
	if h.Offset != h.Clock {
		line += "; its times are " + clockWords(h.Offset-h.Clock, "UTC")
	}
	if h.Clock != 0 {
		line += "; its clock is " + clockWords(h.Clock, "the capture's")
	}
	p.line("", plain, clean(line)+".", plain, 2)
	if h.Limited {
		p.line("", plain, "The log has more lines of these clients than are kept: some were left out.", yellow, 2)
	}
}
