package inspect

import (
	"cmp"
	"net/netip"
	"slices"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// endpoint is where a server listens.
type endpoint struct {
	network flow.Network
	at      netip.AddrPort
}

// servers tells where VMess is known to be served.
type servers struct {
	ends  map[endpoint]bool
	ports map[uint16]bool // at any address
}

// has reports whether a server is known to listen at a side's end.
func (s *servers) has(f *session.Facts, side flow.Side) bool {
	at := f.Flow.Ends[side]
	return s.ports[at.Port()] || s.ends[endpoint{f.Flow.Network, at}]
}

// ephemeral is the first of the ports that systems give to clients.
const ephemeral = 32768

// reversed reports whether the side that is taken for the client is rather the
// server. That can be in the middle of a flow only: there a known server tells,
// or else the ports.
func (s *servers) reversed(f *session.Facts) bool {
	if f.Auth != nil || f.Flow.Began {
		return false
	}
	client, server := s.has(f, f.Client), s.has(f, f.Server())
	if client || server {
		return client && !server
	}
	return f.Flow.Ends[f.Client].Port() < ephemeral && f.Flow.Ends[f.Server()].Port() >= ephemeral
}

// attempts divides the flows into attempts at VMess and others, each in the
// order of their first packets. A flow is an attempt if a user authenticated
// in it, or if its server was named, had such a flow in the same run or was
// announced; where there is no such server at all, every flow is one that is
// not recognisably something else on that protocol's own port.
func (o *Options) attempts(all []*session.Facts) (sessions, others []*session.Facts) {
	slices.SortStableFunc(all, func(a, b *session.Facts) int { return cmp.Compare(a.Flow.Packet, b.Flow.Packet) })
	known := o.servers(all)
	none := len(known.ends) == 0 && len(known.ports) == 0
	for _, f := range all {
		if known.reversed(f) {
			f.Reverse()
		}
		if f.Auth != nil || known.has(f, f.Server()) || none && !elsewhere(f) {
			sessions = append(sessions, f)
		} else {
			others = append(others, f)
		}
	}
	return sessions, others
}

// servers gives the ports and endpoints that were named, and the endpoints that
// a user authenticated to or that a server announced.
func (o *Options) servers(all []*session.Facts) servers {
	ends, ports := make(map[endpoint]bool), make(map[uint16]bool)
	for _, port := range o.Ports {
		ports[port] = true
	}
	for _, at := range o.Servers {
		ends[endpoint{flow.TCP, at}], ends[endpoint{flow.UDP, at}] = true, true
	}
	for _, f := range all {
		if f.Auth == nil {
			continue
		}
		at := endpoint{f.Flow.Network, f.Flow.Ends[f.Server()]}
		ends[at] = true
		if a := f.Announced; a != nil {
			host := at.at.Addr()
			if ip, err := netip.ParseAddr(a.Host); err == nil {
				host = ip
			}
			ends[endpoint{f.Flow.Network, netip.AddrPortFrom(host, a.Port)}] = true
		}
	}
	return servers{ends, ports}
}

// elsewhere reports whether a flow is recognisably something else on that
// protocol's own port. What may be a wrapping of VMess is not: TLS, or an HTTP
// head with unknown bytes behind it.
func elsewhere(f *session.Facts) bool {
	port := f.Flow.Ends[f.Server()].Port()
	for side, speech := range f.Flow.Speaks {
		switch speech.Protocol {
		case "http":
			if port == 80 && flow.Side(side) == f.Client && !speech.Opaque {
				return true
			}
		case "ssh":
			if port == 22 {
				return true
			}
		case "dns":
			if port == 53 {
				return true
			}
		}
	}
	return false
}

// limits names the limits that were hit in a run.
func limits(d *session.Decoder, sum *capture.Summary, sessions []*session.Facts) []string {
	hit := make(map[string]bool)
	for name := range sum.Limits {
		hit[name] = true
	}
	for _, f := range sessions {
		if f.Flow.Limit != "" {
			hit[f.Flow.Limit] = true
		}
	}
	if d.Limited() {
		hit["sessions"] = true
	}
	var out []string
	for name := range hit {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
