package main

import (
	"fmt"
	"slices"
)

// closed has the verdict on what the decoder recognises and does not open, by
// what is around VMess. It need not be the truth that the manifest knows.
var closed = map[string]string{
	"tls":         "tls-keys-missing",
	"ws":          "unsupported-transport",
	"http":        "unsupported-transport",
	"httpupgrade": "unsupported-transport",
	"h2":          "unsupported-transport",
	"grpc":        "unsupported-transport",
	"xhttp":       "unsupported-transport",
	"kcp":         "unsupported-transport",
}

// wrapping names the outermost layer around VMess; "tcp" if there is none.
func (c *testCase) wrapping() string {
	client := &c.Transport.Client
	if len(client.TLS) > 0 && string(client.TLS) != "null" {
		return "tls"
	}
	return client.Kind
}

// sane lists what the lines may not show of a capture with a wrapping, which
// is not opened: each session gets its verdict, or one that the manifest has;
// and a flow that holds several counts once.
func (c *testCase) sane(r *result) (diff []string) {
	say := func(format string, args ...any) { diff = append(diff, fmt.Sprintf(format, args...)) }
	compareStatus(r, say)
	around := c.wrapping()
	if around == "tcp" {
		c.compareVerdicts(r, say)
		c.compareHeaders(r, say)
		return diff
	}
	want, most := []string{closed[around]}, 0
	for id, n := range c.Sessions {
		want = append(append(want, id), c.Accept[id]...)
		most += n
	}
	if n := len(r.sessions); n < 1 || n > most {
		say("sessions: got %d, want 1 to %d", n, most)
	}
	for _, s := range r.sessions {
		if !slices.Contains(want, s.Verdict) {
			say("session %d: got %s (%s), want one of %q", s.Index, s.Verdict, s.Reason, want)
		}
	}
	return diff
}
