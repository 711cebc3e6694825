package peel

import "vmesskit/inspect/flow"

// holdBytes is how much of each side is looked at before it is called unknown.
const holdBytes = 4096

// Recognise gives a stage that names what both sides of each flow speak
// (Record.Speaks) before it passes their bytes on.
func Recognise(next flow.Source) flow.Source { return recogniser{next} }

type recogniser struct{ next flow.Source }

func (r recogniser) Open(rec *flow.Record) flow.Sink {
	return &listener{Sink: r.next.Open(rec), rec: rec}
}

// listener looks at the first bytes of both sides on their way.
type listener struct {
	flow.Sink
	rec   *flow.Record
	sides [2]struct {
		seen []byte
		done bool
	}
}

// Data looks at p, if its side is still to be named, and passes it on.
func (l *listener) Data(from flow.Side, at flow.Time, p []byte) {
	if s := &l.sides[from]; !s.done {
		seen := p[:min(len(p), holdBytes-len(s.seen))]
		if len(s.seen) > 0 {
			seen = append(s.seen, seen...)
		}
		speech, more := identify(l.rec.Network, seen)
		l.rec.Speaks[from] = speech
		s.done = !more || len(seen) >= holdBytes
		s.seen = nil
		if !s.done {
			s.seen = append(make([]byte, 0, len(seen)), seen...)
		}
	}
	l.Sink.Data(from, at, p)
}

// Gap passes a hole on. What stands behind one is not looked at.
func (l *listener) Gap(from flow.Side, at flow.Time, n int64) {
	l.sides[from].done = true
	l.Sink.Gap(from, at, n)
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
