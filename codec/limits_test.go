package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
)

var errNoEntropy = errors.New("no entropy")

func noEntropy([]byte) error { return errNoEntropy }

// MaxPayload keeps its word for every padding that can be drawn, and gives
// nothing away: with the most padding the chunk is as large as it may be.
func TestMaxPayloadHoldsForEveryDraw(t *testing.T) {
	for _, b := range testBodies() {
		for _, limit := range []int{100, 2048, 8192, MaxChunk} {
			s, err := NewSealer(b.Body, entropy(1))
			if err != nil {
				t.Fatal(err)
			}
			payload := make([]byte, s.MaxPayload(limit))
			if s.framer == nil {
				if len(payload) != limit {
					t.Fatalf("%s: got %d, want all %d", b.label, len(payload), limit)
				}
				continue
			}
			most := 0
			for draw := range uint16(maxPadding) {
				if limit > 100 && draw != 0 && draw != maxPadding-1 {
					continue
				}
				s.framer.drawn, s.framer.padding = s.plan.padded, draw
				out, err := s.Seal(nil, payload)
				if err != nil {
					t.Fatalf("%s: %d bytes: %v", b.label, len(payload), err)
				}
				most = max(most, len(out))
				if !s.plan.padded {
					break
				}
			}
			if most > limit {
				t.Errorf("%s: a chunk of %d bytes under the limit %d", b.label, most, limit)
			}
			if limit < MaxChunk && most != limit {
				t.Errorf("%s: the largest chunk has %d bytes, the limit %d gives room for more", b.label, most, limit)
			}
		}
	}
}

// The numbers that the peers' writers come to.
func TestMaxPayloadOfPeers(t *testing.T) {
	m, p, a := ChunkStream|ChunkMasking, ChunkStream|ChunkMasking|GlobalPadding, ChunkStream|ChunkMasking|GlobalPadding|AuthenticatedLength
	for _, c := range []struct {
		security Security
		option   Option
		limit    int
		want     int
	}{
		{SecurityAES128GCM, m, 2048, 2030},           // v2ray
		{SecurityChaCha20Poly1305, m, 2048, 2030},    //
		{SecurityAES128GCM, p, 2048, 1967},           // always safe for a datagram
		{SecurityAES128GCM, a, 2048, 1951},           //
		{SecurityAES128CFB, ChunkStream, 2048, 2042}, // v2ray
		{SecurityAES128GCM, m, 8192, 8174},           // Xray
		{SecurityNone, ChunkStream, 8194, 8192},      //
		{SecurityNone, 0, 8192, 8192},                // no chunks
		{SecurityNone, 0, -1, 0},
		{SecurityAES128GCM, m, 18, 0},
		{SecurityAES128GCM, a, 10, 0},
		{SecurityNone, ChunkStream, 1 << 30, 65535},
	} {
		s, err := NewSealer(body(c.security, c.option, Up), entropy(1))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.MaxPayload(c.limit); got != c.want {
			t.Errorf("%s %v, limit %d: got %d, want %d", c.security, c.option.Names(nil), c.limit, got, c.want)
		}
	}
}

func TestSealOfTooMuch(t *testing.T) {
	for _, b := range testBodies() {
		s, err := NewSealer(b.Body, entropy(1))
		if err != nil {
			t.Fatal(err)
		}
		if s.framer == nil {
			continue
		}
		out, err := s.Seal([]byte("dst"), make([]byte, s.MaxPayload(MaxChunk)+1))
		wantError(t, b.label, err, ErrLimit, FieldPayloadPlain)
		if string(out) != "dst" || s.framer.k != 0 || s.framer.drawn {
			t.Errorf("%s: got %d bytes and chunk %d, want dst back and nothing drawn", b.label, len(out), s.framer.k)
		}
	}
}

