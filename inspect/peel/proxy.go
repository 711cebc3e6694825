package peel

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// openProxy takes off the PROXY protocol, which a load balancer puts in front
// of the client's bytes to say who it is. The server answers nothing to it.
func openProxy(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "proxy")
	f.layer.Answer = flow.Agreed // there is nothing to wait for
	f.steps(f.proxyHead, nil)
	f.to = p.Open(rec)
	return f
}

// longestProxyLine is how long the first version's line may be, with its end
// (HAProxy's proxy-protocol.txt, 2.1).
const longestProxyLine = 107

func (f *front) proxyHead(_ flow.Time, p []byte) stepped {
	if n := min(len(p), len(speech.ProxySignature)); string(p[:n]) == speech.ProxySignature[:n] {
		return f.proxyBinary(p)
	}
	i := bytes.Index(p, []byte("\r\n"))
	if i < 0 {
		if len(p) < longestProxyLine {
			return stepped{more: true}
		}
		f.layer.Stop(flow.Damaged, "PROXY protocol: no end of the line within "+strconv.Itoa(longestProxyLine)+" bytes")
		return stepped{refuse: true}
	}
	words := bytes.Fields(p[:i])
	if len(words) == 6 {
		f.source(string(words[2]), string(words[4]))
	}
	return stepped{n: i + 2}
}

// proxyBinary reads the second version's head (proxy-protocol.txt, 2.2).
func (f *front) proxyBinary(p []byte) stepped {
	const fixed, ip4, ip6 = 16, 1, 2
	if len(p) < fixed {
		return stepped{more: true}
	}
	n := fixed + int(binary.BigEndian.Uint16(p[14:]))
	if n > longestStep {
		f.layer.Stop(flow.Damaged, "PROXY protocol: a head of "+strconv.Itoa(n)+" bytes, want at most "+strconv.Itoa(longestStep))
		return stepped{refuse: true}
	}
	if len(p) < n {
		return stepped{more: true}
	}
	a := p[fixed:n]
	switch family := p[13] >> 4; {
	case family == ip4 && len(a) >= 12:
		f.sourceAt(netip.AddrFrom4([4]byte(a)), a[8:])
	case family == ip6 && len(a) >= 36:
		f.sourceAt(netip.AddrFrom16([16]byte(a)), a[32:])
	}
	return stepped{n: n}
}

func (f *front) sourceAt(ip netip.Addr, port []byte) {
	f.layer.Set("source", netip.AddrPortFrom(ip, binary.BigEndian.Uint16(port)).String())
}

// source notes who the line says the client is, if it is an address.
func (f *front) source(ip, port string) {
	host := ip
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() {
		host = "[" + ip + "]"
	}
	if a, err := netip.ParseAddrPort(host + ":" + port); err == nil {
		f.layer.Set("source", a.String())
	}
}
