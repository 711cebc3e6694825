package verdict

import "vmesskit/inspect/session"

var gapAtStartKind = Kind{
	ID:    "gap-at-start",
	Title: "the first bytes are missing from the capture",
	Next:  "capture again with a larger buffer (tcpdump -B): user and keys are in the first bytes",
	Sure:  Certain,
}

// gapAtStart: no id can match, since the bytes that say who it is are missing.
func gapAtStart(_ *judge, f *session.Facts) (Verdict, bool) {
	if !f.Up.Lost && (f.Up.GapCount == 0 || f.Up.Gaps[0].Offset >= smallestAuth) {
		return Verdict{}, false
	}
	return gapAtStartKind.verdict("the first bytes of the request are not in the capture; they say who sends, and hold the keys", holes(f)...), true
}
