package verdict

import "vmesskit/inspect/session"

var notVMessServerKind = Kind{
	ID:    "not-vmess-server",
	Title: "a VMess request, and another protocol answers",
	Next:  "check the address and the port in the client's configuration: another service listens there",
	Sure:  Certain,
	what: func(group []*judged) string {
		return "the server is no VMess server, it speaks " + each(group, "looks_like")
	},
}

// notVMessServer: the first bytes of the answer are another protocol, none
// that carries VMess.
func notVMessServer(_ *judge, f *session.Facts) (Verdict, bool) {
	speech := f.Flow.Speaks[f.Server()]
	if speech.Protocol == "" {
		return Verdict{}, false
	}
	return notVMessServerKind.verdict("the request is good VMess; what answers is "+speech.Protocol+" ("+quoted(speech.Detail)+")",
		Item{"looks_like", speech.Protocol}, Item{"detail", speech.Detail}), true
}
