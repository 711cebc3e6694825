package verdict

import "vmesskit/inspect/session"

var limitKind = Kind{
	ID:    "limit",
	Title: "a limit of this tool was hit before the session could be read",
	Next:  "cut the capture down to the sessions in question (editcap, or tcpdump -r with a filter)",
	Sure:  Certain,
}

// limited: a limit made the reader give up on this flow.
func limited(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Flow.Limit == "" {
		return Verdict{}, false
	}
	return limitKind.verdict("the limit "+quoted(f.Flow.Limit)+" was hit before the session could be read", Item{"limit", f.Flow.Limit}), true
}
