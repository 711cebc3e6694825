package build

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// matrix calls f for every combination that a careful server takes.
func matrix(t *testing.T, f func(*testing.T, *Session)) {
	schemes := []codec.Scheme{codec.AEAD, codec.Legacy}
	securities := []codec.Security{codec.SecurityUnknown, codec.SecurityAES128CFB, codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone}
	n := 0
	for _, scheme := range schemes {
		for _, security := range securities {
			for option := range codec.Option(0x20) {
				for _, command := range []codec.Command{codec.CommandTCP, codec.CommandUDP, codec.CommandMux} {
					s := testSession()
					s.Scheme, s.Security, s.Option, s.Command = scheme, security, option, command
					if s.Check() != nil {
						continue
					}
					n++
					t.Run(fmt.Sprintf("%v/%v/%02x/%v", scheme, security, option, command), func(t *testing.T) { f(t, s) })
				}
			}
		}
	}
	// 24 of 32 options have masking where they have padding; datagrams without
	// tags need chunks, which 12 of those have.
	if want := 2 * (2*24*3 + 3*(24*2+12)); n != want {
		t.Errorf("%d combinations, want %d", n, want)
	}
}

// TestRoundTrip opens what was built with the codec, of everything that can be
// asked for.
func TestRoundTrip(t *testing.T) {
	matrix(t, func(t *testing.T, s *Session) {
		s.Up = []Piece{{Data: []byte("one")}, {Size: 5000}}
		s.Down = []Piece{{Size: 9000}}
		var sent Bytes
		if err := s.Write(NewSeed("1"), &sent); err != nil {
			t.Fatal(err)
		}
		up, down := open(t, s, &sent)
		seed := NewSeed("1")
		want := append([]byte("one"), drawn(seed, "up payload", 5000)...)
		if !bytes.Equal(up, want) {
			t.Errorf("up %d bytes, want %d as given", len(up), len(want))
		}
		if !bytes.Equal(down, drawn(seed, "down payload", 9000)) {
			t.Errorf("down %d bytes, want 9000 as drawn", len(down))
		}
	})
}

func drawn(seed Seed, what string, n int) []byte {
	b := make([]byte, n)
	seed.stream(what).XORKeyStream(b, b)
	return b
}

// open opens both directions and gives what was carried.
func open(t *testing.T, s *Session, sent *Bytes) (up, down []byte) {
	t.Helper()
	var r *codec.Request
	var n int
	var err error
	if s.Scheme == codec.AEAD {
		r, n, err = codec.OpenRequest(sent[codec.Up], s.ID.CmdKey())
	} else {
		r, n, err = codec.OpenLegacyRequest(sent[codec.Up], s.ID.CmdKey(), s.Time)
	}
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	response, m, err := codec.OpenResponse(sent[codec.Down], &r.Header, s.Scheme)
	if err != nil {
		t.Fatalf("response: %v", err)
	}
	up = carried(t, s, codec.Up, r.Body(), sent[codec.Up][n:])
	return up, carried(t, s, codec.Down, response.Body(), sent[codec.Down][m:])
}

