package codec

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestReaderIsAReader(t *testing.T) {
	want := random(1, 20000)
	for _, sec := range []Security{SecurityAES128GCM, SecurityAES128CFB, SecurityNone} {
		b := body(sec, ChunkStream|ChunkMasking, Up)
		sealed := b.seal(t, want[:5], want[5:9000], want[9000:])
		if err := iotest.TestReader(NewReader(bytes.NewReader(sealed), b.opener(t)), want); err != nil {
			t.Errorf("%s: %v", sec, err)
		}
	}
	b := body(SecurityAES128CFB, 0, Up)
	if err := iotest.TestReader(NewReader(bytes.NewReader(b.seal(t, want)), b.opener(t)), want); err != nil {
		t.Errorf("without chunks: %v", err)
	}
}

func TestReaderTellsCutFromEnd(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking, Up)
	sealed := b.seal(t, []byte("payload"))
	end := len(sealed) - 18
	for n := range len(sealed) + 1 {
		want := io.ErrUnexpectedEOF
		if n == 0 || n == end || n >= end+2 { // a boundary, or the end chunk's length
			want = io.EOF
		}
		r := NewReader(bytes.NewReader(sealed[:n]), b.opener(t))
		var got []byte
		p := make([]byte, 3)
		for {
			k, err := r.Read(p)
			got = append(got, p[:k]...)
			if err != nil {
				if err != want {
					t.Errorf("%d of %d bytes: got %v, want %v", n, len(sealed), err, want)
				}
				break
			}
		}
		if n >= end && string(got) != "payload" || n < end && len(got) > 0 {
			t.Errorf("%d of %d bytes: got %q", n, len(sealed), got)
		}
		if k, err := r.Read(p); k != 0 || err != want {
			t.Errorf("%d of %d bytes: again: got %d, %v, want %v", n, len(sealed), k, err, want)
		}
		if k, err := r.Read(nil); k != 0 || err != nil {
			t.Errorf("an empty read: got %d, %v", k, err)
		}
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking, Up)
	sealed := b.seal(t, []byte("one"), []byte("two"))

	broken := errors.New("broken")
	r := NewReader(io.MultiReader(bytes.NewReader(sealed[:30]), iotest.ErrReader(broken)), b.opener(t))
	if got, err := io.ReadAll(r); err != broken || string(got) != "one" {
		t.Errorf("got %q, %v, want the payload so far and %v", got, err, broken)
	}

	timeout := NewReader(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(sealed))), b.opener(t))
	if got, err := io.ReadAll(timeout); err != iotest.ErrTimeout || len(got) != 0 {
		t.Errorf("got %q, %v, want %v", got, err, iotest.ErrTimeout)
	}

	sealed[len(sealed)-20] ^= 1 // the second payload's tag
	got, err := io.ReadAll(NewReader(bytes.NewReader(sealed), b.opener(t)))
	wantError(t, "damage", err, ErrAuth, FieldPayloadTag)
	if string(got) != "one" {
		t.Errorf("got %q, want the payload in front of the damage", got)
	}
}

// lazy gives nothing every other time, which a Reader has to live with.
type lazy struct {
	r    io.Reader
	idle bool
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.idle = !l.idle; l.idle {
		return 0, nil
	}
	return l.r.Read(p)
}

func TestReaderOfALazyStream(t *testing.T) {
	b := body(SecurityChaCha20Poly1305, ChunkStream|ChunkMasking|GlobalPadding, Down)
	sealed := b.seal(t, random(1, 500))
	got, err := io.ReadAll(NewReader(&lazy{r: iotest.HalfReader(bytes.NewReader(sealed))}, b.opener(t)))
	if err != nil || !bytes.Equal(got, random(1, 500)) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestReaderOfPackets(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking|GlobalPadding, Up)
	b.Packets = true
	packets := [][]byte{[]byte("a"), random(2, 1400), []byte("ccc")}
	for label, below := range map[string]io.Reader{
		"whole":    bytes.NewReader(b.seal(t, packets...)),
		"one byte": iotest.OneByteReader(bytes.NewReader(b.seal(t, packets...))),
	} {
		r := NewReader(below, b.opener(t))
		for i, want := range packets {
			if got, err := r.Packet(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: packet %d: got %d bytes, %v, want %d", label, i, len(got), err, len(want))
			}
		}
		if got, err := r.Packet(); got != nil || err != io.EOF {
			t.Errorf("%s: behind the last packet: got %x, %v, want EOF", label, got, err)
		}
	}
}

