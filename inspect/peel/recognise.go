package peel

import "vmesskit/inspect/flow"

// holdBytes is how much of each side is looked at before it is called unknown.
const holdBytes = 4096

// Recognise gives a stage that names what both sides of each flow speak
// (Record.Speaks) before it passes their bytes on. What it remembers of all
// flows together is at most limits.HoldTotal. When that is used up it looks no
// further, and what it knows of a side until then is the side's name: no bytes
// are lost by this, so no limit is told.
func Recognise(next flow.Source, limits flow.Limits) flow.Source {
	if limits.HoldTotal <= 0 {
		limits.HoldTotal = flow.DefaultLimits().HoldTotal
	}
	return &recogniser{next, flow.NewMeter(limits.HoldTotal)}
}

type recogniser struct {
	next   flow.Source
	memory *flow.Meter
}

func (r *recogniser) Open(rec *flow.Record) flow.Sink {
	return &listener{Sink: r.next.Open(rec), rec: rec, memory: r.memory}
}

// listener looks at the first bytes of both sides on their way.
type listener struct {
	flow.Sink
	rec    *flow.Record
	memory *flow.Meter
	sides  [2]beginning
}

// beginning is what is remembered of a side until it has a name.
type beginning struct {
	seen []byte // its capacity is taken from the meter
	done bool
}

// Data looks at p, if its side is still to be named, and passes it on.
func (l *listener) Data(from flow.Side, at flow.Time, p []byte) {
	if s := &l.sides[from]; !s.done {
		l.listen(from, s, p[:min(len(p), holdBytes-len(s.seen))])
	}
	l.Sink.Data(from, at, p)
}

// listen judges what was seen before together with p, and remembers p if more
// could change the name.
func (l *listener) listen(from flow.Side, s *beginning, p []byte) {
	before := len(s.seen)
	seen := p
	if before > 0 {
		if !l.room(s, before+len(p)) {
			l.leave(s)
			return
		}
		s.seen = append(s.seen, p...)
		seen = s.seen
	}
	speech, more := identify(l.rec.Network, seen)
	l.rec.Speaks[from] = speech
	switch {
	case !more || len(seen) >= holdBytes:
		l.leave(s)
	case before > 0 || len(p) == 0:
	case l.room(s, len(p)):
		s.seen = append(s.seen, p...)
	default:
		l.leave(s)
	}
}

// room makes room for n bytes, if the meter grants it.
func (l *listener) room(s *beginning, n int) bool {
	if n <= cap(s.seen) {
		return true
	}
	n = min(holdBytes, max(n, 2*cap(s.seen)))
	if !l.memory.Take(n - cap(s.seen)) {
		return false
	}
	s.seen = append(make([]byte, 0, n), s.seen...)
	return true
}

// leave ends the listening to a side.
func (l *listener) leave(s *beginning) {
	l.memory.Give(cap(s.seen))
	s.seen, s.done = nil, true
}

// Gap passes a hole on. What stands behind one is not looked at.
func (l *listener) Gap(from flow.Side, at flow.Time, n int64) {
	l.leave(&l.sides[from])
	l.Sink.Gap(from, at, n)
}

// Close ends the listening to the side that is closed.
func (l *listener) Close(from flow.Side, at flow.Time, how flow.How) {
	l.leave(&l.sides[from])
	l.Sink.Close(from, at, how)
}

// Finish ends the listening.
func (l *listener) Finish() {
	l.leave(&l.sides[flow.A])
	l.leave(&l.sides[flow.B])
	l.Sink.Finish()
}

// identify names the first bytes of a side; more tells that further bytes
// could change the name.
func identify(n flow.Network, p []byte) (s flow.Speech, more bool) {
	tells := streamTells
	if n == flow.UDP {
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
