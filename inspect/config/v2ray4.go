package config

import (
	"net/netip"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/config/users"
)

// Server is what a decoder needs of a server's configuration.
type Server struct {
	Users    []User     // of all VMess inbounds; who is in several of them is here once
	Listen   []Endpoint // where they listen
	KCPSeeds []string   // the obfuscation seeds of those over mKCP
	Inbounds []Inbound
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
	DetourTo        string // tag of the inbound to which clients are sent with a new id
	DefaultAlterIDs int    // alter ids of the users made for that
}

const (
	maxListen   = 65536 // endpoints of one server
	maxPortText = 4096  // bytes of one list of ports
)

// ParseV2Ray4 reads the server's side of a configuration in v2ray's JSON of
// version 4, with its older forms and with comments. Inbounds of other
// protocols, and everything that is no inbound, are passed over.
func ParseV2Ray4(name string, text []byte) (*Server, error) {
	doc, root := parseJSON(name, text)
	r := v2ray4{doc: doc, root: root, index: map[codec.ID]int{}}
	seen := r.inbounds()
	if doc.err != nil {
		return nil, doc.err
	}
	if seen == 0 {
		return nil, &Error{File: name, Text: `no inbound with the protocol "vmess", wanted a server's configuration in v2ray's JSON of version 4`}
	}
	return &r.server, nil
}

type v2ray4 struct {
	doc    *document
	root   node
	server Server
	index  map[codec.ID]int // where a user is in server.Users
}

// inbounds reads all VMess inbounds, in the order in which v2ray puts its three
// forms together, and says how many there were.
func (r *v2ray4) inbounds() (seen int) {
	var all []node
	if old := r.root.field("inbound"); old.there() {
		all = append(all, old)
	}
	all = append(all, r.root.field("inboundDetour").elements()...)
	all = append(all, r.root.field("inbounds").elements()...)
	for i, in := range all {
		if r.doc.err != nil {
			return seen
		}
		if !strings.EqualFold(in.field("protocol").text(), "vmess") {
			continue
		}
		seen++
		// The top-level port of old files is that of the first inbound.
		port := in.field("port")
		if i == 0 && !port.there() {
			port = r.root.field("port")
		}
		r.inbound(in, port)
	}
	return seen
}

func (r *v2ray4) inbound(in, port node) {
	settings := in.field("settings")
	detour := settings.field("detour").field("to")
	if !detour.there() {
		detour = settings.field("features").field("detour").field("to")
	}
	r.server.Inbounds = append(r.server.Inbounds, Inbound{
		Tag:             in.field("tag").text(),
		DetourTo:        detour.text(),
		DefaultAlterIDs: settings.field("default").field("alterId").number(MaxAlterIDs),
	})
	r.clients(settings.field("clients"))
	r.listen(in, port, r.transport(in.field("streamSettings")))
}

// clients adds the users of one inbound. One that another inbound has as well
// is the same user, with the larger of the two alterIds.
func (r *v2ray4) clients(clients node) {
	first := map[codec.ID]node{}
	for _, c := range clients.elements() {
		idNode := c.field("id")
		text := idNode.text()
		if r.doc.err != nil {
			return
		}
		if text == "" {
			c.fail("no id, wanted one")
			return
		}
		id, wrong := users.ReadID(text)
		if wrong != "" {
			idNode.fail("%s", wrong)
			return
		}
		email := c.field("email")
		u := User{ID: id, AlterIDs: c.field("alterId").number(MaxAlterIDs), Label: strings.TrimSpace(email.text())}
		if r.doc.err != nil {
			return
		}
		if wrong := users.CheckLabel(u.Label); wrong != "" {
			email.fail("%s", wrong)
			return
		}
		if other, dup := first[id]; dup {
			idNode.fail("the id of line %d again, wanted each id once in an inbound", other.line())
			return
		}
		first[id] = idNode
		r.addUser(c, u)
	}
}

func (r *v2ray4) addUser(at node, u User) {
	i, known := r.index[u.ID]
	if !known {
		if len(r.server.Users) == MaxUsers {
			at.fail("more than %d users", MaxUsers)
			return
		}
		r.index[u.ID] = len(r.server.Users)
		r.server.Users = append(r.server.Users, u)
		return
	}
	old := &r.server.Users[i]
	old.AlterIDs = max(old.AlterIDs, u.AlterIDs)
	if old.Label == "" {
		old.Label = u.Label
	}
}

// transport tells whether the inbound is on TCP or UDP, and keeps its seed.
func (r *v2ray4) transport(stream node) (network string) {
	switch strings.ToLower(stream.field("network").text()) {
	case "kcp", "mkcp":
		kcp := stream.field("kcpSettings")
		if !kcp.there() {
			kcp = r.root.field("transport").field("kcpSettings")
		}
		if seed := kcp.field("seed").text(); seed != "" {
			r.server.KCPSeeds = append(r.server.KCPSeeds, seed)
		}
		return "udp"
	case "quic":
		return "udp"
	case "ds", "domainsocket":
		return ""
	}
	return "tcp"
}

// listen adds the endpoints of an inbound. One on a domain socket has none: its
// traffic is not in a capture.
func (r *v2ray4) listen(in, port node, network string) {
	where := in.field("listen")
	host := where.text()
	if network == "" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return
	}
	var addr netip.Addr
	if host != "" {
		a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		switch {
		case strings.HasPrefix(host, "env:"):
			where.fail("taken from the environment (env:…), wanted the address itself")
			return
		case err != nil:
			where.fail("no IP address, wanted one")
			return
		case !a.IsUnspecified():
			addr = a.Unmap()
		}
	}
	if !port.there() {
		if r.doc.err == nil {
			in.fail("no port, wanted one")
		}
		return
	}
	for _, p := range ports(port) {
		if len(r.server.Listen) == maxListen {
			port.fail("more than %d ports and ranges", maxListen)
			return
		}
		r.server.Listen = append(r.server.Listen, Endpoint{Addr: addr, First: p[0], Last: p[1], Network: network})
	}
}

// ports reads a port in one of its forms: 443, "443", "5000-5100", and Xray's
// "443,5000-5100".
func ports(n node) [][2]uint16 {
	if n.v.Value.Kind() == '0' {
		p := uint16(n.number(65535))
		if p == 0 && n.doc.err == nil {
			n.fail("0, wanted 1 to 65535")
		}
		return [][2]uint16{{p, p}}
	}
	text := n.text()
	if len(text) > maxPortText {
		n.fail("%d bytes, wanted at most %d", len(text), maxPortText)
		return nil
	}
	if strings.HasPrefix(text, "env:") {
		n.fail("taken from the environment (env:…), wanted the number itself")
		return nil
	}
	var out [][2]uint16
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, last := portNumber(from), portNumber(to)
		if first == 0 || last < first {
			n.fail("no port from 1 to 65535, wanted one or a range such as 5000-5100")
			return nil
		}
		out = append(out, [2]uint16{first, last})
	}
	return out
}

// portNumber gives 0 for what is no port.
func portNumber(s string) uint16 {
	v, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(v)
}
