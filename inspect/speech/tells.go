package speech

import (
	"bytes"
	"encoding/binary"

	"vmesskit/inspect/flow"
)

// A tell names a protocol by the first bytes of a side. more says that further
// bytes could make it change its mind.
type tell func(p []byte) (s flow.Speech, more bool)

var streamTells = []tell{
	begins("h2", "PRI * HTTP/2.0\r\n", "HTTP/2 preface"),
	httpRequest,
	httpResponse,
	tls,
	ssh,
	begins("proxy", "PROXY ", "PROXY protocol"),
	begins("proxy", ProxySignature, "PROXY protocol, version 2"),
	begins("smtp", "220 ", "220 greeting"),
	h2Settings,
	socks5,
	socks4,
	vless,
	trojan,
}

var datagramTells = []tell{dns, quic}

// ProxySignature is what the binary form of the PROXY protocol begins with.
const ProxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// begins tells a protocol by fixed first bytes.
func begins(protocol, prefix, detail string) tell {
	return func(p []byte) (flow.Speech, bool) {
		n := min(len(p), len(prefix))
		if string(p[:n]) != prefix[:n] {
			return flow.Speech{}, false
		}
		if n < len(prefix) {
			return flow.Speech{}, true
		}
		return flow.Speech{Protocol: protocol, Detail: detail}, false
	}
}

// tls tells a TLS record that begins a handshake or is an alert.
func tls(p []byte) (flow.Speech, bool) {
	const handshake, alert = 22, 21
	if len(p) < 6 {
		return flow.Speech{}, len(p) == 0 || p[0] == handshake || p[0] == alert
	}
	size := binary.BigEndian.Uint16(p[3:])
	if p[1] != 3 || p[2] > 4 || size == 0 || size > 1<<14+256 {
		return flow.Speech{}, false
	}
	switch {
	case p[0] == handshake && p[5] == 1:
		name, more := sni(p[5:min(len(p), 5+int(size))], int(size))
		return flow.Speech{Protocol: "tls", Detail: "ClientHello", Name: hostName(name)}, more
	case p[0] == handshake && p[5] == 2:
		return flow.Speech{Protocol: "tls", Detail: "ServerHello"}, false
	case p[0] == alert && size == 2:
		return flow.Speech{Protocol: "tls", Detail: "alert"}, false
	}
	return flow.Speech{}, false
}

// ssh tells the greeting line.
func ssh(p []byte) (flow.Speech, bool) {
	const longest = 255 // of the line, in RFC 4253
	s, more := begins("ssh", "SSH-", "")(p)
	if s.Protocol != "" {
		line := firstLine(p)
		s.Detail = printable(line)
		more = len(line) == len(p) && len(p) < longest
	}
	return s, more
}

// h2Settings tells the frame that an HTTP/2 server begins with.
func h2Settings(p []byte) (flow.Speech, bool) {
	const settings = 4
	if len(p) < 9 {
		return flow.Speech{}, len(p) < 2 || p[0] == 0 && p[1] == 0
	}
	frame := int(p[0])<<16 | int(p[1])<<8 | int(p[2])
	if p[3] != settings || p[4] != 0 || binary.BigEndian.Uint32(p[5:]) != 0 || frame%6 != 0 || frame > 6*32 {
		return flow.Speech{}, false
	}
	return flow.Speech{Protocol: "h2", Detail: "SETTINGS frame"}, false
}

// socks5 tells a greeting, which ends with the methods that it counts. A client
// that does not wait for the choice puts its request behind it.
func socks5(p []byte) (flow.Speech, bool) {
	if len(p) == 0 || p[0] != 5 || len(p) > 1 && p[1] == 0 {
		return flow.Speech{}, len(p) == 0
	}
	if len(p) == 1 {
		return flow.Speech{}, true
	}
	size := 2 + int(p[1])
	for _, method := range p[2:min(size, len(p))] {
		if method > 9 && method < 0x80 {
			return flow.Speech{}, false
		}
	}
	if len(p) < size {
		return flow.Speech{}, true
	}
	const version, commands, addressTypes = 5, 3, 4
	if r := p[size:]; len(r) > 0 && r[0] != version || len(r) > 1 && (r[1] == 0 || r[1] > commands) || len(r) > 2 && r[2] != 0 ||
		len(r) > 3 && (r[3] == 0 || r[3] > addressTypes) {
		return flow.Speech{}, false
	}
	return flow.Speech{Protocol: "socks5", Detail: "greeting"}, false
}

