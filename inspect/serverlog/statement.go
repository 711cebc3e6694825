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
	with  string // what has to stand beside it
	but   string // what must not
}

var phrases = []phrase{
	{words: "replayed request", means: verdict.Repeated},
	{words: "duplicated session id", means: verdict.Repeated},
	{words: "invalid timestamp", means: verdict.WrongTime},
	{words: "bad timestamp", means: verdict.WrongTime},
	{words: "vmessaead is enforced", means: verdict.LegacyRefused},
	{words: "insecure encryption", means: verdict.InsecureRefused},
	{words: "unknown security type", means: verdict.InsecureRefused},
	{words: "unsupported security type", means: verdict.InsecureRefused},
	{words: "user do not exist", means: verdict.NoUser},
	{words: "unknown user", means: verdict.NoUser},
	{words: "invalid user", means: verdict.NoUserOrTime},
	{words: "first record does not look like a tls handshake", means: verdict.WrongTransport, wants: "tls"},
	{words: "malformed http request", means: verdict.WrongTransport, wants: "http"},
	{words: "header mismatch", means: verdict.WrongTransport, wants: "http"}, // v2ray's camouflage
	{words: "failed to convert to websocket", means: verdict.WrongTransport, wants: "ws"},
	{words: "not a websocket handshake", means: verdict.WrongTransport, wants: "ws"},
	{words: "failed to validate path", means: verdict.WrongPath},
	{words: "failed to transfer request", means: verdict.DamagedBody, with: "message authentication failed"},
	{words: "aead read failed", means: verdict.DamagedHeader},
	{words: "invalid auth", means: verdict.DamagedHeader},
	{words: "bad checksum", means: verdict.DamagedHeader},
	{words: "failed to open connection to", means: verdict.TargetFailed, but: "operation was canceled"},
	{words: "failed to read request header", means: verdict.TooShort},
	{words: "tls handshake", means: verdict.WrongTransport, wants: "tls"},
}

// statement gives what a line says of a connection. An address alone is noted
// for later lines, too, though it says nothing yet.
func (l *entry) statement() (s verdict.Statement, ok bool) {
	s = verdict.Statement{At: l.at, Zoned: l.zoned}
	if l.access(&s) {
		return s, s.Means != ""
	}
	if from, found := after(l.words, "invalid request from ", "process connection from ", "inbound connection from ", "inbound packet connection from "); found {
		s.Client = parseAddress(from)
	}
	if l.taken(&s) {
		return s, true
	}
	low := strings.ToLower(l.words)
	for _, p := range phrases {
		i := strings.Index(low, p.words)
		if i < 0 || p.but != "" && strings.Contains(low, p.but) || p.with != "" && !strings.Contains(low, p.with) {
			continue
		}
		s.Means, s.Wants, s.Says = p.means, p.wants, quote(l.words, i)
		s.Path, _ = after(l.words, "failed to validate path, request:")
		if to, found := after(l.words, "failed to open connection to "); found {
			s.Target = target(to)
		}
		s.Path = strings.TrimSuffix(withoutQueries(s.Path), ",")
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
	if !client.IsValid() {
		return false
	}
	verb, rest, _ := strings.Cut(rest, " ")
	switch verb {
	case "accepted":
		s.Client, s.Means = client, verdict.Accepted
		to, _, _ := strings.Cut(rest, " ")
		s.Target, s.Says = target(to), quote(verb+" "+rest, 0)
	case "rejected":
		s.Client = client
		why, _, _ := strings.Cut(rest, " email: ")
		inner := entry{words: strings.TrimSpace(why)}
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

// parseAddress reads "192.0.2.7:1234", with a network in front of it and a
// colon behind it in some places.
func parseAddress(word string) netip.AddrPort {
	word = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(word, "tcp:"), "udp:"), ":,")
	a, err := netip.ParseAddrPort(word)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
