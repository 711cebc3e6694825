package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/netip"

	"vmesskit/inspect/flow"
)

// What the tests write packets and files with. It knows nothing of the
// reader's own code.

type bo = binary.AppendByteOrder

// rec is a packet for a file.
type rec struct {
	at   int64 // nanoseconds
	data []byte
	orig int // 0 means len(data)
}

func (r rec) length() uint32 {
	if r.orig != 0 {
		return uint32(r.orig)
	}
	return uint32(len(r.data))
}

func classicFile(o bo, nano bool, link uint32, recs ...rec) []byte {
	magic, unit := uint32(0xa1b2c3d4), int64(1000)
	if nano {
		magic, unit = 0xa1b23c4d, 1
	}
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	for _, w := range []uint32{0, 0, 65535, link} {
		b = o.AppendUint32(b, w)
	}
	for _, r := range recs {
		b = o.AppendUint32(b, uint32(r.at/1e9))
		b = o.AppendUint32(b, uint32(r.at%1e9/unit))
		b = o.AppendUint32(b, uint32(len(r.data)))
		b = o.AppendUint32(b, r.length())
		b = append(b, r.data...)
	}
	return b
}

// ngBlock frames a pcapng block.
func ngBlock(o bo, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return o.AppendUint32(b, uint32(len(body)+12))
}

func ngSection(o bo) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, 1)
	b = o.AppendUint16(b, 0)
	return ngBlock(o, 0x0a0d0d0a, o.AppendUint64(b, ^uint64(0)))
}

// ngInterface writes an interface of Ethernet; resolution and offset are left
// out if negative and zero.
func ngInterface(o bo, snaplen uint32, resolution int, offset int64) []byte {
	b := o.AppendUint16(nil, 1)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snaplen)
	if resolution >= 0 {
		b = o.AppendUint16(b, 9)
		b = o.AppendUint16(b, 1)
		b = append(b, byte(resolution), 0, 0, 0)
	}
	if offset != 0 {
		b = o.AppendUint16(b, 14)
		b = o.AppendUint16(b, 8)
		b = o.AppendUint64(b, uint64(offset))
	}
	return ngBlock(o, 1, o.AppendUint32(b, 0))
}

func ngEnhanced(o bo, iface uint32, ticks uint64, r rec) []byte {
	b := o.AppendUint32(nil, iface)
	b = o.AppendUint32(b, uint32(ticks>>32))
	b = o.AppendUint32(b, uint32(ticks))
	b = o.AppendUint32(b, uint32(len(r.data)))
	b = o.AppendUint32(b, r.length())
	return ngBlock(o, 6, append(b, r.data...))
}

func ngObsolete(o bo, iface uint16, ticks uint64, r rec) []byte {
	b := o.AppendUint16(nil, iface)
	b = o.AppendUint16(b, 7) // drops
	b = o.AppendUint32(b, uint32(ticks>>32))
	b = o.AppendUint32(b, uint32(ticks))
	b = o.AppendUint32(b, uint32(len(r.data)))
	b = o.AppendUint32(b, r.length())
	return ngBlock(o, 2, append(b, r.data...))
}

func ngSimple(o bo, r rec) []byte {
	return ngBlock(o, 3, append(o.AppendUint32(nil, r.length()), r.data...))
}

var (
	be bo = binary.BigEndian
	le bo = binary.LittleEndian

	client  = netip.MustParseAddrPort("192.0.2.1:40000")
	server  = netip.MustParseAddrPort("198.51.100.2:443")
	client6 = netip.MustParseAddrPort("[2001:db8::1]:40000")
	server6 = netip.MustParseAddrPort("[2001:db8::2]:443")
)

// tcpSegment writes a TCP header without options, and the payload.
func tcpSegment(src, dst netip.AddrPort, seq, ack uint32, flags byte, data []byte) []byte {
	b := be.AppendUint16(nil, src.Port())
	b = be.AppendUint16(b, dst.Port())
	b = be.AppendUint32(b, seq)
	b = be.AppendUint32(b, ack)
	b = append(b, 5<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, data...)
}

func udpDatagram(src, dst netip.AddrPort, data []byte) []byte {
	b := be.AppendUint16(nil, src.Port())
	b = be.AppendUint16(b, dst.Port())
	b = be.AppendUint16(b, uint16(8+len(data)))
	return append(append(b, 0, 0), data...)
}

// ip4 writes an IPv4 packet; frag is the word with flags and offset.
func ip4(src, dst netip.Addr, proto byte, id, frag uint16, payload []byte) []byte {
	b := be.AppendUint16([]byte{0x45, 0}, uint16(20+len(payload)))
	b = be.AppendUint16(b, id)
	b = be.AppendUint16(b, frag)
	b = append(b, 64, proto, 0, 0)
	b = append(b, src.AsSlice()...)
	b = append(b, dst.AsSlice()...)
	return append(b, payload...)
}

func ip6(src, dst netip.Addr, next byte, payload []byte) []byte {
	b := be.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
	b = append(b, next, 64)
	b = append(b, src.AsSlice()...)
	b = append(b, dst.AsSlice()...)
	return append(b, payload...)
}

// ether writes an Ethernet frame; the types in front of the last are tags.
func ether(payload []byte, types ...uint16) []byte {
	b := make([]byte, 12)
	for i, t := range types {
		b = be.AppendUint16(b, t)
		if i < len(types)-1 {
			b = be.AppendUint16(b, 42) // VLAN
		}
	}
	return append(b, payload...)
}

// frame writes TCP over IPv4 over Ethernet.
func frame(src, dst netip.AddrPort, seq, ack uint32, flags byte, data []byte) []byte {
	return ether(ip4(src.Addr(), dst.Addr(), 6, 0, 0, tcpSegment(src, dst, seq, ack, flags, data)), 0x0800)
}

// script writes packets between client and server, a millisecond apart.
type script struct {
	recs []rec
	at   int64
}

const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	ack = 0x10
)

func (s *script) add(data []byte) *script {
	s.at += 1e6
	s.recs = append(s.recs, rec{at: s.at, data: data})
	return s
}

func (s *script) up(seq, ackno uint32, flags byte, data string) *script {
	return s.add(frame(client, server, seq, ackno, flags, []byte(data)))
}

func (s *script) down(seq, ackno uint32, flags byte, data string) *script {
	return s.add(frame(server, client, seq, ackno, flags, []byte(data)))
}

func (s *script) wait(ns int64) *script { s.at += ns; return s }

// hello opens a connection: the client's bytes start at c+1, the server's at
// s+1.
func (s *script) hello(c, v uint32) *script {
	return s.up(c, 0, syn, "").down(v, c+1, syn|ack, "").up(c+1, v+1, ack, "")
}

func (s *script) file() []byte { return classicFile(le, true, 1, s.recs...) }

// input gives bytes as an Input.
func input(name string, b []byte) Input {
	return Input{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

var _ flow.Source = (*collector)(nil)
