package codec

import (
	"bytes"
	"io"
	"slices"
	"testing"
)

// cutChunks frames a sealed body and gives its chunks as they are on the wire.
func cutChunks(t *testing.T, o *Opener, sealed []byte) (chunks [][]byte) {
	t.Helper()
	for len(sealed) > 0 {
		_, n, err := o.Open(nil, sealed)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		chunks = append(chunks, sealed[:n])
		sealed = sealed[n:]
	}
	return chunks
}

// The payloads of most tests here: the last one is behind all holes.
var aheadPayloads = [][]byte{random(1, 40), random(2, 1), random(3, 333), random(4, 16), random(5, 90), random(6, 57)}

// Each chunk is known in advance, whatever stands between; a chunk of another
// number is not taken for it, and the opener stays where it is.
func TestAhead(t *testing.T) {
	for _, b := range testBodies() {
		o := b.opener(t)
		a := o.Ahead()
		if found := o.Chunked() && (b.Security != SecurityNone || o.framer.aead != nil); (a != nil) != found {
			t.Fatalf("%s: knows what is ahead: %v", b.label, a != nil)
		}
		if a == nil {
			continue
		}
		sealed := b.seal(t, aheadPayloads...)
		chunks := cutChunks(t, b.opener(t), sealed)
		if least := a.Least(); a.Sealed() != (o.framer.head() == lengthSize) || (a.Proofs() == 1) == (a.cfb != nil) ||
			len(chunks[1]) < least || !b.Option.Has(GlobalPadding) && len(chunks[1]) != least {
			t.Fatalf("%s: least %d, that of one byte takes %d; sealed %v, proofs %d", b.label, least, len(chunks[1]), a.Sealed(), a.Proofs())
		}
		view, from := a.View(0, sealed)
		if from > aheadBlind(a) {
			t.Fatalf("%s: %d bytes cannot be read", b.label, from)
		}
		var scratch []byte
		at, payload := 0, int64(0)
		for i, chunk := range chunks {
			if i == 0 || at < from {
				at, payload = at+len(chunk), payload+int64(len(aheadPayloads[i]))
				continue
			}
			f, ok := a.Frame(uint64(i), view[at:])
			if !ok || f.Size() != len(chunk) || f.Number != uint64(i) || f.End != (i == len(aheadPayloads)) {
				t.Fatalf("%s: chunk %d: %+v, %v", b.label, i, f, ok)
			}
			if !a.Opens(&f, view[at:at+len(chunk)], &scratch) {
				t.Fatalf("%s: chunk %d does not open", b.label, i)
			}
			if got := a.Overhead(uint64(i)); got != int64(at)-payload {
				t.Fatalf("%s: overhead of %d chunks: got %d, want %d", b.label, i, got, int64(at)-payload)
			}
			for k := range uint64(10) {
				f, ok := a.Frame(k, view[at:])
				ok = ok && a.Sealed() || ok && at+f.Size() <= len(view) && a.Opens(&f, view[at:at+f.Size()], &scratch)
				if ok && k != uint64(i) && a.Numbered() {
					t.Fatalf("%s: chunk %d opens as %d", b.label, i, k)
				}
			}
			at += len(chunk)
			if i < len(aheadPayloads) {
				payload += int64(len(aheadPayloads[i]))
			}
		}
		got := feed(o, bytes.Clone(sealed), func() int { return len(sealed) }, false)
		if want := feed(b.opener(t), bytes.Clone(sealed), func() int { return len(sealed) }, false); got.diff(want) != "" {
			t.Fatalf("%s: looking ahead moved the opener: %s", b.label, got.diff(want))
		}
	}
}

func aheadBlind(a *Ahead) int {
	if a.cfb == nil {
		return 0
	}
	return 31
}

