package report

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec/mux"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Redactor makes a report fit to be shown to others: addresses, hosts, users and
// files have pseudonyms in it, the same one for the same name, and hashes of what
// was carried, paths and quoted bytes are left out. Times, sizes, ports and
// verdicts stay.
type Redactor struct {
	keyed func(name string) string
	names map[string]string // pseudonyms by name
	count map[string]int    // by kind
	hosts map[string]bool   // that were told of, in lower case
	users []string          // labels, the longest first
	files []string
	odd   []oddName       // the longest first
	made  map[string]bool // what they became, which is no name
}

// NewRedactor makes one. keyed gives a short text for a name, which others cannot
// compute, so that it has the same pseudonym in several reports; nil counts the
// names of one report: client-1, client-2.
func NewRedactor(keyed func(name string) string) *Redactor {
	return &Redactor{keyed: keyed, names: make(map[string]string), count: make(map[string]int), hosts: make(map[string]bool), made: make(map[string]bool)}
}

// Names are names of kinds that a Redactor hides.
type Names struct{ Users, Hosts, Paths []string }

// Know tells of names that findings may have although no session shows them:
// those in configurations.
func (r *Redactor) Know(n Names) {
	for _, label := range n.Users {
		r.meet(label)
	}
	for _, h := range n.Hosts {
		if h != "" {
			r.hosts[strings.ToLower(strings.Trim(hostOf(h), "[]"))] = true
			r.whole(h)
		}
	}
	for _, p := range n.Paths {
		r.whole(p)
	}
}

// Writer gives a Writer that passes on to w what is fit to be shown.
func (r *Redactor) Writer(w Writer) Writer { return redacted{r, w} }

type redacted struct {
	r *Redactor
	w Writer
}

func (d redacted) Session(s *Session) error { return d.w.Session(d.r.Session(s)) }

func (d redacted) Other(o *Other) error {
	out := *o
	out.A, out.B = d.r.endpoint("client", o.Flow.Ends[flow.A]), d.r.endpoint("server", o.Flow.Ends[flow.B])
	out.Flow = d.r.record(o.Flow)
	return d.w.Other(&out)
}

func (d redacted) Capture(c *capture.Summary) error {
	out := d.r.capture(c)
	return d.w.Capture(&out)
}

func (d redacted) Summary(s *Summary) error { return d.w.Summary(d.r.Summary(s)) }

// Summary gives a summary as it may be shown.
func (r *Redactor) Summary(s *Summary) *Summary {
	out := *s
	out.Capture = r.capture(&s.Capture)
	out.Findings = slices.Clone(s.Findings)
	for i := range out.Findings {
		f := &out.Findings[i]
		f.Client, f.Server, f.User = r.address("client", f.Client), r.address("server", f.Server), r.user(f.User)
		if f.Config != "" {
			f.Config = r.name("file", f.Config)
		}
		f.What, f.Next, f.Sure = r.text(f.What), r.text(f.Next), r.text(f.Sure)
	}
	return &out
}

// capture gives files other names.
func (r *Redactor) capture(c *capture.Summary) capture.Summary {
	out := *c
	out.Files = slices.Clone(c.Files)
	for i := range out.Files {
		f := &out.Files[i]
		if !slices.Contains(r.files, f.Name) {
			r.files = append(r.files, f.Name)
		}
		problem := strings.ReplaceAll(f.Problem, f.Name, r.name("file", f.Name))
		f.Name, f.Problem = r.name("file", f.Name), r.text(problem)
	}
	return out
}

// Session gives a session as it may be shown.
func (r *Redactor) Session(s *Session) *Session {
	out, f := *s, *s.Facts
	out.Client = r.endpoint("client", f.Flow.Ends[f.Client])
	out.Server = r.endpoint("server", f.Flow.Ends[f.Server()])
	out.User, out.ID, out.Facts = r.user(s.User), "", &f
	f.Flow = r.record(f.Flow)
	if f.Header != nil {
		h := *f.Header
		h.Target, h.Oddities = r.address("host", h.Target), r.texts(h.Oddities)
		f.Header = &h
	}
	if f.Announced != nil {
		a := *f.Announced
		a.Host = r.address("host", a.Host)
		f.Announced = &a
	}
	f.Up, f.Down, f.Odd = r.stream(f.Up), r.stream(f.Down), r.texts(f.Odd)
	f.Faults, f.Mux = slices.Clone(f.Faults), slices.Clone(f.Mux)
	for i := range f.Faults {
		f.Faults[i].Text = r.text(f.Faults[i].Text)
	}
	for i := range f.Mux {
		m := &f.Mux[i]
		m.Target, m.Up, m.Down = r.address("host", m.Target), r.stream(m.Up), r.stream(m.Down)
		m.GlobalID = mux.GlobalID{} // it follows a socket from carrier to carrier
	}
	out.Verdict = verdict.Verdict{ID: s.Verdict.ID, Evidence: r.evidence(s.Verdict.Evidence)}
	out.Verdict.Reason = r.text(s.Verdict.Reason) // with what the evidence named
	return &out
}

