package serverlog

import (
	"net/netip"
	"strings"

	"vmesskit/inspect/verdict"
)

// phrase is what a program says where something is wrong. The first one that
// a line has counts: the more telling ones stand in front.
type phrase struct {
	words string // in lower case
	means verdict.Means
	wants string // the wrapping that is missing
}

var phrases = []phrase{
	{"replayed request", verdict.Repeated, ""},
	{"duplicated session id", verdict.Repeated, ""},
	{"invalid timestamp", verdict.WrongTime, ""},
	{"bad timestamp", verdict.WrongTime, ""},
	{"vmessaead is enforced", verdict.LegacyRefused, ""},
	{"insecure encryption", verdict.InsecureRefused, ""},
	{"unknown security type", verdict.InsecureRefused, ""},
	{"unsupported security type", verdict.InsecureRefused, ""},
	{"user do not exist", verdict.NoUser, ""},
	{"unknown user", verdict.NoUser, ""},
	{"invalid user", verdict.NoUserOrTime, ""},
	{"first record does not look like a tls handshake", verdict.WrongTransport, "tls"},
	{"malformed http request", verdict.WrongTransport, "http"},
	{"header mismatch", verdict.WrongTransport, "http"}, // v2ray's camouflage
	{"failed to convert to websocket", verdict.WrongTransport, "ws"},
	{"not a websocket handshake", verdict.WrongTransport, "ws"},
	{"failed to validate path", verdict.WrongPath, ""},
	{"failed to transfer request", verdict.DamagedBody, ""},
	{"aead read failed", verdict.DamagedHeader, ""},
	{"invalid auth", verdict.DamagedHeader, ""},
	{"bad checksum", verdict.DamagedHeader, ""},
	{"failed to open connection to", verdict.TargetFailed, ""},
	{"failed to read request header", verdict.TooShort, ""},
	{"tls handshake", verdict.WrongTransport, "tls"},
}

// body is what "failed to transfer request" needs beside it: a client that
// goes away says the same words.
const body = "message authentication failed"

// statement gives what a line says of a connection. An address alone is noted
// for later lines, too, though it says nothing yet.
func (l *entry) statement() (s verdict.Statement, ok bool) {
	s = verdict.Statement{At: l.at, Zoned: l.zoned}
	if l.access(&s) {
		return s, s.Means != ""
	}
	if from, found := after(l.words, "invalid request from ", "process connection from ", "inbound connection from ", "inbound packet connection from "); found {
		s.Client = netip.AddrPort(parseAddress(from))
	}
	if l.taken(&s) {
		return s, true
	}
	low := strings.ToLower(l.words)
	for _, p := range phrases {
		i := strings.Index(low, p.words)
		if i < 0 || p.means == verdict.DamagedBody && !strings.Contains(low, body) {
			continue
		}
		s.Means, s.Wants, s.Says = p.means, p.wants, quote(l.words, i)
		s.Path, _ = after(l.words, "failed to validate path, request:")
		if to, found := after(l.words, "failed to open connection to "); found {
			s.Target = target(to)
		}
		s.Path = strings.TrimSuffix(s.Path, ",")
		return s, true
	}
	return s, false
}

// access reads a line of an access log: "from 192.0.2.7:1234 accepted
// tcp:example.com:443 [in -> out] email: alice", or "rejected" and why.
func (l *entry) access(s *verdict.Statement) bool {
	words := strings.TrimPrefix(l.words, "from ")
	from, rest, _ := strings.Cut(words, " ")
	client := parseAddress(from)
	if !client.valid() {
		return false
	}
	verb, rest, _ := strings.Cut(rest, " ")
	switch verb {
	case "accepted":
		s.Client, s.Means = netip.AddrPort(client), verdict.Accepted
		to, _, _ := strings.Cut(rest, " ")
		s.Target, s.Says = target(to), quote(verb+" "+rest, 0)
	case "rejected":
		s.Client = netip.AddrPort(client)
		inner := entry{words: strings.TrimSpace(rest)}
		if said, ok := inner.statement(); ok {
			s.Means, s.Wants, s.Says = said.Means, said.Wants, said.Says
		}
	default:
		return false
	}
	if _, name, found := strings.Cut(rest, "email: "); found {
		s.User = mask(strings.TrimSpace(name), maxUser)
	}
	return true
}

// taken reads the lines by which a server tells that it takes a request: v2ray's
// without an address, and sing-box's with the user's name in front.
func (l *entry) taken(s *verdict.Statement) bool {
	if to, found := after(l.words, "vmess/inbound: received request for "); found {
		s.Target, s.Means, s.Says = target(to), verdict.Accepted, quote("received request for "+to, 0)
		return s.Target != "" && !strings.HasPrefix(s.Target, "v1.mux.cool")
	}
	if !strings.HasPrefix(l.words, "inbound/vmess") {
		return false
	}
	i := strings.Index(l.words, "] inbound connection to ")
	if i < 0 {
		i = strings.Index(l.words, "] inbound packet connection to ")
	}
	if open := strings.LastIndexByte(l.words[:max(i, 0)], '['); i >= 0 && open >= 0 {
		to, _ := after(l.words[i:], "connection to ")
		s.User, s.Target, s.Means = mask(l.words[open+1:i], maxUser), target(to), verdict.Accepted
		s.Says = quote(l.words, open)
		return true
	}
	return false
}

// after gives the word behind the first of some phrases that a text has.
func after(text string, phrases ...string) (string, bool) {
	for _, p := range phrases {
		if _, rest, found := strings.Cut(text, p); found {
			word, _, _ := strings.Cut(rest, " ")
			return word, true
		}
	}
	return "", false
}

// target gives the host and port of "tcp:example.com:443".
func target(word string) string {
	if len(word) > maxTarget {
		return ""
	}
	word = strings.TrimPrefix(strings.TrimPrefix(word, "tcp:"), "udp:")
	return strings.TrimPrefix(word, "//")
}

// address is an address with a port, which may be 0.
type address netip.AddrPort

func (a address) valid() bool { return netip.AddrPort(a).IsValid() }

func addrPort(a address) netip.AddrPort { return netip.AddrPort(a) }

// parseAddress reads "192.0.2.7:1234", with a network in front of it and a
// colon behind it in some places.
func parseAddress(word string) address {
	word = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(word, "tcp:"), "udp:"), ":,")
	a, err := netip.ParseAddrPort(word)
	if err != nil {
		return address{}
	}
	return address(netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()))
}
