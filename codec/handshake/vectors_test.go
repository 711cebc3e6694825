package handshake_test

import (
	"bytes"
	"fmt"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// retrace makes the client of a recorded request: one that draws what the
// recorded one drew, so that it must send the same bytes and take the same
// answer.
func retrace(t testing.TB, account codec.Account, c *handshake.Conn, wire []byte) *handshake.Client {
	t.Helper()
	r := c.Request()
	h := &r.Header
	cfg := handshake.Config{
		ID: account.ID, AlterIDs: max(account.AlterIDs, 1), Security: h.Security, Option: h.Option,
		Command: h.Command, Target: h.Address,
	}
	script := append(h.BodyIV[:], h.BodyKey[:]...)
	script = append(script, h.ResponseAuth, byte(len(h.Padding)))
	script = append(append(script, h.Padding...), make([]byte, 15-len(h.Padding))...)
	script = append(script, 0, 0, 0, 0, 0, 0, byte(r.Sender.Alter>>8), byte(r.Sender.Alter), 0, 0, 0, 0)
	if r.Sender.Scheme == codec.Legacy {
		cfg.Header = handshake.HeaderAnyAlterID
		if r.Sender.Alter == codec.Primary {
			cfg.Header = handshake.HeaderPrimaryID
		}
	} else {
		a, err := codec.OpenAuthID(r.Sender.Key, r.Auth)
		if err != nil {
			t.Fatal(err)
		}
		script = append(append(script, a.Rand[:]...), wire[34:42]...)
	}
	client, err := handshake.NewClient(cfg, r.Sender.Time, scripted(script, 0))
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	sent, err := client.Request(nil, nil)
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	if n := c.Feed(wire, 0).Body; !bytes.Equal(sent, wire[:n]) {
		t.Errorf("request:\n got %x\nwant %x", sent, wire[:n])
	}
	return client
}

// checkReplay holds a server against a recorded connection: it takes the
// request and refuses its copy.
func checkReplay(t *testing.T, s *handshake.Server, wire []byte, at int64) *handshake.Conn {
	t.Helper()
	c := wantAccepted(t, "recorded request", s, wire, at)
	if c.Request() == nil {
		t.FailNow()
	}
	want := handshake.CauseReplay
	if c.Request().Sender.Scheme == codec.Legacy {
		want = handshake.CauseSession
	}
	wantRejected(t, "its copy", s, wire, at+1, want)
	return c
}

// What v2ray 4.34 servers took and their clients understood.
func TestV2ray434Captures(t *testing.T) {
	f := vectors[struct {
		Vectors []struct {
			Name    string
			UUID    string
			AlterID int      `json:"alter_id"`
			Near    int64    `json:"captured_near_unix"`
			Up      hexBytes `json:"client_to_server"`
			Down    hexBytes `json:"server_to_client"`
			Want    struct {
				Requests  []hexBytes `json:"request_body_decoded"`
				Responses []hexBytes `json:"response_body_decoded"`
				Switch    *struct {
					Port     uint16
					ID       hexBytes
					AlterIDs uint16 `json:"alter_ids"`
					Level    uint8
					Minutes  uint8 `json:"valid_min"`
				} `json:"response_command"`
			} `json:"v2fly_v5_decode_of_request"`
		}
	}](t, "v2ray434_captures")
	same(t, "captures", len(f.Vectors), 11)
	for _, v := range f.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			account := codec.Account{ID: mustID(v.UUID), AlterIDs: v.AlterID}
			p := legacyPolicy
			if w := v.Want.Switch; w != nil {
				p.Switch = &codec.SwitchAccount{Port: w.Port, ID: codec.ID(w.ID), AlterIDs: w.AlterIDs, Level: w.Level, Minutes: w.Minutes}
			}
			c := checkReplay(t, newServer(t, p, codec.Account{ID: bob, AlterIDs: 4}, account), v.Up, v.Near)
			same(t, "request", string(openAll(t, c.Opener(), v.Up[c.Feed(v.Up, 0).Body:])), join(v.Want.Requests))

			client := retrace(t, account, c, v.Up)
			d := client.Feed(v.Down)
			if d.Action != handshake.Accept {
				t.Fatalf("answer: got %s, because of %s", d.Action, client.Reason())
			}
			same(t, "response", string(openAll(t, client.Opener(), v.Down[d.Body:])), join(v.Want.Responses))
			got := client.Response().Header.Switch
			if (got == nil) != (p.Switch == nil) || got != nil && *got != *p.Switch {
				t.Errorf("announced: got %+v, want %+v", got, p.Switch)
			}
			// Our server answers with the same header.
			reply, err := c.Respond(nil, nil)
			if err != nil || !bytes.Equal(reply, v.Down[:d.Body]) {
				t.Errorf("answer:\n got %x, %v\nwant %x", reply, err, v.Down[:d.Body])
			}
			// And without legacy nobody's legacy request is taken.
			strict := newServer(t, handshake.Policy{}, account)
			if c.Request().Sender.Scheme == codec.Legacy {
				wantRejected(t, "legacy switched off", strict, v.Up, v.Near, handshake.CauseUser)
			} else {
				wantAccepted(t, "legacy switched off", strict, v.Up, v.Near)
			}
		})
	}
}

