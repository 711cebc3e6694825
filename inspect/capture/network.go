package capture

// kind names what is inside a header: an EtherType, or an IP protocol with
// kindProtocol added.
type kind uint32

const kindProtocol kind = 1 << 16

const (
	kindOther kind = 0 // something that nobody here reads
	kindIPv4  kind = 0x0800
	kindIPv6  kind = 0x86dd

	kindLLC      kind = 1 << 17 // in place of an EtherType stands a length
	kindEthernet kind = 0x6558  // a whole frame
	kindMPLS     kind = 0x8847
	kindPPP      kind = 0x880b
	kindPPPoE    kind = 0x8864
	kindERSPAN2  kind = 0x88be
	kindERSPAN3  kind = 0x22eb

	kindHopByHop kind = kindProtocol // 0
	kindTCP      kind = kindProtocol | 6
	kindUDP      kind = kindProtocol | 17
	kindRouting  kind = kindProtocol | 43
	kindFragment kind = kindProtocol | 44
	kindAuth     kind = kindProtocol | 51
	kindDestOpts kind = kindProtocol | 60

	// kindTaken says that there is nothing more to do: the packet is in its
	// flow, or it is a fragment and waits for the others.
	kindTaken kind = 1 << 31
)

// wrappings are the headers that only wrap: to read one more, add a row.
// Those behind UDP are in tunnel.
var wrappings = map[kind]layer{
	0x8100:             vlan,
	0x88a8:             vlan,
	0x9100:             vlan,
	kindLLC:            llc,
	kindEthernet:       ethernet,
	kindPPPoE:          pppoe,
	kindPPP:            ppp,
	kindMPLS:           mpls,
	0x8848:             mpls, // multicast
	kindERSPAN2:        erspan2,
	kindERSPAN3:        erspan3,
	kindProtocol | 4:   rawIP,
	kindProtocol | 41:  rawIP,
	kindProtocol | 47:  gre,
	kindProtocol | 137: mpls,
	kindHopByHop:       extension,
	kindRouting:        extension,
	kindDestOpts:       extension,
	kindAuth:           authentication,
}

// maxLayers is how deep headers may be nested.
const maxLayers = 24

// packet takes a packet apart until its transport is found. The addresses
// that count are those of the innermost IP header.
func (r *reader) packet(p *packet) {
	if p.link.decode == nil {
		r.sum.Bad++
		return
	}
	r.lost = p.lost
	k, b, ok := p.link.decode(p.data)
	for depth := 0; ok && depth < maxLayers; depth++ {
		switch k {
		case kindTCP:
			ok = r.tcp(b)
		case kindUDP:
			if k, b, ok = r.udp(b); k != kindTaken {
				continue
			}
		case kindIPv4:
			k, b, ok = r.ipv4(b)
			continue
		case kindIPv6:
			k, b, ok = r.ipv6(b)
			continue
		case kindFragment:
			k, b, ok = r.fragment6(b)
			continue
		case kindTaken:
			return
		default:
			step, known := wrappings[k]
			if known {
				k, b, ok = step(b)
				continue
			}
			r.sum.Ignored++
		}
		if ok {
			return
		}
	}
	r.sum.Bad++
}
