package speech

import "encoding/binary"

// sni gives the server's name in a ClientHello (RFC 8446, 4.1.2, and RFC 6066, 3)
// of which p is there, of size bytes in its first record. more tells that the
// name may stand in what is not there yet.
func sni(p []byte, size int) (name string, more bool) {
	const handshakeHead, version, random = 4, 2, 32
	more = len(p) < size
	r := reader{p: p}
	r.skip(handshakeHead + version + random)
	r.skip(r.number(1)) // session id
	r.skip(r.number(2)) // cipher suites
	r.skip(r.number(1)) // compression
	r.number(2)         // length of all extensions
	for !r.bad && len(r.p) > 0 {
		const serverName, host = 0, 0
		kind, body := r.number(2), reader{p: r.take(r.number(2))}
		if r.bad || kind != serverName {
			continue
		}
		body.number(2) // length of the list
		if body.number(1) != host {
			return "", false
		}
		return string(body.take(body.number(2))), false
	}
	return "", more
}

// reader takes big-endian numbers and strings off p until one is not whole.
type reader struct {
	p   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.p) {
		r.bad = true
		return nil
	}
	out := r.p[:n]
	r.p = r.p[n:]
	return out
}

func (r *reader) skip(n int) { r.take(n) }

func (r *reader) number(size int) int {
	var b [2]byte
	copy(b[2-size:], r.take(size))
	return int(binary.BigEndian.Uint16(b[:]))
}