func join(parts []hexBytes) (s string) {
	for _, p := range parts {
		s += string(p)
	}
	return s
}

// sing's client and service. Its headers differ in what is in the response's
// option byte, which is the request's.
func TestSingSessions(t *testing.T) {
	f := vectors[struct {
		Vectors []struct {
			UUID    string
			AlterID int `json:"alter_id"`
			Cipher  string
			Near    int64    `json:"near_unix"`
			Up      hexBytes `json:"client_to_server"`
			Down    hexBytes `json:"server_to_client"`
			Read    string   `json:"client_read"`
		}
	}](t, "sing_sessions")
	same(t, "sessions", len(f.Vectors), 8)
	for _, v := range f.Vectors {
		t.Run(fmt.Sprint(v.Cipher, v.AlterID), func(t *testing.T) {
			account := codec.Account{ID: mustID(v.UUID), AlterIDs: v.AlterID}
			s := newServer(t, handshake.Policy{Legacy: handshake.LegacyAlterIDs}, account)
			c := checkReplay(t, s, v.Up, v.Near)
			same(t, "request", string(openAll(t, c.Opener(), v.Up[c.Feed(v.Up, 0).Body:])), "request!")
			client := retrace(t, account, c, v.Up)
			d := client.Feed(v.Down)
			if d.Action != handshake.Accept {
				t.Fatalf("answer: got %s, because of %s", d.Action, client.Reason())
			}
			same(t, "response", string(openAll(t, client.Opener(), v.Down[d.Body:])), v.Read)
			same(t, "response's option", client.Response().Header.Option, c.Request().Header.Option)
		})
	}
}

// The requests of sing's client at a fixed time. Its server takes all of them.
func TestSingRequests(t *testing.T) {
	f := vectors[struct {
		Vectors []struct {
			UUID    string
			Time    int64
			AlterID int `json:"alter_id"`
			Cipher  string
			Option  string `json:"client_option"`
			Kind    string
			Header  hexBytes `json:"header_wire"`
			Writes  []struct{ Payload, Wire hexBytes }
		}
	}](t, "sing_requests")
	same(t, "requests", len(f.Vectors), 40)
	for _, v := range f.Vectors {
		name := fmt.Sprint(v.Cipher, " ", v.Option, " ", v.Kind)
		account := codec.Account{ID: mustID(v.UUID), AlterIDs: v.AlterID}
		p := handshake.Policy{Legacy: handshake.LegacyAlterIDs}
		wire := bytes.Clone(v.Header)
		var payload []byte
		for _, w := range v.Writes {
			wire, payload = append(wire, w.Wire...), append(payload, w.Payload...)
		}
		wantAccepted(t, name, newServer(t, p, account), wire, v.Time)
		p.Dialect = codec.DialectSing // for the bodies
		for _, off := range []int64{-120, 120} {
			wantAccepted(t, name, newServer(t, p, account), wire, v.Time-off)
		}
		for _, off := range []int64{-121, 121} {
			if _, d := try(t, newServer(t, p, account), wire, v.Time-off); d.Action == handshake.Accept {
				t.Errorf("%s: %d s off: accepted", name, off)
			}
		}
		c := checkReplay(t, newServer(t, p, account), wire, v.Time)
		if got := openAll(t, c.Opener(), wire[len(v.Header):]); !bytes.Equal(got, payload) {
			t.Errorf("%s: body: got %q, want %q", name, got, payload)
		}
		retrace(t, account, c, wire)
	}
}

// Headers of v2fly, which all have the same key and IV, and the AEAD ones of
// a second the same auth id: the first to come is the last.
func TestV2flyRequestHeaders(t *testing.T) {
	f := vectors[struct {
		Vectors []struct {
			UUID   string
			Header string
			Wire   hexBytes
			Near   int64 `json:"encoded_near_unix"`
		}
	}](t, "v2fly_request_headers")
	same(t, "headers", len(f.Vectors), 12)
	account := codec.Account{ID: mustID(f.Vectors[0].UUID), AlterIDs: 4}
	all := newServer(t, legacyPolicy, account)
	auths := map[string]bool{}
	for i, v := range f.Vectors {
		c := checkReplay(t, newServer(t, legacyPolicy, account), v.Wire, v.Near)
		same(t, "scheme", c.Request().Sender.Scheme.String(), v.Header)
		retrace(t, account, c, v.Wire)
		auth := string(v.Wire[:16])
		switch {
		case i == 0:
			wantAccepted(t, "the first", all, v.Wire, v.Near)
		case auths[auth]:
			wantRejected(t, "another of the same second", all, v.Wire, v.Near, handshake.CauseReplay)
		default:
			wantRejected(t, "another", all, v.Wire, v.Near, handshake.CauseSession)
		}
		auths[auth] = true
	}
}

