package main

import (
	"slices"
	"time"

	"vmesskit/interop/harness"
)

// clockCases have a server whose clock is wrong. The client's and the
// capture's are right.
func clockCases() []*recipe {
	return []*recipe{clockHTTP(), clockRetimed(), clockSome(), clockWS()}
}

// clockHTTP: the disguise of HTTP turns a refused client down with a Date.
func clockHTTP() *recipe {
	c := pair("server-clock-http-v4-xray", harness.V2Ray, harness.Xray, harness.Transport{Kind: "http", Path: "/tide", Host: "www.example.test"})
	c.Server.Clock = -900 * time.Second
	return c.serverClock("server-clock-skew:-900s", 0)
}

// clockWS has no Date: the upgrade was answered before VMess was looked at.
func clockWS() *recipe {
	c := pair("server-clock-ws-v4-xray", harness.V2Ray, harness.Xray, harness.Transport{Kind: "ws", Path: "/tide"})
	c.Server.Clock = 1800 * time.Second
	c.serverClock("server-clock-skew:+1800s", 0)
	c.sessions = map[string]int{"server-refused": 2}
	c.accept = map[string][]string{"server-refused": {"server-clock-skew"}}
	return c
}

// clockRetimed has v2ray as server, whose clock cannot be moved: the client's
// and the capture's are moved instead, which is the same to all who look.
func clockRetimed() *recipe {
	const ahead = 600 * time.Second
	c := pair("server-clock-http-xray-v4", harness.Xray, harness.V2Ray, harness.Transport{Kind: "http", Path: "/tide", Host: "www.example.test"})
	c.Clients[0].Clock = ahead
	c.edit = func(r *harness.Result) []harness.Packet { return later(r.Packets, ahead) }
	c.notes = []string{"the packets are re-timed: the client's clock was 600 s ahead of this machine's, and so are now the times of the packets. The server's log and its Date have this machine's time"}
	return c.serverClock("server-clock-skew:-600s", 0)
}

// clockSome: a client whose clock is wrong like the server's gets through.
func clockSome() *recipe {
	c := pair("server-clock-raw-xray", harness.V2Ray, harness.Xray, raw)
	c.Server.Clock = -600 * time.Second
	alike := c.Clients[0]
	alike.Program, alike.Clock = harness.Xray, c.Server.Clock
	c.Clients = append(c.Clients, alike)
	accepted := two()
	for i := range accepted {
		accepted[i].By = 1
	}
	c.serverClock("mixed:ok,server-clock-skew:-600s", 0)
	c.Transfers = slices.Concat(accepted, refused(0))
	c.sessions["ok"] = 2
	c.accept = map[string][]string{"server-clock-skew": {"clock-skew"}}
	c.notes = []string{"the clocks of the server and of the second client are 600 s behind; the first client's is right. From the capture alone, a capturing machine and a first client that are both ahead look the same"}
	return c
}

func (c *recipe) serverClock(expected string, by int) *recipe {
	c.Transfers = refused(by)
	c.expected = expected
	c.sessions = map[string]int{"server-clock-skew": 2}
	return c
}

// later moves the times of packets.
func later(packets []harness.Packet, by time.Duration) []harness.Packet {
	packets = slices.Clone(packets)
	for i := range packets {
		packets[i].Time = packets[i].Time.Add(by)
	}
	return packets
}
