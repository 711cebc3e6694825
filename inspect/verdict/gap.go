package verdict

import "vmesskit/inspect/session"

var gapKind = Kind{
	ID:    "gap",
	Title: "packets are missing from the capture",
	Next:  "capture with a larger buffer (tcpdump -B), closer to the server, or on one interface only",
	Sure:  Certain,
}

// gapInAnswered: the session works; the capture has holes in it.
func gapInAnswered(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Response == nil || f.Up.GapCount+f.Down.GapCount == 0 {
		return Verdict{}, false
	}
	if f.Flow.Snapped {
		return snapped(f), true
	}
	return gap(f), true
}

// gapUnanswered: a hole where the answer's header would be.
func gapUnanswered(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Down.GapCount == 0 {
		return Verdict{}, false
	}
	return gap(f), true
}

// gapInRequest: a hole in a request that was not answered, and nothing else is
// wrong with it.
func gapInRequest(_ *judge, f *session.Facts) (Verdict, bool) {
	if !holeInRequest(f) {
		return Verdict{}, false
	}
	return gap(f), true
}

// holeInRequest reports whether a hole is all that there is to say about an
// unanswered request. Where the header is whole and the server hung up, there
// is more.
func holeInRequest(f *session.Facts) bool {
	return f.Up.GapCount > 0 && (f.Header == nil || !serverClosedFirst(f))
}

// gap judges holes. Those that a limit of this tool tore are not the capture's.
func gap(f *session.Facts) Verdict {
	bytes, n := lost(f)
	if f.Flow.Limit == tornBy {
		return limitKind.verdict("the limit "+quoted(tornBy)+" was hit: packets that came too early were given up, and "+lostBytes(bytes)+" are missing in "+count(int64(n), "place")+"; "+
			decoded(f, "them"), append([]Item{{"limit", tornBy}}, holes(f)...)...)
	}
	place := "those places"
	if n == 1 {
		place = "it"
	}
	return gapKind.verdict("the capture lacks "+lostBytes(bytes)+" in "+count(int64(n), "place")+"; "+decoded(f, place), holes(f)...)
}

// lostBytes says how many bytes are missing, as far as that is known.
func lostBytes(n int64) string {
	if n == 0 {
		return "an unknown number of bytes"
	}
	return count(n, "byte")
}

// decoded says what was, around holes or damage.
func decoded(f *session.Facts, around string) string {
	if len(f.Up.Pieces)+len(f.Down.Pieces) > 0 {
		return "what is in front of " + around + " was decoded, and more behind"
	}
	return "what is in front of " + around + " was decoded"
}