// Odd headers, and what v2fly v5 makes of them. The differences are these.
func TestV2flyHeaderAcceptance(t *testing.T) {
	f := vectors[struct {
		UUID    string
		Vectors []struct {
			Name  string
			Near  int64    `json:"near_unix"`
			Wire  hexBytes // absent from the last entry
			V2fly struct {
				Accepted    bool
				BodyRefused bool `json:"body_reader_refused"`
			} `json:"v2fly_v5"`
		}
	}](t, "v2fly_header_acceptance")
	stricter := map[string]string{
		"version 0":          "v2ray does not look at the version",
		"version 2":          "v2ray does not look at the version",
		"security 6 (zero)":  "v2fly takes the header and refuses the body",
		"option P without M": "v2fly takes the header and refuses the body",
	}
	account := codec.Account{ID: mustID(f.UUID)}
	for _, v := range f.Vectors {
		if v.Wire == nil {
			continue
		}
		_, d := try(t, newServer(t, handshake.Policy{}, account), v.Wire, v.Near)
		why, differs := stricter[v.Name]
		same(t, v.Name+": "+why, d.Action == handshake.Accept, v.V2fly.Accepted && !differs)
		delete(stricter, v.Name)
		// Where the policy is as v2ray's, they agree but for when a body is refused.
		_, d = try(t, newServer(t, handshake.Policy{Tolerate: handshake.OddVersion}, account), v.Wire, v.Near)
		same(t, v.Name+", version tolerated", d.Action == handshake.Accept, v.V2fly.Accepted && !v.V2fly.BodyRefused)
	}
	if len(stricter) > 0 {
		t.Errorf("not met: %v", stricter)
	}
}

// The worked example of the specification, made by a client: it draws the
// recorded key, IV, V and padding.
func TestWorkedExample(t *testing.T) {
	f := vectors[struct {
		UUID   string
		Wire   hexBytes
		Header hexBytes                           `json:"header_plaintext"`
		Writes []struct{ Payload, Wire hexBytes } `json:"request_body_writes"`
	}](t, "worked_example")
	account := codec.Account{ID: mustID(f.UUID)}
	c := wantAccepted(t, "worked example", newServer(t, handshake.Policy{}, account), f.Wire, 1700000000)
	retrace(t, account, c, f.Wire)

	section := f.Header
	script := append(bytes.Clone(section[1:34]), 13) // IV, key, V; 13 bytes of padding, all 0
	script = append(script, make([]byte, 15+12)...)
	cfg := handshake.Recommended(account.ID, codec.CommandTCP, codec.HostPort("example.com", 443))
	cfg.Option = codec.ChunkStream | codec.ChunkMasking
	client, err := handshake.NewClient(cfg, 1700000000, scripted(script, 0xaa))
	if err != nil {
		t.Fatal(err)
	}
	got, err := client.Request(nil, f.Writes[0].Payload)
	if want := append(bytes.Clone(f.Wire), f.Writes[0].Wire...); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v\nwant %x", got, err, want)
	}
}

// Answers of v2fly with a SwitchAccount command, both kinds.
func TestV2flyResponseHeaders(t *testing.T) {
	f := vectors[struct {
		Vectors []struct {
			Header   string
			Key      hexBytes `json:"request_key"`
			IV       hexBytes `json:"request_iv"`
			Security codec.Security
			Option   codec.Option
			Wire     hexBytes `json:"response_header_wire"`
			Switch   struct {
				Host string
				Port uint16
			} `json:"switch_account"`
			Writes []struct {
				Payload, Wire hexBytes
				End           bool `json:"end_of_stream"`
			} `json:"response_writes"`
		}
	}](t, "v2fly_response_headers")
	for _, v := range f.Vectors {
		cfg := aead()
		if v.Header == "legacy" {
			cfg.Header = handshake.HeaderFirstAlterID
		}
		cfg.Security, cfg.Option = v.Security, v.Option
		c, err := handshake.NewClient(cfg, now, scripted(append(append(bytes.Clone(v.IV), v.Key...), 0x5A), 0))
		if err != nil {
			t.Fatal(err)
		}
		wire := bytes.Clone(v.Wire)
		var payload []byte
		for _, w := range v.Writes {
			if wire = append(wire, w.Wire...); !w.End {
				payload = append(payload, w.Payload...)
			}
		}
		d := c.Feed(wire)
		if d.Action != handshake.Accept {
			t.Fatalf("%s: got %s, because of %s", v.Header, d.Action, c.Reason())
		}
		same(t, "header's size", d.Body, len(v.Wire))
		same(t, "port", c.Response().Header.Switch.Port, v.Switch.Port)
		if got := openAll(t, c.Opener(), wire[d.Body:]); !bytes.Equal(got, payload) {
			t.Errorf("%s: got %q, want %q", v.Header, got, payload)
		}
	}
}
