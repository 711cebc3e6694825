package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"vmesskit/inspect/flow"
)

// TestOnesSum holds the sum against RFC 1071 word by word.
func TestOnesSum(t *testing.T) {
	b := make([]byte, 3000)
	for i := range b {
		b[i] = byte(i*i>>3) | 0xc0 // with many carries
	}
	for n := range b {
		var want uint64
		for i := 0; i+1 < n; i += 2 {
			want += uint64(binary.BigEndian.Uint16(b[i:]))
		}
		if n%2 == 1 {
			want += uint64(b[n-1]) << 8
		}
		if got := checksum(onesSum(b[:n])); got != checksum(want) {
			t.Fatalf("%d bytes: got %04x, want %04x", n, got, checksum(want))
		}
	}
}

// TestWriter reads back what was written, also frames larger than its buffer.
func TestWriter(t *testing.T) {
	var file bytes.Buffer
	w := NewWriter(&file)
	s := new(script).hello(100, 200).up(101, 201, ack, "question").down(201, 109, ack, "answer")
	for _, r := range s.recs {
		if err := w.Packet(flow.Time(r.at), r.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Packet(flow.Time(s.at+1), make([]byte, writeBuffer+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := classicFile(le, true, 1, append(s.recs, rec{at: s.at + 1, data: make([]byte, writeBuffer+1)})...)
	binary.LittleEndian.PutUint32(want[16:], writeSnaplen)
	if got := file.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	bad := NewWriter(failing{})
	if bad.Packet(0, []byte{1}); bad.Flush() != io.ErrClosedPipe || !errors.Is(bad.Packet(0, nil), io.ErrClosedPipe) {
		t.Error("the first error is gone")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
