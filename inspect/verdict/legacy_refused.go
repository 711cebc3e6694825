package verdict

import "vmesskit/inspect/session"

var legacyRefusedKind = Kind{
	ID:    "legacy-refused",
	Title: "a valid legacy header, which the server does not take",
	Next:  "set alterId to 0 on the client, so that it uses the AEAD header; only v2ray before 5 and sing still take the legacy one",
	Sure:  Likely,
}

// legacyRefused: the header is right, the server hung up, and it has answered
// no legacy header in this capture.
func legacyRefused(j *judge, f *session.Facts) (Verdict, bool) {
	if f.Header == nil || answered(f) || !legacy(f) || j.server(f).legacy {
		return Verdict{}, false
	}
	reason := "the legacy header is right and in time, but the server closed without an answer, and it answered no legacy header here: it takes AEAD only"
	e := closing(f)
	if j.narrow(f) {
		reason += ", or its window is as narrow as sing's"
		e = append(e, Item{"possible", []string{clockSkewKind.ID}})
	}
	return legacyRefusedKind.verdict(reason, e...), true
}
