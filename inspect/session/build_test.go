package session

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// Conversations made with the codec, for the decoder to read back. What is
// expected comes from the plaintext, never from the decoder.

var (
	aliceID = codec.ID{0xb8, 0x31, 0x38, 0x1d, 0x63, 0x24, 0x4d, 0x53, 0xad, 0x4f, 0x8c, 0xda, 0x48, 0xb3, 0x08, 0x11}
	bobID   = codec.ID{15: 7}

	alice = Account{Account: codec.Account{ID: aliceID, AlterIDs: 4}, Label: "alice"}
	bob   = Account{Account: codec.Account{ID: bobID}}
)

// noon is the time of the requests; their packets come a moment later.
const (
	noon = 1_700_000_000
	when = flow.Time(noon*1_000_000_000 + 250_000_000)
)

// source is reproducible randomness.
func source(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

func entropy(seed uint64) codec.Entropy {
	s := source(seed)
	return func(b []byte) error { s.Read(b); return nil }
}

// spec says what kind of conversation to make.
type spec struct {
	scheme   codec.Scheme
	security codec.Security
	option   codec.Option
	command  codec.Command
	dialect  codec.Dialect
	account  codec.ID // alice's if zero
	alter    int      // of legacy requests: number of steps along the chain, 1 is index 0
	t        int64    // noon if 0
	noEnd    bool     // write no end chunks, as sing does
	endFirst bool     // write one in front of the response
	answer   codec.ResponseHeader
	sizes    []int    // of the payloads, both ways; some of all kinds if nil
	up, down [][]byte // the payloads themselves, instead
	host     string   // of the target, "www.example.test" if empty
	seed     uint64
}

func (s spec) String() string {
	return fmt.Sprintf("%s %s %v %s dialect %d", s.scheme, s.security, s.option.Names(nil), s.command, s.dialect)
}

// chunked reports whether the body has chunks on the wire.
func (s *spec) chunked() bool { return s.option.Has(codec.ChunkStream) || s.security.AEAD() }

// wireHalf is one direction as it goes over the wire.
type wireHalf struct {
	wire   []byte
	head   int      // bytes of the header
	plain  [][]byte // payloads, one a chunk
	ends   []int    // where each payload's chunk ends on the wire
	marked bool     // ends with an end chunk
	chunks bool
}

// conversation is both.
type conversation struct {
	spec   spec
	header *codec.RequestHeader
	up     wireHalf
	down   wireHalf
}

// build makes a conversation.
func build(t testing.TB, s spec) *conversation {
	t.Helper()
	if s.t == 0 {
		s.t = noon
	}
	if s.account == (codec.ID{}) {
		s.account = aliceID
	}
	if s.command == 0 {
		s.command = codec.CommandTCP
	}
	if s.sizes == nil {
		s.sizes = []int{1, 300, 17, 1200, 64}
	}
	c := &conversation{spec: s}
	random := source(s.seed + 1)
	c.header = &codec.RequestHeader{
		ResponseAuth: 0xA7, Option: s.option, Security: s.security, Command: s.command, Padding: []byte("pad"),
	}
	random.Read(c.header.BodyIV[:])
	random.Read(c.header.BodyKey[:])
	if s.command != codec.CommandMux {
		c.header.Address = codec.HostPort(cmp.Or(s.host, "www.example.test"), 8443)
	}
	head := sealHeader(t, &s, c.header)
	c.up = seal(t, &s, head, c.header.RequestBody(), source(s.seed+2), s.up)
	answer := s.answer
	head, err := codec.SealResponse(nil, c.header, s.scheme, &answer)
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	body := c.header.ResponseBody(s.scheme)
	if s.scheme == codec.Legacy { // its CFB stream goes on behind the header
		r, _, err := codec.OpenResponse(head, c.header, s.scheme)
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		body = r.Body()
	}
	c.down = seal(t, &s, head, body, source(s.seed+3), s.down)
	return c
}

// sealHeader seals the request header, odd ones as well.
func sealHeader(t testing.TB, s *spec, h *codec.RequestHeader) []byte {
	t.Helper()
	var b []byte
	var err error
	if s.scheme == codec.Legacy {
		id := s.account
		for range s.alter {
			id = codec.NextAlterID(id)
		}
		b, err = codec.SealLegacyRequest(nil, s.account.CmdKey(), id, h, s.t)
	} else {
		b, err = codec.SealRequest(nil, s.account.CmdKey(), h, s.t, entropy(s.seed+4))
	}
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	return b
}

// seal makes one direction.
func seal(t testing.TB, s *spec, head []byte, b codec.Body, random *rand.ChaCha8, plain [][]byte) wireHalf {
	t.Helper()
	h := wireHalf{wire: head, head: len(head), chunks: s.chunked()}
	b.Dialect = s.dialect
	sealer, err := codec.NewSealer(b, func(p []byte) error { random.Read(p); return nil })
	if err != nil {
		t.Fatalf("%v: %v", s, err)
	}
	if s.endFirst && b.LengthKey != b.Key {
		h.wire, _ = sealer.End(h.wire)
	}
	if plain == nil {
		for _, n := range s.sizes {
			plain = append(plain, make([]byte, n))
			random.Read(plain[len(plain)-1])
		}
	}
	for _, p := range plain {
		if h.wire, err = sealer.Seal(h.wire, p); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		h.plain, h.ends = append(h.plain, p), append(h.ends, len(h.wire))
	}
	if s.noEnd {
		return h
	}
	n := len(h.wire)
	h.wire, _ = sealer.End(h.wire)
	h.marked = len(h.wire) > n
	return h
}

// all gives the plaintext.
func (h *wireHalf) all() []byte { return bytes.Join(h.plain, nil) }

// before gives the plaintext that the wire's first n bytes hold, and how many
// chunks that is.
func (h *wireHalf) before(n int) (plain []byte, chunks int) {
	if !h.chunks {
		return h.all()[:min(max(n-h.head, 0), len(h.all()))], 0
	}
	for chunks < len(h.ends) && h.ends[chunks] <= n {
		plain = append(plain, h.plain[chunks]...)
		chunks++
	}
	return plain, chunks
}

// event is a call of a sink.
type event struct {
	side flow.Side
	p    []byte
	gap  int64
	how  flow.How // with neither bytes nor a gap
}

func data(side flow.Side, p []byte) event        { return event{side: side, p: p} }
func gap(side flow.Side, n int64) event          { return event{side: side, gap: n} }
func closing(side flow.Side, how flow.How) event { return event{side: side, how: how} }
func both(how flow.How) []event                  { return []event{closing(flow.A, how), closing(flow.B, how)} }
func then(list []event, more ...event) []event   { return append(slices.Clip(list), more...) }
func (c *conversation) whole() []event {
	return []event{data(flow.A, c.up.wire), data(flow.B, c.down.wire)}
}
func (c *conversation) closed(how flow.How) []event { return then(c.whole(), both(how)...) }

// newRecord is a connection whose SYN was seen.
func newRecord(packet int64) *flow.Record {
	return &flow.Record{
		Ends:  [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.7:40001"), netip.MustParseAddrPort("198.51.100.1:10086")},
		Began: true, Packet: packet, Start: when,
	}
}

// newDecoder knows bob and alice, or those given, and searches next to nothing.
func newDecoder(accounts ...Account) *Decoder {
	if accounts == nil {
		accounts = []Account{bob, alice}
	}
	return NewDecoder(accounts, Options{Hash: true, Budget: 4000, Limits: flow.DefaultLimits()})
}

// push lets a new conversation of d run.
func push(d *Decoder, r *flow.Record, events ...event) *Facts {
	s := d.Open(r)
	deliver(s, events...)
	s.Finish()
	return d.facts[len(d.facts)-1]
}

// deliver pushes events. The sink may overwrite the bytes, so it gets a copy.
func deliver(s flow.Sink, events ...event) {
	for _, e := range events {
		switch {
		case e.p != nil:
			s.Data(e.side, when, bytes.Clone(e.p))
		case e.gap != 0:
			s.Gap(e.side, when, e.gap)
		default:
			s.Close(e.side, when, e.how)
		}
	}
}

// decode is push into a decoder of its own.
func decode(events ...event) *Facts { return push(newDecoder(), newRecord(1), events...) }

// shuffled cuts both directions into pieces of up to most bytes and mixes them,
// each direction in its own order.
func shuffled(c *conversation, r *rand.Rand, most int) (events []event) {
	rest := [2][]byte{c.up.wire, c.down.wire}
	for len(rest[0])+len(rest[1]) > 0 {
		side := flow.Side(r.IntN(2))
		if len(rest[side]) == 0 {
			side = side.Other()
		}
		n := min(1+r.IntN(most), len(rest[side]))
		events = append(events, data(side, rest[side][:n]))
		rest[side] = rest[side][n:]
	}
	return events
}

// checkStream holds one direction against the plaintext that it has to show.
func checkStream(t testing.TB, what string, got *Stream, h *wireHalf, plain []byte, chunks int, end string) {
	t.Helper()
	if !got.Opened || got.Bytes != int64(len(plain)) || got.Sum != sha256.Sum256(plain) {
		t.Errorf("%s: %d bytes (opened: %v), want %d, or other bytes", what, got.Bytes, got.Opened, len(plain))
	}
	if got.Chunks != int64(chunks) || got.End != end {
		t.Errorf("%s: %d chunks, end %q, want %d, %q", what, got.Chunks, got.End, chunks, end)
	}
	if !got.Packets {
		if got.Datagrams != nil {
			t.Errorf("%s: %d datagrams of a stream", what, len(got.Datagrams))
		}
		return
	}
	for i, d := range got.Datagrams {
		if i >= len(h.plain) || d.Bytes != len(h.plain[i]) || d.Sum != sha256.Sum256(h.plain[i]) {
			t.Errorf("%s: datagram %d differs", what, i)
		}
	}
	if len(got.Datagrams) != chunks {
		t.Errorf("%s: %d datagrams, want %d", what, len(got.Datagrams), chunks)
	}
}

// checkWhole holds both directions against all of the plaintext.
func (c *conversation) checkWhole(t testing.TB, f *Facts) {
	t.Helper()
	c.checkHeader(t, f)
	for _, d := range []struct {
		name string
		got  *Stream
		h    *wireHalf
	}{{"up", &f.Up, &c.up}, {"down", &f.Down, &c.down}} {
		end := "fin"
		if d.h.marked {
			end = "end-chunk"
		}
		_, chunks := d.h.before(len(d.h.wire))
		checkStream(t, d.name, d.got, d.h, d.h.all(), chunks, end)
		if d.got.Wire != int64(len(d.h.wire)) || d.got.Broken || d.got.Packets != (c.spec.command == codec.CommandUDP && d.h.chunks) {
			t.Errorf("%s: wire %d, broken %v, packets %v", d.name, d.got.Wire, d.got.Broken, d.got.Packets)
		}
	}
	if len(f.Faults) > 0 || f.Flow.Panic != "" || f.Flow.Limit != "" {
		t.Errorf("faults %v, panic %q, limit %q", f.Faults, f.Flow.Panic, f.Flow.Limit)
	}
}

// checkHeader holds what the two headers said.
func (c *conversation) checkHeader(t testing.TB, f *Facts) {
	t.Helper()
	if f.Auth == nil || f.Header == nil || f.Response == nil {
		t.Fatalf("auth %v, header %v, response %v, faults %v", f.Auth, f.Header, f.Response, f.Faults)
	}
	a, h := f.Auth, f.Header
	if a.Scheme != c.spec.scheme || a.Alter != c.spec.alter-1 || !a.Given || a.Time != c.spec.t || a.From != nil {
		t.Errorf("auth: got %+v", a)
	}
	if h.Security != c.spec.security || h.Option != c.spec.option || h.Command != c.spec.command ||
		h.Size != c.up.head || h.Sum != sha256.Sum256(c.up.wire[:c.up.head]) || len(h.Oddities) > 0 {
		t.Errorf("header: got %+v", h)
	}
	want := "www.example.test:8443"
	if c.spec.command == codec.CommandMux {
		want = ""
	}
	if h.Target != want {
		t.Errorf("target: got %q, want %q", h.Target, want)
	}
	if f.Response.Size != c.down.head {
		t.Errorf("response header: %d bytes, want %d", f.Response.Size, c.down.head)
	}
}

// sealSection seals a command section as it is, for headers that the codec
// does not make.
func sealSection(id codec.ID, section []byte) []byte {
	key := id.CmdKey()
	auth := codec.SealAuthID(key, codec.AuthID{Time: noon})
	nonce := []byte("8 bytes.")
	gcm := func(use string, plain []byte) []byte {
		k := codec.KDF(key[:], []byte("VMess Header AEAD Key"+use), auth[:], nonce)
		n := codec.KDF(key[:], []byte("VMess Header AEAD Nonce"+use), auth[:], nonce)
		block, _ := aes.NewCipher(k[:16])
		aead, _ := cipher.NewGCM(block)
		return aead.Seal(nil, n[:12], plain, auth[:])
	}
	out := append(auth[:], gcm("_Length", binary.BigEndian.AppendUint16(nil, uint16(len(section))))...)
	return append(append(out, nonce...), gcm("", section)...)
}