// stream leaves the hashes out.
func (r *Redactor) stream(s session.Stream) session.Stream {
	if s.Speaks != nil {
		named := r.speech(*s.Speaks)
		s.Speaks = &named
	}
	s.Hashed, s.Sum, s.Datagrams, s.Pieces = false, [32]byte{}, r.datagrams(s.Datagrams), slices.Clone(s.Pieces)
	for i := range s.Pieces {
		p := &s.Pieces[i]
		p.Sum, p.Datagrams = [32]byte{}, r.datagrams(p.Datagrams)
	}
	return s
}

func (r *Redactor) datagrams(list []session.Datagram) (out []session.Datagram) {
	for _, d := range list {
		out = append(out, session.Datagram{Bytes: d.Bytes, Addr: r.address("host", d.Addr)})
	}
	return out
}

// record leaves out what the network's bytes say.
func (r *Redactor) record(rec *flow.Record) *flow.Record {
	out := *rec
	out.Panic, out.Layers = r.text(rec.Panic), nil
	for _, l := range rec.Layers {
		c := *l
		c.Why, c.Says, c.Facts = r.text(l.Why), r.speech(l.Says), nil
		for _, f := range l.Facts {
			c.Set(f.Key, r.fact(f)) // what is empty is left out
		}
		out.Layers = append(out.Layers, &c)
	}
	for i := range out.Speaks {
		out.Speaks[i] = r.speech(out.Speaks[i])
	}
	return &out
}

// fact gives the value of a layer's fact, or nothing for those that are not known
// to hold only what the protocol does.
func (r *Redactor) fact(f flow.Fact) string {
	switch f.Key {
	case "host", "sni", "authority", "target", "path", "service":
		r.whole(f.Value)
	}
	switch f.Key {
	case "host", "sni", "authority", "target":
		return r.address("host", f.Value)
	case "source":
		return r.address("client", f.Value)
	case "path", "service":
		return "/path"
	case "alert", "alpn", "alpn_offered", "early_in", "hello_retry", "late", "method", "missing", "protection", "protocol",
		"renegotiation", "resent", "resumed", "segments", "status", "stream", "suite", "unopened", "version", "extensions":
		return r.text(f.Value)
	}
	return ""
}

func (r *Redactor) speech(s flow.Speech) flow.Speech {
	s.Detail, s.Name = "", r.address("host", s.Name)
	return s
}

// evidence keeps the numbers, and of texts what is the inspector's own.
func (r *Redactor) evidence(e verdict.Evidence) verdict.Evidence {
	var out verdict.Evidence
	for _, item := range e {
		switch v := item.Value.(type) {
		case string:
			switch item.Key {
			case "detail", "says", "asks":
				continue // bytes of the network, and of a log
			case "log_user":
				item.Value = r.user(v)
			default:
				item.Value = r.text(v)
			}
		case []string:
			item.Value = r.texts(v)
		case verdict.Evidence:
			item.Value = r.evidence(v)
		case []verdict.Evidence:
			list := make([]verdict.Evidence, len(v))
			for i := range v {
				list[i] = r.evidence(v[i])
			}
			item.Value = list
		}
		out = append(out, item)
	}
	return out
}

// name gives a pseudonym.
func (r *Redactor) name(kind, name string) string {
	if p, ok := r.names[name]; ok {
		return p
	}
	r.count[kind]++
	p := kind + "-" + strconv.Itoa(r.count[kind])
	if r.keyed != nil {
		p = kind + "-" + r.keyed(name)
	}
	if kind == "host" {
		p += ".example"
	}
	r.names[name] = p
	return p
}

// user gives the pseudonym of a label. A number is none.
func (r *Redactor) user(label string) string {
	if !r.meet(label) {
		return label
	}
	return r.name("user", label)
}

// meet notes a label, and reports whether it is one. A longer one may have a
// shorter one in it, and is looked for first.
func (r *Redactor) meet(label string) bool {
	if number, ok := strings.CutPrefix(label, "#"); label == "" || ok && isNumber(number) {
		return false
	}
	if !slices.Contains(r.users, label) {
		i := slices.IndexFunc(r.users, func(other string) bool { return len(other) < len(label) })
		if i < 0 {
			i = len(r.users)
		}
		r.users = slices.Insert(r.users, i, label)
	}
	return true
}

func (r *Redactor) endpoint(kind string, a netip.AddrPort) string {
	return r.address(kind, endpoint(a))
}

// address gives the pseudonym of an address or a host; a port behind it stays.
func (r *Redactor) address(kind, s string) string {
	if s == "" {
		return ""
	}
	host, port := hostOf(s), ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') && strings.Count(s, ":") == 1 || strings.Contains(s, "]:") {
		port = s[i:]
	} else if host = strings.Trim(s, "[]"); strings.Count(s, ":") == 0 {
		host = s
	}
	return r.name(kind, strings.ToLower(host)) + port
}
