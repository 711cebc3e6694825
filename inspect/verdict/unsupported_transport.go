package verdict

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

var unsupportedTransportKind = Kind{
	ID:    "unsupported-transport",
	Title: "a wrapping that this version recognises and does not open",
	Next:  "use a capture of the bytes inside the wrapping, for example between the front server and v2ray",
	Sure:  Certain,
	what: func(group []*judged) string {
		return "its transport is " + each(group, "transport") + ", which this version does not open"
	},
}

// unsupportedTransport: a wrapping that the server agrees to.
func unsupportedTransport(_ *judge, f *session.Facts) (Verdict, bool) {
	ask, answer := f.Flow.Speaks[f.Client], f.Flow.Speaks[f.Server()]
	switch {
	case f.Flow.Network == flow.UDP && ask.Protocol == "":
		return declined("udp"), true
	case ask.Protocol == "quic", ask.Protocol == "xhttp":
		return declined(ask.Protocol), true
	case !isWrapping(ask.Protocol) || !answered(f) || answer.Status >= 400:
		return Verdict{}, false
	case ask.Protocol == "http" && !ask.Opaque:
		return Verdict{}, false
	case answer.Protocol == ask.Protocol:
		return declined(ask.Protocol), true
	}
	return Verdict{}, false
}

func declined(transport string) Verdict {
	return unsupportedTransportKind.verdict("the client speaks "+transport+", which this version does not open", Item{"transport", transport})
}
