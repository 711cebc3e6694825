package verdict

import "vmesskit/inspect/session"

var notVMessKind = Kind{
	ID:    "not-vmess",
	Title: "what is sent is no VMess, and nothing that carries it",
	Next:  "find out what connects there: a probe, a browser, or a client that is set to another protocol",
	Sure:  Likely,
	what:  func(group []*judged) string { return "what it sends is no VMess: " + each(group, "looks_like") },
}

// smallestAuth is how many bytes every request begins with.
const smallestAuth = 16

// notVMess: nothing, too little, or another protocol.
func notVMess(_ *judge, f *session.Facts) (Verdict, bool) {
	speech := f.Flow.Speaks[f.Client]
	if l := innermost(f); l != nil && isProxy(l) && f.Up.Wire == 0 {
		return notVMessKind.verdict("the client asks "+title(l.Name)+" for something, and goes no further", Item{"looks_like", l.Name}), true
	}
	switch {
	case speech.Protocol != "":
		reason := "the client speaks " + speech.Protocol
		if speech.Detail != "" {
			reason += " (" + quoted(speech.Detail) + ")"
		}
		return notVMessKind.verdict(reason, Item{"looks_like", speech.Protocol}, Item{"detail", speech.Detail}), true
	case f.Up.Wire == 0 && f.Flow.Began && f.Flow.Packets[f.Server()] == 0:
		return notVMessKind.verdict("the client asked for a connection, and nothing came back", Item{"looks_like", "nothing"}), true
	case f.Up.Wire == 0 && f.Flow.Began:
		return notVMessKind.verdict("the connection was made and the client sent nothing", Item{"looks_like", "nothing"}), true
	case f.Up.Wire > 0 && f.Up.Wire < smallestAuth && f.Flow.Began:
		return notVMessKind.verdict("the client sent "+count(f.Up.Wire, "byte")+"; a request has at least 16 for its user alone",
			Item{"looks_like", "fewer than 16 bytes"}), true
	}
	return Verdict{}, false
}
