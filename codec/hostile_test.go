package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
)

// rounds is how often the tests with random input try.
func rounds(n int) int {
	if testing.Short() || runtime.GOARCH == "wasm" {
		return n / 10
	}
	return n
}

// noise gives random bytes that often look like something: lengths that are
// small, bytes that are the same.
func noise(r *rand.Rand, most int) []byte {
	b := random(r.Uint64(), r.IntN(most+1))
	for range r.IntN(4) {
		if len(b) > 0 {
			from := r.IntN(len(b))
			to := from + r.IntN(len(b)-from+1)
			for i := from; i < to; i++ {
				b[i] = byte(from)
			}
		}
	}
	return b
}

// Whatever comes in, a parser gives a structure that appends as it was, or an
// error that has a kind.
func TestParsersOfNoise(t *testing.T) {
	r := rand.New(source(1))
	for range rounds(20000) {
		b := noise(r, 330)
		if len(b) > 41 && r.IntN(2) == 0 { // give it a chance
			b[0], b[34], b[35], b[37], b[40] = 1, b[34]&^0x08, b[35]&0xF0|3, 1+b[37]%3, 1+b[40]%3
		}
		h, n, err := ParseRequestHeader(b)
		if err == nil {
			section, err := h.Append(nil)
			if err != nil || !bytes.Equal(section, b[:n]) {
				t.Fatalf("%x parsed as %+v, which appends as %x, %v", b[:n], h, section, err)
			}
		} else if kindOf(err) == 0 || n > len(b) {
			t.Fatalf("%x: got %d, %v", b, n, err)
		}
		_, n, odd, err := ParseRequestHeaderLenient(b)
		if err != nil && kindOf(err) == 0 || n > len(b) || len(odd) > 6 {
			t.Fatalf("%x, lenient: got %d, %v, %v", b, n, odd, err)
		}
		if s, err := ParseSwitchAccount(b); err == nil {
			t.Fatalf("%x is a switch account %+v", b, s)
		} else if kindOf(err) == 0 {
			t.Fatalf("%x: got %v", b, err)
		}
		if s, err := ParseSwitchAccount(section4(b)); err == nil && len(s.Host) <= maxSwitchHost {
			again, err := s.Append(nil)
			if err != nil || !bytes.Equal(again[4:], b[:len(again)-4]) {
				t.Fatalf("%x parsed as %+v, which appends as %x, %v", b, s, again, err)
			}
		}
	}
}

func kindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case err == ErrShort:
		return ErrShort
	}
	return 0
}

// The same behind a key: what an owner of the key could send.
func TestOpenersOfNoise(t *testing.T) {
	r := rand.New(source(2))
	req := httpHeader()
	for range rounds(3000) {
		b := noise(r, 400)
		for label, open := range map[string]func() error{
			"request":          func() error { _, _, err := OpenRequest(b, testKey); return err },
			"sealed request":   func() error { _, _, err := OpenRequest(sealSection(b), testKey); return err },
			"legacy request":   func() error { _, _, err := OpenLegacyRequest(b, testKey, testTime); return err },
			"legacy section":   func() error { _, _, err := OpenLegacyRequest(sealLegacySection(b), testKey, testTime); return err },
			"response":         func() error { _, _, err := OpenResponse(b, req, AEAD); return err },
			"sealed response":  func() error { _, _, err := OpenResponse(sealResponsePlain(req, b), req, AEAD); return err },
			"echoing response": func() error { _, _, err := OpenResponse(sealResponsePlain(req, echo(req, b)), req, AEAD); return err },
			"legacy response":  func() error { _, _, err := OpenResponse(b, req, Legacy); return err },
		} {
			if err := open(); err != nil && kindOf(err) == 0 {
				t.Fatalf("%s: %x: got %v", label, b, err)
			}
		}
	}
}

func echo(req *RequestHeader, b []byte) []byte { return append([]byte{req.ResponseAuth}, b...) }

// A hostile body: each call gets on, waits or stops, and none takes more
// memory than the bytes that are there justify.
func TestBodiesOfNoise(t *testing.T) {
	r := rand.New(source(3))
	bodies := testBodies()
	for range rounds(4000) {
		b := bodies[r.IntN(len(bodies))]
		o := b.opener(t)
		src := noise(r, 3000)
		if r.IntN(2) == 0 {
			src = append(b.seal(t, noise(r, 50), noise(r, 50)), src...)
		}
		left := src
		for calls := 0; ; calls++ {
			if calls > len(src)+1 {
				t.Fatalf("%s: does not come to an end", b.label)
			}
			out, n, err := o.Open(nil, left)
			if len(out) > n || n > len(left) || err == nil && n == 0 || err != nil && len(out) > 0 {
				t.Fatalf("%s: got %d bytes out of %d used, %v", b.label, len(out), n, err)
			}
			if err == ErrShort || err != nil && err != io.EOF {
				if kindOf(err) == 0 {
					t.Fatalf("%s: got %v", b.label, err)
				}
				break
			}
			left = left[n:]
		}
		if end := o.Finish(left); end == EndOpen {
			t.Fatalf("%s: got open", b.label)
		}
	}
}

// A length of 65535 is a promise of the sender's; no memory is given for it
// before the bytes are there.
func TestALengthAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector counts its own")
	}
	b := body(SecurityAES128GCM, ChunkStream, Up)
	grown := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	o := b.opener(t)
	field := binary.BigEndian.AppendUint16(nil, 65535)
	if n := grown(func() { _, _, _ = o.Open(nil, field) }); n > 1000 {
		t.Errorf("the opener took %d bytes for 2", n)
	}
	reader := NewReader(bytes.NewReader(field), b.opener(t))
	if n := grown(func() { _, _ = reader.Read(make([]byte, 10)) }); n > 20000 {
		t.Errorf("the reader took %d bytes for 2", n)
	}
	flood := append(field, make([]byte, 65535)...)
	reader = NewReader(bytes.NewReader(flood), b.opener(t))
	if n := grown(func() { _, _ = reader.Read(make([]byte, 10)) }); n > 400000 {
		t.Errorf("the reader took %d bytes for %d", n, len(flood))
	}
}
