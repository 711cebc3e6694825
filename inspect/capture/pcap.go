package capture

import (
	"vmesskit/inspect/flow"
)

// classicKind is what the magic number of a classic pcap file tells.
type classicKind struct {
	order order
	nano  bool
}

// classicMagics has the first four bytes, read as big-endian.
var classicMagics = map[uint32]classicKind{
	0xa1b2c3d4: {order: true},
	0xd4c3b2a1: {order: false},
	0xa1b23c4d: {order: true, nano: true},
	0x4d3cb2a1: {order: false, nano: true},
}

const (
	classicHeader = 24 // magic, version, two unused words, snaplen, link type
	recordHeader  = 16 // seconds, fraction, captured length, original length
)

// classic reads the pcap format of libpcap.
type classic struct {
	buf   *buffer
	order order
	unit  int64 // nanoseconds of one step of the fraction
	link  *link
	max   uint32 // longest packet
	n     int64  // packets read
}

func newClassic(b *buffer, info *File, o *Options, k classicKind) (format, error) {
	h, err := b.peek(classicHeader)
	if err != nil {
		return nil, b.short("pcap header", h, classicHeader, err)
	}
	info.Format = "pcap"
	c := &classic{buf: b, order: k.order, unit: 1000, max: uint32(o.Limits.PacketSize)}
	if k.nano {
		info.Format, c.unit = "pcap-ns", 1
	}
	if major := k.order.u16(h[4:]); major != 2 {
		return nil, b.damage("pcap header", "version "+num(major), "2")
	}
	// The upper half of the link type word says whether frames end with a
	// checksum; the IP length cuts that off.
	c.link = linkOf(uint16(k.order.u32(h[20:])))
	info.sawOrder(k.order)
	info.sawLink(c.link, k.order.u32(h[16:]))
	b.skip(classicHeader)
	return c, nil
}

func (c *classic) next(p *packet) error {
	h, err := c.buf.peek(recordHeader)
	if err != nil {
		return c.buf.short(c.what(), h, recordHeader, err)
	}
	sec, frac := c.order.u32(h), c.order.u32(h[4:])
	captured, orig := c.order.u32(h[8:]), c.order.u32(h[12:])
	if captured > c.max {
		return c.buf.damage(c.what(), "captured length "+num(captured), "at most "+num(c.max))
	}
	size := recordHeader + int(captured)
	b, err := c.buf.peek(size)
	if err != nil {
		return c.buf.short(c.what(), b, int64(size), err)
	}
	c.buf.skip(size)
	c.n++
	p.at = flow.Time(int64(sec)*1e9 + int64(frac)*c.unit)
	p.set(b[recordHeader:], orig, c.link)
	return nil
}

func (c *classic) what() string { return "packet " + num(c.n+1) }

// packet is one captured packet. Its bytes are a view into the file's buffer.
type packet struct {
	at   flow.Time
	data []byte
	lost int // bytes that the capture cut from its end
	link *link
}

func (p *packet) set(data []byte, orig uint32, l *link) {
	const most = 1 << 30 // longer than any packet, and an int everywhere
	p.data, p.link = data, l
	p.lost = max(0, int(min(orig, most))-len(data))
}
