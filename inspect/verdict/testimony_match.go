package verdict

import (
	"cmp"
	"net/netip"
	"slices"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// matching finds the session that each line of a log is about.
type matching struct {
	all      []*session.Facts
	t        *Testimony
	clients  map[netip.AddrPort][]int // sessions by client, in order
	addrs    map[netip.Addr][]int
	targets  map[string][]int
	offset   int64 // of the log's times, in seconds
	clock    int64
	said     [][]Statement // by session
	rejected []bool        // by session: a line with its address says that it failed
}

func newMatching(all []*session.Facts, t *Testimony) *matching {
	m := &matching{
		all: all, t: t, clients: make(map[netip.AddrPort][]int), addrs: make(map[netip.Addr][]int), targets: make(map[string][]int),
		said: make([][]Statement, len(all)), rejected: make([]bool, len(all)),
	}
	for i, f := range all {
		c := clientOf(f)
		m.clients[c] = append(m.clients[c], i)
		m.addrs[c.Addr()] = append(m.addrs[c.Addr()], i)
		if f.Header != nil && f.Header.Target != "" {
			m.targets[f.Header.Target] = append(m.targets[f.Header.Target], i)
		}
	}
	return m
}

// utc gives a line's time without the offset.
func (m *matching) utc(s *Statement) flow.Time { return m.shifted(s, s.At) }

func (m *matching) shifted(s *Statement, t flow.Time) flow.Time {
	if s.Zoned || t == 0 {
		return t
	}
	return t - flow.Time(m.offset)*second
}

// Logs have whole seconds, cut off. A server writes that it takes a request when
// it has read the header; that it refuses one when it gives up reading, which may
// be after the last packet.
const (
	early = 3 * second
	late  = 60 * second
)

// around reports whether a line of that time may be about a session.
func around(f *session.Facts, at flow.Time) bool {
	return at >= f.Flow.Start-early && at <= f.Flow.End+late
}

// candidates gives the sessions that a line with an address may be about, at
// any time.
func (m *matching) candidates(s *Statement) []int {
	if s.Client.Port() == 0 {
		return m.addrs[s.Client.Addr()]
	}
	return m.clients[s.Client]
}

// byClient gives the lines with an address to their sessions: of several with
// that address, to the last one that had begun.
func (m *matching) byClient() {
	for i := range m.t.Statements {
		s := &m.t.Statements[i]
		if !s.Client.IsValid() {
			continue
		}
		list := m.candidates(s)
		if s.At == 0 {
			if len(list) == 1 {
				m.give(list[0], s)
			}
			continue
		}
		at, best := m.utc(s), -1
		for _, n := range m.begun(list, at) {
			if around(m.all[n], at) && m.free(n, s) {
				best = n
			}
		}
		if best >= 0 {
			m.give(best, s)
		}
	}
}

// mostNear is how many sessions a line is compared with.
const mostNear = 256

// begun gives those of a list that had begun at a time, the latest ones of many.
func (m *matching) begun(list []int, at flow.Time) []int {
	end, _ := slices.BinarySearchFunc(list, at+early, func(n int, at flow.Time) int {
		if m.all[n].Flow.Start <= at {
			return -1
		}
		return 1
	})
	return list[max(end-mostNear, 0):end]
}

// free reports whether a line that tells the address without the port may be of
// a session that has no line yet.
func (m *matching) free(n int, s *Statement) bool {
	return s.Client.Port() != 0 || len(m.said[n]) == 0
}

// mostSaid is how many lines are kept for one session.
const mostSaid = 64

func (m *matching) give(n int, s *Statement) {
	if len(m.said[n]) < mostSaid {
		m.said[n] = append(m.said[n], *s)
	}
	if s.Means != Accepted && s.Means != TargetFailed && s.Client.IsValid() {
		m.rejected[n] = true
	}
}

// byTarget gives lines without an address by what was asked for: of those that
// began at that time, to the first one without such a line.
func (m *matching) byTarget() {
	given := make(map[int]map[Means]bool)
	for i := range m.t.Statements {
		s := &m.t.Statements[i]
		if s.Client.IsValid() || s.Target == "" || s.At == 0 {
			continue
		}
		for _, n := range m.begun(m.targets[s.Target], m.began(s)) {
			if !m.begins(n, s) || m.rejected[n] || given[n][s.Means] {
				continue
			}
			if given[n] == nil {
				given[n] = make(map[Means]bool)
			}
			given[n][s.Means] = true
			m.give(n, s)
			break
		}
	}
}

// begins reports whether a line without an address may be about a session with
// its target: the connection began at that time in the log. A target that
// answered did not fail.
func (m *matching) begins(n int, s *Statement) bool {
	f, at := m.all[n], m.began(s)
	if s.Means == TargetFailed && f.Down.Bytes > 0 {
		return false
	}
	return at >= f.FirstByte-early && at <= f.FirstByte+early
}

// began is when the connection of a line began, as far as the log tells.
func (m *matching) began(s *Statement) flow.Time {
	if s.Began != 0 {
		return m.shifted(s, s.Began)
	}
	return m.utc(s)
}

// mostKinds is how many kinds of lines without an address are looked into: each
// path that somebody asked for makes one.
const mostKinds = 64

// byTime gives lines that name neither an address nor a target, by the time at
// which a session ended and by what it shows. Where that leaves more sessions
// than lines, nobody knows which.
func (m *matching) byTime() {
	bare := make(map[string][]*Statement)
	for i := range m.t.Statements {
		s := &m.t.Statements[i]
		if !s.Client.IsValid() && s.Target == "" && s.At != 0 {
			key := string(s.Means) + s.Path
			if bare[key] != nil || len(bare) < mostKinds {
				bare[key] = append(bare[key], s)
			}
		}
	}
	keys := make([]string, 0, len(bare))
	for key := range bare {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		m.inTurn(bare[key])
	}
}

// inTurn gives lines of one meaning to the sessions that fit, in the order of
// time.
func (m *matching) inTurn(lines []*Statement) {
	slices.SortStableFunc(lines, func(a, b *Statement) int { return cmp.Compare(m.utc(a), m.utc(b)) })
	var fitting []int
	for n, f := range m.all {
		if !m.rejected[n] && fits(f, lines[0]) {
			fitting = append(fitting, n)
		}
	}
	slices.SortStableFunc(fitting, func(a, b int) int { return cmp.Compare(ended(m.all[a]), ended(m.all[b])) })
	for len(lines) > 0 && len(fitting) > 0 {
		at, end := m.utc(lines[0]), ended(m.all[fitting[0]])
		switch {
		case end < at-early:
			fitting = fitting[1:]
		case end > at+early:
			lines = lines[1:]
		default:
			n, k := m.cluster(lines, fitting)
			if n >= k {
				for i := range k {
					m.give(fitting[i], lines[i])
					m.rejected[fitting[i]] = true
				}
			}
			lines, fitting = lines[n:], fitting[k:]
		}
	}
}

// cluster counts the lines and the sessions that cannot be told apart by time:
// each is near the one before it.
func (m *matching) cluster(lines []*Statement, fitting []int) (n, k int) {
	last := max(m.utc(lines[0]), ended(m.all[fitting[0]]))
	n, k = 1, 1
	for {
		switch {
		case n < len(lines) && m.utc(lines[n]) <= last+early:
			last = max(last, m.utc(lines[n]))
			n++
		case k < len(fitting) && ended(m.all[fitting[k]]) <= last+early:
			last = max(last, ended(m.all[fitting[k]]))
			k++
		default:
			return n, k
		}
	}
}

// ended is when a session was over for its server.
func ended(f *session.Facts) flow.Time {
	if f.FirstOut.Seen {
		return f.FirstOut.At
	}
	return f.Flow.End
}

// fits reports whether a session looks like what a line says.
func fits(f *session.Facts, s *Statement) bool {
	switch s.Means {
	case InsecureRefused:
		return insecure(f) && !answered(f)
	case DamagedBody:
		return f.Fault("request-body") != nil
	case WrongPath:
		return f.Response == nil && observe(f).path == s.Path
	case WrongTransport:
		return f.Response == nil && disagreed(f) != nil
	case TooShort:
		return f.Up.Wire < 16
	}
	return false
}
