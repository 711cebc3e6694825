package config

import (
	"net/netip"
	"strconv"
	"strings"

	"vmesskit/codec"
)

const (
	maxListen   = 65536 // endpoints of one server
	maxPortText = 4096  // bytes of one list of ports
)

// ParseV2Ray4 reads a configuration in v2ray's JSON of version 4, which v2ray 5
// and Xray read as well, with its older forms and with comments. A file with
// VMess inbounds is a server's, and its outbounds are passed over, as is
// everything of other protocols. In one without, the VMess outbounds are read.
func ParseV2Ray4(name string, text []byte) (*Config, error) {
	doc, root := parseJSON(name, text)
	r := v2ray4{doc: doc, root: root, index: map[codec.ID]int{}}
	seen := r.inbounds()
	if seen == 0 {
		seen = r.outbounds()
	}
	if doc.err != nil {
		return nil, doc.err
	}
	if seen == 0 && singBox(root) {
		return nil, &Error{File: name, Text: "this looks like a configuration of sing-box, wanted one in v2ray's JSON of version 4; " +
			"write the uuid, alterId and name of each user into a list of users, one in a line, and name the server's port"}
	}
	if seen == 0 {
		return nil, &Error{File: name, Text: `no inbound or outbound with the protocol "vmess", wanted a server's or a client's configuration in v2ray's JSON of version 4`}
	}
	return &r.config, nil
}

// singBox tells a configuration of sing-box: its inbounds and outbounds have a type,
// those of v2ray a protocol.
func singBox(root node) bool {
	for _, list := range []string{"inbounds", "outbounds"} {
		for _, e := range root.field(list).elements() {
			if e.field("type").there() && !e.field("protocol").there() {
				return true
			}
		}
	}
	return false
}

type v2ray4 struct {
	doc    *document
	root   node
	config Config
	index  map[codec.ID]int // where a user is in config.Users
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
	clients := settings.field("clients")
	if !clients.there() {
		clients = settings.field("users") // Xray's newer name; the old one wins
	}
	i := Inbound{
		Tag:             in.field("tag").text(),
		DetourTo:        detour.text(),
		DefaultAlterIDs: settings.field("default").field("alterId").number(MaxAlterIDs),
		RefusesInsecure: settings.field("disableInsecureEncryption").is(),
		Stream:          r.stream(in.field("streamSettings")),
	}
	i.Users = r.clients(clients)
	i.Listen = r.listen(in, port, i.Stream.Network)
	r.config.Inbounds = append(r.config.Inbounds, i)
	r.config.Listen = append(r.config.Listen, i.Listen...)
}

// clients reads the users of one inbound. One that another inbound has as well
// is the same user, with the larger of the two alterIds.
func (r *v2ray4) clients(clients node) (out []User) {
	first := map[codec.ID]node{}
	for _, c := range clients.elements() {
		u, ok := r.user(c)
		if !ok {
			return nil
		}
		at := c.field("id")
		if other, dup := first[u.ID]; dup {
			at.fail("the id of line %d again, wanted each id once in an inbound", other.line())
			return nil
		}
		first[u.ID] = at
		r.addUser(c, u)
		out = append(out, u)
	}
	return out
}

func (r *v2ray4) addUser(at node, u User) {
	i, known := r.index[u.ID]
	if !known {
		if len(r.config.Users) == MaxUsers {
			at.fail("more than %d users", MaxUsers)
			return
		}
		r.index[u.ID] = len(r.config.Users)
		r.config.Users = append(r.config.Users, u)
		return
	}
	old := &r.config.Users[i]
	old.AlterIDs = max(old.AlterIDs, u.AlterIDs)
	if old.Label == "" {
		old.Label = u.Label
	}
}

// listen gives the endpoints of an inbound. One on a domain socket has none: its
// traffic is not in a capture.
func (r *v2ray4) listen(in, port node, transport string) (out []Endpoint) {
	network := "tcp"
	if transport == "mkcp" || transport == "quic" {
		network = "udp"
	}
	where := in.field("listen")
	host := where.text()
	if transport == "ds" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return nil
	}
	var addr netip.Addr
	if host != "" {
		a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		switch {
		case strings.HasPrefix(host, "env:"):
			where.fail("taken from the environment (env:…), wanted the address itself")
			return nil
		case err != nil:
			where.fail("no IP address, wanted one")
			return nil
		case !a.IsUnspecified():
			addr = a.Unmap()
		}
	}
	if !port.there() {
		if r.doc.err == nil {
			in.fail("no port, wanted one")
		}
		return nil
	}
	for _, p := range ports(port) {
		if len(r.config.Listen)+len(out) == maxListen {
			port.fail("more than %d ports and ranges", maxListen)
			return nil
		}
		out = append(out, Endpoint{Addr: addr, First: p[0], Last: p[1], Network: network})
	}
	return out
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
