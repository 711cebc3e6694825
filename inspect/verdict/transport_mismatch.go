package verdict

import (
	"slices"
	"strconv"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

const compareTransports = "compare the transport settings of both sides: network, path, host, TLS"

var transportMismatchKind = Kind{
	ID:    "transport-mismatch",
	Title: "one side speaks a wrapping that the other does not, or the server turns it down",
	Next:  compareTransports,
	Sure:  Likely,
	what: func(group []*judged) string {
		client, server := each(group, "client"), each(group, "server")
		if client == server {
			return "the server turns its " + title(client) + " request down" + shown(group)
		}
		return "it speaks " + spoken(client) + ", the server " + spoken(server)
	},
	next: mismatchNext,
}

// spoken names what a side speaks, as the evidence has it.
func spoken(words string) string {
	switch words {
	case "raw":
		return "plain VMess"
	case "http":
		return "HTTP"
	}
	return title(words)
}

// shown says what the clients ask for, and what they get.
func shown(group []*judged) string {
	out := ""
	if asked := each(group, "asks"); asked != "" {
		out = ": it asks for " + asked
	}
	if status, ok := group[0].verdict.Evidence.Get("status").(int); ok {
		out += ", and gets " + strconv.Itoa(status)
	}
	return out
}

// wrappings are what carries VMess, in the words of speeches.
var wrappings = []string{"http", "ws", "httpupgrade", "h2", "tls", "xhttp"}

func isWrapping(protocol string) bool { return slices.Contains(wrappings, protocol) }

// mismatchInside: what is inside of all wrappings that the server agreed to, and
// could be read, is answered in a wrapping.
func mismatchInside(_ *judge, f *session.Facts) (Verdict, bool) {
	answer := f.Flow.Speaks[f.Server()]
	if !isWrapping(answer.Protocol) {
		return Verdict{}, false
	}
	reason := "the client sends VMess with nothing around it"
	if l := innermost(f); l != nil {
		reason = "inside " + title(word(l)) + " the client sends VMess as it is"
	}
	return mismatch("raw", answer, reason+", the server answers "+saysWords(answer)+": it expects another transport, such as WebSocket or HTTP"), true
}

// innermost gives the last wrapping, or nil.
func innermost(f *session.Facts) *flow.Layer {
	list := f.Flow.Wrappings()
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// mismatchOutside: a wrapping that the server turns down, answers in another
// way, or does not answer.
func mismatchOutside(j *judge, f *session.Facts) (Verdict, bool) {
	if v, ok := mismatchAnswered(j, f); ok {
		return v, true
	}
	return mismatchSilent(j, f)
}

// mismatchAnswered: a wrapping that the server turns down or answers in another
// way.
func mismatchAnswered(_ *judge, f *session.Facts) (Verdict, bool) {
	switch l := disagreed(f); {
	case l == nil:
	case l.Answer == flow.Foreign:
		return mismatch(word(l), l.Says, "the client asks for "+asks(l)+", the server answers "+saysWords(l.Says)+": the server side lacks this transport"), true
	case l.Answer == flow.TurnedDown && l.Name == "http" && l.Says.Status == refusedInside && f.Up.Wire > 0: // what is inside may be meant
	case l.Answer == flow.TurnedDown:
		return turnedDown(l), true
	}
	return Verdict{}, false
}

// mismatchSilent: a wrapping that the server says nothing to.
func mismatchSilent(_ *judge, f *session.Facts) (Verdict, bool) {
	l := disagreed(f)
	if l == nil || l.Answer != flow.Unanswered || isProxy(l) || !silenceRefuses(f, l) {
		return Verdict{}, false
	}
	return mismatch(word(l), flow.Speech{}, "the client asks for "+asks(l)+", and the server says nothing to it: the server side lacks this transport"), true
}

// refusedInside is the status of v2ray's HTTP camouflage for a head that it does
// not like and for VMess that it refuses alike.
const refusedInside = 400

// silenceRefuses reports whether no answer in a wrapping means that there is no
// such wrapping. Where the answer comes only with the target's first bytes, it
// does so only if the server hangs up.
func silenceRefuses(f *session.Facts, l *flow.Layer) bool {
	switch l.Name {
	case "http", "h2", "grpc", "mkcp":
		return serverClosedFirst(f)
	}
	return true
}

func turnedDown(l *flow.Layer) Verdict {
	reason := "the server turns down " + asks(l) + " with " + saysWords(l.Says)
	switch {
	case isProxy(l):
		reason = "the proxy in front turns the connection down with " + saysWords(l.Says)
	case word(l) == "tls":
		reason += ": another version, name or certificate is wanted"
	default:
		reason += ": another path, host or transport"
	}
	v := mismatch(word(l), l.Says, reason)
	if asked := l.Get("path"); asked != "" {
		if host := l.Get("host"); host != "" {
			asked += " at " + host
		}
		v.Evidence = append(v.Evidence, Item{"asks", asked})
	}
	if word(l) != "tls" && !isProxy(l) {
		v.Evidence[1].Value = word(l) // it speaks the same, and refuses
	}
	return v
}

// mismatch makes the verdict; client is what it speaks, says what came back.
func mismatch(client string, says flow.Speech, reason string) Verdict {
	e := Evidence{{"client", client}, {"server", speechWord(says)}}
	if says.Status != 0 {
		e = append(e, Item{"status", says.Status})
	}
	return transportMismatchKind.verdict(reason, e...)
}

// mismatchNext names what to compare.
func mismatchNext(group []*judged) string {
	client, server := each(group, "client"), each(group, "server")
	switch {
	case client == "raw" && server == "http":
		return "give the client the server's transport (WebSocket, HTTP upgrade or HTTP camouflage), or check address and port: it may be an ordinary web server"
	case client == "raw":
		return "give the client the server's transport (network, path, host, TLS), or take it off the server; the server answers in " + title(server)
	case client == server:
		return "compare path and host of the two configurations, letter by letter"
	case server == "raw" && group[0].facts.Auth == nil:
		return "if it is a client of yours: give the server the transport that it has (" + title(client) + "), or take it off the client; else it is a probe"
	case server == "raw":
		return "give the server the transport that the client has (" + title(client) + "), or take it off the client; look at what stands in front of the server, too"
	case client == "tls":
		return "compare the TLS settings of both sides: whether it is on, the server's name, versions"
	}
	return compareTransports
}
