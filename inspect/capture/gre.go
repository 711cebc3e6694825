package capture

import "encoding/binary"

// Flags of GRE that say what its header holds, and its version.
const (
	greChecksum = 0x8000
	greRouting  = 0x4000 // of RFC 1701, and gone since RFC 2784
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // in version 1
	greVersion  = 0x0007
)

// gre says with an EtherType what is inside.
func gre(p []byte) (kind, []byte, bool) {
	if len(p) < 4 {
		return 0, nil, false
	}
	flags, inside := binary.BigEndian.Uint16(p), kind(binary.BigEndian.Uint16(p[2:]))
	switch {
	case flags&greVersion == 1:
		return pptp(flags, inside, p)
	case flags&(greVersion|greRouting) != 0:
		return kindOther, p, true
	}
	head := 4 + 4*(flags>>15+flags>>13&1+flags>>12&1)
	if len(p) < int(head) {
		return 0, nil, false
	}
	if inside == kindERSPAN2 && flags&greSequence == 0 {
		inside = kindEthernet // the first ERSPAN has no header of its own
	}
	return inside, p[head:], true
}

// pptp is version 1 of GRE. Its key is the length of the payload, and a call;
// without a sequence number there is no payload.
func pptp(flags uint16, inside kind, p []byte) (kind, []byte, bool) {
	if inside != kindPPP || flags&greKey == 0 || flags&greSequence == 0 {
		return kindOther, p, true
	}
	head := 12
	if flags&greAck != 0 {
		head += 4
	}
	if len(p) < head {
		return 0, nil, false
	}
	size := int(binary.BigEndian.Uint16(p[4:]))
	p = p[head:]
	return kindPPP, p[:min(size, len(p))], true
}

// erspan2 is what switches of Cisco put in front of a mirrored frame.
func erspan2(p []byte) (kind, []byte, bool) {
	const head, version = 8, 1
	if len(p) < head || p[0]>>4 != version {
		return 0, nil, false
	}
	return kindEthernet, p[head:], true
}

// erspan3 has a timestamp, and says what kind of frame was mirrored.
func erspan3(p []byte) (kind, []byte, bool) {
	const head, version, optional = 12, 2, 8
	const frameEthernet, frameIP = 0, 2
	if len(p) < head || p[0]>>4 != version {
		return 0, nil, false
	}
	frame, more := p[10]>>2&31, p[11]&1 != 0
	p = p[head:]
	if more {
		if len(p) < optional {
			return 0, nil, false
		}
		p = p[optional:]
	}
	switch frame {
	case frameEthernet:
		return kindEthernet, p, true
	case frameIP:
		return rawIP(p)
	}
	return kindOther, p, true
}
