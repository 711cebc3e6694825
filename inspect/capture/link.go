package capture

import (
	"encoding/binary"
)

// layer takes off one header: it says what is inside, and where. Not ok means
// that the header cannot be followed.
type layer func(p []byte) (inside kind, payload []byte, ok bool)

// link is a link type. It has no decoder if it is not known here.
type link struct {
	name   string
	decode layer
}

// links has the link types by their number in the file header.
var links = map[uint16]*link{
	0:   {"NULL", loopback},
	1:   {"EN10MB", ethernet},
	9:   {"PPP", ppp},
	12:  {"RAW", rawIP},
	14:  {"RAW", rawIP},
	50:  {"PPP_SERIAL", ppp},
	51:  {"PPP_ETHER", pppoe},
	101: {"RAW", rawIP},
	108: {"LOOP", loopback},
	113: {"LINUX_SLL", sll},
	228: {"IPV4", rawIP},
	229: {"IPV6", rawIP},
	276: {"LINUX_SLL2", sll2},
}

func linkOf(n uint16) *link {
	if l, ok := links[n]; ok {
		return l
	}
	return &link{name: "link type " + num(n)}
}

const (
	etherTypeAt = 12
	etherHead   = 14
)

func ethernet(p []byte) (kind, []byte, bool) {
	if len(p) < etherHead {
		return 0, nil, false
	}
	return etherKind(p[etherTypeAt:]), p[etherHead:], true
}

// etherKind reads an EtherType. Up to 1500 it is none, but the length of an
// IEEE 802.3 frame; so are the numbers that Linux has for such frames.
func etherKind(p []byte) kind {
	const longest = 1500
	if k := kind(binary.BigEndian.Uint16(p)); k > longest {
		return k
	}
	return kindLLC
}

// llc is IEEE 802.2. With SNAP, which has an organisation and then mostly an
// EtherType, it carries what Ethernet does.
func llc(p []byte) (kind, []byte, bool) {
	const ip, snap, control = 0x06, 0xaa, 0x03
	const bridged = 0xf8 // 00-00-f8 says that a bridge made this of an Ethernet frame
	if len(p) < 3 {
		return 0, nil, false
	}
	switch [3]byte(p) {
	case [3]byte{ip, ip, control}:
		return kindIPv4, p[3:], true
	case [3]byte{snap, snap, control}:
		if len(p) < 8 {
			return 0, nil, false
		}
		if p[3] == 0 && p[4] == 0 && (p[5] == 0 || p[5] == bridged) {
			return kind(binary.BigEndian.Uint16(p[6:])), p[8:], true
		}
	}
	return kindOther, p, true
}

// vlan is an 802.1Q or 802.1ad tag: two bytes of it, and what is inside.
func vlan(p []byte) (kind, []byte, bool) {
	if len(p) < 4 {
		return 0, nil, false
	}
	return etherKind(p[2:]), p[4:], true
}

// sll is what Linux gives for the device "any".
func sll(p []byte) (kind, []byte, bool) {
	if len(p) < 16 {
		return 0, nil, false
	}
	return etherKind(p[14:]), p[16:], true
}

func sll2(p []byte) (kind, []byte, bool) {
	if len(p) < 20 {
		return 0, nil, false
	}
	return etherKind(p), p[20:], true
}

// loopback begins with an address family: for NULL in the byte order of the
// machine that captured, for LOOP in network order. The numbers are small, so
// the order shows.
func loopback(p []byte) (kind, []byte, bool) {
	if len(p) < 4 {
		return 0, nil, false
	}
	family := binary.LittleEndian.Uint32(p)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(p)
	}
	switch family {
	case 2:
		return kindIPv4, p[4:], true
	case 10, 24, 28, 30: // Linux, NetBSD and OpenBSD, FreeBSD, Darwin
		return kindIPv6, p[4:], true
	}
	return kindOther, p[4:], true
}

// rawIP begins with the IP header, whose first four bits are the version.
func rawIP(p []byte) (kind, []byte, bool) {
	if len(p) == 0 {
		return 0, nil, false
	}
	switch p[0] >> 4 {
	case 4:
		return kindIPv4, p, true
	case 6:
		return kindIPv6, p, true
	}
	return 0, nil, false
}
