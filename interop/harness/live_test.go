package harness_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	. "vmesskit/interop/harness"
)

func TestMain(m *testing.M) {
	status := m.Run()
	Cleanup()
	os.Exit(status)
}

const testID = "6f1a2c52-6f0e-4d0a-9a53-0d3a4e1b7c01"

// small is one transfer of each kind that every transport carries.
var small = []Transfer{
	{Target: "www.example.test:80", Up: 700, Down: 5000, Style: "http"},
	{Target: "203.0.113.10:443", Up: 6000, Down: 900, Style: "text", Duplex: true},
	{Target: "192.0.2.53:53", Datagrams: []int{42, 512}},
}

// check is what a case has to show besides its transfers.
type check func(*testing.T, *Result) error

// live is a transport that a pair of programs has.
type live struct {
	name      string
	transport Transport
	by        []Program // the programs that have it on either side
	check     check     // decodes, if there is none
}

var both = []Program{V2Ray, Xray}

var transports = []live{
	{name: "tcp", transport: Transport{Kind: "tcp"}, by: both},
	{name: "http", transport: Transport{Kind: "http", Path: "/tide", Host: "www.example.test"}, by: both},
	{name: "ws", transport: Transport{Kind: "ws", Path: "/tide", Host: "www.example.test"}, by: both},
	{name: "wss", transport: Transport{Kind: "ws", Path: "/tide", TLS: &TLS{On: true}}, by: both},
	{name: "tls", transport: Transport{Kind: "tcp", TLS: &TLS{On: true}}, by: both},
	{name: "h2", transport: Transport{Kind: "h2", Path: "/tide", Host: "www.example.test", TLS: &TLS{ALPN: []string{"h2"}}}, by: []Program{V2Ray}},
	{name: "grpc", transport: Transport{Kind: "grpc", Service: "tide"}, by: []Program{Xray}},
	{name: "grpc multi", transport: Transport{Kind: "grpc", Service: "tide", Multi: true}, by: []Program{Xray}},
	{name: "kcp", transport: Transport{Kind: "kcp"}, by: both},
	{name: "kcp srtp", transport: Transport{Kind: "kcp", Header: "srtp"}, by: both},
	{name: "kcp utp seed", transport: Transport{Kind: "kcp", Header: "utp", Seed: "tide"}, by: both},
	{name: "kcp wechat-video", transport: Transport{Kind: "kcp", Header: "wechat-video"}, by: both},
	{name: "kcp dtls", transport: Transport{Kind: "kcp", Header: "dtls"}, by: both},
	{name: "kcp wireguard", transport: Transport{Kind: "kcp", Header: "wireguard"}, by: both},
	{name: "httpupgrade", transport: Transport{Kind: "httpupgrade", Path: "/tide"}, by: []Program{Xray}},
	{name: "xhttp", transport: Transport{Kind: "xhttp", Path: "/tide", Mode: "stream-one"}, by: []Program{Xray}, check: declined},
	{name: "quic", transport: Transport{Kind: "quic", Header: "none", TLS: &TLS{On: true}}, by: []Program{V2Ray}, check: declined},
}

// TestTransports lets the programs talk over every transport that they have,
// each with itself and where they share it with the other one.
func TestTransports(t *testing.T) {
	for _, l := range transports {
		for _, client := range l.by {
			for _, server := range l.by {
				t.Run(l.name+"/"+string(client)+"-"+string(server), func(t *testing.T) {
					l.run(t, client, server)
				})
			}
		}
	}
}

func (l *live) run(t *testing.T, client, server Program) {
	users := []User{{ID: testID}}
	var between []Hop
	if l.transport.TLS != nil && server == V2Ray && l.check == nil { // it does not write its secrets down
		between = []Hop{Terminator{ALPN: l.transport.TLS.ALPN, Again: true}}
	}
	r := mustRun(t, Case{
		Name:      "live " + l.name,
		Between:   between,
		Clients:   []Peer{{Program: client, Users: users, Transport: l.transport}},
		Server:    Peer{Program: server, Users: users, Transport: l.transport},
		Transfers: small,
		Linger:    100 * time.Millisecond,
	})
	switch {
	case l.check != nil:
		if err := l.check(t, r); err != nil {
			t.Error(err)
		}
	case l.transport.TLS != nil:
		if err := errors.Join(logsKeys(r), decodes(t, r)); err != nil {
			t.Error(err)
		}
	default:
		if err := decodes(t, r, seed(&l.transport)...); err != nil {
			t.Error(err)
		}
	}
}

// seed gives the decoder what mKCP was sealed with.
func seed(t *Transport) []string {
	if t.Seed == "" {
		return nil
	}
	return []string{"--kcp-seed", t.Seed}
}

// declined wants the transport to be named and left alone.
func declined(t *testing.T, r *Result) error {
	sessions, err := decode(t, r, 1)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.Verdict != "unsupported-transport" {
			return fmt.Errorf("verdict %s (%s), want unsupported-transport", s.Verdict, s.Reason)
		}
	}
	if len(sessions) == 0 {
		return errors.New("no session")
	}
	return nil
}

// mustRun runs a case, whose transfers have to come to what they say.
func mustRun(t *testing.T, c Case) *Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // most of it is for the building of Xray
	defer cancel()
	r, err := Run(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatalf("%v\nserver:\n%s\nclients:\n%s", err, r.ServerLog, r.ClientLogs)
	}
	if len(r.Packets) == 0 {
		t.Fatal("nothing was recorded")
	}
	return r
}

// logsKeys wants the secrets of every connection.
func logsKeys(r *Result) error {
	seen := 0
	for i := range r.Packets {
		s, ok := r.Packets[i].Segment()
		const random = 11 // of a ClientHello in its record
		hello := r.Packets[i].Frame[s.Payload:]
		if !ok || s.DstPort != r.ServerPort || s.Len < random+32 || hello[0] != 22 || hello[5] != 1 {
			continue
		}
		seen++
		if want := hex.EncodeToString(hello[random : random+32]); !strings.Contains(string(r.KeyLog), want) {
			return fmt.Errorf("nothing in the key log for the client random %s", want)
		}
	}
	if seen == 0 {
		return errors.New("no ClientHello was recorded")
	}
	return nil
}
