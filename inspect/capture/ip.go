package capture

import (
	"encoding/binary"
	"net/netip"
)

// address is an IP address as two words, which compare and hash fast. IPv4
// has the lower half of lo; the version is kept beside it.
type address struct{ hi, lo uint64 }

func (a address) less(b address) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

func (a address) netip(v6 bool) netip.Addr {
	if !v6 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(a.lo))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b)
}

// pair is where an IP packet came from and where it went.
type pair struct {
	src, dst address
	v6       bool
}

func (r *reader) ipv4(p []byte) (kind, []byte, bool) {
	if len(p) < 20 || p[0]>>4 != 4 {
		return 0, nil, false
	}
	head := int(p[0]&15) * 4
	if head < 20 || head > len(p) {
		return 0, nil, false
	}
	p, ok := r.cut(p, head, int(binary.BigEndian.Uint16(p[2:])))
	if !ok {
		return 0, nil, false
	}
	r.ends = pair{
		src: address{lo: uint64(binary.BigEndian.Uint32(p[12:]))},
		dst: address{lo: uint64(binary.BigEndian.Uint32(p[16:]))},
	}
	inside := kindProtocol | kind(p[9])
	const more, offset = 0x2000, 0x1fff
	frag := binary.BigEndian.Uint16(p[6:])
	if frag&(more|offset) == 0 {
		return inside, p[head:], true
	}
	id := fragmentKey{pair: r.ends, id: uint32(binary.BigEndian.Uint16(p[4:])), inside: inside}
	return r.fragment(id, int(frag&offset)*8, frag&more != 0, p[head:])
}

// cut ends a packet where its header says: behind that is padding of the
// link. What the header says and the capture does not have is counted as
// lost. A length of 0 comes from offloading and means up to the end.
func (r *reader) cut(p []byte, head, total int) ([]byte, bool) {
	switch {
	case total == 0:
		return p, true
	case total < head:
		return nil, false
	case total > len(p):
		r.lost = total - len(p)
		return p, true
	}
	r.lost = 0
	return p[:total], true
}

func (r *reader) ipv6(p []byte) (kind, []byte, bool) {
	const head = 40
	if len(p) < head || p[0]>>4 != 6 {
		return 0, nil, false
	}
	if n := int(binary.BigEndian.Uint16(p[4:])); n > 0 {
		p, _ = r.cut(p, head, head+n)
	}
	r.ends = pair{
		src: address{binary.BigEndian.Uint64(p[8:]), binary.BigEndian.Uint64(p[16:])},
		dst: address{binary.BigEndian.Uint64(p[24:]), binary.BigEndian.Uint64(p[32:])},
		v6:  true,
	}
	return kindProtocol | kind(p[6]), p[head:], true
}

// extension is the common form of IPv6's extension headers.
func extension(p []byte) (kind, []byte, bool) {
	if len(p) < 8 {
		return 0, nil, false
	}
	n := (int(p[1]) + 1) * 8
	if n > len(p) {
		return 0, nil, false
	}
	return kindProtocol | kind(p[0]), p[n:], true
}

// authentication counts its length in words, less two.
func authentication(p []byte) (kind, []byte, bool) {
	if len(p) < 12 {
		return 0, nil, false
	}
	n := (int(p[1]) + 2) * 4
	if n < 12 || n > len(p) {
		return 0, nil, false
	}
	return kindProtocol | kind(p[0]), p[n:], true
}

func (r *reader) fragment6(p []byte) (kind, []byte, bool) {
	const head, more, offset = 8, 1, 0xfff8
	if len(p) < head {
		return 0, nil, false
	}
	inside := kindProtocol | kind(p[0])
	frag := binary.BigEndian.Uint16(p[2:])
	if frag&(more|offset) == 0 {
		return inside, p[head:], true
	}
	id := fragmentKey{pair: r.ends, id: binary.BigEndian.Uint32(p[4:]), inside: inside}
	return r.fragment(id, int(frag&offset), frag&more != 0, p[head:])
}
