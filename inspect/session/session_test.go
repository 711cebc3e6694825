package session

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// The option bits by their letters in the specification.
const (
	optS = codec.ChunkStream
	optR = codec.ConnectionReuse
	optM = codec.ChunkMasking
	optP = codec.GlobalPadding
	optA = codec.AuthenticatedLength
)

var (
	schemes    = []codec.Scheme{codec.AEAD, codec.Legacy}
	commands   = []codec.Command{codec.CommandTCP, codec.CommandUDP, codec.CommandMux}
	securities = []codec.Security{
		codec.SecurityUnknown, codec.SecurityAES128CFB, codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone,
	}
	options = []codec.Option{0, optS, optM, optA, optS | optM, optS | optA, optM | optP, optS | optM | optP, optS | optM | optA,
		optS | optM | optP | optA, optS | optR | 0xE0}
)

// specs gives every kind of conversation that a careful client may begin.
func specs() (list []spec) {
	for _, security := range securities {
		for _, option := range options {
			for _, command := range commands {
				s := spec{security: security, option: option, command: command}
				if command == codec.CommandUDP && !s.chunked() {
					continue // datagrams without borders
				}
				dialects := []codec.Dialect{codec.DialectV2Ray}
				b := codec.Body{Security: security, Option: option, Packets: command == codec.CommandUDP}
				if b.Ambiguous() {
					dialects = append(dialects, codec.DialectSing)
				}
				for _, s.dialect = range dialects {
					for _, s.scheme = range schemes {
						s.alter, s.noEnd = 0, s.dialect == codec.DialectSing
						if s.scheme == codec.Legacy {
							s.alter = int(option) % 5
						}
						list = append(list, s)
					}
				}
			}
		}
	}
	return list
}

// anyPieces leaves out what depends on how a stream is cut into packets.
var anyPieces = cmpopts.IgnoreFields(Stream{}, "First", "Last")

// TestEveryKind reads back conversations of every kind, whole, byte by byte,
// the answer first, and in random pieces and orders: always the same facts.
func TestEveryKind(t *testing.T) {
	list := specs()
	if len(list) < 250 {
		t.Errorf("only %d kinds of conversations", len(list))
	}
	for i, s := range list {
		t.Run(s.String(), func(t *testing.T) {
			s.seed = uint64(i) * 10
			c := build(t, s)
			want := decode(c.closed(flow.FIN)...)
			c.checkWhole(t, want)
			same := func(how string, events []event) {
				t.Helper()
				if diff := cmp.Diff(want, decode(then(events, both(flow.FIN)...)...), cmpopts.EquateComparable(netip.AddrPort{}), anyPieces); diff != "" {
					t.Errorf("%s, -whole +got:\n%s", how, diff)
				}
			}
			r := rand.New(rand.NewPCG(s.seed, 1))
			same("answer first", []event{data(flow.B, c.down.wire), data(flow.A, c.up.wire)})
			same("small pieces", shuffled(c, r, 9))
			for range 3 {
				same("pieces", shuffled(c, r, 500))
			}
			if i%16 == 0 {
				same("byte by byte", shuffled(c, r, 1))
			}
		})
	}
}

// TestHeaderFacts holds what is not in the matrix: the skew, the client's
// first byte, the auth, the stack.
func TestHeaderFacts(t *testing.T) {
	for _, c := range []struct {
		t    int64
		skew int64
	}{{noon, 0}, {noon + 1, 0}, {noon + 2, 1}, {noon - 1, -1}, {noon + 600, 599}, {noon - 600, -600}} {
		conv := build(t, spec{scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: optS, command: codec.CommandTCP, t: c.t})
		f := decode(conv.closed(flow.FIN)...)
		conv.checkWhole(t, f)
		if f.Auth.Skew != c.skew || f.Auth.User != 1 || f.Auth.Bytes != [16]byte(conv.up.wire) || f.FirstByte != when {
			t.Errorf("%d: got %+v, first byte %d", c.t, f.Auth, f.FirstByte)
		}
		if diff := cmp.Diff([]string{"tcp", "vmess"}, f.Flow.Stack()); diff != "" {
			t.Errorf("stack, -want +got:\n%s", diff)
		}
	}
}

