package verdict

import (
	"strconv"

	"vmesskit/inspect/session"
)

var replayKind = Kind{
	ID:    "replay",
	Title: "the bytes of an earlier connection, sent again",
	Next:  "find out what sends old bytes again: a middlebox, a probe, or somebody who recorded the session",
	Sure:  Certain,
	what: func(group []*judged) string {
		of, _ := group[0].verdict.Evidence.Get("of").(int)
		return "its header is that of session " + strconv.Itoa(of) + ", sent again"
	},
}

// replayed: the same header as in an earlier session, and no answer. Two
// honest headers always differ: their keys are random.
func replayed(j *judge, f *session.Facts) (Verdict, bool) {
	if f.Header == nil {
		return Verdict{}, false
	}
	first := j.headers[f.Header.Sum]
	if first == f || seenTwice(first, f) {
		return Verdict{}, false
	}
	of := j.index[first]
	return replayKind.verdict(
		"the header is byte for byte that of session "+strconv.Itoa(of)+", and the server did not answer it again",
		Item{"of", of}, Item{"after_ms", int64(f.FirstByte-first.FirstByte) / 1_000_000},
	), true
}

// seenTwice reports whether two flows are one connection that passed the
// capture at two places, as where an address is translated: both directions
// hold the same, at the same time.
func seenTwice(a, b *session.Facts) bool {
	const moment = 1_000_000_000
	apart := b.FirstByte - a.FirstByte
	return apart < moment && a.Up.Wire == b.Up.Wire && a.Down.Wire == b.Down.Wire && a.Flow.Ends != b.Flow.Ends
}
