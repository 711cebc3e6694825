package verdict

import (
	"slices"
	"strconv"

	"vmesskit/inspect/session"
)

var transportMismatchKind = Kind{
	ID:    "transport-mismatch",
	Title: "one side speaks a wrapping that the other does not, or the server turns it down",
	Next:  "compare the transport settings of both sides: network, path, host, TLS",
	Sure:  Likely,
	what: func(group []*judged) string {
		client, server := each(group, "client"), each(group, "server")
		if client == server {
			return "the server turns its " + client + " request down"
		}
		return "it speaks " + client + ", the server speaks " + server
	},
}

// wrappings are what carries VMess, in the words of speeches.
var wrappings = []string{"http", "ws", "httpupgrade", "h2", "tls", "xhttp"}

func isWrapping(protocol string) bool { return slices.Contains(wrappings, protocol) }

// mismatchByServer: a VMess request, answered in a wrapping.
func mismatchByServer(_ *judge, f *session.Facts) (Verdict, bool) {
	answer := f.Flow.Speaks[f.Server()]
	if !isWrapping(answer.Protocol) {
		return Verdict{}, false
	}
	return mismatch(f, "the client sends VMess with nothing around it, the server answers "+quoted(answer.Detail)+": it expects another transport"), true
}

// mismatchByClient: a wrapping that the server does not answer, or turns down.
func mismatchByClient(_ *judge, f *session.Facts) (Verdict, bool) {
	ask, answer := f.Flow.Speaks[f.Client], f.Flow.Speaks[f.Server()]
	switch {
	case !isWrapping(ask.Protocol) || ask.Protocol == "http" && !ask.Opaque:
		return Verdict{}, false
	case !answered(f):
		return mismatch(f, "the client speaks "+ask.Protocol+" ("+quoted(ask.Detail)+"), and the server says nothing: it has no such transport"), true
	case answer.Status >= 400:
		return mismatch(f, "the server turns down "+quoted(ask.Detail)+" with status "+strconv.Itoa(answer.Status)+": another path, host or transport"), true
	case answer.Protocol != ask.Protocol:
		return mismatch(f, "the client speaks "+ask.Protocol+", the server answers something else"), true
	}
	return Verdict{}, false
}

func mismatch(f *session.Facts, reason string) Verdict {
	e := Evidence{{"client", speaks(f, f.Client)}, {"server", speaks(f, f.Server())}}
	if status := f.Flow.Speaks[f.Server()].Status; status != 0 {
		e = append(e, Item{"status", status})
	}
	return transportMismatchKind.verdict(reason, e...)
}

func quoted(s string) string { return strconv.Quote(s) }
