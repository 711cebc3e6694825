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

// attempts divides the flows into attempts at VMess and others, each in the
// order of their first packets. A flow is an attempt if a user authenticated
// in it, or if its server was named, had such a flow in the same run or was
// announced; where there is no such server at all, every flow is one that is
// not recognisably something else on that protocol's own port.
func (o *Options) attempts(all []*session.Facts) (sessions, others []*session.Facts) {
	slices.SortStableFunc(all, func(a, b *session.Facts) int { return cmp.Compare(a.Flow.Packet, b.Flow.Packet) })
	known := o.servers(all)
	none := len(known) == 0 && len(o.Ports) == 0
	for _, f := range all {
		if f.Auth == nil && !f.Flow.Began && o.isServer(known, f, f.Client) && !o.isServer(known, f, f.Server()) {
			f.Reverse()
		}
		if f.Auth != nil || o.isServer(known, f, f.Server()) || none && !elsewhere(f) {
			sessions = append(sessions, f)
		} else {
			others = append(others, f)
		}
	}
	return sessions, others
}

// servers gives the endpoints that were named, that a user authenticated to,
// or that a server announced.
func (o *Options) servers(all []*session.Facts) map[endpoint]bool {
	known := make(map[endpoint]bool)
	for _, at := range o.Servers {
		known[endpoint{flow.TCP, at}], known[endpoint{flow.UDP, at}] = true, true
	}
	for _, f := range all {
		if f.Auth == nil {
			continue
		}
		at := endpoint{f.Flow.Network, f.Flow.Ends[f.Server()]}
		known[at] = true
		if a := f.Announced; a != nil {
			host := at.at.Addr()
			if ip, err := netip.ParseAddr(a.Host); err == nil {
				host = ip
			}
			known[endpoint{f.Flow.Network, netip.AddrPortFrom(host, a.Port)}] = true
		}
	}
	return known
}

// isServer reports whether a VMess server is known to listen at a side's end.
func (o *Options) isServer(known map[endpoint]bool, f *session.Facts, s flow.Side) bool {
	at := f.Flow.Ends[s]
	return known[endpoint{f.Flow.Network, at}] || slices.Contains(o.Ports, at.Port())
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
