package verdict

import (
	"slices"
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Expectation is what a configuration says of one service: an inbound of a
// server, or the place that an outbound of a client goes to.
type Expectation struct {
	File   string // what the configuration is called
	Client bool   // it is a client's
	Ports  []Ports

	Network    string   // in the words of stacks, "tcp" for nothing around; empty if it is not known
	Paths      []string // any of them; none where it does not matter
	Hosts      []string // the same
	TLS        bool
	ServerName string // that a client asks for
	Header     string // that mKCP pretends to be
	Sealed     bool   // mKCP has a seed

	Users           []ExpectedUser
	RefusesInsecure bool // of a server
}

// Ports is a range of ports of one network, "tcp" or "udp".
type Ports struct {
	First, Last uint16
	Network     string
}

func (p Ports) String() string {
	s := strconv.Itoa(int(p.First))
	if p.Last > p.First {
		s += "-" + strconv.Itoa(int(p.Last))
	}
	return s
}

// ExpectedUser is a user of a configuration.
type ExpectedUser struct {
	Account  int // index in the accounts given
	AlterIDs int
	Security string // that a client asks for: "auto" or a name; empty for a server's
}

func (e *Expectation) covers(f *session.Facts) bool {
	port := f.Flow.Ends[f.Server()].Port()
	for _, p := range e.Ports {
		if port >= p.First && port <= p.Last && p.Network == f.Flow.Network.String() {
			return true
		}
	}
	return false
}

// user gives what the configuration says of a session's user, or nil.
func (e *Expectation) user(f *session.Facts) *ExpectedUser {
	if f.Auth == nil {
		return nil
	}
	i := slices.IndexFunc(e.Users, func(u ExpectedUser) bool { return u.Account == f.Auth.User })
	if i < 0 {
		return nil
	}
	return &e.Users[i]
}

// ports puts the ports into words.
func (e *Expectation) ports() string {
	var list []string
	for _, p := range e.Ports {
		list = append(list, p.String())
	}
	return plural("port", list)
}

// observed is the transport that a session showed.
type observed struct {
	network    string // in the words of stacks; empty where it is hidden or nothing shows it
	tls        bool
	path, host string
	early      bool // the path may have data behind it
	serverName string
	header     string
	protection string // of mKCP
}

// observe reads it off the layers.
func observe(f *session.Facts) (o observed) {
	for _, l := range f.Flow.Wrappings() {
		switch {
		case word(l) == "tls":
			o.tls, o.serverName, o.network = true, l.Get("sni"), ""
		case isProxy(l):
		case l.Name == "grpc": // its path is that of the HTTP/2 around it
			o.network = l.Name
		default:
			o.network, o.path, o.header, o.protection = l.Name, l.Get("path"), l.Get("header"), l.Get("protection")
			o.early = l.Get("early_in") == "path"
			o.host = l.Get("host") + l.Get("authority") // it has one of them
		}
	}
	if o.network == "" && f.Auth != nil {
		o.network = "tcp"
	}
	return o
}

// known reports whether a session shows what its client is set to: it is one
// of ours, or it asks for what only VMess is wrapped in here.
func (o *observed) known(f *session.Facts) bool {
	return f.Auth != nil || slices.Contains([]string{"ws", "httpupgrade", "h2", "grpc", "mkcp"}, o.network)
}

// granted reports whether a server took part in the TLS of a session.
func granted(f *session.Facts) bool {
	for _, l := range f.Flow.Wrappings() {
		if word(l) == "tls" && l.Answer == flow.Agreed {
			return true
		}
	}
	return false
}

// hostOnly is a host as it is compared: without its port, in lower case.
func hostOnly(s string) string {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") && strings.Count(s, ":") == 1 {
		s = s[:i]
	}
	return strings.ToLower(strings.Trim(s, "[]"))
}

// some joins the first few words.
func some(list []string) string {
	const most = 5
	if n := len(list) - most; n > 0 {
		return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(n) + " more"
	}
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + " and " + list[n]
	}
	return strings.Join(list, "")
}

// plural puts a word in front of a list of values.
func plural(word string, list []string) string {
	if len(list) > 1 {
		word += "s"
	}
	return word + " " + some(list)
}
