package verdict

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

var unsupportedTransportKind = Kind{
	ID:    "unsupported-transport",
	Title: "a wrapping that this version recognises and does not open",
	Next:  unsupportedNext,
	Sure:  Certain,
	what: func(group []*judged) string {
		return "its transport is " + each(group, "transport") + ", which this version does not open"
	},
	next: func(group []*judged) string {
		if each(group, "transport") == "udp" {
			return "if it is mKCP with a seed, give it with --kcp-seed"
		}
		return unsupportedNext
	},
}

const unsupportedNext = "use a capture of the bytes inside the wrapping, for example between the front server and v2ray"

// unsupportedTransport: a wrapping, or a form of one, that is not opened.
func unsupportedTransport(_ *judge, f *session.Facts) (Verdict, bool) {
	ask := f.Flow.Speaks[f.Client]
	l := halted(f, flow.Unsupported)
	switch {
	case ask.Protocol == "quic", ask.Protocol == "xhttp":
		return declined(ask.Protocol, ""), true
	case l != nil:
		return declined(word(l), l.Why), true
	case halted(f, flow.NoKeys) != nil:
		return declined(word(halted(f, flow.NoKeys)), halted(f, flow.NoKeys).Why), true
	case f.Flow.Datagrams && ask.Protocol == "":
		return declined("udp", "its datagrams fit no transport, or are mKCP with a seed that was not given"), true
	}
	return Verdict{}, false
}

func declined(transport, why string) Verdict {
	reason := "the client speaks " + title(transport) + ", which this version does not open"
	if why != "" {
		reason = "the client speaks " + title(transport) + ": " + why
	}
	return unsupportedTransportKind.verdict(reason, Item{"transport", transport})
}
