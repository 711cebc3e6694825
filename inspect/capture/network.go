package capture

// kind names what is inside a header: an EtherType, or an IP protocol with
// kindProtocol added.
type kind uint32

const kindProtocol kind = 1 << 16

const (
	kindOther kind = 0 // something that nobody here reads
	kindIPv4  kind = 0x0800
	kindIPv6  kind = 0x86dd

	kindHopByHop kind = kindProtocol | 0
	kindTCP      kind = kindProtocol | 6
	kindUDP      kind = kindProtocol | 17
	kindRouting  kind = kindProtocol | 43
	kindFragment kind = kindProtocol | 44
	kindAuth     kind = kindProtocol | 51
	kindDestOpts kind = kindProtocol | 60
)

// wrappings are the headers that only wrap: to read one more, add a row.
var wrappings = map[kind]layer{
	0x8100:       vlan,
	0x88a8:       vlan,
	0x9100:       vlan,
	kindHopByHop: extension,
	kindRouting:  extension,
	kindDestOpts: extension,
	kindAuth:     authentication,
}

// maxLayers is how deep headers may be nested.
const maxLayers = 24

// packet takes a packet apart until its transport is found.
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
			ok = r.udp(b)
		case kindIPv4:
			k, b, ok = r.ipv4(b)
			continue
		case kindIPv6:
			k, b, ok = r.ipv6(b)
			continue
		case kindFragment:
			k, b, ok = r.fragment6(b)
			continue
		case kindHeld:
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
