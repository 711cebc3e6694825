package verdict

import "vmesskit/inspect/session"

var serverRefusedKind = Kind{
	ID:    "server-refused",
	Title: "a valid header, and the server closes first, without an answer and without a trace of why",
	Next:  "give the server's log with --log FILE; compare its clock, its transport settings and its users with the client's",
	Sure:  Possible,
}

// serverRefused: nothing else explains why the server hung up. It is the last
// word on a session with a known user.
func serverRefused(j *judge, f *session.Facts) (Verdict, bool) {
	possible := []string{serverClockSkewKind.ID, transportMismatchKind.ID, unknownUserKind.ID}
	if legacy(f) {
		possible = append(possible, legacyRefusedKind.ID)
	}
	if j.narrow(f) {
		possible = append(possible, clockSkewKind.ID)
	}
	if insecure(f) {
		possible = append(possible, insecureRefusedKind.ID)
	}
	reason := "the header is valid and in time"
	e := append([]Item{{"possible", possible}}, closing(f)...)
	switch {
	case f.Header == nil:
		reason = "the user is right and in time, and the rest of the header never came"
	case len(f.Header.Oddities) > 0:
		reason = "the header opens, but it is odd (" + f.Header.Oddities[0] + ")"
		e = append(e, Item{"oddities", f.Header.Oddities})
	}
	how := "without an answer"
	if answered(f) {
		how = "after " + count(f.Down.Wire, "byte") + ", which are no whole answer"
		e = append(e, Item{"response_bytes", f.Down.Wire})
	}
	return serverRefusedKind.verdict(reason+"; the server closed "+how+", and the capture does not tell why", e...), true
}