// Without randomness nothing is sealed, dst comes back, and the sealer can go
// on once there is some.
func TestSealWithoutEntropy(t *testing.T) {
	fail := true
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking|GlobalPadding, Up)
	good := entropy(4)
	s, err := NewSealer(b, func(p []byte) error {
		if fail {
			return errNoEntropy
		}
		return good(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, seal := range []func([]byte) ([]byte, error){
		func(dst []byte) ([]byte, error) { return s.Seal(dst, []byte("payload")) },
		s.End,
	} {
		if out, err := seal([]byte("dst")); err != errNoEntropy || string(out) != "dst" {
			t.Errorf("got %q, %v, want dst and %v", out, err, errNoEntropy)
		}
	}
	fail = false
	out, err := s.Seal(nil, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	if want := b.seal(t, []byte("payload")); !bytes.HasPrefix(want, out) {
		t.Errorf("got %x, want the start of %x", out, want)
	}
	if out, err := SealRequest([]byte("dst"), testKey, httpHeader(), testTime, noEntropy); err != errNoEntropy || string(out) != "dst" {
		t.Errorf("SealRequest: got %q, %v", out, err)
	}
}

// A chunk that is smaller than its overhead and padding is malformed, whatever
// stands behind it.
func TestLengthsBelowTheLeast(t *testing.T) {
	for _, b := range testBodies() {
		o := b.opener(t)
		if !o.Chunked() {
			continue
		}
		o.framer.draw()
		least := o.framer.plan.overhead + int(o.framer.padding%maxPadding)
		for total := range least {
			if o.framer.plan.length == lengthSealed && total < tagSize {
				continue // no number stands for this length
			}
			o := b.opener(t)
			_, _, err := o.OpenInPlace(append(b.lengthField(t, total), random(1, 200)...))
			wantError(t, b.label+" "+itoa(total), err, ErrMalformed, FieldChunkLength)
		}
		o = b.opener(t)
		if _, _, err := o.OpenInPlace(b.lengthField(t, least)); err != ErrShort && err != io.EOF {
			t.Errorf("%s: the least length %d: got %v, want the end chunk or ErrShort", b.label, least, err)
		}
		if got := o.Finish(b.lengthField(t, least)); got != EndChunk {
			t.Errorf("%s: the least length is an end chunk, got %s", b.label, got)
		}
	}
}

// lengthField makes the first chunk's length field.
func (b Body) lengthField(t testing.TB, total int) []byte {
	t.Helper()
	p, err := b.plan()
	if err != nil {
		t.Fatal(err)
	}
	f := b.framer(p)
	f.draw()
	if f.aead != nil {
		n := binary.BigEndian.AppendUint16(nil, uint16(total-tagSize))
		return f.aead.Seal(nil, f.nonce.of(0), n, nil)
	}
	field := binary.BigEndian.AppendUint16(nil, uint16(total)^f.mask)
	if c := b.stream(); c != nil {
		c.encrypt(field, field)
	}
	return field
}

// The largest number in a sealed length stands for 65551 bytes: no wrap, and
// MaxChunk holds it.
func TestTheLargestSealedLength(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|AuthenticatedLength, Up)
	o := b.opener(t)
	if _, _, err := o.OpenInPlace(b.lengthField(t, 65535+tagSize)); err != ErrShort || o.Need() != MaxChunk {
		t.Errorf("got %v and a need of %d, want ErrShort and %d", err, o.Need(), MaxChunk)
	}
	// With none, sing's number wraps.
	b = body(SecurityNone, ChunkStream|AuthenticatedLength, Up)
	b.Dialect = DialectSing
	o = b.opener(t)
	if got, n, err := o.OpenInPlace(append(b.lengthField(t, 1), 'x')); err != nil || n != lengthSize+1 || string(got) != "x" {
		t.Errorf("got %q, %d, %v, want the one byte", got, n, err)
	}
}

// A sealed header length that no header has is over the limit, at once.
func TestHeaderLengthLimits(t *testing.T) {
	for _, n := range []int{0, MinSection - 1, maxSealed + 1, 65535} {
		_, _, err := OpenRequest(sealSection(make([]byte, n))[:sealedAt], testKey)
		wantError(t, "header length "+itoa(n), err, ErrLimit, FieldHeaderLength)
	}
	for _, n := range []int{MinSection, maxSealed} {
		if _, _, err := OpenRequest(sealSection(make([]byte, n))[:sealedAt], testKey); err != ErrShort {
			t.Errorf("header length %d: got %v, want ErrShort", n, err)
		}
	}
	req := httpHeader()
	for _, n := range []int{0, responseSection - 1, maxSealed + 1} {
		_, _, err := OpenResponse(sealResponsePlain(req, make([]byte, n))[:lengthSize], req, AEAD)
		wantError(t, "response length "+itoa(n), err, ErrLimit, FieldResponseLength)
	}
}

// Bytes behind the checksum are kept and ignored, as the peers do.
func TestTrailingBytes(t *testing.T) {
	h := httpHeader()
	section, err := h.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	trace := new(Trace)
	r, _ := openHeader(t, AEAD, sealSection(append(section, "behind"...)), trace)
	if string(r.Header.Trailing) != "behind" {
		t.Errorf("got trailing %q, want %q", r.Header.Trailing, "behind")
	}
	checkTiling(t, "request", trace)

	o := NewResponseOpener(r)
	if _, _, err := o.Open(sealResponsePlain(h, []byte{h.ResponseAuth, 0, 0, 5, 'x', 'y'})); err != nil {
		t.Errorf("response with trailing bytes: %v", err)
	}
	checkTiling(t, "response", trace)
}

// What does not fit the wire is refused, and dst is as it was.
func TestAppendRefuses(t *testing.T) {
	good := func() *RequestHeader { return httpHeader() }
	for _, c := range []struct {
		label  string
		change func(*RequestHeader)
		kind   Kind
		field  Field
	}{
		{"version", func(h *RequestHeader) { h.Version = 2 }, ErrUnsupported, FieldVersion},
		{"padding of 16", func(h *RequestHeader) { h.Padding = make([]byte, 16) }, ErrLimit, FieldPaddingLength},
		{"padding of 256", func(h *RequestHeader) { h.Padding = make([]byte, 256) }, ErrLimit, FieldPaddingLength},
		{"padding of 259", func(h *RequestHeader) { h.Padding = make([]byte, 259) }, ErrLimit, FieldPaddingLength},
		{"security auto", func(h *RequestHeader) { h.Security = SecurityAuto }, ErrUnsupported, FieldSecurity},
		{"security zero", func(h *RequestHeader) { h.Security = SecurityZero }, ErrUnsupported, FieldSecurity},
		{"security 16", func(h *RequestHeader) { h.Security = 16 }, ErrLimit, FieldPaddingLength},
		{"padding without masking", func(h *RequestHeader) { h.Option = ChunkStream | GlobalPadding }, ErrUnsupported, FieldOption},
		{"datagrams without chunks", func(h *RequestHeader) {
			h.Command, h.Option, h.Security = CommandUDP, 0, SecurityNone
		}, ErrUnsupported, FieldOption},
		{"command", func(h *RequestHeader) { h.Command = 4 }, ErrUnsupported, FieldCommand},
		{"command 0", func(h *RequestHeader) { h.Command = 0 }, ErrUnsupported, FieldCommand},
		{"address type", func(h *RequestHeader) { h.Address.Type = 4 }, ErrUnsupported, FieldAddrType},
		{"no address", func(h *RequestHeader) { h.Address = Address{} }, ErrUnsupported, FieldAddrType},
		{"no IP", func(h *RequestHeader) { h.Address = Address{Type: AddrIPv4} }, ErrMalformed, FieldAddrIPv4},
		{"IPv4 as IPv6", func(h *RequestHeader) {
			h.Address = Address{Type: AddrIPv6, IP: netip.MustParseAddr("192.0.2.1")}
		}, ErrMalformed, FieldAddrIPv6},
		{"no domain", func(h *RequestHeader) { h.Address.Domain = "" }, ErrMalformed, FieldAddrDomain},
		{"long domain", func(h *RequestHeader) { h.Address.Domain = strings.Repeat("x", 256) }, ErrLimit, FieldAddrLength},
		{"strange domain", func(h *RequestHeader) { h.Address.Domain = "a b" }, ErrMalformed, FieldAddrDomain},
	} {
		h := good()
		c.change(h)
		out, err := h.Append([]byte("dst"))
		wantError(t, c.label, err, c.kind, c.field)
		if string(out) != "dst" {
			t.Errorf("%s: got %q, want dst back", c.label, out)
		}
		wantError(t, c.label+", validate", h.Validate(), c.kind, c.field)
		if out, err := SealRequest([]byte("dst"), testKey, h, testTime, entropy(1)); err == nil || string(out) != "dst" {
			t.Errorf("%s: SealRequest gave %q, %v", c.label, out, err)
		}
		if out, err := SealLegacyRequest([]byte("dst"), testKey, testID, h, testTime); err == nil || string(out) != "dst" {
			t.Errorf("%s: SealLegacyRequest gave %q, %v", c.label, out, err)
		}
	}
	if err := good().Validate(); err != nil {
		t.Errorf("a good header: %v", err)
	}
}

func TestResponseAppendRefuses(t *testing.T) {
	account := &SwitchAccount{Host: strings.Repeat("h", maxSwitchHost)}
	if data, err := account.Append(nil); err != nil || len(data) != 255 {
		t.Errorf("the longest host: got %d bytes, %v, want 255", len(data), err)
	}
	for _, c := range []struct {
		label string
		h     ResponseHeader
		kind  Kind
		field Field
	}{
		{"data without a command", ResponseHeader{Data: []byte("x")}, ErrUnsupported, FieldResponseCommandLength},
		{"256 bytes of data", ResponseHeader{Command: 9, Data: make([]byte, 256)}, ErrLimit, FieldResponseCommandLength},
		{"host of 229", ResponseHeader{Switch: &SwitchAccount{Host: account.Host + "h"}}, ErrLimit, FieldSwitchHostLength},
		{"host of 256", ResponseHeader{Switch: &SwitchAccount{Host: strings.Repeat("h", 256)}}, ErrLimit, FieldSwitchHostLength},
	} {
		for _, s := range schemes {
			out, err := SealResponse([]byte("dst"), httpHeader(), s, &c.h)
			wantError(t, c.label, err, c.kind, c.field)
			if string(out) != "dst" {
				t.Errorf("%s: got %q, want dst back", c.label, out)
			}
		}
	}
}

// A body that has no meaning is refused when its opener or sealer is made.
func TestBodiesThatAreRefused(t *testing.T) {
	for _, s := range []Security{SecurityAuto, SecurityZero, 7, 15, 255} {
		b := body(s, ChunkStream, Up)
		_, err := NewOpener(b)
		wantError(t, s.String(), err, ErrUnsupported, FieldSecurity)
		_, err = NewSealer(b, entropy(1))
		wantError(t, s.String(), err, ErrUnsupported, FieldSecurity)
	}
	for _, s := range testSecurities {
		b := body(s, ChunkStream|GlobalPadding, Up)
		_, err := NewOpener(b)
		wantError(t, s.String(), err, ErrUnsupported, FieldOption)
		b.Dialect = DialectSing
		if _, err := NewOpener(b); err != nil {
			t.Errorf("%s: sing reads padding without masking, got %v", s, err)
		}
	}
}

func TestAmbiguousBodies(t *testing.T) {
	for _, b := range testBodies() {
		other := b.Body
		other.Dialect = 1 - other.Dialect
		sealed := b.seal(t, random(1, 100), random(2, 100))
		differ := false
		if _, err := NewOpener(other); err != nil {
			differ = true
		} else if got := feed(other.opener(t), sealed, func() int { return 1 << 20 }, false); len(got.plain) != 200 || got.err != "" {
			differ = true
		}
		if differ && !b.Ambiguous() && (b.Option.Has(ChunkMasking) || !b.Option.Has(GlobalPadding)) {
			t.Errorf("%s: the dialects differ, and Ambiguous does not say so", b.label)
		}
		if !differ && b.Ambiguous() {
			t.Errorf("%s: the dialects agree, and Ambiguous says that they do not", b.label)
		}
	}
}

// The nonce's counter has two bytes and wraps without a word: chunk 65536 has
// the nonce of chunk 0 again, as with all peers.
func TestNonceWrap(t *testing.T) {
	for _, o := range []Option{ChunkStream, ChunkStream | AuthenticatedLength} {
		for _, sec := range []Security{SecurityAES128GCM, SecurityChaCha20Poly1305} {
			b := body(sec, o, Down)
			s, err := NewSealer(b, entropy(1))
			if err != nil {
				t.Fatal(err)
			}
			open := b.opener(t)
			seal := func(k uint64) []byte {
				s.framer.k = k
				out, err := s.Seal(nil, []byte("same"))
				if err != nil {
					t.Fatal(err)
				}
				open.framer.k = k
				if got, _, err := open.Open(nil, out); err != nil || string(got) != "same" || open.Chunks() != k+1 {
					t.Fatalf("chunk %d: got %q, %v, %d chunks", k, got, err, open.Chunks())
				}
				return out
			}
			zero, last := seal(0), seal(65535)
			if bytes.Equal(zero, last) {
				t.Error("chunks 0 and 65535 have the same nonce")
			}
			if again := seal(65536); !bytes.Equal(again, zero) {
				t.Errorf("%s %v: chunk 65536 is %x, want that of chunk 0, %x", sec, o.Names(nil), again, zero)
			}
		}
	}
}
