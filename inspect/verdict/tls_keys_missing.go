package verdict

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

var tlsKeysMissingKind = Kind{
	ID:    "tls-keys-missing",
	Title: "TLS, and no secrets to open it with",
	Next:  giveKeyLog,
	Sure:  Certain,
	what: func(group []*judged) string {
		switch each(group, "key_log") {
		case "empty":
			return "it is inside TLS, and no secrets were given to open it with"
		case "of other connections":
			return "it is inside TLS, and the key log has nothing for these connections"
		case "incomplete":
			return "it is inside TLS, and the key log has only a part of the secrets of these connections"
		case "wrong":
			return "it is inside TLS, and what the key log has for these connections does not open them"
		}
		return "it is inside TLS, and the key log lacks its secrets"
	},
	next: func(group []*judged) string {
		if k := each(group, "key_log"); k == "empty" || k == "" {
			return giveKeyLog
		}
		return "take the whole key log of a program that is an end of this TLS, as it was written during the capture; or capture behind the TLS termination"
	},
}

const giveKeyLog = "give the key log of the client, the server or the front with --keylog FILE (programs write one where SSLKEYLOGFILE or masterKeyLog is set), or capture behind the TLS termination"

// tlsKeysMissing: both sides speak TLS, and the key log lacks its secrets.
func tlsKeysMissing(_ *judge, f *session.Facts) (Verdict, bool) {
	l := halted(f, flow.NoKeys)
	if l == nil || word(l) != "tls" {
		return Verdict{}, false
	}
	e := Evidence{{"client_random", l.Get("client_random")}}
	for _, key := range []string{"key_log", "sni", "alpn", "suite"} {
		if v := l.Get(key); v != "" {
			e = append(e, Item{key, v})
		}
	}
	return tlsKeysMissingKind.verdict("the session is inside TLS: "+l.Why, e...), true
}
