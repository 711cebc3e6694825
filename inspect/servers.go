package inspect

import (
	"net/netip"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Server says where VMess is served, as far as that is known. The zero Addr
// stands for every address, an empty Network for TCP and UDP.
type Server struct {
	Addr        netip.Addr
	First, Last uint16 // ports
	Network     string // "tcp", "udp" or empty
}

// ServerPort is a server at any address.
func ServerPort(port uint16) Server { return Server{First: port, Last: port} }

// ServerAt is a server at one address.
func ServerAt(at netip.AddrPort) Server {
	return Server{Addr: at.Addr(), First: at.Port(), Last: at.Port()}
}

// covers reports whether an end of a flow is one of the server's.
func (s *Server) covers(e endpoint) bool {
	return e.at.Port() >= s.First && e.at.Port() <= s.Last &&
		(s.Network == "" || s.Network == e.network.String()) &&
		(!s.Addr.IsValid() || s.Addr.IsUnspecified() || s.Addr == e.at.Addr())
}

// endpoint is an end of a flow.
type endpoint struct {
	network flow.Network
	at      netip.AddrPort
}

// servers tells where VMess is known to be served.
type servers struct {
	named []Server
	seen  map[endpoint]bool // in this run: a user authenticated, or it was announced
}

// servers gives what was named, and the endpoints that a user authenticated to
// or that a server announced.
func (o *Options) servers(all []*session.Facts) servers {
	s := servers{o.Servers, make(map[endpoint]bool)}
	for _, f := range all {
		if f.Auth == nil {
			continue
		}
		at := endpoint{f.Flow.Network, f.Flow.Ends[f.Server()]}
		s.seen[at] = true
		if a := f.Announced; a != nil {
			host := at.at.Addr()
			if ip, err := netip.ParseAddr(a.Host); err == nil {
				host = ip
			}
			s.seen[endpoint{f.Flow.Network, netip.AddrPortFrom(host, a.Port)}] = true
		}
	}
	return s
}

// none reports whether no server is known.
func (s *servers) none() bool { return len(s.named) == 0 && len(s.seen) == 0 }

// has reports whether a server is known to listen at a side's end.
func (s *servers) has(f *session.Facts, side flow.Side) bool {
	e := endpoint{f.Flow.Network, f.Flow.Ends[side]}
	if s.seen[e] {
		return true
	}
	for i := range s.named {
		if s.named[i].covers(e) {
			return true
		}
	}
	return false
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
