package capture

import (
	"encoding/binary"
	"net/netip"

	"vmesskit/inspect/flow"
)

const (
	udpSize = 8

	// MaxDatagram is how many bytes of payload fit into a UDP datagram.
	MaxDatagram = 0xffff - ip4Size - udpSize
)

// Datagram writes one UDP datagram of at most MaxDatagram bytes, whole and with
// checksums that are right. As for Dial, two ends of different kinds meet in IPv6.
func (w *Writer) Datagram(at flow.Time, from, to netip.AddrPort, p []byte) error {
	source, target := oneKind(from.Addr(), to.Addr())
	ipSize, ether := ip4Size, uint16(0x0800)
	if !source.Is4() {
		ipSize, ether = ip6Size, 0x86dd
	}
	size := udpSize + len(p)
	b := w.room(at, etherSize+ipSize+size)
	copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1})
	binary.BigEndian.PutUint16(b[12:], ether)
	h := b[etherSize:]
	clear(h[:ipSize])
	addresses := h[ipSize-2*source.BitLen()/8 : ipSize]
	copy(addresses, source.AsSlice())
	copy(addresses[source.BitLen()/8:], target.AsSlice())
	if source.Is4() {
		h[0], h[6], h[8], h[9] = 0x45, 0x40, 64, protoUDP
		binary.BigEndian.PutUint16(h[2:], uint16(ipSize+size))
		binary.BigEndian.PutUint16(h[10:], checksum(onesSum(h[:ipSize])))
	} else {
		h[0], h[6], h[7] = 0x60, protoUDP, 64
		binary.BigEndian.PutUint16(h[4:], uint16(size))
	}

	u := h[ipSize:]
	binary.BigEndian.PutUint16(u, from.Port())
	binary.BigEndian.PutUint16(u[2:], to.Port())
	binary.BigEndian.PutUint16(u[4:], uint16(size))
	u[6], u[7] = 0, 0
	copy(u[udpSize:], p)
	sum := checksum(onesSum(addresses) + protoUDP + uint64(size) + onesSum(u))
	if sum == 0 {
		sum = 0xffff // zero would say that there is none
	}
	binary.BigEndian.PutUint16(u[6:], sum)
	return w.err
}
