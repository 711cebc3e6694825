package capture

import (
	"encoding/binary"
	"fmt"
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
	12:  {"RAW", rawIP},
	14:  {"RAW", rawIP},
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
	return &link{name: fmt.Sprintf("link type %d", n)}
}

func ethernet(p []byte) (kind, []byte, bool) {
	if len(p) < 14 {
		return 0, nil, false
	}
	return etherKind(p[12:]), p[14:], true
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

func etherKind(p []byte) kind { return kind(binary.BigEndian.Uint16(p)) }
