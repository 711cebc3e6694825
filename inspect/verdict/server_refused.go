package verdict

import "vmesskit/inspect/session"

var serverRefusedKind = Kind{
	ID:    "server-refused",
	Title: "a right header, and the server closes first, without an answer and without a trace of why",
	Next:  "look at the server's log for this moment; compare its clock, its transport settings and its users with the client's",
	Sure:  Possible,
}

// serverRefused: nothing is wrong with the request, and the server hung up. It
// is the last word on a session with a known user.
func serverRefused(j *judge, f *session.Facts) (Verdict, bool) {
	possible := []string{serverClockSkewKind.ID, transportMismatchKind.ID, unknownUserKind.ID}
	if legacy(f) {
		possible = append(possible, legacyRefusedKind.ID)
	}
	if insecure(f) {
		possible = append(possible, insecureRefusedKind.ID)
	}
	e := append([]Item{{"possible", possible}}, closing(f)...)
	return serverRefusedKind.verdict(
		"the header is right and in time, but the server closed without an answer; the capture does not tell why", e...,
	), true
}
