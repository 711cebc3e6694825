package capture

import "encoding/binary"

// udp hands a datagram to its flow: each is one call of Data. One that is a
// tunnel's is no flow, and what it holds is given back.
func (r *reader) udp(p []byte) (kind, []byte, bool) {
	const head = 8
	if len(p) < head {
		return 0, nil, false
	}
	// A length of 0 is a jumbogram's, or comes from offloading.
	if n := int(binary.BigEndian.Uint16(p[4:])); n != 0 {
		if n < head || n > len(p)+r.lost {
			return 0, nil, false
		}
		r.lost = max(0, n-len(p))
		p = p[:min(n, len(p))]
	}
	src, dst := binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
	if k, inside, ok := tunnel(dst, p[head:], r.lost); ok {
		return k, inside, true
	}
	k, swapped := keyOf(&r.ends, src, dst, protoUDP)
	v := r.find(k)
	if v == nil {
		v = r.newConv(k, swapped, r.ends.src, r.ends.dst, [2]uint16{src, dst})
		r.sum.UDP++
		r.launch(v)
	}
	from := v.sender(swapped)
	v.seen(r, from, r.lost > 0)
	v.sink.Data(from, r.at, p[head:])
	if r.lost > 0 {
		v.sink.Gap(from, r.at, int64(r.lost))
	}
	return kindTaken, nil, true
}
