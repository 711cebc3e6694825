package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// The user and the time of all tests.
var (
	testID  = ID{0xb8, 0x31, 0x38, 0x1d, 0x63, 0x24, 0x4d, 0x53, 0xad, 0x4f, 0x8c, 0xda, 0x48, 0xb3, 0x08, 0x11}
	testKey = testID.CmdKey()
)

const testTime = 1700000000

// random gives bytes that are the same in each run.
func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	source(seed).Read(b)
	return b
}

func source(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

// entropy is reproducible randomness.
func entropy(seed uint64) Entropy {
	s := source(seed)
	return func(b []byte) error { s.Read(b); return nil }
}

// testHeaders gives a header of every kind: each address, each padding.
func testHeaders() []*RequestHeader {
	addresses := []Address{
		{Port: 443, Type: AddrIPv4, IP: netip.MustParseAddr("192.0.2.7")},
		{Port: 0, Type: AddrIPv6, IP: netip.MustParseAddr("2001:db8::1")},
		{Port: 65535, Type: AddrIPv6, IP: netip.MustParseAddr("::ffff:192.0.2.7")},
		{Port: 80, Type: AddrDomain, Domain: "a"},
		{Port: 8443, Type: AddrDomain, Domain: "Example_host-1.test"},
		{Port: 53, Type: AddrDomain, Domain: strings.Repeat("x", 255)},
	}
	var out []*RequestHeader
	for padding := range maxHeaderPadding + 1 {
		for i, a := range addresses {
			command := CommandTCP
			if (padding+i)%2 == 1 {
				command = CommandUDP
			}
			out = append(out, testHeader(command, a, padding))
		}
		out = append(out, testHeader(CommandMux, Address{}, padding))
	}
	return out
}

func testHeader(c Command, a Address, padding int) *RequestHeader {
	h := &RequestHeader{
		ResponseAuth: 0xA7, Option: ChunkStream | ChunkMasking, Security: SecurityAES128GCM,
		Command: c, Address: a, Padding: random(uint64(padding), padding),
	}
	copy(h.BodyIV[:], random(1, 16))
	copy(h.BodyKey[:], random(2, 16))
	return h
}

// httpHeader is the header that most tests use.
func httpHeader() *RequestHeader { return testHeader(CommandTCP, HostPort("example.com", 80), 3) }

func (h *RequestHeader) label() string {
	return fmt.Sprintf("%s to %.20s, padding %d", h.Command, h.Address, len(h.Padding))
}

// sealHeader seals h in the way of scheme s.
func sealHeader(t testing.TB, s Scheme, h *RequestHeader) []byte {
	t.Helper()
	var b []byte
	var err error
	if s == AEAD {
		b, err = SealRequest(nil, testKey, h, testTime, entropy(3))
	} else {
		b, err = SealLegacyRequest(nil, testKey, NextAlterID(testID), h, testTime)
	}
	if err != nil {
		t.Fatalf("seal %s %s: %v", s, h.label(), err)
	}
	return b
}

var schemes = []Scheme{AEAD, Legacy}

// testSender is who sealHeader seals for.
func testSender(s Scheme) Sender {
	from := Sender{Scheme: s, Key: testKey, Time: testTime, Alter: Primary}
	if s == Legacy {
		from.Alter = 0
	}
	return from
}

// openHeader opens what sealHeader sealed.
func openHeader(t testing.TB, s Scheme, b []byte, trace *Trace) (*Request, int) {
	t.Helper()
	o := NewRequestOpener(testSender(s))
	o.Trace = trace
	r, n, err := o.Open(b)
	if err != nil {
		t.Fatalf("open %s request: %v", s, err)
	}
	return r, n
}

// A testBody is one of the ways to seal a direction.
type testBody struct {
	Body
	label string
}

var (
	testSecurities = []Security{SecurityUnknown, SecurityAES128CFB, SecurityAES128GCM, SecurityChaCha20Poly1305, SecurityNone}
	testDialects   = []Dialect{DialectV2Ray, DialectSing}
)

// testBodies gives every way to seal a direction: security, options, stream or
// packets, direction, dialect.
func testBodies() []testBody {
	var out []testBody
	for _, s := range testSecurities {
		for o := range Option(0x20) {
			if o.Has(ConnectionReuse) {
				continue // means nothing
			}
			for _, packets := range []bool{false, true} {
				for _, d := range []Direction{Up, Down} {
					for _, dialect := range testDialects {
						b := body(s, o, d)
						b.Packets, b.Dialect = packets, dialect
						if _, err := b.plan(); err != nil {
							continue
						}
						out = append(out, testBody{b, fmt.Sprintf("%s %v packets=%v %s dialect=%d",
							s, o.Names(nil), packets, d, dialect)})
					}
				}
			}
		}
	}
	return out
}

// body is a direction with keys of its own.
func body(s Security, o Option, d Direction) Body {
	h := httpHeader()
	h.Security, h.Option = s, o
	if d == Up {
		return h.RequestBody()
	}
	return h.ResponseBody(AEAD)
}

// seal makes a whole body of the payloads, with its end chunk.
func (b Body) seal(t testing.TB, payloads ...[]byte) []byte {
	t.Helper()
	s, err := NewSealer(b, entropy(4))
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, p := range payloads {
		if out, err = s.Seal(out, p); err != nil {
			t.Fatal(err)
		}
	}
	if out, err = s.End(out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (b Body) opener(t testing.TB) *Opener {
	t.Helper()
	o, err := NewOpener(b)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// An outcome is all that an opener says about a body.
type outcome struct {
	plain  []byte
	err    string // "" where the bytes just stopped
	end    End
	chunks uint64
}

func (a outcome) diff(b outcome) string {
	switch {
	case !bytes.Equal(a.plain, b.plain):
		return fmt.Sprintf("got %d bytes %.32x, want %d bytes %.32x", len(a.plain), a.plain, len(b.plain), b.plain)
	case a.err != b.err:
		return fmt.Sprintf("got error %q, want %q", a.err, b.err)
	case a.end != b.end || a.chunks != b.chunks:
		return fmt.Sprintf("got end %s after %d chunks, want %s after %d", a.end, a.chunks, b.end, b.chunks)
	}
	return ""
}

// feed offers the bytes of sealed to o in pieces of the sizes that step gives.
func feed(o *Opener, sealed []byte, step func() int, inPlace bool) (r outcome) {
	var held []byte
	for {
		n := min(step(), len(sealed))
		held, sealed = append(held, sealed[:n]...), sealed[n:]
		for {
			var out []byte
			var used int
			var err error
			if inPlace {
				out, used, err = o.OpenInPlace(held)
				out = append([]byte(nil), out...)
			} else {
				before := append([]byte(nil), held...)
				out, used, err = o.Open([]byte("dst"), held)
				if !bytes.Equal(before, held) {
					r.err = "Open changed its input"
					return r
				}
				if !bytes.HasPrefix(out, []byte("dst")) {
					r.err = "Open lost dst"
					return r
				}
				out = out[len("dst"):]
			}
			if err != nil && len(out) > 0 {
				r.err = "payload beside " + err.Error()
				return r
			}
			r.plain = append(r.plain, out...)
			held = held[used:]
			if err == ErrShort {
				if used != 0 {
					r.err = "bytes used up beside ErrShort"
					return r
				}
				break
			}
			if err != nil {
				if err != io.EOF {
					r.err = err.Error()
				}
				r.end, r.chunks = o.Finish(append(held, sealed...)), o.Chunks()
				return r
			}
		}
		if len(sealed) == 0 {
			r.end, r.chunks = o.Finish(held), o.Chunks()
			return r
		}
	}
}

// A stepper is a way to cut bytes into pieces.
type stepper struct {
	label string
	step  func() int
}

func steppers(seed uint64) []stepper {
	r := rand.New(source(seed))
	fixed := func(n int) func() int { return func() int { return n } }
	return []stepper{
		{"all at once", fixed(1 << 30)},
		{"one at a time", fixed(1)},
		{"seven at a time", fixed(7)},
		{"random pieces", func() int { return r.IntN(100) }},
	}
}

// wantError checks kind, field and place of an error.
func wantError(t testing.TB, label string, err error, k Kind, f Field) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != k || e.Field != f || !errors.Is(err, k) {
		t.Errorf("%s: got error %v, want %s at %s", label, err, k, f)
	}
}

// checkTiling holds a trace to its promise: every byte that was read or opened
// belongs to exactly one leaf.
func checkTiling(t testing.TB, label string, trace *Trace) {
	t.Helper()
	group := make([]bool, len(trace.Spans))
	for i, s := range trace.Spans {
		if s.Field.Info().Form == FormGroup {
			group[i] = true
		}
		if s.Parent < 0 {
			continue
		}
		p := trace.Spans[s.Parent]
		if s.Parent >= i || !group[s.Parent] || p.Buffer != s.Buffer || s.Off < p.Off || s.Off+s.Len > p.Off+p.Len {
			t.Fatalf("%s: span %d (%s at %d+%d of %d) does not lie in its parent %d (%s at %d+%d of %d)", label,
				i, s.Field, s.Off, s.Len, s.Buffer, s.Parent, p.Field, p.Off, p.Len, p.Buffer)
		}
	}
	covered := make([][]byte, len(trace.Buffers))
	for i, b := range trace.Buffers {
		covered[i] = make([]byte, len(b.Data))
		if b.From >= len(trace.Spans) {
			t.Fatalf("%s: buffer %d (%s) comes from span %d of %d", label, i, b.Field, b.From, len(trace.Spans))
		}
		if size := b.Field.Info().Size; size != 0 && size != len(b.Data) {
			t.Errorf("%s: buffer %s has %d bytes, want %d", label, b.Field, len(b.Data), size)
		}
	}
	for i, s := range trace.Spans {
		info := s.Field.Info()
		if s.Buffer < 0 || s.Buffer >= len(covered) || s.Off < 0 || s.Off+s.Len > len(covered[s.Buffer]) {
			t.Fatalf("%s: span %d (%s) lies outside of its buffer", label, i, s.Field)
		}
		if info.Size != 0 && info.Size != s.Len {
			t.Errorf("%s: span %s has %d bytes, want %d", label, s.Field, s.Len, info.Size)
		}
		if group[i] {
			continue
		}
		if s.Len == 0 {
			t.Errorf("%s: leaf %s is empty", label, s.Field)
		}
		mask := info.Mask
		if mask == 0 {
			mask = 0xFF
		}
		bits := covered[s.Buffer][s.Off : s.Off+s.Len]
		for j := range bits {
			if bits[j]&mask != 0 {
				t.Fatalf("%s: byte %d of %s is covered twice, the second time by %s", label,
					s.Off+j, trace.Buffers[s.Buffer].Field, s.Field)
			}
			bits[j] |= mask
		}
	}
	for i, bits := range covered {
		b := &trace.Buffers[i]
		for j, mask := range bits {
			if want := map[bool]byte{true: 0, false: 0xFF}[b.Derived()]; mask != want {
				t.Fatalf("%s: byte %d of %s (%d bytes) is covered by %08b, want %08b", label, j, b.Field, len(b.Data), mask, want)
			}
		}
	}
}

// wireOf gives the bytes that a trace has of a direction.
func wireOf(trace *Trace, f Field) []byte {
	for _, b := range trace.Buffers {
		if b.Field == f {
			return b.Data
		}
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func join(words []string) string { return strings.Join(words, ",") }