// Resume goes on with any later chunk, wherever the reading had stopped: in
// front of a chunk, behind its length, or at a payload that refused.
func TestResume(t *testing.T) {
	for _, b := range testBodies() {
		sealed := b.seal(t, aheadPayloads...)
		if b.opener(t).framer == nil {
			continue
		}
		chunks := cutChunks(t, b.opener(t), sealed)
		for stop := range len(chunks) - 1 {
			for to := stop + 1; to < len(chunks); to++ {
				for _, offered := range []int{0, 1, len(chunks[stop]) - 1} {
					o := b.opener(t)
					front := bytes.Join(chunks[:stop], nil)
					feedAll(t, o, front)
					if _, n, err := o.Open(nil, chunks[stop][:offered]); n > 0 || err != ErrShort {
						t.Fatalf("%s: part of a chunk: %d, %v", b.label, n, err)
					}
					hole := len(bytes.Join(chunks[stop:to], nil)) // up to 40 bytes of it are seen
					seen := min(hole, 40)
					between := sealed[len(front)+hole-seen : len(front)+hole]
					if blind := o.Blind(int64(hole - seen)); blind > seen {
						if o.Resume(uint64(to), int64(hole-seen), between) {
							t.Fatalf("%s: resumed behind %d bytes of %d", b.label, seen, blind)
						}
						continue
					}
					if !o.Resume(uint64(to), int64(hole-seen), between) {
						t.Fatalf("%s: chunk %d is not resumed from %d", b.label, to, stop)
					}
					got := feedAll(t, o, bytes.Join(chunks[to:], nil))
					if want := bytes.Join(aheadPayloads[min(to, len(aheadPayloads)):], nil); !bytes.Equal(got, want) || o.Chunks() != uint64(len(chunks)) {
						t.Fatalf("%s: from %d to %d: %d bytes, want %d; chunk %d", b.label, stop, to, len(got), len(want), o.Chunks())
					}
				}
			}
		}
	}
}

// feedAll opens all chunks of a body and gives the plaintext.
func feedAll(t *testing.T, o *Opener, sealed []byte) (plain []byte) {
	t.Helper()
	for len(sealed) > 0 {
		var n int
		var err error
		plain, n, err = o.Open(plain, sealed)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		sealed = sealed[n:]
	}
	return plain
}

// Pass goes on behind a payload that refused.
func TestPass(t *testing.T) {
	for _, b := range testBodies() {
		if o := b.opener(t); o.framer == nil || b.Security == SecurityNone {
			continue
		}
		chunks := cutChunks(t, b.opener(t), b.seal(t, aheadPayloads...))
		bad := slices.Clone(chunks[2])
		bad[b.opener(t).Need()+4]++ // behind the length
		o := b.opener(t)
		feedAll(t, o, bytes.Join(chunks[:2], nil))
		if _, _, err := o.OpenInPlace(bytes.Clone(bad)); err == nil {
			t.Fatalf("%s: a changed payload opens", b.label)
		}
		f, read := o.Current()
		if !read || f.Size() != len(bad) || o.Payload(&f) != len(aheadPayloads[2]) || f.Number != 2 {
			t.Fatalf("%s: the chunk that refused: %+v, %v", b.label, f, read)
		}
		o.Pass()
		if _, read := o.Current(); read {
			t.Fatalf("%s: the next length is known", b.label)
		}
		got := feedAll(t, o, bytes.Join(chunks[3:], nil))
		if want := bytes.Join(aheadPayloads[3:], nil); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes behind the chunk, want %d", b.label, len(got), len(want))
		}
	}
}

// CFB comes into step behind a hole wherever it begins and ends.
func TestBlind(t *testing.T) {
	b := body(SecurityAES128CFB, 0, Up)
	plain := random(9, 300)
	sealed := b.seal(t, plain)
	for at := range 40 {
		for length := range 40 {
			o := b.opener(t)
			feedAll(t, o, sealed[:at])
			blind := o.Blind(int64(length))
			from := at + length + blind
			if blind < 16 || blind > 31 || o.Resume(0, int64(length), sealed[at+length:from-1]) || !o.Resume(0, int64(length), sealed[at+length:from]) {
				t.Fatalf("%d bytes at %d: %d bytes are blind", length, at, blind)
			}
			if got := feedAll(t, o, sealed[from:]); !bytes.Equal(got, plain[from:]) {
				t.Fatalf("%d bytes at %d: other bytes behind", length, at)
			}
		}
	}
	if o := b.opener(t); o.Blind(-1) != -1 || o.Resume(0, -1, sealed[:100]) {
		t.Error("nobody knows where blocks begin")
	}
}
