package codec

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// Framing here and opening there gives what opening at once does, damage
// included, whichever order the chunks are opened in.
func TestFramingApart(t *testing.T) {
	payloads := [][]byte{random(1, 1), random(2, 100), random(3, 16), random(4, 333)}
	for i, b := range testBodies() {
		o := b.opener(t)
		if (o.Cipher() != nil) != b.Security.AEAD() {
			t.Fatalf("%s: a cipher of its own: %v", b.label, o.Cipher() != nil)
		}
		if !b.Security.AEAD() {
			continue
		}
		for _, d := range damages(uint64(i), b.seal(t, payloads...)) {
			want := feed(b.opener(t), d.bytes, func() int { return len(d.bytes) }, false)
			if got := apart(b.opener(t), bytes.Clone(d.bytes)); got.diff(want) != "" {
				t.Fatalf("%s, damage %s: %s", b.label, d.label, got.diff(want))
			}
		}
	}
}

// apart frames all of a body first and opens its chunks from the last to the
// first.
func apart(o *Opener, sealed []byte) (r outcome) {
	cipher := o.Cipher()
	type chunk struct {
		frame Frame
		bytes []byte
	}
	var chunks []chunk
	var err error
	rest := sealed
	for err == nil {
		var f Frame
		if f, err = o.Frame(rest); err == nil {
			chunks = append(chunks, chunk{f, rest[:f.Size()]})
			rest = rest[f.Size():]
			if f.End {
				err = io.EOF
			}
		}
	}
	r.end, r.chunks = o.Finish(rest), uint64(len(chunks))
	if !errors.Is(err, ErrShort) && err != io.EOF {
		r.err = err.Error()
	}
	plain := make([][]byte, len(chunks))
	for i := len(chunks) - 1; i >= 0; i-- {
		p, err := cipher.Open(&chunks[i].frame, chunks[i].bytes)
		if err != nil {
			r.err, plain, r.chunks, r.end = err.Error(), plain[:i], uint64(i), EndCut
			if chunks[i].frame.End {
				r.end = EndChunk
			}
		} else if i < len(plain) {
			plain[i] = p
		}
	}
	r.plain = bytes.Join(plain, nil)
	return r
}

// An error sticks, and a body without chunks has none to frame.
func TestFrameErrors(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream, Up)
	o := testBody{Body: b}.opener(t)
	for range 2 {
		if _, err := o.Frame([]byte{0, 3, 1, 2, 3}); !errors.Is(err, ErrMalformed) {
			t.Errorf("a length below the tag's: got %v, want malformed", err)
		}
	}
}
