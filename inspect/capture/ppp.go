package capture

import "encoding/binary"

// pppoe is a session's header: version and type, code, session, length.
func pppoe(p []byte) (kind, []byte, bool) {
	const head, versionAndType, data = 6, 0x11, 0
	if len(p) < head || p[0] != versionAndType {
		return 0, nil, false
	}
	if p[1] != data {
		return kindOther, p[head:], true
	}
	return kindPPP, p[head:], true
}

// ppp begins with an address and a control byte, which are left out in PPPoE
// and where both ends have agreed on it. So may be the first byte of the
// protocol: it is even, and the last one is odd.
func ppp(p []byte) (kind, []byte, bool) {
	const address, control = 0xff, 0x03
	if len(p) > 1 && p[0] == address && p[1] == control {
		p = p[2:]
	}
	if len(p) > 0 && p[0]&1 != 0 {
		return pppKind(uint16(p[0])), p[1:], true
	}
	if len(p) < 2 {
		return 0, nil, false
	}
	return pppKind(binary.BigEndian.Uint16(p)), p[2:], true
}

func pppKind(protocol uint16) kind {
	switch protocol {
	case 0x0021:
		return kindIPv4
	case 0x0057:
		return kindIPv6
	case 0x0281, 0x0283: // unicast, multicast
		return kindMPLS
	}
	return kindOther // negotiation, or compressed and encrypted packets
}
