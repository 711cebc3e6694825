package verdict

import "vmesskit/inspect/session"

var oneWayKind = Kind{
	ID:    "one-way",
	Title: "the capture has one direction only",
	Next:  "capture where both directions pass: on the server itself, or on both uplinks",
	Sure:  Certain,
}

// oneWay: no packet of one side is in the capture.
func oneWay(_ *judge, f *session.Facts) (Verdict, bool) {
	understood := f.Auth != nil || len(f.Flow.Layers) > 0 || isWrapping(speaks(f, f.Client))
	switch p := f.Flow.Packets; {
	case p[f.Server()] == 0 && (f.Up.Wire > 0 || len(f.Flow.Layers) > 0) && understood:
		return oneWayKind.verdict("only the client's packets are in the capture", Item{"captured", "request-only"}), true
	case p[f.Client] == 0:
		return oneWayKind.verdict("only the server's packets are in the capture", Item{"captured", "response-only"}), true
	}
	return Verdict{}, false
}
