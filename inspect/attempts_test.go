package inspect

import (
	"net/netip"
	"slices"
	"testing"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// seen is a TCP flow from a client to a server, with changes that read like
// the case in words.
func seen(server string, changes ...func(*session.Facts)) *session.Facts {
	f := &session.Facts{Flow: &flow.Record{
		Ends: [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.7:40001"), netip.MustParseAddrPort(server)}, Began: true,
	}}
	for _, c := range changes {
		c(f)
	}
	return f
}

func known(f *session.Facts)   { f.Auth = &session.Auth{} }
func overUDP(f *session.Facts) { f.Flow.Network = flow.UDP }

func says(side flow.Side, protocol string) func(*session.Facts) {
	return func(f *session.Facts) { f.Flow.Speaks[side].Protocol = protocol }
}

func opaque(f *session.Facts) { f.Flow.Speaks[flow.A].Opaque = true }

func announces(host string, port uint16) func(*session.Facts) {
	return func(f *session.Facts) { known(f); f.Announced = &session.Announced{Host: host, Port: port} }
}

// backwards is a flow without its beginning, whose first packet the server sent.
func backwards(f *session.Facts) {
	f.Flow.Began = false
	f.Flow.Ends[0], f.Flow.Ends[1] = f.Flow.Ends[1], f.Flow.Ends[0]
	f.Up.Wire, f.Down.Wire = 9, 1
}

const server = "198.51.100.1:10086"

// TestAttempts holds which flows are sessions: the last of each run.
func TestAttempts(t *testing.T) {
	port := func(ports ...uint16) (o Options) {
		for _, p := range ports {
			o.Servers = append(o.Servers, ServerPort(p))
		}
		return o
	}
	at := func(s string) Options { return Options{Servers: []Server{ServerAt(netip.MustParseAddrPort(s))}} }
	over := func(network string) Options {
		return Options{Servers: []Server{{Addr: netip.IPv4Unspecified(), First: 10000, Last: 10100, Network: network}}}
	}
	for _, c := range []struct {
		name    string
		o       Options
		run     []*session.Facts
		session bool
	}{
		// A user authenticated, wherever that was.
		{"authenticated", Options{}, []*session.Facts{seen(server, known)}, true},
		{"authenticated, though another port was named", port(443), []*session.Facts{seen(server, known)}, true},
		{"authenticated on port 80 and HTTP", Options{}, []*session.Facts{seen("198.51.100.1:80", known, says(flow.A, "http"))}, true},

		// (a) named.
		{"port", port(443, 10086), []*session.Facts{seen(server)}, true},
		{"port, at any address", port(10086), []*session.Facts{seen("[2001:db8::1]:10086")}, true},
		{"port, over UDP", port(10086), []*session.Facts{seen(server, overUDP)}, true},
		{"port, though it is SSH on port 22", port(22), []*session.Facts{seen("198.51.100.1:22", says(flow.A, "ssh"))}, true},
		{"the client's port is no server's", port(40001), []*session.Facts{seen(server)}, false},
		{"another port", port(443), []*session.Facts{seen(server)}, false},
		{"server", at(server), []*session.Facts{seen(server)}, true},
		{"server, over UDP", at(server), []*session.Facts{seen(server, overUDP)}, true},
		{"a range of ports", over("tcp"), []*session.Facts{seen(server)}, true},
		{"a range of ports, the other network", over("udp"), []*session.Facts{seen(server)}, false},
		{"another address", at("198.51.100.2:10086"), []*session.Facts{seen(server)}, false},

		// (b) known from this run.
		{"of a server that was authenticated to", Options{}, []*session.Facts{seen(server, known), seen(server)}, true},
		{"the same, in the middle of the flow", Options{}, []*session.Facts{seen(server, known), seen(server, backwards)}, true},
		{"the same address, another port", Options{}, []*session.Facts{seen(server, known), seen("198.51.100.1:443")}, false},
		{"the same port, another address", Options{}, []*session.Facts{seen(server, known), seen("198.51.100.9:10086")}, false},
		{"the same, over UDP", Options{}, []*session.Facts{seen(server, known), seen(server, overUDP)}, false},
		{"HTTP to a known server", Options{}, []*session.Facts{seen("198.51.100.1:80", known), seen("198.51.100.1:80", says(flow.A, "http"))}, true},
		{"announced, on the same host", Options{}, []*session.Facts{seen(server, announces("", 32000)), seen("198.51.100.1:32000")}, true},
		{"announced, elsewhere", Options{}, []*session.Facts{seen(server, announces("198.51.100.9", 32000)), seen("198.51.100.9:32000")}, true},
		{"announced elsewhere, and here", Options{}, []*session.Facts{seen(server, announces("198.51.100.9", 32000)), seen("198.51.100.1:32000")}, false},
		{"announced by name: taken for the same host", Options{}, []*session.Facts{seen(server, announces("www.example.test", 32000)), seen("198.51.100.1:32000")}, true},

		// (c) nothing is known at all.
		{"unknown bytes", Options{}, []*session.Facts{seen(server)}, true},
		{"unknown bytes over UDP", Options{}, []*session.Facts{seen(server, overUDP)}, true},
		{"HTTP to 80", Options{}, []*session.Facts{seen("198.51.100.1:80", says(flow.A, "http"))}, false},
		{"HTTP to 80, with unknown bytes behind it", Options{}, []*session.Facts{seen("198.51.100.1:80", says(flow.A, "http"), opaque)}, true},
		{"only the answer is HTTP", Options{}, []*session.Facts{seen("198.51.100.1:80", says(flow.B, "http"))}, true},
		{"WebSocket to 80", Options{}, []*session.Facts{seen("198.51.100.1:80", says(flow.A, "ws"))}, true},
		{"HTTP to another port", Options{}, []*session.Facts{seen("198.51.100.1:8080", says(flow.A, "http"))}, true},
		{"TLS to 443", Options{}, []*session.Facts{seen("198.51.100.1:443", says(flow.A, "tls"))}, true},
		{"SSH to 22", Options{}, []*session.Facts{seen("198.51.100.1:22", says(flow.A, "ssh"))}, false},
		{"a greeting from 22", Options{}, []*session.Facts{seen("198.51.100.1:22", says(flow.B, "ssh"))}, false},
		{"SSH to another port", Options{}, []*session.Facts{seen("198.51.100.1:2222", says(flow.A, "ssh"))}, true},
		{"DNS to 53", Options{}, []*session.Facts{seen("198.51.100.1:53", overUDP, says(flow.A, "dns"))}, false},
		{"DNS to another port", Options{}, []*session.Facts{seen("198.51.100.1:5353", overUDP, says(flow.A, "dns"))}, true},
		{"unknown bytes to 53", Options{}, []*session.Facts{seen("198.51.100.1:53", overUDP)}, true},
		{"unknown bytes, where a port was named", port(443), []*session.Facts{seen(server)}, false},
		{"unknown bytes, where something is known", Options{}, []*session.Facts{seen("198.51.100.9:1", known), seen(server)}, false},
	} {
		last := c.run[len(c.run)-1]
		for i, f := range c.run {
			f.Flow.Packet = int64(i)
		}
		sessions, others := c.o.attempts(slices.Clone(c.run))
		if got := slices.Contains(sessions, last); got != c.session || slices.Contains(others, last) == got || len(sessions)+len(others) != len(c.run) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.session)
		}
	}
}

