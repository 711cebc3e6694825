package speech

import "vmesskit/inspect/flow"

// Most is how much of a side is looked at before it is called unknown. Of HTTP
// the whole head is, up to mostHead: early data may stand in it.
const (
	Most     = 4 << 10
	mostHead = 16 << 10
)

// Ear listens to the first bytes of a side. What it remembers of them is taken
// from a meter; where that is used up, the name that it has stays.
type Ear struct {
	Datagrams bool        // each piece is a datagram
	Speech    flow.Speech // what was heard so far

	seen []byte // its capacity is taken from the meter
	done bool
}

// Done reports whether the name is final.
func (e *Ear) Done() bool { return e.done }

// Hear judges what was heard before together with p, and remembers p if more
// could change the name.
func (e *Ear) Hear(p []byte, m *flow.Meter) {
	if e.done {
		return
	}
	p = p[:min(len(p), mostHead-len(e.seen))]
	before := len(e.seen)
	seen := p
	if before > 0 {
		if !e.room(before+len(p), m) {
			e.Leave(m)
			return
		}
		e.seen = append(e.seen, p...)
		seen = e.seen
	}
	var more bool
	e.Speech, more = Identify(seen, e.Datagrams)
	switch {
	case !more || len(seen) >= e.most():
		e.Leave(m)
	case before > 0 || len(p) == 0:
	case e.room(len(p), m):
		e.seen = append(e.seen, p...)
	default:
		e.Leave(m)
	}
}

// most is how much is looked at of what was heard so far.
func (e *Ear) most() int {
	if e.Speech.Protocol == "http" {
		return mostHead
	}
	return Most
}

// room makes room for n bytes, if the meter grants it.
func (e *Ear) room(n int, m *flow.Meter) bool {
	if n <= cap(e.seen) {
		return true
	}
	n = min(mostHead, max(n, 2*cap(e.seen)))
	if !m.Take(n - cap(e.seen)) {
		return false
	}
	e.seen = append(make([]byte, 0, n), e.seen...)
	return true
}

// Leave ends the listening.
func (e *Ear) Leave(m *flow.Meter) {
	m.Give(cap(e.seen))
	e.seen, e.done = nil, true
}

// Identify names the first bytes of a side; more tells that further bytes
// could change the name.
func Identify(p []byte, datagrams bool) (s flow.Speech, more bool) {
	tells := streamTells
	if datagrams {
		tells = datagramTells
	}
	for _, tell := range tells {
		speech, undecided := tell(p)
		if speech.Protocol != "" {
			return speech, undecided
		}
		more = more || undecided
	}
	return flow.Speech{}, more
}

// Of names the first bytes of a stream that no more is to be heard of.
func Of(p []byte) flow.Speech {
	s, _ := Identify(p[:min(len(p), Most)], false)
	return s
}
