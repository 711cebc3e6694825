package codec

import (
	"bytes"
	"io"
	"testing"
)

// Payloads of the lengths at which something changes go through every way to
// seal a direction, alone and one behind the other.
func TestRoundTripOfPayloads(t *testing.T) {
	for _, b := range testBodies() {
		s, err := NewSealer(b.Body, entropy(5))
		if err != nil {
			t.Fatal(err)
		}
		limit := s.MaxPayload(2048)
		lengths := []int{1, 2, 15, 16, 17, limit - 1, limit, limit + 1}
		if !b.Packets && b.Dialect == DialectV2Ray && b.IV == httpHeader().BodyIV && !testing.Short() {
			most := s.MaxPayload(MaxChunk)
			lengths = append(lengths, most-1, most)
		}
		roundTrip(t, b, s, lengths)
	}
}

func roundTrip(t *testing.T, b testBody, s *Sealer, lengths []int) {
	t.Helper()
	all := random(10, MaxChunk)
	open, inPlace := b.opener(t), b.opener(t)
	for _, n := range lengths {
		payload := all[:n]
		sealed, err := s.Seal([]byte("front"), payload)
		if err != nil || !bytes.HasPrefix(sealed, []byte("front")) {
			t.Fatalf("%s: seal %d bytes: %v", b.label, n, err)
		}
		sealed = sealed[len("front"):]
		if len(sealed) > MaxChunk {
			t.Fatalf("%s: a chunk of %d bytes, which is more than MaxChunk", b.label, len(sealed))
		}
		got, used, err := open.Open([]byte("dst"), sealed)
		if err != nil || used != len(sealed) || !bytes.Equal(got, append([]byte("dst"), payload...)) {
			t.Fatalf("%s: open %d bytes: got %d of %d bytes used, %v", b.label, n, used, len(sealed), err)
		}
		got, used, err = inPlace.OpenInPlace(sealed)
		if err != nil || used != len(sealed) || !bytes.Equal(got, payload) {
			t.Fatalf("%s: open %d bytes in place: got %d of %d bytes used, %v", b.label, n, used, len(sealed), err)
		}
	}
	ended, err := s.End(nil)
	if err != nil {
		t.Fatal(err)
	}
	if has := len(ended) > 0; has != b.Option.Has(ChunkStream) {
		t.Fatalf("%s: end chunk of %d bytes", b.label, len(ended))
	}
	if len(ended) > 0 {
		if got, n, err := open.Open([]byte("dst"), ended); err != io.EOF || n != len(ended) || string(got) != "dst" {
			t.Fatalf("%s: end chunk: got %q, %d, %v", b.label, got, n, err)
		}
		if got, n, err := inPlace.OpenInPlace(ended); err != io.EOF || n != len(ended) || got != nil {
			t.Fatalf("%s: end chunk in place: got %q, %d, %v", b.label, got, n, err)
		}
	}
}

// An empty write would end the stream: it appends nothing and draws nothing.
func TestSealOfNothing(t *testing.T) {
	for _, b := range testBodies() {
		s, err := NewSealer(b.Body, entropy(4))
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Seal([]byte("dst"), nil)
		if err != nil || string(out) != "dst" {
			t.Fatalf("%s: got %q, %v, want nothing appended", b.label, out, err)
		}
		if out, err = s.Seal(nil, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if out, err = s.End(out); err != nil {
			t.Fatal(err)
		}
		if want := b.seal(t, []byte("x")); !bytes.Equal(out, want) {
			t.Fatalf("%s: got %x, want %x", b.label, out, want)
		}
	}
}

// Headers go round in both schemes and both modes.
func TestRoundTripOfHeaders(t *testing.T) {
	for _, h := range testHeaders() {
		for _, s := range schemes {
			sealed := sealHeader(t, s, h)
			for _, lenient := range []bool{false, true} {
				o := NewRequestOpener(testSender(s))
				o.Lenient = lenient
				r, n, err := o.Open(sealed)
				if err != nil || n != len(sealed) || len(r.Oddities) != 0 {
					t.Fatalf("%s %s: got %d, %v, %v", s, h.label(), n, r, err)
				}
				sameHeader(t, h.label(), &r.Header, h)
				if r.Sender != testSender(s) || !bytes.Equal(r.Auth[:], sealed[:16]) {
					t.Fatalf("%s: got sender %+v, want %+v", h.label(), r.Sender, testSender(s))
				}
				again, err := r.Header.Append(nil)
				first, _ := h.Append(nil)
				if err != nil || !bytes.Equal(again, first) {
					t.Fatalf("%s: what was parsed appends as %x, %v, want %x", h.label(), again, err, first)
				}
			}
		}
	}
}

// Nothing that was opened points into the input.
func TestOpenedHeadersAreCopies(t *testing.T) {
	for _, s := range schemes {
		h := testHeader(CommandTCP, HostPort("example.com", 80), 15)
		sealed := sealHeader(t, s, h)
		r, _ := openHeader(t, s, sealed, nil)
		clear(sealed)
		sameHeader(t, s.String(), &r.Header, h)

		data := testResponses()["most data"]
		answer, err := SealResponse(nil, h, s, data)
		if err != nil {
			t.Fatal(err)
		}
		opened, _, err := NewResponseOpener(r).Open(answer)
		if err != nil {
			t.Fatal(err)
		}
		clear(answer)
		sameResponse(t, s.String(), &opened.Header, data)
	}
}

// A server that sent its legacy header opens it again to learn where the CFB
// stream of its body goes on. Two openers of that body do not disturb each
// other.
func TestLegacyResponseBodyContinuesTheHeader(t *testing.T) {
	for label, h := range testResponses() {
		req := httpHeader()
		req.Security = SecurityAES128CFB
		wire, err := SealResponse(nil, req, Legacy, h)
		if err != nil {
			t.Fatal(err)
		}
		r, n, err := OpenResponse(wire, req, Legacy)
		if err != nil {
			t.Fatal(err)
		}
		wire = append(wire, r.Body().seal(t, []byte("continued"))...)
		first, second := r.Body().opener(t), r.Body().opener(t)
		for _, o := range []*Opener{first, second} {
			if got, _, err := o.Open(nil, wire[n:]); err != nil || string(got) != "continued" {
				t.Errorf("%s: got %q, %v", label, got, err)
			}
		}
		// The same as one stream over all.
		key, iv := req.ResponseKeys(Legacy)
		newCFB(key[:], iv[:]).decrypt(wire, wire)
		if !bytes.Contains(wire[n:], []byte("continued")) {
			t.Errorf("%s: the body is not of the header's stream", label)
		}
		// Behind an AEAD header the body's stream is a fresh one.
		if b := req.ResponseBody(AEAD); b.continues != nil {
			t.Error("the body of an AEAD response continues something")
		}
	}
}
