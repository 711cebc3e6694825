package capture

import "encoding/binary"

// tunnel looks for a tunnel in a datagram. The port alone does not make one,
// since anybody may use it: unless the header is one that a tunnel's end
// sends, and what is inside looks like what it should be, the datagram is a
// plain one. lost is what the capture lacks of it.
func tunnel(port uint16, p []byte, lost int) (kind, []byte, bool) {
	switch port {
	case 4789, 8472: // assigned, and what Linux used before that
		return vxlan(p, lost)
	case 6081:
		return geneve(p, lost)
	}
	return 0, nil, false
}

// vxlan is flags, a network identifier, and a frame. Only the flag for the
// identifier is set, or that of Group Based Policy, which has its group in
// two of the bytes that are 0 otherwise.
func vxlan(p []byte, lost int) (kind, []byte, bool) {
	const head = 8
	const valid, policy = 0x08, 0x80
	const dontLearn, applied = 0x40, 0x08
	if len(p) < head || p[7] != 0 {
		return 0, nil, false
	}
	switch p[0] {
	case valid:
		if p[1]|p[2]|p[3] != 0 {
			return 0, nil, false
		}
	case valid | policy:
		if p[1]&^(dontLearn|applied) != 0 {
			return 0, nil, false
		}
	default:
		return 0, nil, false
	}
	return kindEthernet, p[head:], looksEthernet(p[head:], lost)
}

// geneve is a version of 0 with the length of the options, flags, an
// EtherType and a network identifier, and then the options.
func geneve(p []byte, lost int) (kind, []byte, bool) {
	const head, longest, reserved = 8, 0x3f, 0x3f
	if len(p) < head || p[0] > longest || p[1]&reserved != 0 || p[7] != 0 {
		return 0, nil, false
	}
	inside, options := kind(binary.BigEndian.Uint16(p[2:])), int(p[0])*4
	p = p[head:]
	if options > len(p) || !geneveOptions(p[:options]) {
		return 0, nil, false
	}
	p = p[options:]
	if inside == kindEthernet {
		return inside, p, looksEthernet(p, lost)
	}
	return inside, p, looksLike(inside, p)
}

// geneveOptions tells whether the options fill their room.
func geneveOptions(p []byte) bool {
	for len(p) > 0 {
		n := 4 + int(p[3]&0x1f)*4
		if n > len(p) {
			return false
		}
		p = p[n:]
	}
	return true
}

// looksEthernet tells whether p can be a frame with something that bridges
// carry. If the capture cut its header off, it has the benefit of the doubt.
func looksEthernet(p []byte, lost int) bool {
	if len(p) < etherHead {
		return lost > 0
	}
	k, inside := etherKind(p[etherTypeAt:]), p[etherHead:]
	if k != kindLLC {
		return looksLike(k, inside)
	}
	// Mostly both ends of LLC are the same, and the control byte says that
	// the frame is not numbered.
	if len(inside) < 3 {
		return lost > 0
	}
	return inside[0] == inside[1] && inside[2] == 3
}

// looksLike tells whether p can be a packet of this EtherType, as far as it
// is there.
func looksLike(k kind, p []byte) bool {
	switch k {
	case kindIPv4:
		return len(p) == 0 || p[0]>>4 == 4 && p[0]&15 >= 5
	case kindIPv6:
		return len(p) == 0 || p[0]>>4 == 6
	case 0x8100, 0x88a8, 0x9100, kindMPLS, 0x8848, kindPPPoE,
		0x0806, 0x8035, // ARP, RARP
		0x8809, 0x888e, 0x88cc, 0x88e5, 0x88f7, 0x8902, 0x9000: // LACP, EAPOL, LLDP, MACsec, PTP, CFM, loop test
		return true
	}
	return false
}
