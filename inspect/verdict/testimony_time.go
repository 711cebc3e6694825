package verdict

import (
	"slices"

	"vmesskit/inspect/flow"
)

const (
	quarter  = 900    // seconds: time zones differ by multiples of it
	farthest = 14 * 4 // the easternmost zone in quarters of an hour
	sample   = 20_000 // lines that the offset is found with
)

// setOffset finds by how much the log's times are ahead of UTC: the multiple of
// a quarter of an hour with which most lines fall on a session of their client.
// Where another difference explains more of them, the server's clock is off.
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
	var votes [2*farthest + 1]int
	for _, s := range lines {
		for q := range votes {
			at := s.At - flow.Time(q-farthest)*quarter*second
			falls := func(n int) bool { return around(m.all[n], at) }
			if slices.ContainsFunc(m.ofLine(s), falls) {
				votes[q]++
			}
		}
	}
	best := farthest
	for d := range farthest + 1 { // the nearest first
		for _, q := range []int{farthest + d, farthest - d} {
			if votes[q] > votes[best] {
				best = q
			}
		}
	}
	return int64(best-farthest) * quarter, votes[best]
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

// zone gives the time zone that an offset is nearest to: whole hours are likelier
// than halves, halves than quarters.
func zone(offset int64) int64 {
	for _, unit := range []int64{4 * quarter, 2 * quarter} {
		z := (offset + unit/2 - mod(offset+unit/2, unit))
		if d := offset - z; d >= -quarter && d <= quarter {
			return z
		}
	}
	return offset + quarter/2 - mod(offset+quarter/2, quarter)
}

// mod is never negative.
func mod(a, b int64) int64 { return (a%b + b) % b }
