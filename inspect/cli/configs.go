package cli

import (
	"net/netip"

	"vmesskit/inspect"
	"vmesskit/inspect/config"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// namedConfig is a configuration with what messages call it.
type namedConfig struct {
	name string
	*config.Config
}

// addConfig adds the users of a server, and where it is. Those of a client
// wait until all others are known.
func (u *users) addConfig(name string, c *config.Config) {
	u.configs = append(u.configs, namedConfig{name, c})
	for _, e := range c.Listen {
		u.servers = append(u.servers, inspect.Server(e))
	}
	for i := range c.Outbounds {
		for _, s := range c.Outbounds[i].Servers {
			if addr, err := netip.ParseAddr(s.Host); err == nil {
				u.servers = append(u.servers, inspect.ServerAt(netip.AddrPortFrom(addr.Unmap(), s.Port)))
			}
		}
	}
	if len(c.Outbounds) == 0 {
		u.add(c.Users)
	}
}

// addSenders adds the users of clients. What a server's list says of one's
// alterId counts.
func addSenders(_ *Env, u *users) error {
	known := len(u.accounts)
	for _, c := range u.configs {
		if len(c.Outbounds) == 0 {
			continue
		}
		list := append([]config.User(nil), c.Users...)
		for i := range list {
			if n, ok := u.index[list[i].ID]; ok && n < known {
				list[i].AlterIDs = 0 // the larger of two counts
			}
		}
		u.add(list)
	}
	return nil
}

// seeds gives the secrets of mKCP that the configurations have.
func (u *users) seeds() (out []string) {
	for _, c := range u.configs {
		out = append(out, c.Seeds()...)
	}
	return out
}

// names gives the labels of the users, and what the configurations name.
func (u *users) names() (n report.Names) {
	for i := range u.accounts {
		n.Users = append(n.Users, u.accounts[i].Label)
	}
	for _, e := range u.expected() {
		n.Hosts = append(append(n.Hosts, e.Hosts...), e.ServerName)
		n.Paths = append(n.Paths, e.Paths...)
	}
	for _, c := range u.configs {
		for i := range c.Outbounds {
			for _, s := range c.Outbounds[i].Servers {
				n.Hosts = append(n.Hosts, s.Host)
			}
		}
	}
	return n
}

// compare holds the sessions against the configurations; nil where there are
// none.
func (u *users) compare() func([]*session.Facts, func(int) string) []verdict.Finding {
	if len(u.configs) == 0 {
		return nil
	}
	return func(all []*session.Facts, name func(int) string) []verdict.Finding {
		return verdict.Contradictions(all, u.expected(), name)
	}
}

// expected gives what the configurations say of their services.
func (u *users) expected() (out []verdict.Expectation) {
	for _, c := range u.configs {
		for i := range c.Inbounds {
			out = append(out, u.ofInbound(c.name, &c.Inbounds[i]))
		}
		for i := range c.Outbounds {
			for j := range c.Outbounds[i].Servers {
				out = append(out, u.ofOutbound(c.name, &c.Outbounds[i].Stream, &c.Outbounds[i].Servers[j]))
			}
		}
	}
	return out
}

func (u *users) ofInbound(name string, in *config.Inbound) verdict.Expectation {
	e := ofStream(&in.Stream)
	e.File, e.RefusesInsecure = name, in.RefusesInsecure
	for _, l := range in.Listen {
		e.Ports = append(e.Ports, verdict.Ports{First: l.First, Last: l.Last, Network: l.Network})
	}
	for _, one := range in.Users {
		e.Users = append(e.Users, verdict.ExpectedUser{Account: u.index[one.ID], AlterIDs: one.AlterIDs})
	}
	return e
}

func (u *users) ofOutbound(name string, stream *config.Stream, s *config.Server) verdict.Expectation {
	e := ofStream(stream)
	e.File, e.Client = name, true
	network := "tcp"
	if stream.Network == "mkcp" || stream.Network == "quic" {
		network = "udp"
	}
	e.Ports = []verdict.Ports{{First: s.Port, Last: s.Port, Network: network}}
	for _, one := range s.Users {
		e.Users = append(e.Users, verdict.ExpectedUser{Account: u.index[one.ID], AlterIDs: one.AlterIDs, Security: one.Security})
	}
	return e
}

func ofStream(s *config.Stream) verdict.Expectation {
	return verdict.Expectation{
		Network: s.Network, Paths: s.Paths, Hosts: s.Hosts, TLS: s.TLS, ServerName: s.ServerName, Header: s.Header, Sealed: s.Seed != "",
	}
}
