package verdict

import "vmesskit/inspect/session"

var toolFaultKind = Kind{
	ID:    "tool-fault",
	Title: "this tool failed on the session; the others are not concerned",
	Next:  "report it, with the smallest part of the capture that shows it",
	Sure:  Certain,
}

// toolFault: a promise inside the tool was broken while it read this session.
func toolFault(_ *judge, f *session.Facts) (Verdict, bool) {
	fault := f.Flow.Fault()
	if fault == "" {
		return Verdict{}, false
	}
	return toolFaultKind.verdict("this tool failed while it read the session: please report it", Item{"error", fault}), true
}
