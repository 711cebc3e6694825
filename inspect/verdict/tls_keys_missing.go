package verdict

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

var tlsKeysMissingKind = Kind{
	ID:    "tls-keys-missing",
	Title: "TLS, and no secrets to open it with",
	Next:  "give the key log of the client, the server or the front with --keylog FILE (programs write one where SSLKEYLOGFILE or masterKeyLog is set), or capture behind the TLS termination",
	Sure:  Certain,
}

// tlsKeysMissing: both sides speak TLS, and the key log lacks its secrets.
func tlsKeysMissing(_ *judge, f *session.Facts) (Verdict, bool) {
	l := halted(f, flow.NoKeys)
	if l == nil || word(l) != "tls" {
		return Verdict{}, false
	}
	e := Evidence{{"client_random", l.Get("client_random")}}
	for _, key := range []string{"sni", "alpn", "suite"} {
		if v := l.Get(key); v != "" {
			e = append(e, Item{key, v})
		}
	}
	return tlsKeysMissingKind.verdict("the session is inside of TLS: "+l.Why, e...), true
}
