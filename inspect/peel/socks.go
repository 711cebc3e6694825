package peel

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// openSOCKS5 takes off the dialogue with a SOCKS 5 proxy in front (RFC 1928).
func openSOCKS5(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "socks5")
	s := &socks5{front: f}
	f.steps(s.greeting, s.method)
	f.to = p.Open(rec)
	return f
}

// socks5 are the steps of both sides.
type socks5 struct{ *front }

const (
	socksPassword = 2
	socksNone     = 0xFF
)

func (s *socks5) greeting(_ flow.Time, p []byte) stepped {
	if len(p) < 2 || len(p) < 2+int(p[1]) {
		return stepped{more: true}
	}
	return stepped{n: 2 + int(p[1]), then: s.asked}
}

// asked is the client's next message: user and password (RFC 1929), or the
// request.
func (s *socks5) asked(at flow.Time, p []byte) stepped {
	const version, passwordVersion = 5, 1
	switch {
	case len(p) < 5:
		return stepped{more: true}
	case p[0] == passwordVersion:
		user := int(p[1])
		if len(p) < 3+user || len(p) < 3+user+int(p[2+user]) {
			return stepped{more: true}
		}
		return stepped{n: 3 + user + int(p[2+user]), then: s.asked}
	case p[0] != version:
		s.layer.Stop(flow.Damaged, "SOCKS 5: a request of version "+strconv.Itoa(int(p[0])))
		return stepped{refuse: true}
	}
	n, target := socksAddress(p)
	if n < 0 {
		s.layer.Stop(flow.Damaged, "SOCKS 5: an address of type "+strconv.Itoa(int(p[3])))
		return stepped{refuse: true}
	}
	if n == 0 {
		return stepped{more: true}
	}
	s.layer.Set("target", target)
	return stepped{n: n}
}

func (s *socks5) method(_ flow.Time, p []byte) stepped {
	if p[0] != 5 {
		return s.foreign(p)
	}
	if len(p) < 2 {
		return stepped{more: true}
	}
	switch p[1] {
	case socksNone:
		return s.turnedDown(flow.Speech{Protocol: "socks5", Detail: "no acceptable method"})
	case socksPassword:
		return stepped{n: 2, then: s.admitted}
	}
	return stepped{n: 2, then: s.reply}
}

func (s *socks5) admitted(_ flow.Time, p []byte) stepped {
	if len(p) < 2 {
		return stepped{more: true}
	}
	if p[1] != 0 {
		return s.turnedDown(flow.Speech{Protocol: "socks5", Detail: "user or password refused"})
	}
	return stepped{n: 2, then: s.reply}
}

func (s *socks5) reply(_ flow.Time, p []byte) stepped {
	if len(p) < 5 {
		return stepped{more: true}
	}
	if p[1] != 0 {
		return s.turnedDown(flow.Speech{Protocol: "socks5", Detail: "reply " + strconv.Itoa(int(p[1]))})
	}
	n, _ := socksAddress(p)
	if n < 0 {
		return s.foreign(p)
	}
	if n > 0 {
		s.layer.Answer = flow.Agreed
	}
	return stepped{n: n, more: n == 0}
}

// socksAddress reads a request or a reply up to the end of its address: version,
// command, reserved, type, address, port. n is 0 if p, of at least 5 bytes, has not
// all of it, and -1 if there is no such type.
func socksAddress(p []byte) (n int, target string) {
	const ip4, domain, ip6, at = 1, 3, 4, 4
	size := 0
	switch p[3] {
	case ip4:
		size = 4
	case ip6:
		size = 16
	case domain:
		size = 1 + int(p[at])
	default:
		return -1, ""
	}
	if len(p) < at+size+2 {
		return 0, ""
	}
	host := ""
	if p[3] == domain {
		host = speech.Host(string(p[at+1 : at+size]))
	} else if ip, ok := netip.AddrFromSlice(p[at : at+size]); ok {
		host = ip.String()
		if ip.Is6() {
			host = "[" + host + "]"
		}
	}
	return at + size + 2, host + ":" + strconv.Itoa(int(binary.BigEndian.Uint16(p[at+size:])))
}

// openSOCKS4 does the same for SOCKS 4 and 4A: one request, one reply.
func openSOCKS4(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "socks4")
	f.steps(f.socks4Request, f.socks4Reply)
	f.to = p.Open(rec)
	return f
}

func (f *front) socks4Request(_ flow.Time, p []byte) stepped {
	const user = 8
	if len(p) <= user {
		return stepped{more: true}
	}
	end := bytes.IndexByte(p[user:], 0)
	if end < 0 {
		return stepped{more: true}
	}
	n := user + end + 1
	ip := netip.AddrFrom4([4]byte(p[4:]))
	host := ip.String()
	if p[4] == 0 && p[5] == 0 && p[6] == 0 && p[7] != 0 { // 4A: the name stands behind the user
		end := bytes.IndexByte(p[n:], 0)
		if end < 0 {
			return stepped{more: true}
		}
		host = speech.Host(string(p[n : n+end]))
		n += end + 1
	}
	f.layer.Set("target", host+":"+strconv.Itoa(int(binary.BigEndian.Uint16(p[2:]))))
	return stepped{n: n}
}

func (f *front) socks4Reply(_ flow.Time, p []byte) stepped {
	const granted, size = 90, 8
	switch {
	case p[0] != 0:
		return f.foreign(p)
	case len(p) < size:
		return stepped{more: true}
	case p[1] != granted:
		return f.turnedDown(flow.Speech{Protocol: "socks4", Detail: "reply " + strconv.Itoa(int(p[1]))})
	}
	f.layer.Answer = flow.Agreed
	return stepped{n: size}
}