// longestSOCKS4 bounds how far the end of a SOCKS 4 request is looked for.
const longestSOCKS4 = 8 + 256 + 256

// socks4 tells a request: version, command, port, address, user, zero; with
// the name of the target and another zero behind them, if the address is
// 0.0.0.x.
func socks4(p []byte) (flow.Speech, bool) {
	if len(p) > 0 && p[0] != 4 || len(p) > 1 && p[1] != 1 && p[1] != 2 || len(p) > longestSOCKS4 {
		return flow.Speech{}, false
	}
	if len(p) < 9 || p[len(p)-1] != 0 {
		return flow.Speech{}, true
	}
	return flow.Speech{Protocol: "socks4", Detail: "request"}, false
}

// vless tells a request of version 0 without addons: version, 16 bytes of id,
// length of the addons, command, port, type of the address.
func vless(p []byte) (flow.Speech, bool) {
	if len(p) > 0 && p[0] != 0 || len(p) > 17 && p[17] != 0 || len(p) > 18 && (p[18] < 1 || p[18] > 3) {
		return flow.Speech{}, false
	}
	if len(p) < 22 {
		return flow.Speech{}, true
	}
	if p[18] != 3 && (p[21] < 1 || p[21] > 3) {
		return flow.Speech{}, false
	}
	return flow.Speech{Protocol: "vless", Detail: "request"}, false
}

// trojan tells the hexadecimal password hash and the line's end behind it.
func trojan(p []byte) (flow.Speech, bool) {
	const digest = 56
	for i := range min(len(p), digest) {
		if c := p[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return flow.Speech{}, false
		}
	}
	if len(p) < digest+2 {
		return flow.Speech{}, len(p) > 0
	}
	if p[digest] != '\r' || p[digest+1] != '\n' {
		return flow.Speech{}, false
	}
	return flow.Speech{Protocol: "trojan", Detail: "request"}, false
}

// dns tells a message by its header and the name in its question.
func dns(p []byte) (flow.Speech, bool) {
	if len(p) < 17 || binary.BigEndian.Uint16(p[4:]) != 1 || p[2]&0x78 != 0 || p[3]&0x40 != 0 {
		return flow.Speech{}, false
	}
	var name []byte
	for i := 12; i < len(p); {
		n := int(p[i])
		if n == 0 {
			if len(p) < i+5 {
				return flow.Speech{}, false
			}
			if class := binary.BigEndian.Uint16(p[i+3:]) &^ 0x8000; class != 1 && class != 255 {
				return flow.Speech{}, false
			}
			return flow.Speech{Protocol: "dns", Detail: "question", Name: hostName(string(name))}, false
		}
		if n > 63 || i+1+n > len(p) {
			return flow.Speech{}, false
		}
		if len(name) > 0 {
			name = append(name, '.')
		}
		name = append(name, p[i+1:i+1+n]...)
		i += 1 + n
	}
	return flow.Speech{}, false
}

// quic tells a long header of a version that is in use.
func quic(p []byte) (flow.Speech, bool) {
	if len(p) < 7 || p[0]&0xC0 != 0xC0 {
		return flow.Speech{}, false
	}
	version := binary.BigEndian.Uint32(p[1:])
	if version != 1 && version != 0x6b3343cf && version>>8 != 0xff0000 {
		return flow.Speech{}, false
	}
	return flow.Speech{Protocol: "quic", Detail: "long header"}, false
}

// firstLine gives what stands before the first line's end.
func firstLine(p []byte) []byte {
	if i := bytes.IndexAny(p, "\r\n"); i >= 0 {
		return p[:i]
	}
	return p
}

// maxName is what is quoted of the name of a host: what DNS allows.
const maxName = 255

// hostName quotes the name of a host, or nothing if it is none.
func hostName(s string) string {
	if len(s) > maxName {
		return ""
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return ""
		}
	}
	return s
}

// maxDetail bounds what is quoted of the bytes.
const maxDetail = 60

// printable quotes bytes: printable ASCII only, and not much of it.
func printable(p []byte) string {
	out := make([]byte, 0, min(len(p), maxDetail))
	for _, c := range p {
		if len(out) == maxDetail {
			return string(out) + "..."
		}
		if c < ' ' || c > '~' {
			c = '.'
		}
		out = append(out, c)
	}
	return string(out)
}
