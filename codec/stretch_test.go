package codec

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func TestStretch(t *testing.T) {
	asked := 0
	counting := func(b []byte) error {
		asked += len(b)
		return entropy(1)(b)
	}
	whole := make([]byte, 1000)
	if err := Stretch(counting)(whole); err != nil || asked != 32 {
		t.Fatalf("asked for %d bytes, %v; want 32", asked, err)
	}
	if zeros := bytes.Count(whole, []byte{0}); zeros > 20 {
		t.Errorf("%d of %d bytes are 0", zeros, len(whole))
	}
	s, rest := Stretch(entropy(1)), append([]byte(nil), whole...)
	for n := 1; len(rest) > 0; n = min(2*n, len(rest)) {
		b := bytes.Repeat([]byte{0xAA}, n)
		if err := s(b); err != nil || !bytes.Equal(b, rest[:n]) {
			t.Fatalf("in pieces, with %d bytes left, it is not the same: %v", len(rest), err)
		}
		rest = rest[n:]
	}
	other := make([]byte, 1000)
	if Stretch(entropy(2))(other); bytes.Equal(other, whole) {
		t.Error("two seeds give the same bytes")
	}
}

// TestStretchFails: an error is told each time, and entropy that comes back is
// taken.
func TestStretchFails(t *testing.T) {
	broken := errors.New("broken")
	err := broken
	s := Stretch(func(b []byte) error { return err })
	for range 2 {
		if got := s(make([]byte, 4)); got != broken {
			t.Errorf("got %v, want %v", got, broken)
		}
	}
	err = nil
	if got := s(make([]byte, 4)); got != nil {
		t.Errorf("got %v behind the failure", got)
	}
}

// BenchmarkSealPadding seals chunks of 2 KB with padding from the system, and
// from the system and stretched. The primitive seals without any.
func BenchmarkSealPadding(b *testing.B) {
	system := func(p []byte) error {
		_, err := rand.Read(p)
		return err
	}
	h := httpHeader()
	h.Option |= GlobalPadding
	for _, from := range []struct {
		label string
		Entropy
	}{{"system", system}, {"stretched", Stretch(system)}} {
		b.Run(from.label, func(b *testing.B) {
			s := newBenchStream(b, h.RequestBody(), 2048)
			payload, dst := make([]byte, s.payload), make([]byte, 0, MaxChunk)
			sealer, err := NewSealer(s.Body, from.Entropy)
			if err != nil {
				b.Fatal(err)
			}
			beside(b, func() {
				for range s.chunks {
					sealer.Seal(dst, payload)
				}
			}, s.rawSeal(payload, dst))
		})
	}
}
