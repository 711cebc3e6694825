package verdict

import (
	"strings"

	"vmesskit/inspect/session"
)

var limitKind = Kind{
	ID:    "limit",
	Title: "a limit of this tool was hit before the session could be read",
	Next:  cutDown,
	Sure:  Certain,
	what:  func(group []*judged) string { return "this tool's limit on " + each(group, "limit") + " was hit" },
	next:  func(group []*judged) string { return raise(strings.Split(each(group, "limit"), ", ")) },
}

const cutDown = "cut the capture down to the sessions in question (editcap, or tcpdump -r with a filter)"

// tornBy is the limit that makes holes where the capture may have none.
const tornBy = "reorder"

// limited: a limit made the reader give up on this flow.
func limited(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Flow.Limit == "" {
		return Verdict{}, false
	}
	return limitKind.verdict("the limit "+quoted(f.Flow.Limit)+" was hit before the session could be read", Item{"limit", f.Flow.Limit}), true
}
