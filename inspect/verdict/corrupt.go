package verdict

import (
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

var corruptKind = Kind{
	ID:    "corrupt",
	Title: "bytes were changed on the way, or one side seals them wrongly",
	Next:  "look for what stands between the two (a middlebox, a broken link); with a program of your own making, check the layer that refuses",
	Sure:  Certain,
	what: func(group []*judged) string {
		return "its " + strings.ReplaceAll(each(group, "where"), "-", " ") + " does not open"
	},
}

// corruptBody: the server took the request, and a body does not open.
func corruptBody(_ *judge, f *session.Facts) (Verdict, bool) {
	if f.Response == nil {
		return Verdict{}, false
	}
	return corrupt(f, "request-body", "response-body")
}

// corruptHeader: the user is right and a later layer refuses, on either side.
func corruptHeader(_ *judge, f *session.Facts) (Verdict, bool) {
	return corrupt(f, "header-length", "header", "request-body", "response-header")
}

// corruptInAnswered: the server took the request, and what is around VMess was
// damaged later.
func corruptInAnswered(j *judge, f *session.Facts) (Verdict, bool) {
	if f.Response == nil {
		return Verdict{}, false
	}
	return corruptWrapping(j, f)
}

// corruptWrapping: what is around VMess was damaged.
func corruptWrapping(_ *judge, f *session.Facts) (Verdict, bool) {
	l := halted(f, flow.Damaged)
	if l == nil {
		return Verdict{}, false
	}
	return corruptKind.verdict(title(word(l))+" around the session does not open: "+l.Why+"; what is in front of it was decoded",
		Item{"where", whereTransport}, Item{"transport", word(l)}, Item{"error", l.Why}), true
}

// whereTransport is the layer that refused, if it is none of VMess.
const whereTransport = "transport"

func corrupt(f *session.Facts, where ...string) (Verdict, bool) {
	fault := f.Fault(where...)
	if fault == nil {
		return Verdict{}, false
	}
	part := strings.ReplaceAll(fault.Where, "-", " ")
	e := Evidence{{"where", fault.Where}, {"offset", fault.Offset}, {"kind", fault.Kind.String()}, {"error", fault.Text}}
	reason := "the " + part + " does not open at byte " + strconv.FormatInt(fault.Offset, 10)
	if fault.Chunk >= 0 {
		e = append(e, Item{"chunk", fault.Chunk})
		reason = "chunk " + strconv.FormatInt(fault.Chunk, 10) + " of the " + part +
			" does not open, at byte " + strconv.FormatInt(fault.Offset, 10) + " of its direction"
	}
	return corruptKind.verdict(reason+": "+decoded(f, "it"), e...), true
}
