package main

import (
	"vmesskit/interop/harness"
)

// insideCases have protocols inside that can be named by their first bytes.
func insideCases() []*recipe {
	return []*recipe{
		inside("mux-inside-v4-v4", harness.V2Ray), inside("mux-inside-xray-xray", harness.Xray), xudp(), plainInside(),
	}
}

// protocols are what people send through a proxy.
func protocols() []harness.Transfer {
	hello, answer := tlsTalk("www.example.test")
	ident, banner := sshTalk()
	return []harness.Transfer{
		{Target: "www.example.test:443", Say: hello, Answer: answer},
		{Target: "www.example.test:80", Up: 500, Down: 2500, Style: "http"},
		{Target: "192.0.2.22:22", Say: ident, Answer: banner},
		{Target: "192.0.2.53:53", Packets: [][]byte{dnsQuery("www.example.test.", 1), dnsQuery("mail.example.test.", 28)}},
		{Target: "203.0.113.10:8443", Up: 1000, Down: 3000},
	}
}

func inside(name string, both harness.Program) *recipe {
	c := pair(name, both, both, raw)
	c.Clients[0].Mux = 8
	c.Transfers = protocols()
	c.Together = true
	c.commands = []string{"mux"}
	c.sessions = map[string]int{"ok": 1}
	c.notes = []string{"TLS and SSH inside are the first flights of real handshakes, DNS is real queries"}
	return c
}

// plainInside has the same, each in a session of its own.
func plainInside() *recipe {
	c := pair("inside-v4-xray", harness.V2Ray, harness.Xray, raw)
	c.Transfers = protocols()
	c.commands = []string{"tcp", "udp"}
	c.sessions = map[string]int{"ok": len(c.Transfers)}
	c.notes = []string{"TLS and SSH inside are the first flights of real handshakes, DNS is real queries"}
	return c
}

// xudp has datagrams to several targets in a mux of their own, in Xray's frames.
func xudp() *recipe {
	c := pair("mux-xudp-xray-xray", harness.Xray, harness.Xray, raw)
	c.Clients[0].XUDP = true
	c.Transfers = []harness.Transfer{
		{Target: "192.0.2.53:53", Packets: [][]byte{dnsQuery("www.example.test.", 1), dnsQuery("www.example.test.", 28)}},
		{Target: "198.51.100.7:3478", Datagrams: []int{100, 700, 1200}},
		{Target: "[2001:db8:5::53]:53", Packets: [][]byte{dnsQuery("mail.example.test.", 15)}},
	}
	c.commands = []string{"mux"}
	c.sessions = map[string]int{"ok": 1}
	return c
}
