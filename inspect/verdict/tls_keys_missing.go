package verdict

import "vmesskit/inspect/session"

var tlsKeysMissingKind = Kind{
	ID:    "tls-keys-missing",
	Title: "TLS, and no secrets to open it with",
	Next:  "capture behind the TLS termination, where the bytes are plain VMess",
	Sure:  Certain,
}

// tlsKeysMissing: both sides speak TLS.
func tlsKeysMissing(_ *judge, f *session.Facts) (Verdict, bool) {
	if speaks(f, f.Client) != "tls" || speaks(f, f.Server()) != "tls" {
		return Verdict{}, false
	}
	return tlsKeysMissingKind.verdict("the session is inside TLS, which this version does not open", Item{"server_says", f.Flow.Speaks[f.Server()].Detail}), true
}