// TestNoHash leaves the hashes out and nothing else.
func TestNoHash(t *testing.T) {
	c := build(t, spec{scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: optS, command: codec.CommandUDP})
	d := NewDecoder([]Account{alice}, Options{Limits: flow.DefaultLimits()})
	f := push(d, newRecord(1), c.closed(flow.FIN)...)
	if f.Up.Hashed || f.Up.Sum != [32]byte{} || f.Up.Bytes != int64(len(c.up.all())) || len(f.Up.Datagrams) != 5 || f.Up.Datagrams[1] != (Datagram{Bytes: 300}) {
		t.Errorf("got %+v", f.Up)
	}
}

// TestOddHeaders: what a careful server refuses is read all the same, as far as
// it can be followed, and noted.
func TestOddHeaders(t *testing.T) {
	base := func(option codec.Option, security codec.Security) *codec.RequestHeader {
		h := &codec.RequestHeader{Option: option, Security: security, Command: codec.CommandTCP, Address: codec.HostPort("www.example.test", 80)}
		copy(h.BodyIV[:], "sixteen bytes iv")
		copy(h.BodyKey[:], "sixteen byte key")
		return h
	}
	for _, c := range []struct {
		name  string
		h     *codec.RequestHeader
		patch func(section []byte)
		odd   int
		open  bool // there is a body to read
	}{
		{"version 2", base(optS, codec.SecurityAES128GCM), func(b []byte) { b[0] = 2; fixSum(b) }, 1, true},
		{"wrong checksum", base(optS, codec.SecurityAES128GCM), func(b []byte) { b[len(b)-1] ^= 1 }, 1, true},
		{"security 9", base(optS, codec.SecurityAES128GCM), func(b []byte) { b[35] = 9; fixSum(b) }, 1, false},
		{"padding without masking", base(optS|optM|optP, codec.SecurityAES128GCM), func(b []byte) { b[34] &^= byte(optM); fixSum(b) }, 1, true},
		{"command 7", base(optS, codec.SecurityAES128GCM), func(b []byte) { b[37] = 7; fixSum(b) }, 0, false},
	} {
		section, err := c.h.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		c.patch(section)
		wire := sealSection(aliceID, section)
		h := *c.h
		h.Option = codec.Option(section[34])
		body := h.RequestBody()
		body.Dialect = codec.DialectSing // which alone pads without a mask
		sealer, err := codec.NewSealer(body, entropy(1))
		if err != nil {
			t.Fatal(err)
		}
		head := len(wire)
		wire, _ = sealer.Seal(wire, []byte("what is sent"))
		f := decode(then([]event{data(flow.A, wire)}, both(flow.FIN)...)...)
		switch {
		case f.Auth == nil || f.Auth.User != 1:
			t.Errorf("%s: no user", c.name)
		case c.name == "command 7":
			if f.Header != nil || f.Fault("header") == nil || f.Up.Opened {
				t.Errorf("%s: header %+v, faults %v", c.name, f.Header, f.Faults)
			}
		case f.Header == nil || len(f.Header.Oddities) != c.odd || f.Header.Size != head:
			t.Errorf("%s: header %+v, faults %v", c.name, f.Header, f.Faults)
		case c.open && (f.Up.Bytes != 12 || f.Up.End != "fin" || f.Up.Broken):
			t.Errorf("%s: up %+v", c.name, f.Up)
		case !c.open && (f.Up.Bytes != 0 || f.Up.End != "cut" || !f.Up.Broken):
			t.Errorf("%s: up %+v", c.name, f.Up)
		}
	}
}

// fixSum makes a command section's checksum right again.
func fixSum(section []byte) {
	n := len(section) - 4
	h := uint32(0x811C9DC5)
	for _, c := range section[:n] {
		h = (h ^ uint32(c)) * 0x01000193
	}
	section[n], section[n+1], section[n+2], section[n+3] = byte(h>>24), byte(h>>16), byte(h>>8), byte(h)
}