// counted remembers each write.
type counted struct {
	writes [][]byte
	fail   error
}

func (c *counted) Write(p []byte) (int, error) {
	if c.fail != nil {
		return 0, c.fail
	}
	c.writes = append(c.writes, append([]byte(nil), p...))
	return len(p), nil
}

// A Writer makes chunks of at most DefaultChunk, each in one write, and the
// end chunk when it is closed.
func TestWriter(t *testing.T) {
	for _, b := range testBodies() {
		if b.IV == httpHeader().BodyIV {
			continue // the other direction does
		}
		s, err := NewSealer(b.Body, entropy(4))
		if err != nil {
			t.Fatal(err)
		}
		most := s.MaxPayload(DefaultChunk)
		for _, n := range []int{0, 1, most - 1, most, most + 1, 2*most + 1} {
			payload := random(3, n)
			s, _ := NewSealer(b.Body, entropy(4))
			var below counted
			w := NewWriter(&below, s)
			if k, err := w.Write(payload); k != n || err != nil {
				t.Fatalf("%s: write of %d: got %d, %v", b.label, n, k, err)
			}
			if want := (n + most - 1) / most; len(below.writes) != want {
				t.Fatalf("%s: write of %d: got %d writes, want %d", b.label, n, len(below.writes), want)
			}
			for _, p := range below.writes {
				if len(p) > DefaultChunk {
					t.Fatalf("%s: a chunk of %d bytes", b.label, len(p))
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(NewReader(bytes.NewReader(bytes.Join(below.writes, nil)), b.opener(t)))
			if err != nil || !bytes.Equal(got, payload) {
				t.Fatalf("%s: %d bytes came back as %d, %v", b.label, n, len(got), err)
			}
			if k, err := w.Write([]byte("x")); k != 0 || err != io.ErrClosedPipe {
				t.Fatalf("write behind close: got %d, %v", k, err)
			}
			if err := w.Close(); err != io.ErrClosedPipe {
				t.Fatalf("second close: got %v", err)
			}
		}
	}
}

func TestWriterErrorsStay(t *testing.T) {
	b := body(SecurityAES128GCM, ChunkStream|ChunkMasking, Up)
	s, err := NewSealer(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	below := &counted{}
	w := NewWriter(below, s)
	payload := make([]byte, 10)
	if n, err := w.Write(payload); n != 10 || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
	below.fail = broken
	if n, err := w.Write(payload); n != 0 || err != broken {
		t.Errorf("got %d, %v, want %v", n, err, broken)
	}
	below.fail = nil
	if n, err := w.Write(payload); n != 0 || err != broken {
		t.Errorf("behind the error: got %d, %v, want %v", n, err, broken)
	}
	if err := w.Close(); err != broken || len(below.writes) != 1 {
		t.Errorf("close behind the error: got %v and %d writes", err, len(below.writes))
	}

	s, err = NewSealer(body(SecurityAES128GCM, ChunkStream|ChunkMasking|GlobalPadding, Up), noEntropy)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := NewWriter(below, s).Write(payload); n != 0 || err != errNoEntropy {
		t.Errorf("got %d, %v, want %v", n, err, errNoEntropy)
	}
	below.fail = broken
	s, _ = NewSealer(b, nil)
	if err := NewWriter(below, s).Close(); err != broken {
		t.Errorf("close: got %v, want %v", err, broken)
	}
}
