package tls

import (
	"encoding/binary"
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
)

// Extensions that are looked at (IANA's registry "TLS ExtensionType Values").
const (
	extServerName        = 0
	extALPN              = 16
	extEncryptThenMAC    = 22
	extSessionTicket     = 35
	extPreSharedKey      = 41
	extEarlyData         = 42
	extSupportedVersions = 43
)

// retryRandom is the random of a ServerHello that is a HelloRetryRequest (RFC
// 8446, section 4.1.3).
var retryRandom = random{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// clientHello is what is used of it.
type clientHello struct {
	random  random
	session string
	suites  []byte // two bytes each
	ticket  []byte // of a session before TLS 1.3
	sni     string
	alpn    []string
	early   bool
}

// offers reports whether the client knows a suite.
func (h *clientHello) offers(s *suite) bool {
	for b := h.suites; len(b) >= 2; b = b[2:] {
		if binary.BigEndian.Uint16(b) == s.id {
			return true
		}
	}
	return false
}

// serverHello is what is used of it, or of a HelloRetryRequest.
type serverHello struct {
	version version
	random  random
	session string
	suite   *suite
	alpn    string
	etm     bool
	psk     bool
}

func (h *serverHello) retry() bool { return h.random == retryRandom }

// cursor reads a message. Once it is too short, all that it gives is empty.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.b, c.bad = nil, true
		return nil
	}
	p := c.b[:n]
	c.b = c.b[n:]
	return p
}

func (c *cursor) u8() int {
	if p := c.take(1); p != nil {
		return int(p[0])
	}
	return 0
}

func (c *cursor) u16() int {
	if p := c.take(2); p != nil {
		return int(binary.BigEndian.Uint16(p))
	}
	return 0
}

func (c *cursor) vector8() []byte  { return c.take(c.u8()) }
func (c *cursor) vector16() []byte { return c.take(c.u16()) }

// extensions visits each of those that follow.
func (c *cursor) extensions(visit func(kind int, body cursor)) {
	if len(c.b) == 0 {
		return // older hellos may have none
	}
	in := cursor{b: c.vector16()}
	for len(in.b) > 0 && !in.bad {
		kind := in.u16()
		body := in.vector16()
		if !in.bad {
			visit(kind, cursor{b: body})
		}
	}
	c.bad = c.bad || in.bad
}

func parseClientHello(b []byte) (*clientHello, bool) {
	c := cursor{b: b}
	h := &clientHello{}
	c.take(2) // a version that no longer means it
	copy(h.random[:], c.take(len(h.random)))
	h.session = string(c.vector8())
	h.suites = append([]byte(nil), c.vector16()...)
	c.vector8() // compression
	c.extensions(func(kind int, e cursor) {
		switch kind {
		case extServerName:
			h.sni = serverName(&e)
		case extALPN:
			h.alpn = protocols(&e)
		case extSessionTicket:
			h.ticket = append([]byte(nil), e.b...)
		case extEarlyData:
			h.early = true
		}
	})
	return h, !c.bad
}

func parseServerHello(b []byte) (*serverHello, bool) {
	c := cursor{b: b}
	h := &serverHello{version: version(c.u16())}
	copy(h.random[:], c.take(len(h.random)))
	h.session = string(c.vector8())
	id := c.u16()
	c.u8() // compression
	c.extensions(func(kind int, e cursor) {
		switch kind {
		case extSupportedVersions:
			h.version = version(e.u16())
		case extALPN:
			h.alpn = strings.Join(protocols(&e), ",")
		case extEncryptThenMAC:
			h.etm = true
		case extPreSharedKey:
			h.psk = true
		}
	})
	if c.bad {
		return nil, false
	}
	h.suite = suiteOf(uint16(id))
	return h, true
}

// parseEncrypted reads EncryptedExtensions: the protocol that the server chose,
// and whether it takes early data.
func parseEncrypted(b []byte) (alpn string, early, ok bool) {
	c := cursor{b: b}
	c.extensions(func(kind int, e cursor) {
		switch kind {
		case extALPN:
			alpn = strings.Join(protocols(&e), ",")
		case extEarlyData:
			early = true
		}
	})
	return alpn, early, !c.bad
}

// serverName gives the host name of the extension (RFC 6066, section 3).
func serverName(c *cursor) string {
	list := cursor{b: c.vector16()}
	for len(list.b) > 0 {
		kind := list.u8()
		if name := list.vector16(); kind == 0 {
			return printable(name)
		}
	}
	return ""
}

// protocols gives those of ALPN (RFC 7301), without the ones that mean nothing
// and only keep servers honest (RFC 8701).
func protocols(c *cursor) (names []string) {
	list := cursor{b: c.vector16()}
	for len(list.b) > 0 {
		p := list.vector8()
		if len(p) == 0 || len(p) == 2 && p[0] == p[1] && p[0]&15 == 10 {
			continue
		}
		names = append(names, printable(p))
	}
	return names
}

// maxName bounds a name in a fact.
const maxName = 255

// printable gives bytes of a peer as text that does no harm.
func printable(p []byte) string {
	p = p[:min(len(p), maxName)]
	for _, b := range p {
		if b <= ' ' || b > '~' || b == '"' || b == '\\' {
			q := strconv.QuoteToASCII(string(p))
			return q[1 : len(q)-1]
		}
	}
	return string(p)
}

// tell puts what the client said into the layer.
func (h *clientHello) tell(l *flow.Layer) {
	l.Set("sni", h.sni)
	all := strings.Join(h.alpn, ",")
	l.Set("alpn_offered", all[:min(len(all), maxName)])
	if h.early {
		l.Set("early_data", "offered")
	}
}
