package codec

import (
	"bytes"
	"testing"
)

// What Respond says of the body is what the client's opener finds: also the
// CFB stream that a legacy header began.
func TestRespondTellsTheBody(t *testing.T) {
	for _, s := range schemes {
		for _, security := range testSecurities {
			for label, h := range testResponses() {
				label = s.String() + " " + security.String() + ": " + label
				req := &Request{Sender: testSender(s), Header: *httpHeader()}
				req.Header.Security = security
				wire, body, err := req.Respond([]byte("dst"), h)
				if err != nil {
					t.Fatalf("%s: %v", label, err)
				}
				same, err := SealResponse([]byte("dst"), &req.Header, s, h)
				if err != nil || !bytes.Equal(wire, same) {
					t.Fatalf("%s: got %x, SealResponse has %x, %v", label, wire, same, err)
				}
				wire = append(wire[len("dst"):], body.seal(t, []byte("first"), []byte("second"))...)
				r, n, err := OpenResponse(wire, &req.Header, s)
				if err != nil {
					t.Fatalf("%s: %v", label, err)
				}
				got := feed(r.Body().opener(t), wire[n:], func() int { return 7 }, false)
				if string(got.plain) != "firstsecond" || got.err != "" {
					t.Errorf("%s: got %q, %s", label, got.plain, got.err)
				}
			}
		}
	}
}

func TestRespondLeavesDstOnError(t *testing.T) {
	for _, s := range schemes {
		req := &Request{Sender: testSender(s), Header: *httpHeader()}
		out, body, err := req.Respond([]byte("dst"), &ResponseHeader{Data: []byte("without a command")})
		wantError(t, s.String(), err, ErrUnsupported, FieldResponseCommandLength)
		if string(out) != "dst" || body.Key != [16]byte{} {
			t.Errorf("%s: got %q and %+v beside an error", s, out, body)
		}
	}
}

// The keys of the body are known as soon as 38 bytes of a legacy section are
// there, or an AEAD section is open, and stay known when the rest is refused.
func TestBodyKeysAreKnownEarly(t *testing.T) {
	for _, s := range schemes {
		for _, h := range testHeaders() {
			label := s.String() + " " + h.label()
			b := sealHeader(t, s, h)
			at := len(b)
			if s == Legacy {
				at = authSize + sessionSize
			}
			o := NewRequestOpener(testSender(s))
			for n := range len(b) + 1 {
				o.Open(b[:n])
				key, iv, ok := o.BodyKeys()
				if ok != (n >= at) || ok && (key != h.BodyKey || iv != h.BodyIV) {
					t.Fatalf("%s: with %d of %d bytes: got %x, %x, %v, want them from %d on", label, n, len(b), key, iv, ok, at)
				}
			}
		}
	}
	for name, spoil := range map[string]func([]byte){
		"legacy address type": func(b []byte) { b[authSize+40] ^= 0x80 },
		"legacy command":      func(b []byte) { b[authSize+offCommand] ^= 0x80 },
		"legacy checksum":     func(b []byte) { b[len(b)-1] ^= 1 },
	} {
		b := sealHeader(t, Legacy, httpHeader())
		spoil(b)
		o := NewRequestOpener(testSender(Legacy))
		if _, _, err := o.Open(b); err == nil || err == ErrShort {
			t.Fatalf("%s: got %v, want a refusal", name, err)
		}
		if key, iv, ok := o.BodyKeys(); !ok || key != httpHeader().BodyKey || iv != httpHeader().BodyIV {
			t.Errorf("%s: got %x, %x, %v", name, key, iv, ok)
		}
	}
	for _, flipped := range []int{authSize, sealedAt} { // the length's tag, the section's tag
		b := sealHeader(t, AEAD, httpHeader())
		b[flipped] ^= 1
		o := NewRequestOpener(testSender(AEAD))
		o.Open(b)
		if _, _, ok := o.BodyKeys(); ok {
			t.Errorf("byte %d flipped: keys of a section that did not open", flipped)
		}
	}
}
