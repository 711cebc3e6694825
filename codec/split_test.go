package codec

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// How the bytes of a body are cut into calls never matters: not for what comes
// out, not for the error, not for the end. Nor does it matter whether chunks
// are opened in place.
func TestSplitsOfBodies(t *testing.T) {
	payloads := [][]byte{random(1, 1), random(2, 100), random(3, 16), random(4, 333)}
	for i, b := range testBodies() {
		whole := b.seal(t, payloads...)
		for _, d := range damages(uint64(i), whole) {
			want := feed(b.opener(t), d.bytes, func() int { return len(d.bytes) }, true)
			if d.label == "none" {
				checkWhole(t, b, want, bytes.Join(payloads, nil))
			}
			for _, inPlace := range []bool{false, true} {
				for _, s := range steppers(uint64(i)) {
					got := feed(b.opener(t), d.bytes, s.step, inPlace)
					if diff := got.diff(want); diff != "" {
						t.Fatalf("%s, damage %s, %s, in place %v: %s", b.label, d.label, s.label, inPlace, diff)
					}
				}
			}
		}
	}
}

// checkWhole checks what an undamaged body gives.
func checkWhole(t testing.TB, b testBody, got outcome, want []byte) {
	t.Helper()
	end := EndBoundary
	if b.Option.Has(ChunkStream) {
		end = EndChunk
	}
	if !bytes.Equal(got.plain, want) || got.err != "" || got.end != end {
		t.Fatalf("%s: got %d bytes, error %q, end %s; want %d, none, %s", b.label, len(got.plain), got.err, got.end, len(want), end)
	}
}

type damage struct {
	label string
	bytes []byte
}

// damages gives a body as it is, and with a few things wrong.
func damages(seed uint64, whole []byte) []damage {
	at := int(source(seed).Uint64() % uint64(len(whole)))
	flip := append([]byte(nil), whole...)
	flip[at] ^= 0x40
	return []damage{
		{"none", whole},
		{"cut at " + itoa(at), whole[:at]},
		{"flip at " + itoa(at), flip},
		{"bytes behind", append(append([]byte(nil), whole...), random(seed, 40)...)},
		{"noise", random(seed, 600)},
	}
}

// A Reader gives the same bytes and the same end as the opener, whatever the
// stream below does.
func TestSplitsOfReader(t *testing.T) {
	payloads := [][]byte{random(1, 1), random(2, 100), random(4, 2500)}
	for i, b := range testBodies() {
		if i%5 != 0 {
			continue
		}
		whole := b.seal(t, payloads...)
		for _, d := range damages(uint64(i), whole) {
			fed := feed(b.opener(t), d.bytes, func() int { return len(d.bytes) }, true)
			wantErr := fed.err
			if wantErr == "" && fed.end == EndCut {
				wantErr = io.ErrUnexpectedEOF.Error()
			}
			for label, r := range map[string]io.Reader{
				"whole":    bytes.NewReader(d.bytes),
				"one byte": iotest.OneByteReader(bytes.NewReader(d.bytes)),
				"half":     iotest.HalfReader(bytes.NewReader(d.bytes)),
				"data err": iotest.DataErrReader(bytes.NewReader(d.bytes)),
			} {
				got, err := io.ReadAll(NewReader(r, b.opener(t)))
				gotErr := ""
				if err != nil {
					gotErr = err.Error()
				}
				if !bytes.Equal(got, fed.plain) || gotErr != wantErr {
					t.Fatalf("%s, damage %s, %s: got %d bytes and %q, want %d and %q", b.label, d.label, label,
						len(got), gotErr, len(fed.plain), wantErr)
				}
			}
		}
	}
}

// Headers in pieces give the same header or the same error.
func TestSplitsOfHeaders(t *testing.T) {
	for _, s := range schemes {
		for i, h := range testHeaders() {
			sealed := append(sealHeader(t, s, h), random(8, MaxSection)...)
			damaged := append([]byte(nil), sealed...)
			damaged[16+i%80] ^= 1
			for _, b := range [][]byte{sealed, damaged} {
				want, wantN, wantErr := NewRequestOpener(testSender(s)).Open(b)
				for _, step := range steppers(uint64(i)) {
					o := NewRequestOpener(testSender(s))
					n := 0
					var got *Request
					var used int
					err := error(ErrShort)
					for err == ErrShort && n < len(b) {
						n = min(n+step.step(), len(b))
						got, used, err = o.Open(b[:n])
					}
					if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() || used != wantN {
						t.Fatalf("%s %s, %s: got %d, %v, want %d, %v", s, h.label(), step.label, used, err, wantN, wantErr)
					}
					if err == nil {
						sameHeader(t, step.label, &got.Header, &want.Header)
					}
				}
			}
		}
	}
}

// What was drawn for a chunk is drawn once, however often one has to wait: the
// draws of two openers stay together although one was asked a hundred times.
func TestWaitingDrawsNothing(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking|GlobalPadding, Down)
	sealed := b.seal(t, []byte("one"), []byte("two"))
	o := b.opener(t)
	for range 100 {
		if _, _, err := o.Open(nil, sealed[:5]); err != ErrShort {
			t.Fatal(err)
		}
		if got, want := o.Need(), b.frameOf(t, sealed); got != want.Size() {
			t.Fatalf("got need of %d, want %d", got, want.Size())
		}
		if got := o.Finish(sealed[:5]); got != EndCut {
			t.Fatalf("got %s, want cut", got)
		}
	}
	got := feed(o, sealed, func() int { return 1 }, false)
	if string(got.plain) != "onetwo" || got.end != EndChunk {
		t.Errorf("got %+v", got)
	}
}

// Need never asks for too little: a caller that waits for exactly that many
// bytes gets on with each call.
func TestNeedIsEnough(t *testing.T) {
	for _, b := range testBodies() {
		sealed := b.seal(t, []byte("one"), random(1, 300))
		o := b.opener(t)
		var plain []byte
		for off := 0; off < len(sealed); {
			need := o.Need()
			if off+need > len(sealed) {
				t.Fatalf("%s: needs %d bytes at %d of %d", b.label, need, off, len(sealed))
			}
			payload, n, err := o.Open(nil, sealed[off:off+need])
			if err == ErrShort && o.Need() <= need {
				t.Fatalf("%s: short with the %d bytes that it asked for", b.label, need)
			}
			if err != nil && err != ErrShort && err != io.EOF {
				t.Fatalf("%s: %v", b.label, err)
			}
			plain, off = append(plain, payload...), off+n
		}
		if len(plain) != 303 {
			t.Errorf("%s: got %d bytes, want 303", b.label, len(plain))
		}
	}
}
