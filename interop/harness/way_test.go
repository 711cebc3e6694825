package harness_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	. "vmesskit/interop/harness"
)

// way is what can stand between a client and a server.
type way struct {
	name   string
	edit   func(*Case)
	begins string // the first bytes of the recorded leg
}

var ways = []way{
	{"a SOCKS proxy", func(c *Case) { c.Proxy = &Proxy{Program: V2Ray, Kind: "socks"} }, "\x05\x01\x00"},
	{"an HTTP proxy", func(c *Case) { c.Proxy = &Proxy{Program: V2Ray, Kind: "http"} }, "CONNECT 127.0.0.1:"},
	{"the PROXY protocol", func(c *Case) {
		c.Server.Program, c.Server.ProxyProtocol = Xray, true
		c.Between, c.Leg = []Hop{PROXY{Version: 1}}, 1
	}, "PROXY TCP4 127.0.0.1 127.0.0.1 "},
	{"the binary PROXY protocol", func(c *Case) {
		c.Server.Program, c.Server.ProxyProtocol = Xray, true
		c.Between, c.Leg = []Hop{PROXY{Version: 2}}, 1
	}, "\r\n\r\n\x00\r\nQUIT\n"},
	{"a WebSocket that deflates", func(c *Case) {
		c.Between, c.Leg = []Hop{WrapWS{Path: "/tide"}, UnwrapWS{}}, 1
	}, "GET /tide HTTP/1.1\r\n"},
	{"TLS 1.2", func(c *Case) {
		suite := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		c.Between = []Hop{
			OpenSSL{Args: []string{"-tls1_2", "-cipher", "AES128-SHA"}}, Terminator{Version: tls.VersionTLS12, Suites: suite, RSA: true},
		}
		c.Leg = 1
	}, "\x16\x03"},
	{"TLS 1.3 with new keys", func(c *Case) {
		c.Clients[0].Transport = Transport{Kind: "ws", Path: "/tide"}
		c.Server.Transport = c.Clients[0].Transport
		c.Between, c.Leg = []Hop{OpenSSL{KeyUpdate: true}, Terminator{}}, 1
	}, "\x16\x03"},
}

// TestWays: the transfers arrive over each of them, and the recorded leg begins
// with what stands in front, and decodes.
func TestWays(t *testing.T) {
	users := []User{{ID: testID}}
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			c := Case{
				Name:      "way " + w.name,
				Clients:   []Peer{{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}}},
				Server:    Peer{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}},
				Transfers: small[:2],
			}
			w.edit(&c)
			r := mustRun(t, c)
			if err := errors.Join(begins(r, w.begins), decodes(t, r)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMux: transfers share a connection.
func TestMux(t *testing.T) {
	users := []User{{ID: testID}}
	for _, p := range both {
		t.Run(string(p), func(t *testing.T) {
			r := mustRun(t, Case{
				Name:      "mux",
				Clients:   []Peer{{Program: p, Users: users, Transport: Transport{Kind: "tcp"}, Mux: 8, Security: "chacha20-poly1305"}},
				Server:    Peer{Program: p, Users: users, Transport: Transport{Kind: "tcp"}},
				Transfers: small,
				Together:  true,
			})
			if n := connections(r); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}
		})
	}
}

// TestLegacy: v2ray's alter ids, and all that it has for a body.
func TestLegacy(t *testing.T) {
	users := []User{{ID: testID, AlterID: 4}}
	for _, security := range []string{"aes-128-cfb", "aes-128-gcm", "chacha20-poly1305", "none"} {
		t.Run(security, func(t *testing.T) {
			mustRun(t, Case{
				Name:      "legacy " + security,
				Clients:   []Peer{{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}, Security: security}},
				Server:    Peer{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}},
				Transfers: small[:2],
			})
		})
	}
}

// TestRefused: a server refuses an insecure body, and the application gets
// nothing; the user of the same server with a sound one is served.
func TestRefused(t *testing.T) {
	users := []User{{ID: testID}}
	peer := Peer{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}}
	sound, insecure, server := peer, peer, peer
	insecure.Security = "none"
	server.SecureOnly = true
	r := mustRun(t, Case{
		Name: "refused", Clients: []Peer{sound, insecure}, Server: server,
		Transfers: []Transfer{{Target: "www.example.test:80", Up: 500, Down: 500}, {By: 1, Target: "www.example.test:80", Up: 5000, Down: 500, Fails: true}},
	})
	if len(r.Transfers[1].Reached) > 0 {
		t.Error("the origin got what the server should have refused")
	}
}

// TestService: something else answers where the server should be.
func TestService(t *testing.T) {
	const banner = "220 mail.example.test ESMTP\r\n"
	users := []User{{ID: testID}}
	r := mustRun(t, Case{
		Name:    "service",
		Clients: []Peer{{Program: V2Ray, Users: users, Transport: Transport{Kind: "tcp"}}},
		Service: func(c net.Conn) {
			io.WriteString(c, banner)
			io.CopyN(io.Discard, c, 1000)
			c.Close()
		},
		Transfers: []Transfer{{Target: "www.example.test:80", Up: 5000, Down: 500, Fails: true}},
	})
	if !bytes.Contains(join(r, false), []byte(banner)) {
		t.Error("the banner is not in the recording")
	}
}

// connections counts the SYNs of clients.
func connections(r *Result) (n int) {
	for i := range r.Packets {
		if s, ok := r.Packets[i].Segment(); ok && s.Flags&(SYN|ACK) == SYN {
			n++
		}
	}
	return n
}

// join puts the payloads of one direction in a row.
func join(r *Result, up bool) (all []byte) {
	for i := range r.Packets {
		if s, ok := r.Packets[i].Segment(); ok && (s.DstPort == r.ServerPort) == up {
			all = append(all, r.Packets[i].Frame[s.Payload:s.Payload+s.Len]...)
		}
	}
	return all
}

func begins(r *Result, want string) error {
	got := join(r, true)
	if !bytes.HasPrefix(got, []byte(want)) {
		return fmt.Errorf("the recorded leg begins with %q, want %q", got[:min(len(got), len(want))], want)
	}
	return nil
}
