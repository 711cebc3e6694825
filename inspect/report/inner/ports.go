package inner

import (
	"hash/fnv"
	"net/netip"
)

// ports sees to it that no two conversations look like one. The sub-connections
// of a mux, and the streams in one connection, share their client's port; they
// get others, near to it.
type ports struct {
	owner map[uint64]int // by ends, in short: the session that they belong to
}

const (
	maxPorts  = 1 << 21 // ends that are remembered; of what comes later, two may be alike
	firstPort = 1024    // that a client is given
	mostTries = 256
	nobody    = -1
)

// ends is a pair of ends in short.
func ends(udp bool, client, target netip.AddrPort) uint64 {
	var b [2*18 + 1]byte
	for i, e := range [...]netip.AddrPort{client, target} {
		a := e.Addr().As16()
		copy(b[18*i:], a[:])
		b[18*i+16], b[18*i+17] = byte(e.Port()>>8), byte(e.Port())
	}
	if udp {
		b[len(b)-1] = 1
	}
	h := fnv.New64a()
	h.Write(b[:])
	return h.Sum64()
}

// reserve gives a session the ends that it has in the capture, unless one before
// it has them.
func (p *ports) reserve(session int, udp bool, client, target netip.AddrPort) {
	key := ends(udp, client, target)
	if _, taken := p.owner[key]; !taken && len(p.owner) < maxPorts {
		p.owner[key] = session
	}
}

// client gives the client's end of a conversation: its own if the ends are
// reserved for the session, else one with the next port that is free.
func (p *ports) client(session int, udp bool, client, target netip.AddrPort) netip.AddrPort {
	for range mostTries {
		key := ends(udp, client, target)
		owner, taken := p.owner[key]
		if !taken || owner == session {
			if len(p.owner) < maxPorts || taken {
				p.owner[key] = nobody
			}
			return client
		}
		client = netip.AddrPortFrom(client.Addr(), max(client.Port()+1, firstPort))
	}
	return client
}
