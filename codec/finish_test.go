package codec

import (
	"io"
	"testing"
)

// Where a direction stopped.
func TestFinish(t *testing.T) {
	chunked := ChunkStream | ChunkMasking
	for _, s := range []Security{SecurityAES128CFB, SecurityAES128GCM, SecurityChaCha20Poly1305, SecurityNone} {
		for _, o := range []Option{chunked, chunked | GlobalPadding, chunked | GlobalPadding | AuthenticatedLength} {
			if s == SecurityNone && o.Has(GlobalPadding) {
				continue
			}
			b := body(s, o, Up)
			sealed := b.seal(t, []byte("one"), []byte("two"))
			probe := b.opener(t)
			_, first, err := probe.Open(nil, sealed)
			if err != nil {
				t.Fatal(err)
			}
			_, second, err := probe.Open(nil, sealed[first:])
			if err != nil {
				t.Fatal(err)
			}
			head := b.frameOf(t, sealed).Head
			last := first + second // where the end chunk begins
			for _, c := range []struct {
				label string
				n     int
				want  End
				plain string
			}{
				{"nothing", 0, EndBoundary, ""},
				{"cut in the first length", 1, EndCut, ""},
				{"cut behind the first length", head, EndCut, ""},
				{"cut in the first payload", head + 2, EndCut, ""},
				{"one chunk", first, EndBoundary, "one"},
				{"cut in the second length", first + head - 1, EndCut, "one"},
				{"cut in the second chunk", last - 1, EndCut, "one"},
				{"two chunks", last, EndBoundary, "onetwo"},
				{"cut in the end chunk's length", last + 1, EndCut, "onetwo"},
				{"the end chunk's length alone", last + head, EndChunk, "onetwo"},
				{"all but a byte", len(sealed) - 1, EndChunk, "onetwo"},
				{"all", len(sealed), EndChunk, "onetwo"},
			} {
				if s == SecurityNone && c.label == "all but a byte" {
					c.want = EndCut // its end chunk is a length and nothing else
				}
				for _, inPlace := range []bool{false, true} {
					for _, st := range steppers(1) {
						got := feed(b.opener(t), sealed[:c.n:c.n], st.step, inPlace)
						if got.end != c.want || string(got.plain) != c.plain || got.err != "" {
							t.Errorf("%s %v, %s, %s: got %s and %q and error %q, want %s and %q", s, o.Names(nil), c.label, st.label,
								got.end, got.plain, got.err, c.want, c.plain)
						}
					}
				}
			}
			behind := feed(b.opener(t), append(sealed, "ignored"...), func() int { return 5 }, true)
			if behind.end != EndChunk || string(behind.plain) != "onetwo" {
				t.Errorf("%s: bytes behind the end chunk: got %+v", s, behind)
			}
		}
	}
}

// A body without chunks has no borders to stop at.
func TestFinishWithoutChunks(t *testing.T) {
	for _, s := range []Security{SecurityNone, SecurityAES128CFB} {
		o := body(s, 0, Up).opener(t)
		if o.Chunked() || o.Chunks() != 0 || o.Need() != 1 {
			t.Errorf("%s: got chunked %v, %d chunks, need of %d", s, o.Chunked(), o.Chunks(), o.Need())
		}
		if got := o.Finish(nil); got != EndBoundary {
			t.Errorf("%s: got %s, want boundary", s, got)
		}
		if out, n, err := o.Open([]byte("dst"), nil); err != ErrShort || n != 0 || string(out) != "dst" {
			t.Errorf("%s: nothing: got %q, %d, %v, want ErrShort", s, out, n, err)
		}
	}
}

// sing's server writes an empty chunk in front of its first data. Clients take
// it for the end; a reader of recordings goes on.
func TestDataBehindAnEndMarker(t *testing.T) {
	b := body(SecurityNone, ChunkStream|ChunkMasking, Down)
	s, err := NewSealer(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.End(nil)
	if err != nil {
		t.Fatal(err)
	}
	marker := len(sealed)
	if sealed, err = s.Seal(sealed, []byte("data")); err != nil {
		t.Fatal(err)
	}
	o := b.opener(t)
	if _, n, err := o.OpenInPlace(sealed); err != io.EOF || n != marker {
		t.Fatalf("got %d, %v, want the end marker", n, err)
	}
	if got := o.Finish(nil); got != EndChunk {
		t.Errorf("behind the marker: got %s, want end-chunk", got)
	}
	got, n, err := o.OpenInPlace(sealed[marker:])
	if err != nil || n != len(sealed)-marker || string(got) != "data" {
		t.Fatalf("behind the marker: got %q, %d, %v, want the data", got, n, err)
	}
	if got := o.Finish(nil); got != EndBoundary {
		t.Errorf("behind the data: got %s, want boundary", got)
	}
	if got := o.Finish([]byte{1}); got != EndCut {
		t.Errorf("a byte behind the data: got %s, want cut", got)
	}
}