func carried(t *testing.T, s *Session, from codec.Direction, body codec.Body, b []byte) []byte {
	t.Helper()
	body.Dialect = s.Dialect
	o, err := codec.NewOpener(body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(codec.NewReader(bytes.NewReader(b), o))
	if err != nil {
		t.Fatalf("%v: %v", from, err)
	}
	if s.Command != codec.CommandMux {
		return plain
	}
	var data []byte
	for len(plain) > 0 {
		f, n, err := mux.ParseFrame(plain)
		if err != nil {
			t.Fatalf("%v: %v", from, err)
		}
		if err := f.Validate(from); err != nil {
			t.Errorf("%v: %v", from, err)
		}
		data = append(data, f.Data...)
		plain = plain[n:]
	}
	return data
}

// TestSameSeed wants the same bytes for the same description, and keys that do
// not depend on what is carried.
func TestSameSeed(t *testing.T) {
	write := func(s *Session, seed Seed) Bytes {
		var sent Bytes
		if err := s.Write(seed, &sent); err != nil {
			t.Fatal(err)
		}
		return sent
	}
	one, again, other := write(testSession(), NewSeed("1")), write(testSession(), NewSeed("1")), write(testSession(), NewSeed("2"))
	if !bytes.Equal(one[0], again[0]) || !bytes.Equal(one[1], again[1]) {
		t.Error("the same seed made other bytes")
	}
	if bytes.Equal(one[0], other[0]) || bytes.Equal(one[1], other[1]) {
		t.Error("another seed made the same bytes")
	}
	longer := testSession()
	longer.Up = append(longer.Up, Piece{Size: 100_000})
	if got := write(longer, NewSeed("1")); !bytes.HasPrefix(got[0], one[0][:100]) || !bytes.Equal(got[1], one[1]) {
		t.Error("more payload up changed the header or the response")
	}
	// The bytes of a seed do not change from version to version.
	sum := sha256.Sum256(append(one[0], one[1]...))
	const want = "504c967f6d08ad32"
	if got := fmt.Sprintf("%x", sum[:8]); got != want {
		t.Errorf("seed 1 makes %s, it was %s", got, want)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*Session)
		want   string
	}{
		{func(s *Session) { s.Alter = 0 }, "an alter id goes with the legacy scheme"},
		{func(s *Session) { s.Scheme, s.Alter = codec.Legacy, 65535 }, "alter id 65535, want an index from 0 to 65534"},
		{func(s *Session) { s.Padding = 16 }, "16 bytes of header padding, want 0 to 15"},
		{func(s *Session) { s.Chunk = 10 }, "chunks of 10 bytes, want 128 to"},
		{func(s *Session) { s.Time = -1 }, "time -1 is before 1970"},
		{func(s *Session) { s.Option = codec.GlobalPadding }, "padding without masking"},
		{func(s *Session) { s.Security = 9 }, "security"},
		{func(s *Session) { s.Command = codec.CommandUDP; s.Security, s.Option = codec.SecurityNone, 0 }, "datagrams without chunks"},
		{func(s *Session) { s.Target = codec.Address{Type: codec.AddrDomain, Domain: "no good"} }, "name"},
	} {
		s := testSession()
		c.change(s)
		var sent Bytes
		err := s.Write(Seed{}, &sent)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if len(sent[0])+len(sent[1]) > 0 {
			t.Errorf("%s: something was sent", c.want)
		}
		if _, err := NewCapture(io.Discard).Add(s, Seed{}, Connection{testClient, testServer, 0}); err == nil {
			t.Errorf("%s: a capture was made", c.want)
		}
	}
}

func TestConnectionCheck(t *testing.T) {
	v6 := netip.MustParseAddrPort("[2001:db8::1]:1")
	for _, c := range []Connection{{}, {Client: v6, Server: testServer}, {Client: testClient}} {
		if c.Check() == nil {
			t.Errorf("%v is fine", c)
		}
	}
	mapped := netip.MustParseAddrPort("[::ffff:192.0.2.1]:40000")
	if err := (&Connection{mapped, testServer, flow.Time(0)}).Check(); err != nil {
		t.Error(err)
	}
}

// TestShapes holds what is special about single descriptions.
func TestShapes(t *testing.T) {
	sizes := func(change func(*Session)) [2]int {
		s := testSession()
		s.Padding = 0
		change(s)
		var sent Bytes
		if err := s.Write(NewSeed("1"), &sent); err != nil {
			t.Fatal(err)
		}
		return [2]int{len(sent[0]), len(sent[1])}
	}
	header := 42 + 41 + 4 + len("example.com") + 1 + 4 - 4 + 16 // envelope, section, tag
	empty := sizes(func(s *Session) { s.Up, s.Down, s.NoEnd = nil, nil, true })
	if empty != [2]int{header, 38} {
		t.Errorf("headers alone: %v, want %v", empty, [2]int{header, 38})
	}
	if got := sizes(func(s *Session) { s.Up, s.Down = nil, nil }); got != [2]int{header + 18, 38 + 18} {
		t.Errorf("with end chunks: %v", got)
	}
	if got := sizes(func(s *Session) { s.NoAnswer = true }); got[1] != 0 {
		t.Errorf("no answer: %v", got)
	}
	if got := sizes(func(s *Session) { s.Up, s.Chunk, s.NoEnd = []Piece{{Size: 1000}}, 128, true }); got[0] != header+1000+18*10 {
		t.Errorf("chunks of 128: %v, want 10 of them", got) // 110 of payload in each
	}
	s := testSession()
	s.Switch = &codec.SwitchAccount{Port: 1, ID: testID, AlterIDs: 2, Minutes: 3}
	var sent Bytes
	if err := s.Write(NewSeed("1"), &sent); err != nil {
		t.Fatal(err)
	}
	r, _, err := codec.OpenRequest(sent[0], s.ID.CmdKey())
	if err != nil {
		t.Fatal(err)
	}
	response, _, err := codec.OpenResponse(sent[1], &r.Header, s.Scheme)
	if err != nil || response.Header.Switch == nil || *response.Header.Switch != *s.Switch {
		t.Errorf("switch account: %+v, %v", response, err)
	}
	if id := NewSeed("1").IDs(3); id[0] == id[1] || id[0][6]>>4 != 4 || id[2][8]>>6 != 2 {
		t.Errorf("ids %v", id)
	}
}