// TestAttemptsAreTurnedRound: in the middle of a flow the known server tells
// which side is the client, or else the ports.
func TestAttemptsAreTurnedRound(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      *session.Facts
		client flow.Side
	}{
		{"backwards", seen(server, backwards), flow.B},
		{"the right way", seen(server, func(f *session.Facts) { f.Flow.Began = false }), flow.A},
		{"its beginning was seen", seen(server, backwards, func(f *session.Facts) { f.Flow.Began = true }), flow.A},
		{"the ports tell", seen("198.51.100.1:1", backwards), flow.B},
		{"nothing tells", seen("198.51.100.1:40000", backwards), flow.A},
	} {
		up := c.f.Up.Wire
		(&Options{}).attempts([]*session.Facts{seen(server, known), c.f})
		if c.f.Client != c.client || (c.f.Up.Wire == up) != (c.client == flow.A) {
			t.Errorf("%s: the client is %s, want %s", c.name, c.f.Client, c.client)
		}
	}
}

// TestAttemptsInOrder: by their first packets, not as they were finished.
func TestAttemptsInOrder(t *testing.T) {
	var all []*session.Facts
	for _, packet := range []int64{7, 2, 9, 4} {
		f := seen(server)
		f.Flow.Packet = packet
		if packet == 4 || packet == 9 {
			f.Flow.Ends[1] = netip.MustParseAddrPort("198.51.100.1:22")
			f.Flow.Speaks[flow.A].Protocol = "ssh"
		}
		all = append(all, f)
	}
	sessions, others := (&Options{}).attempts(all)
	var got []int64
	for _, f := range append(sessions, others...) {
		got = append(got, f.Flow.Packet)
	}
	if want := []int64{2, 7, 4, 9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLabel names a session's user.
func TestLabel(t *testing.T) {
	o := Options{Accounts: []session.Account{{Label: "alice"}, {}}}
	for user, want := range map[int]string{0: "alice", 1: "#2", -1: ""} {
		if got := o.label(seen(server, known, func(f *session.Facts) { f.Auth.User = user })); got != want {
			t.Errorf("user %d: got %q, want %q", user, got, want)
		}
	}
	if got := o.label(seen(server)); got != "" {
		t.Errorf("nobody: got %q", got)
	}
}

// TestLimits lists each limit that was hit once, in order.
func TestLimits(t *testing.T) {
	full := session.NewDecoder(nil, session.Options{})
	full.Open(&flow.Record{})
	sum := &capture.Summary{Limits: map[string]int64{"reorder": 3, "flows": 1}}
	hit := func(name string) *session.Facts { return seen(server, func(f *session.Facts) { f.Flow.Limit = name }) }
	got := limits(full, sum, []*session.Facts{hit("hold"), hit("reorder"), hit(""), hit("hold")})
	if want := []string{"flows", "hold", "reorder", "sessions"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := limits(session.NewDecoder(nil, session.Options{}), &capture.Summary{}, nil); got != nil {
		t.Errorf("nothing was hit: got %v", got)
	}
}
