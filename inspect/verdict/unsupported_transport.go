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
		if each(group, "missing") != "" {
			return "its transport is " + each(group, "transport") + ", with a " + each(group, "missing") + " that was not given"
		}
		return "its transport is " + each(group, "transport") + ", which this version does not open"
	},
	next: func(group []*judged) string {
		switch {
		case each(group, "missing") == missingSeed:
			return "give the seed with --kcp-seed TEXT, or the server's configuration with --config"
		case each(group, "transport") == "udp":
			return "if it is mKCP with a seed, give it with --kcp-seed TEXT"
		}
		return unsupportedNext
	},
}

// missingSeed is what opens mKCP, where it was not given.
const missingSeed = "seed"

const unsupportedNext = "use a capture of the bytes inside the wrapping, for example between the front server and v2ray"

// unsupportedTransport: a wrapping, or a form of one, that is not opened.
func unsupportedTransport(_ *judge, f *session.Facts) (Verdict, bool) {
	ask := f.Flow.Speaks[f.Client]
	l, locked := halted(f, flow.Unsupported), halted(f, flow.NoKeys)
	switch {
	case ask.Protocol == "quic", ask.Protocol == "xhttp":
		return declined(ask.Protocol, ""), true
	case l != nil:
		return declined(word(l), l.Why), true
	case locked != nil:
		v := declined(word(locked), locked.Why)
		v.Evidence = append(v.Evidence, Item{"missing", missingSeed})
		return v, true
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
