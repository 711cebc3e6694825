package verdict

import (
	"cmp"
	"net/netip"
	"slices"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Testimony is what a server's own log says, as far as it may concern the
// sessions of a run.
type Testimony struct {
	Statements []Statement // in the order of the log
	Lines      int64       // that were read
	Understood int64       // that say something of a connection
	Limited    bool        // there was more than is kept
	Offset     *int64      // by how many seconds the log's times are ahead of UTC, where that was given
}

// Statement is one line of a log.
type Statement struct {
	At     flow.Time      // as it is written, taken for UTC where Zoned is not set; 0 for none
	Began  flow.Time      // of the log's first line on the same connection, written alike; 0 for none
	Zoned  bool           // the line says by how much it is ahead of UTC, and At is right
	Client netip.AddrPort // whom it is about; invalid where it does not say, port 0 where it says the address only
	Means  Means
	User   string // that the server names
	Target string // "host:port"
	Path   string // that was asked for
	Wants  string // the wrapping that the server expects, where it misses one
	Says   string // the server's words
}

// Means is what a line of a log means. The words never change.
type Means string

const (
	Accepted        Means = "accepted"             // the server took the request
	NoUser          Means = "unknown-user"         // no user of the server made the first bytes
	NoUserOrTime    Means = "unknown-user-or-time" // no user of the server made them, as of now: v2ray does not tell these apart
	WrongTime       Means = "wrong-time"           // a user of the server made them, and the time is off
	Repeated        Means = "replay"
	LegacyRefused   Means = "legacy-refused"
	InsecureRefused Means = "insecure-refused"
	DamagedHeader   Means = "damaged-header"
	DamagedBody     Means = "damaged-body"
	WrongTransport  Means = "wrong-transport" // another wrapping is wanted
	WrongPath       Means = "wrong-path"
	TooShort        Means = "too-short" // the header never came
	TargetFailed    Means = "target-failed"
)

// Asked is what a log is asked for.
type Asked struct {
	clients     map[netip.AddrPort]bool
	addrs       map[netip.Addr]bool
	targets     map[string]bool
	first, last flow.Time
}

// Ask gives what a log is to be asked for these sessions.
func Ask(all []*session.Facts) *Asked {
	a := &Asked{clients: make(map[netip.AddrPort]bool), addrs: make(map[netip.Addr]bool), targets: make(map[string]bool)}
	for i, f := range all {
		c := clientOf(f)
		a.clients[c], a.addrs[c.Addr()] = true, true
		if f.Header != nil && f.Header.Target != "" {
			a.targets[f.Header.Target] = true
		}
		if i == 0 || f.Flow.Start < a.first {
			a.first = f.Flow.Start
		}
		a.last = max(a.last, f.Flow.End)
	}
	return a
}

// clientOf gives a session's client as a log writes it.
func clientOf(f *session.Facts) netip.AddrPort {
	c := f.Flow.Ends[f.Client]
	return netip.AddrPortFrom(c.Addr().Unmap().WithZone(""), c.Port())
}

// day is how far a log's times may be off, by its zone and by a wrong clock.
const day = 26 * 3600 * second

const second = flow.Time(1_000_000_000)

// Concerns reports whether a statement may be about one of the sessions.
func (a *Asked) Concerns(s *Statement) bool {
	if s.At != 0 && (s.At < a.first-day || s.At > a.last+day) {
		return false
	}
	switch {
	case s.Client.IsValid() && s.Client.Port() == 0:
		return a.addrs[s.Client.Addr()]
	case s.Client.IsValid():
		return a.clients[s.Client]
	case s.Target != "":
		return a.targets[s.Target]
	}
	return s.Means != Accepted && s.At != 0
}

// Hearing is what became of a testimony.
type Hearing struct {
	Lines, Understood int64
	Limited           bool
	Sessions          int   // that a line is about
	Offset            int64 // by how many seconds the log's times are ahead of UTC
	Clock             int64 // by how many more the server's clock is ahead of the capture's, beside its time zone; 0 where that may be chance
}

// Consider lets the server's log have its word: each session that a line of it
// is about gets that line as evidence, and where the capture alone does not
// tell why a session failed, the log does.
func Consider(all []*session.Facts, verdicts []Verdict, t *Testimony) *Hearing {
	m := newMatching(all, t)
	m.setOffset()
	m.byClient()
	m.byTarget()
	m.byTime()
	h := &Hearing{Lines: t.Lines, Understood: t.Understood, Limited: t.Limited, Offset: m.offset, Clock: m.clock}
	for i, f := range all {
		said := distinct(m.said[i])
		if len(said) == 0 {
			continue
		}
		h.Sessions++
		hear(f, &verdicts[i], said, m)
	}
	return h
}

// distinct leaves out what a log says twice: v2ray has it in two files.
func distinct(list []Statement) (out []Statement) {
	slices.SortStableFunc(list, func(a, b Statement) int { return cmp.Compare(a.At, b.At) })
	for _, s := range list {
		same := func(o Statement) bool { return o.Means == s.Means && (o.Says == s.Says || s.Means == Accepted) }
		if i := slices.IndexFunc(out, same); i < 0 {
			out = append(out, s)
		} else if out[i].User == "" {
			out[i] = s
		}
	}
	return out
}

// mostTold is how many lines stand in the evidence of a session: a mux has one
// for each sub-connection.
const mostTold = 8

// told is the evidence of what the log says.
func told(said []Statement, m *matching) []Item {
	var list []Evidence
	for i := range said[:min(len(said), mostTold)] {
		s := &said[i]
		var e Evidence
		if s.At != 0 {
			e = append(e, Item{"time", m.utc(s).UTC().Format("2006-01-02T15:04:05Z")})
		}
		e = append(e, Item{"means", string(s.Means)}, Item{"says", s.Says})
		list = append(list, e)
	}
	out := []Item{{"log", list}}
	if more := len(said) - mostTold; more > 0 {
		out = append(out, Item{"log_more", more})
	}
	return out
}
