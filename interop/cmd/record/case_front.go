package main

import "vmesskit/interop/harness"

// frontCases have something in front of VMess, or around it, that is not of its
// making.
func frontCases() []*recipe {
	return []*recipe{
		proxied("front-socks5-xray-xray", harness.Xray, harness.Proxy{Program: harness.Xray, Kind: "socks"}, "socks5"),
		proxied("front-socks5-v4-v4", harness.V2Ray, harness.Proxy{Program: harness.V2Ray, Kind: "socks"}, "socks5"),
		proxied("front-connect-v4-v4", harness.V2Ray, harness.Proxy{Program: harness.V2Ray, Kind: "http"}, "connect"),
		proxied("front-connect-xray-v4", harness.Xray, harness.Proxy{Program: harness.V2Ray, Kind: "http"}, "connect"),
		proxyProtocol("front-proxy1-v4-xray", 1),
		proxyProtocol("front-proxy2-v4-xray", 2),
		deflated("ws-deflate-v4-v4", false),
		deflated("ws-deflate-window-v4-v4", true),
	}
}

func proxied(name string, client harness.Program, p harness.Proxy, outside string) *recipe {
	server := client
	if p.Program != client {
		server = p.Program
	}
	c := pair(name, client, server, raw)
	c.Proxy = &p
	c.outside(outside)
	c.notes = []string{"the client dials the server through a proxy; the capture is of the leg between client and proxy"}
	return c
}

func (c *recipe) outside(name string) {
	c.wire = c.Clients[0].Transport
	c.wire.Outside = []string{name}
}

func proxyProtocol(name string, version int) *recipe {
	c := pair(name, harness.V2Ray, harness.Xray, raw)
	c.Server.ProxyProtocol = true
	c.Between = []harness.Hop{harness.PROXY{Version: version}}
	c.Leg = 1
	c.outside("proxy")
	c.notes = []string{"a relay (Xray) writes the PROXY protocol in front of each connection; the capture is of the leg behind it"}
	return c
}

func deflated(name string, keep bool) *recipe {
	c := pair(name, harness.V2Ray, harness.V2Ray, raw)
	c.Between = []harness.Hop{harness.WrapWS{Path: "/tide", Keep: keep}, harness.UnwrapWS{Keep: keep}}
	c.Leg = 1
	c.wire = harness.Transport{Kind: "ws", Path: "/tide"}
	for i := range c.Transfers {
		c.Transfers[i].Style = "text"
	}
	c.Clients[0].Security = "none" // there is something to deflate
	c.notes = []string{"two relays with github.com/coder/websocket carry the stream between the peers in deflated messages"}
	return c
}
