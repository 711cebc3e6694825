package capture

import (
	"container/list"
	"encoding/binary"

	"vmesskit/inspect/flow"
)

// TCP flags that matter here.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	_
	flagACK
)

// segment is one TCP packet.
type segment struct {
	src, dst uint16
	seq, ack uint32
	flags    byte
	piece    // the payload
}

func (s *segment) has(flag byte) bool { return s.flags&flag != 0 }

// parse reads the header. Where the capture cut it within its options, the
// payload is known to be lost.
func (s *segment) parse(p []byte, lost int) bool {
	if len(p) < 20 {
		return false
	}
	head := int(p[12]>>4) * 4
	if head < 20 || head > len(p)+lost {
		return false
	}
	s.src, s.dst = binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
	s.seq, s.ack = binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:])
	s.flags = p[13]
	if head > len(p) {
		lost -= head - len(p)
		head = len(p)
	}
	s.piece = piece{p[head:], lost}
	return true
}

// tcp hands a segment to its connection.
func (r *reader) tcp(p []byte) bool {
	s := &r.seg
	if !s.parse(p, r.lost) {
		return false
	}
	k, swapped := keyOf(&r.ends, s.src, s.dst, protoTCP)
	v := r.find(k)
	if v != nil && s.has(flagSYN) && v.tcp.reborn(v.sender(swapped), s) {
		r.end(v, flow.Cut)
		v = nil
	}
	if v == nil {
		if s.has(flagRST) || r.gone.echo(k, swapped, s, r.now) {
			r.sum.Ignored++ // the answer to something that is not in the capture, or too late for what was
			return true
		}
		v = r.openTCP(k, swapped, s)
	}
	from := v.sender(swapped)
	v.seen(r, from, s.lost > 0)
	v.tcp.packet(from, r.at, s)
	r.table.move(v, r.table.fit(v.tcp))
	return true
}

// openTCP begins a connection with the first packet that was seen of it. A
// SYN comes from side A, and the answer to a SYN goes there.
func (r *reader) openTCP(k key, swapped bool, s *segment) *conv {
	a, b := r.ends.src, r.ends.dst
	ports := [2]uint16{s.src, s.dst}
	fromA := !(s.has(flagSYN) && s.has(flagACK))
	if !fromA {
		a, b = b, a
		ports[0], ports[1] = ports[1], ports[0]
	}
	v := r.newConv(k, swapped == fromA, a, b, ports)
	r.sum.TCP++
	v.tcp = newConn(v, &r.order)
	r.launch(v)
	return v
}

// fit gives the list for a connection. One that goes on behind a reset returns
// to the others.
func (t *table) fit(c *conn) *list.List {
	a, b := &c.streams[flow.A], &c.streams[flow.B]
	switch {
	case !c.over():
		return &t.tcp
	case (a.isReset() || b.isReset()) && (a.gave || b.gave) && !(a.isEnding() && b.isEnding()):
		return &t.reset
	}
	return &t.closing
}
