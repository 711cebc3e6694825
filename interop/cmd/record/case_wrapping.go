package main

import (
	"time"

	"vmesskit/interop/harness"
)

// wrappingCases have transports in ways that the shared captures do not show.
func wrappingCases() []*recipe {
	return []*recipe{
		ended("kcp-terminate-v4-v4", harness.V2Ray, harness.V2Ray, harness.Transport{Kind: "kcp"}),
		ended("kcp-terminate-seed-xray-v4", harness.Xray, harness.V2Ray, harness.Transport{Kind: "kcp", Header: "wechat-video", Seed: "the tide table"}),
		pair("kcp-wechat-video-v4-xray", harness.V2Ray, harness.Xray, harness.Transport{Kind: "kcp", Header: "wechat-video"}),
		pair("kcp-wireguard-xray-xray", harness.Xray, harness.Xray, harness.Transport{Kind: "kcp", Header: "wireguard"}),
		pair("kcp-wireguard-seed-v4-v4", harness.V2Ray, harness.V2Ray, harness.Transport{Kind: "kcp", Header: "wireguard", Seed: "the tide table"}),
		pair("ws-early-xray-xray", harness.Xray, harness.Xray, harness.Transport{Kind: "ws", Path: "/tide", Early: 2048}),
		pair("ws-early-short-xray-xray", harness.Xray, harness.Xray, harness.Transport{Kind: "ws", Path: "/tide", Early: 100}),
		pair("httpupgrade-xray-xray", harness.Xray, harness.Xray, harness.Transport{Kind: "httpupgrade", Path: "/tide", Host: "www.example.test"}),
		streams(),
		declined("quic-v4-v4", harness.V2Ray, harness.Transport{Kind: "quic", Header: "none", TLS: &harness.TLS{On: true}}),
		declined("xhttp-packet-up-xray-xray", harness.Xray, harness.Transport{Kind: "xhttp", Path: "/tide", Mode: "packet-up"}),
		declined("xhttp-stream-up-xray-xray", harness.Xray, harness.Transport{Kind: "xhttp", Path: "/tide", Mode: "stream-up"}),
	}
}

// ended is recorded until the conversations have said their goodbyes.
func ended(name string, client, server harness.Program, t harness.Transport) *recipe {
	c := pair(name, client, server, t)
	c.Linger = 25 * time.Second
	c.notes = []string{"recorded for 25 seconds after the last transfer, so that the terminate segments are there"}
	return c
}

// streams are several sessions in one connection of HTTP/2.
func streams() *recipe {
	t := harness.Transport{Kind: "h2", Path: "/tide", Host: "www.example.test", TLS: &harness.TLS{ALPN: []string{"h2"}}}
	c := pair("h2-streams-v4-v4", harness.V2Ray, harness.V2Ray, t)
	c.Between = []harness.Hop{harness.Terminator{ALPN: []string{"h2"}, Again: true}}
	c.Transfers = append(two(),
		harness.Transfer{Target: "[2001:db8:5::80]:8443", Up: 6000, Down: 900, Style: "text", Duplex: true},
		harness.Transfer{Target: "www.example.test:80", Up: 600, Down: 9000, Style: "http"})
	c.Together = true
	c.sessions = map[string]int{"ok": 4}
	c.notes = []string{"Go's crypto/tls takes TLS off and puts it on again in front of the server, and wrote the key log"}
	return c
}

// declined is a transport that a decoder may turn down by name.
func declined(name string, both harness.Program, t harness.Transport) *recipe {
	c := pair(name, both, both, t)
	c.expected = "unsupported-transport:" + t.Kind
	c.sessions = map[string]int{"unsupported-transport": 2}
	c.accept = map[string][]string{"unsupported-transport": {"ok"}}
	c.lost = []int{0, 1}
	c.flows = true
	return c
}
