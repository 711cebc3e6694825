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
		of, known := group[0].verdict.Evidence.Get("of").(int)
		if !known {
			return "it repeats a session of before this capture"
		}
		if each(group, "same") == "session" {
			return "it has the keys of session " + strconv.Itoa(of) + ", in another header"
		}
		return "it repeats session " + strconv.Itoa(of)
	},
}

// again is a way in which a session is one of before.
type again struct {
	id    string // in the evidence
	words string
	first func(j *judge, f *session.Facts) *session.Facts
}

// ways are asked in this order. Two honest requests share neither header nor
// keys, and an AEAD auth has 32 random bits beside its time.
var ways = []again{
	{"header", "the header is byte for byte that of session ", func(j *judge, f *session.Facts) *session.Facts {
		if f.Header == nil {
			return nil
		}
		return j.headers[f.Header.Sum]
	}},
	{"session", "the header is another one, but it has the keys of session ", func(j *judge, f *session.Facts) *session.Facts {
		if f.Header == nil {
			return nil
		}
		return j.keys[f.Header.Keys]
	}},
	{"auth", "the first 16 bytes are those of session ", func(j *judge, f *session.Facts) *session.Facts {
		if legacy(f) {
			return nil // it is a hash of the second only
		}
		return j.auths[f.Auth.Bytes]
	}},
}

// replayed: what an earlier session began with, and no answer.
func replayed(j *judge, f *session.Facts) (Verdict, bool) {
	for _, way := range ways {
		first := way.first(j, f)
		if first == nil || first == f || seenTwice(first, f) {
			continue
		}
		of := j.index[first]
		words := way.words + strconv.Itoa(of)
		if way.id == "auth" {
			words += ", with something else behind them"
		}
		by := f.Flow.Ends[f.Client].Addr().Unmap()
		who := ", from the same address"
		if by != first.Flow.Ends[first.Client].Addr().Unmap() {
			who = ", from another address"
		}
		return replayKind.verdict(words+who+", and the server did not answer it again",
			Item{"of", of}, Item{"after_ms", int64(f.FirstByte-first.FirstByte) / 1_000_000},
			Item{"same", way.id}, Item{"by", by.String()},
		), true
	}
	return Verdict{}, false
}

// seenTwice reports whether two flows are one connection that passed the
// capture at two places, as where an address is translated: both directions
// hold the same, at the same time.
func seenTwice(a, b *session.Facts) bool {
	const moment = 1_000_000_000
	apart := b.FirstByte - a.FirstByte
	return apart < moment && a.Up.Wire == b.Up.Wire && a.Down.Wire == b.Down.Wire && a.Flow.Ends != b.Flow.Ends
}
