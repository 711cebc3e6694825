package harness

import "encoding/binary"

// Segment is where things are in a packet of TCP or UDP over IPv4, which is
// all that the loopback leg has.
type Segment struct {
	UDP              bool
	SrcPort, DstPort int
	Flags            byte // of TCP
	Payload          int  // its offset in the frame
	Len              int  // of the payload
}

// The flags of TCP.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// The lengths of headers, and the offsets of what is read of them.
const (
	etherLen  = 14
	ipv4Proto = etherLen + 9
	udpLen    = 8
	tcpOffset = 12
	tcpFlags  = 13
)

// Segment looks into a packet.
func (p *Packet) Segment() (s Segment, ok bool) {
	f := p.Frame
	if len(f) < etherLen+20 || f[12] != 8 || f[13] != 0 || f[etherLen]>>4 != 4 {
		return s, false
	}
	at := etherLen + 4*int(f[etherLen]&15)
	end := etherLen + int(binary.BigEndian.Uint16(f[etherLen+2:]))
	if end > len(f) || end < at+udpLen {
		return s, false
	}
	s.SrcPort, s.DstPort = int(binary.BigEndian.Uint16(f[at:])), int(binary.BigEndian.Uint16(f[at+2:]))
	switch f[ipv4Proto] {
	case 17:
		s.UDP, s.Payload = true, at+udpLen
	case 6:
		if end < at+20 {
			return s, false
		}
		s.Flags, s.Payload = f[at+tcpFlags], at+4*int(f[at+tcpOffset]>>4)
	default:
		return s, false
	}
	s.Len = end - s.Payload
	return s, s.Len >= 0
}
