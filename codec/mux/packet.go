package mux

import (
	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// The domains that a request goes to if its body is packetaddr. The port means
// nothing.
const (
	PacketDomain = "sp.packet-addr.v2fly.arpa" // command udp: a packet in each chunk
	StreamDomain = "st.packet-addr.v2fly.arpa" // command tcp: packets behind their lengths; v2fly since 2026
)

// Packet is one datagram of packetaddr. Its address is where it goes, or, from
// the server, where it comes from. It cannot be a domain.
type Packet struct {
	Address codec.Address
	Data    []byte
}

// The numbers of address types here: not those of an Address.
const (
	packetIPv4 = 1
	packetIPv6 = 2
)

// layout visits the fields of p in wire order. A packet has no length of its
// own: its data is all that is left.
func (p *Packet) layout(c *wire.Cursor) {
	c.Within(wire.FieldPacket)
	a := &p.Address
	off, typ := c.Len(), packetType(a.Type)
	c.U8(wire.FieldPacketAddrType, &typ)
	switch typ {
	case packetIPv4:
		a.Type = codec.AddrIPv4
		c.IP(wire.FieldAddrIPv4, 4, &a.IP)
	case packetIPv6:
		a.Type = codec.AddrIPv6
		c.IP(wire.FieldAddrIPv6, 16, &a.IP)
	default:
		c.Fail(wire.FieldPacketAddrType, codec.ErrUnsupported, off, wire.Want(int(typ), packetIPv4, packetIPv6))
	}
	c.U16(wire.FieldPort, &a.Port)
	c.Tail(wire.FieldPacketData, &p.Data)
}

// layoutSegment visits the packet behind its length, as in a stream.
func (p *Packet) layoutSegment(c *wire.Cursor) {
	c.Within(wire.FieldPacket)
	packet := c.Enter16(wire.FieldPacketLength, 1, 65535)
	p.layout(c)
	c.Leave(packet)
}

func packetType(t codec.AddrType) uint8 {
	switch t {
	case codec.AddrIPv4:
		return packetIPv4
	case codec.AddrIPv6:
		return packetIPv6
	}
	return 0
}

// Append appends the packet to dst, to be sent as one datagram. The error is
// an *Error; a domain is unsupported.
func (p *Packet) Append(dst []byte) ([]byte, error) { return p.appendTraced(dst, nil, p.layout) }

// AppendSegment appends the packet behind its length, for a stream.
func (p *Packet) AppendSegment(dst []byte) ([]byte, error) {
	return p.appendTraced(dst, nil, p.layoutSegment)
}

func (p *Packet) appendTraced(dst []byte, t *codec.Trace, visit func(*wire.Cursor)) ([]byte, error) {
	c := wire.Appender(dst)
	c.TraceTo(t, t.Open(wire.FieldPacket, nil, -1))
	visit(&c)
	return c.Done()
}

// ParsePacket reads a datagram. Data points into b. The error is an *Error.
func ParsePacket(b []byte) (Packet, error) { return TracePacket(nil, b) }

// TracePacket is ParsePacket that records the packet in t, as a buffer of its
// own.
func TracePacket(t *codec.Trace, b []byte) (p Packet, err error) {
	c := wire.Reader(b)
	c.Whole()
	c.TraceTo(t, t.Open(wire.FieldPacket, b, -1))
	p.layout(&c)
	return p, c.Err()
}

// ParseSegment reads a packet behind its length, and gives how many bytes that
// takes. Data points into b. The error is an *Error.
func ParseSegment(b []byte) (Packet, int, error) { return TraceSegment(nil, b) }

// TraceSegment is ParseSegment that records the packet in t, as a buffer of its
// own. Of one that is refused it records what was read up to there.
func TraceSegment(t *codec.Trace, b []byte) (p Packet, n int, err error) {
	if t != nil {
		_, n, _ = TraceSegment(nil, b)
	}
	c := wire.Reader(b)
	c.TraceTo(t, t.Open(wire.FieldPacket, b[:n], -1))
	p.layoutSegment(&c)
	return p, c.Len(), c.Err()
}

// PacketDecoder finds the packets of a packetaddr stream. It works as Decoder
// does.
type PacketDecoder struct {
	in     pieces
	packet Packet
}

// Next gives the next packet and how many bytes of src are used up, under the
// rules of Decoder.Next.
func (d *PacketDecoder) Next(src []byte) (p *Packet, n int, err error) {
	if n, err = d.in.next(src, d.visit); err != nil {
		return nil, n, err
	}
	return &d.packet, n, nil
}

func (d *PacketDecoder) visit(c *wire.Cursor) {
	d.packet = Packet{}
	d.packet.layoutSegment(c)
}

// Offset tells where the packet begins in the stream, as Decoder.Offset does.
func (d *PacketDecoder) Offset() uint64 { return d.in.offset }

// Finish judges where the stream stopped, as Decoder.Finish does.
func (d *PacketDecoder) Finish() codec.End { return d.in.finish() }
