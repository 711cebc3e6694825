package capture

import (
	"encoding/binary"
	"net/netip"
	"time"

	"vmesskit/inspect/flow"
)

// WriteConn is a TCP connection that is being written to a capture: the
// handshake, segments that are acknowledged as they should be, and the close,
// with checksums that are right, over IPv4 or IPv6. Nothing comes twice, and
// nothing is lost but what Skip leaves out.
type WriteConn struct {
	w    *Writer
	now  flow.Time
	ends [2]writeEnd
	mss  int
}

// writeEnd is one side of a WriteConn.
type writeEnd struct {
	headers  [writeHeaders]byte // of a segment of this side, Ethernet to TCP
	size     int                // bytes of them
	ip4      bool
	ident    uint16
	seq, ack uint32 // next to send; what the other side was told
	unacked  int    // segments that arrived since then
	sum      uint64 // of what is the same in all pseudo headers of this side
}

const (
	etherSize    = 14
	ip4Size      = 20
	ip6Size      = 40
	tcpSize      = 20
	writeHeaders = etherSize + ip6Size + tcpSize

	writeMTU     = 1500
	writeWindow  = 65535
	writeScale   = 7 // so that 8 MB may be under way
	ackEvery     = 2
	writeStep    = flow.Time(10 * time.Microsecond) // from packet to packet
	writeLatency = flow.Time(time.Millisecond)      // behind a SYN

	flagPSH = 0x08
)

// Dial writes the handshake of a new connection; seq are the first sequence
// numbers of its ends. Where one end has IPv4 and the other IPv6, the packets
// are of IPv6, and hold the first one's address in its mapped form.
func (w *Writer) Dial(at flow.Time, client, server netip.AddrPort, seq [2]uint32) *WriteConn {
	c := &WriteConn{w: w, now: at, mss: writeMTU - ip4Size - tcpSize}
	c.ends[flow.A].prepare(client, server, 1)
	c.ends[flow.B].prepare(server, client, 2)
	if !c.ends[flow.A].ip4 {
		c.mss = writeMTU - ip6Size - tcpSize
	}
	a, b := &c.ends[flow.A], &c.ends[flow.B]
	a.seq, b.seq, a.ack, b.ack = seq[0], seq[1], seq[1], seq[0]
	options := []byte{2, 4, byte(c.mss >> 8), byte(c.mss), 1, 3, 3, writeScale}
	c.packet(flow.A, flagSYN, options, nil)
	a.seq++
	b.ack++
	c.packet(flow.B, flagSYN|flagACK, options, nil)
	b.seq++
	a.ack++
	c.packet(flow.A, flagACK, nil, nil)
	return c
}

// prepare writes what all headers of a side have in common.
func (e *writeEnd) prepare(from, to netip.AddrPort, n byte) {
	source, target := oneKind(from.Addr(), to.Addr())
	b := append(e.headers[:0], 2, 0, 0, 0, 0, 3-n, 2, 0, 0, 0, 0, n) // locally administered
	e.ip4 = source.Is4()
	if e.ip4 {
		b = append(b, 0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0)
	} else {
		b = append(b, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64)
	}
	addresses := len(b)
	b = append(b, source.AsSlice()...)
	b = append(b, target.AsSlice()...)
	e.sum = onesSum(b[addresses:]) + 6 // TCP
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	e.size = len(b) + tcpSize - 4
}

// oneKind gives two addresses as both IPv4, if they are, else as both IPv6.
func oneKind(a, b netip.Addr) (netip.Addr, netip.Addr) {
	a, b = a.Unmap(), b.Unmap()
	if !a.IsValid() {
		a = netip.IPv4Unspecified()
	}
	if !b.IsValid() {
		b = netip.IPv4Unspecified()
	}
	if a.Is4() == b.Is4() {
		return a, b
	}
	return netip.AddrFrom16(a.As16()), netip.AddrFrom16(b.As16())
}

// Send writes what one side sends in one go, in segments of full size, the
// last of which is pushed.
func (c *WriteConn) Send(from flow.Side, p []byte) error {
	for len(p) > 0 {
		n := min(len(p), c.mss)
		flags := byte(flagACK)
		if n == len(p) {
			flags |= flagPSH
		}
		c.packet(from, flags, nil, p[:n])
		c.ends[from].seq += uint32(n)
		c.received(from.Other(), n, n == len(p))
		p = p[n:]
	}
	return c.w.err
}

// received acknowledges every second segment, and the last one.
func (c *WriteConn) received(side flow.Side, n int, last bool) {
	e := &c.ends[side]
	e.ack += uint32(n)
	if e.unacked++; e.unacked >= ackEvery || last {
		c.packet(side, flagACK, nil, nil)
	}
}

// Close writes the end of one side's direction, and that the other side heard
// of it.
func (c *WriteConn) Close(from flow.Side) error {
	c.packet(from, flagFIN|flagACK, nil, nil)
	c.ends[from].seq++
	c.received(from.Other(), 1, true)
	return c.w.err
}

// Reset writes that one side breaks the connection off.
func (c *WriteConn) Reset(from flow.Side) error {
	c.packet(from, flagRST|flagACK, nil, nil)
	return c.w.err
}

// Skip leaves out n bytes that one side sent, as a capture does that lacks them:
// the other side acknowledges them.
func (c *WriteConn) Skip(from flow.Side, n uint32) {
	c.ends[from].seq += n
	c.ends[from.Other()].ack += n
}

// Now is the time that the next packet will have.
func (c *WriteConn) Now() flow.Time { return c.now }

// At sets the time of the next packet, unless it is later already.
func (c *WriteConn) At(t flow.Time) { c.now = max(c.now, t) }

// Wait lets time pass before the next packet.
func (c *WriteConn) Wait(d time.Duration) { c.now += flow.Time(d) }

// packet writes one segment.
func (c *WriteConn) packet(from flow.Side, flags byte, options, payload []byte) {
	e := &c.ends[from]
	e.unacked = 0
	n := e.size + len(options) + len(payload)
	b := c.w.room(c.now, n)
	c.now += c.w.step
	if flags&flagSYN != 0 {
		c.now += c.w.latency
	}
	copy(b, e.headers[:e.size-tcpSize+4])
	e.ip(b, n-etherSize)

	t := b[e.size-tcpSize:]
	binary.BigEndian.PutUint32(t[4:], e.seq)
	ack := e.ack
	if flags&flagACK == 0 {
		ack = 0
	}
	binary.BigEndian.PutUint32(t[8:], ack)
	t[12], t[13] = byte(tcpSize+len(options))/4<<4, flags
	binary.BigEndian.PutUint16(t[14:], writeWindow)
	t[16], t[17], t[18], t[19] = 0, 0, 0, 0
	copy(t[tcpSize:], options)
	copy(t[tcpSize+len(options):], payload)
	binary.BigEndian.PutUint16(t[16:], checksum(e.sum+uint64(len(t))+onesSum(t)))
}

// ip fills in what differs between the IP headers of a side; total is the
// length of the packet.
func (e *writeEnd) ip(b []byte, total int) {
	h := b[etherSize:]
	if !e.ip4 {
		binary.BigEndian.PutUint16(h[4:], uint16(total-ip6Size))
		return
	}
	binary.BigEndian.PutUint16(h[2:], uint16(total))
	binary.BigEndian.PutUint16(h[4:], e.ident)
	e.ident++
	h[10], h[11] = 0, 0
	binary.BigEndian.PutUint16(h[10:], checksum(onesSum(h[:ip4Size])))
}
