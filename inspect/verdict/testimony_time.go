package verdict

import (
	"cmp"
	"slices"

	"vmesskit/inspect/flow"
)

// sample is how many lines the offset is found with.
const sample = 20_000

// zones are the differences from UTC that clocks are set to, in minutes, the
// nearest first: the whole hours, and those of some countries between them.
var zones = func() (out []int64) {
	for h := int64(-12); h <= 14; h++ {
		out = append(out, h*60)
	}
	out = append(out, -9*60-30, -3*60-30, -2*60-30, 3*60+30, 4*60+30, 5*60+30, 5*60+45, 6*60+30, 8*60+45, 9*60+30, 10*60+30, 12*60+45, 13*60+45)
	slices.SortFunc(out, func(a, b int64) int { return cmp.Or(cmp.Compare(max(a, -a), max(b, -b)), cmp.Compare(b, a)) })
	return out
}()

// setOffset finds by how much the log's times are ahead of UTC: the time zone
// with which most lines fall on a session of their client. Where another
// difference explains more of them, the server's clock is off.
func (m *matching) setOffset() {
	if m.t.Offset != nil {
		m.offset = *m.t.Offset
		return
	}
	lines := m.witnesses()
	offset, votes := m.byZone(lines)
	m.offset = offset
	if other, more := m.byDifference(lines); more > votes {
		m.offset, m.clock = other, other-zone(other)
	}
}

// byZone counts for each time zone the lines that fall on a session.
func (m *matching) byZone(lines []*Statement) (offset int64, most int) {
	for _, zone := range zones {
		votes := 0
		for _, s := range lines {
			at := s.At - flow.Time(zone)*60*second
			falls := func(n int) bool { return around(m.all[n], at) }
			if slices.ContainsFunc(m.ofLine(s), falls) {
				votes++
			}
		}
		if votes > most {
			offset, most = zone*60, votes
		}
	}
	return offset, most
}

// witnesses gives the lines that may tell the offset.
func (m *matching) witnesses() (out []*Statement) {
	for i := range m.t.Statements {
		s := &m.t.Statements[i]
		if s.At != 0 && !s.Zoned && (s.Client.IsValid() || s.Target != "") {
			if out = append(out, s); len(out) == sample {
				break
			}
		}
	}
	return out
}

// ofLine gives the sessions that a line may be about, a few of many.
func (m *matching) ofLine(s *Statement) []int {
	list := m.targets[s.Target]
	if s.Client.IsValid() {
		list = m.candidates(s)
	}
	return list[:min(len(list), 64)]
}

// byDifference takes the difference that most lines with a client's whole
// address have to their session.
func (m *matching) byDifference(lines []*Statement) (offset int64, most int) {
	const step = 5 // seconds that are taken for the same
	type vote struct {
		n   int
		sum int64
	}
	votes := make(map[int64]vote)
	for _, s := range lines {
		if s.Client.Port() == 0 {
			continue // it may be any of the sessions from there
		}
		for _, n := range m.ofLine(s) {
			from := m.all[n].FirstByte
			if s.Means != Accepted {
				from = ended(m.all[n])
			}
			d := int64((s.At - from) / second)
			key := d - mod(d, step)
			v := vote{votes[key].n + 1, votes[key].sum + d}
			votes[key] = v
			if v.n > most {
				offset, most = v.sum/int64(v.n), v.n
			}
		}
	}
	return offset, most
}

// zone gives the time zone that an offset is nearest to. Up to half an hour is
// rather a wrong clock than a wrong clock in another zone.
func zone(offset int64) int64 {
	const half = 1800 + 60
	if offset >= -half && offset <= half {
		return 0
	}
	nearest := zones[0] * 60
	for _, z := range zones {
		if far := func(z int64) int64 { return max(offset-z, z-offset) }; far(z*60) < far(nearest) {
			nearest = z * 60
		}
	}
	return nearest
}

// mod is never negative.
func mod(a, b int64) int64 { return (a%b + b) % b }
