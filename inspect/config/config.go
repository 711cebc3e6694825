package config

import "net/netip"

// Config is what a decoder needs of a configuration: of a server's inbounds,
// or of a client's outbounds where there is no such inbound.
type Config struct {
	Users     []User     // of all services; who is in several of them is here once
	Listen    []Endpoint // where a server listens
	Inbounds  []Inbound
	Outbounds []Outbound
}

// Endpoint is a range of ports on which a server listens.
type Endpoint struct {
	Addr        netip.Addr // the zero Addr: on every address
	First, Last uint16
	Network     string // "tcp" or "udp"
}

// Inbound is a VMess inbound.
type Inbound struct {
	Tag             string
	Listen          []Endpoint
	Users           []User
	DetourTo        string // tag of the inbound to which clients are sent with a new id
	DefaultAlterIDs int    // alter ids of the users made for that
	RefusesInsecure bool   // disableInsecureEncryption
	Stream          Stream
}

// Outbound is a VMess outbound.
type Outbound struct {
	Tag     string
	Servers []Server
	Stream  Stream
}

// Server is where an outbound goes to, and as whom.
type Server struct {
	Host  string // an address or a name
	Port  uint16
	Users []Sender
}

// Sender is a user of an outbound, with the word for the security that it asks
// for.
type Sender struct {
	User
	Security string // "auto", "aes-128-gcm", "chacha20-poly1305", "none" or "zero"
}

// Stream is what VMess is wrapped in.
type Stream struct {
	Network    string   // "tcp", "http" (camouflage), "ws", "httpupgrade", "h2", "grpc", "mkcp", "quic", "xhttp", "ds"; empty for another
	Paths      []string // as they are on the wire; any of them, none where it does not matter
	Hosts      []string // the same
	TLS        bool     // or what looks like it
	ServerName string   // that a client asks for in TLS
	Header     string   // that mKCP pretends to be: "none", "srtp" and so on
	Seed       string   // mKCP's secret, if there is one
}

// Seeds gives the secrets of all services over mKCP, each once.
func (c *Config) Seeds() []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(s *Stream) {
		if !seen[s.Seed] {
			seen[s.Seed] = true
			out = append(out, s.Seed)
		}
	}
	for i := range c.Inbounds {
		add(&c.Inbounds[i].Stream)
	}
	for i := range c.Outbounds {
		add(&c.Outbounds[i].Stream)
	}
	return out
}
