package verdict

import (
	"strconv"

	"vmesskit/inspect/session"
)

var alterIDMismatchKind = Kind{
	ID:    "alterid-mismatch",
	Title: "the user is known, but the client uses an alter id that the server does not have",
	Next:  "set the client's alterId to the server's; 0 on both sides is best, and uses the AEAD header",
	Sure:  Certain,
	what: func(group []*judged) string {
		highest := 0
		for _, s := range group {
			highest = max(highest, s.facts.Auth.Alter)
		}
		return "its alterId is at least " + strconv.Itoa(highest+1) + ", more than the server's"
	},
}

// has says how many alter ids there are.
func has(n int) string {
	if n == 0 {
		return "none"
	}
	return "only " + strconv.Itoa(n)
}

// alterIDMismatch: the request was made with an alter id that the account, as
// it was given, does not have.
func alterIDMismatch(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Auth.Given || answered(f) {
		return Verdict{}, false
	}
	return alterIDMismatchKind.verdict(
		"the id is right, but the client used alter id "+strconv.Itoa(f.Auth.Alter)+" (counted from 0), and the account that was given has "+has(f.Auth.Has),
		Item{"alter", f.Auth.Alter}, Item{"needs_alter_id", f.Auth.Alter + 1}, Item{"allowed", f.Auth.Has},
	), true
}
