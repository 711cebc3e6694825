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
		transport := title(each(group, "transport"))
		switch each(group, "missing") {
		case missingSeed:
			return "its transport is " + transport + ", with a seed that was not given"
		case otherSeed:
			return "its transport is " + transport + ", and no seed that was given opens it"
		}
		return "its transport is " + transport + ", which this version does not open"
	},
	next: func(group []*judged) string {
		switch {
		case each(group, "missing") == otherSeed:
			return "compare the seed with that in the server's configuration, letter by letter"
		case each(group, "missing") == missingSeed:
			return "give the seed with --kcp-seed TEXT, or the server's configuration with --config"
		case each(group, "transport") == "udp":
			return "if it is mKCP with a seed, give it with --kcp-seed TEXT"
		}
		return unsupportedNext
	},
}

// What opens mKCP, where it was not given, or where others were.
const (
	missingSeed = "seed"
	otherSeed   = "the right seed"
)

const unsupportedNext = "let the client connect by a second inbound without this transport, or capture behind the program that ends it"

// unsupportedTransport: a wrapping, or a form of one, that is not opened.
func unsupportedTransport(_ *judge, f *session.Facts) (Verdict, bool) {
	ask := f.Flow.Speaks[f.Client]
	l, locked := halted(f, flow.Unsupported), halted(f, flow.NoKeys)
	switch {
	case f.Flow.Limit != "" && l != nil: // it was not read to its end
	case ask.Protocol == "quic", ask.Protocol == "xhttp":
		return declined(ask.Protocol, ""), true
	case l != nil:
		return declined(word(l), l.Why), true
	case locked != nil:
		v := declined(word(locked), locked.Why)
		missing := otherSeed
		if n := locked.Get("seeds_tried"); n == "0" || n == "" {
			missing = missingSeed
		}
		v.Evidence = append(v.Evidence, Item{"missing", missing})
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
