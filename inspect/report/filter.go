package report

import (
	"math"
	"net/netip"
	"slices"
	"strings"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// FilterOptions says which sessions to let through. An empty list lets all
// through; otherwise one of its words has to fit.
type FilterOptions struct {
	User    []string // labels, or "#1" for the first account
	Verdict []string // ids of verdicts
	Host    []Host   // one of those at either end, or where it went
	Since   Moment   // sessions that went on then or later
	Until   Moment   // sessions that had begun by then
}

// None reports whether everything passes.
func (f *FilterOptions) None() bool {
	return len(f.User)+len(f.Verdict)+len(f.Host) == 0 && f.Since == nil && f.Until == nil
}

// Moment is a point in time that may depend on the capture.
type Moment func(*capture.Summary) flow.Time

// Host says which addresses and names fit: those in a network, or those with a
// text in them.
type Host struct {
	Net  netip.Prefix // an address is a network of one; invalid for none
	Text string       // in lower case
}

// Filter passes on to w the sessions that fit, the findings that concern at
// least one of them, and a summary that counts them. A session under an
// account that a server announced belongs to the user to whom it did.
func Filter(w Writer, f FilterOptions) Writer {
	return &filter{Writer: w, f: f, ofUser: make(map[int]bool), passed: make(map[int]bool)}
}

type filter struct {
	Writer
	f        FilterOptions
	since    flow.Time
	until    flow.Time
	ofUser   map[int]bool // by index: sessions of these users
	passed   map[int]bool // by index: sessions passed on
	verdicts map[string]int
}

func (f *filter) Capture(c *capture.Summary) error {
	f.since, f.until = math.MinInt64, math.MaxInt64
	if f.f.Since != nil {
		f.since = f.f.Since(c)
	}
	if f.f.Until != nil {
		f.until = f.f.Until(c)
	}
	return f.Writer.Capture(c)
}

func (f *filter) Session(s *Session) error {
	fits := len(f.f.User) == 0 || s.User != "" && slices.Contains(f.f.User, s.User) || s.By > 0 && f.ofUser[s.By]
	if !fits {
		return nil
	}
	f.ofUser[s.Index] = true
	switch r := s.Facts.Flow; {
	case len(f.f.Verdict) > 0 && !slices.Contains(f.f.Verdict, s.Verdict.ID):
		return nil
	case r.End < f.since || r.Start > f.until:
		return nil
	case len(f.f.Host) > 0 && !slices.ContainsFunc(f.f.Host, func(h Host) bool { return h.of(s) }):
		return nil
	}
	f.passed[s.Index] = true
	if f.verdicts == nil {
		f.verdicts = make(map[string]int)
	}
	f.verdicts[s.Verdict.ID]++
	return f.Writer.Session(s)
}

func (f *filter) Summary(s *Summary) error {
	part := *s
	part.Sessions = len(f.passed)
	part.Hidden = s.Hidden + s.Sessions - part.Sessions
	part.Verdicts = nil
	for _, v := range s.Verdicts {
		if n := f.verdicts[v.ID]; n > 0 {
			part.Verdicts = append(part.Verdicts, Count{ID: v.ID, N: n})
		}
	}
	part.Findings = nil
	for _, finding := range s.Findings {
		if f.concerns(&finding) {
			part.Findings = append(part.Findings, finding)
		}
	}
	return f.Writer.Summary(&part)
}

func (f *filter) concerns(finding *verdict.Finding) bool {
	return slices.ContainsFunc(finding.Sessions, func(i int) bool { return f.passed[i] })
}

// of reports whether a session has to do with the host.
func (h *Host) of(s *Session) bool {
	f := s.Facts
	for _, end := range f.Flow.Ends {
		if h.fits(end.Addr().Unmap().String()) {
			return true
		}
	}
	for _, name := range namesOf(f) {
		if h.fits(hostOf(name)) {
			return true
		}
	}
	return false
}

// namesOf lists where a session went, by address or by name, as far as it says.
func namesOf(f *session.Facts) (list []string) {
	if f.Header != nil {
		list = append(list, f.Header.Target)
	}
	for i := range f.Mux {
		m := &f.Mux[i]
		list = append(list, m.Target)
		for _, d := range slices.Concat(m.Up.Datagrams, m.Down.Datagrams) {
			list = append(list, d.Addr)
		}
	}
	for _, s := range []*session.Stream{&f.Up, &f.Down} {
		if s.Speaks != nil {
			list = append(list, s.Speaks.Name)
		}
		for _, d := range s.Datagrams {
			list = append(list, d.Addr)
		}
		for i := range s.Pieces {
			for _, d := range s.Pieces[i].Datagrams {
				list = append(list, d.Addr)
			}
		}
	}
	for _, l := range f.Flow.Layers {
		list = append(list, l.Get("host"), l.Get("sni"))
	}
	return list
}

// hostOf takes the port off.
func hostOf(target string) string {
	if i := strings.LastIndexByte(target, ':'); i > strings.LastIndexByte(target, ']') {
		target = target[:i]
	}
	return strings.TrimSuffix(strings.TrimPrefix(target, "["), "]")
}

// fits judges one address or name.
func (h *Host) fits(name string) bool {
	if !h.Net.IsValid() {
		return name != "" && strings.Contains(strings.ToLower(name), h.Text)
	}
	a, err := netip.ParseAddr(name)
	return err == nil && h.Net.Contains(a.Unmap())
}
