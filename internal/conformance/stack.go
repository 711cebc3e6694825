package main

import (
	"slices"
	"strings"

	"vmesskit/internal/corpus"
)

// around has the layers that carry VMess, by the manifest's word for a transport.
var around = map[string][]string{
	"tcp": {"tcp"}, "http": {"tcp", "http"}, "ws": {"tcp", "ws"}, "httpupgrade": {"tcp", "httpupgrade"},
	"h2": {"tcp", "h2"}, "grpc": {"tcp", "h2", "grpc"}, "kcp": {"udp", "mkcp"}, "xhttp": {"tcp"}, "quic": {"udp"},
}

// compareStacks wants the client's wrappings around every session that opened.
func (c *testCase) compareStacks(r *result, say sayer) {
	want := stackOf(&c.Transport.Client)
	if want == nil {
		say("no layers are known for the transport %q", c.Transport.Client.Kind)
	}
	for _, s := range r.sessions {
		i := slices.Index(s.Stack, "vmess")
		if i < 0 {
			continue
		}
		got := slices.Clone(s.Stack[:i])
		for n := range got {
			if strings.HasPrefix(got[n], "tls1.") {
				got[n] = "tls"
			}
		}
		if !slices.Equal(got, want) {
			say("session %d: stack %v, want %v around VMess", s.Index, s.Stack, want)
		}
	}
}

func stackOf(e *corpus.End) []string {
	list := slices.Clone(around[e.Kind])
	if len(e.TLS) > 0 && string(e.TLS) != "null" && list != nil {
		list = slices.Insert(list, 1, "tls")
	}
	if list != nil {
		list = slices.Insert(list, 1, e.Outside...)
	}
	return list
}
