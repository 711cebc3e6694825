package tls

import (
	"encoding/binary"
	"strconv"

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

// clientHello is what is used of it. It is kept while the conversation lives,
// so it has nothing whose size the client could choose.
type clientHello struct {
	random random
	suites []*suite // of TLS 1.3, that are read here
	ticket mark     // of a session before TLS 1.3; zero without
	sni    string
	alpn   string
	early  bool
}

// serverHello is what is used of it, or of a HelloRetryRequest.
type serverHello struct {
	version version
	random  random
	session mark // of its session id; zero without
	suite   *suite
	packed  bool // records are compressed
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
	c.vector8() // session id
	offered := c.vector16()
	c.vector8() // compression
	c.extensions(func(kind int, e cursor) {
		switch kind {
		case extServerName:
			h.sni = serverName(&e)
		case extALPN:
			h.alpn = protocols(&e)
		case extSessionTicket:
			h.ticket = markOf(e.b)
		case extEarlyData:
			h.early = true
		}
	})
	for _, s := range suites13 {
		for b := offered; len(b) >= 2; b = b[2:] {
			if binary.BigEndian.Uint16(b) == s.id {
				h.suites = append(h.suites, s)
				break
			}
		}
	}
	return h, !c.bad
}

func parseServerHello(b []byte) (*serverHello, bool) {
	c := cursor{b: b}
	h := &serverHello{version: version(c.u16())}
	copy(h.random[:], c.take(len(h.random)))
	h.session = markOf(c.vector8())
	id := c.u16()
	h.packed = c.u8() != 0
	c.extensions(func(kind int, e cursor) {
		switch kind {
		case extSupportedVersions:
			h.version = version(e.u16())
		case extALPN:
			h.alpn = protocols(&e)
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
			alpn = protocols(&e)
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
func protocols(c *cursor) string {
	var names []byte
	list := cursor{b: c.vector16()}
	for len(list.b) > 0 {
		p := list.vector8()
		if len(p) == 0 || len(p) == 2 && p[0] == p[1] && p[0]&15 == 10 {
			continue
		}
		if len(names) > 0 {
			names = append(names, ',')
		}
		names = append(names, printable(p)...)
	}
	return string(names[:min(len(names), maxName)])
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
	l.Set("alpn_offered", h.alpn)
	if h.early {
		l.Set("early_data", "offered")
	}
}
