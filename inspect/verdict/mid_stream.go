package verdict

import "vmesskit/inspect/session"

var midStreamKind = Kind{
	ID:    "mid-stream",
	Title: "the capture begins in the middle of the session",
	Next:  "start the capture before the client connects: the keys are in the first bytes",
	Sure:  Certain,
}

// midStream: no id matches, and the beginning was not captured.
func midStream(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Flow.Began {
		return Verdict{}, false
	}
	return midStreamKind.verdict("the connection was open before the capture began; its keys are in the bytes that are missing",
		Item{"request_bytes", f.Up.Wire}, Item{"response_bytes", f.Down.Wire}), true
}
