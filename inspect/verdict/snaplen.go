package verdict

import "vmesskit/inspect/session"

var snaplenKind = Kind{
	ID:    "snaplen",
	Title: "the capture has the beginnings of packets only",
	Next:  "capture whole packets (tcpdump -s 0)",
	Sure:  Certain,
}

// snaplen: the ends of packets were not kept, so that a known user's answer
// cannot be read.
func snaplen(_ *judge, f *session.Facts) (Verdict, bool) {
	if !f.Flow.Snapped || f.Down.GapCount == 0 {
		return Verdict{}, false
	}
	return snapped(f), true
}

// snaplenInRequest: only the request's packets were cut short, and nothing
// else is wrong with it.
func snaplenInRequest(_ *judge, f *session.Facts) (Verdict, bool) {
	if !f.Flow.Snapped || !holeInRequest(f) {
		return Verdict{}, false
	}
	return snapped(f), true
}

// snaplenAtStart: not even the first 16 bytes were kept.
func snaplenAtStart(j *judge, f *session.Facts) (Verdict, bool) {
	if _, lost := gapAtStart(j, f); !lost || !f.Flow.Snapped {
		return Verdict{}, false
	}
	return snapped(f), true
}

func snapped(f *session.Facts) Verdict {
	bytes, _ := lost(f)
	return snaplenKind.verdict("the capture kept the beginnings of packets only; at least "+count(bytes, "byte")+" are missing", holes(f)...)
}
