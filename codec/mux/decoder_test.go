package mux_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// feed gives what a decoder says about a stream that comes in steps: a line
// for each frame, then the error or the end, each with its place.
func feed(b []byte, step int) (said []string) {
	var d mux.Decoder
	for len(b) > 0 {
		p := bytes.Clone(b[:min(max(step, 1), len(b))])
		b = b[len(p):]
		for {
			f, n, err := d.Next(p)
			if n > len(p) {
				return append(said, fmt.Sprintf("%d bytes used of %d", n, len(p)))
			}
			if err == codec.ErrShort {
				clear(p) // what was used up is the decoder's own now
				break
			}
			if err != nil {
				_, n, again := d.Next([]byte("more"))
				return append(said, fmt.Sprintf("%d: %v, %s, stays %v", d.Offset(), err, d.Finish(), n == 4 && again == err))
			}
			said = append(said, fmt.Sprintf("%d: %s %x", d.Offset(), tell(f), d.Wire()))
			p = p[n:]
		}
	}
	return append(said, fmt.Sprintf("%d: %s", d.Offset(), d.Finish()))
}

// How a carrier is cut never matters: not for the frames, not for the error,
// not for the end.
func TestSplitsOfACarrier(t *testing.T) {
	var whole []byte
	var want []string
	for _, f := range testFrames() {
		if len(f.Extra) > 8 {
			continue
		}
		b := mustAppend(t, &f)
		want = append(want, fmt.Sprintf("%d: %s %x", len(whole), tell(&f), b))
		whole = append(whole, b...)
	}
	damaged := bytes.Clone(whole)
	damaged[len(whole)/2] ^= 0xFF
	for _, c := range []struct {
		label  string
		stream []byte
	}{
		{"whole", whole},
		{"cut", whole[:len(whole)-3]},
		{"damaged", damaged},
		{"bytes behind", append(bytes.Clone(whole), 0)},
		{"refused at once", append(bytes.Clone(whole), 0, 3)},
		{"noise", random(5, 4000)},
		{"empty frames only", bytes.Repeat([]byte("\x00\x04\x00\x01\x02\x00"), 50)},
	} {
		once := feed(c.stream, len(c.stream))
		for _, step := range []int{1, 2, 3, 7, 16, 100, 2048} {
			if got := feed(c.stream, step); !slices.Equal(got, once) {
				t.Errorf("%s, steps of %d:\n got %q\nwant %q", c.label, step, got, once)
			}
		}
		if c.label == "whole" && !slices.Equal(once, append(want, fmt.Sprintf("%d: boundary", len(whole)))) {
			t.Errorf("got %q, want %q", once, want)
		}
	}
}

// A frame that one piece holds is not copied.
func TestDataIsNotCopied(t *testing.T) {
	var d mux.Decoder
	b := mustAppend(t, &mux.Frame{Status: mux.Keep, Option: mux.WithData, Data: []byte("data")})
	f, n, err := d.Next(b)
	if err != nil || n != len(b) || &f.Data[0] != &b[len(b)-4] {
		t.Errorf("got %v, %d, %v, want data in the input", f, n, err)
	}
	if mux.Held(&d) != 0 {
		t.Errorf("%d bytes are held, want none", mux.Held(&d))
	}
}

// A decoder keeps one frame at most, and allocates nothing for bytes that
// have not come.
func TestMemoryOfADecoder(t *testing.T) {
	var d mux.Decoder
	head := []byte("\x00\x04\x00\x01\x02\x01\xff\xff")
	if _, _, err := d.Next(head); err != codec.ErrShort {
		t.Fatal(err)
	}
	if got := mux.Held(&d); got > 64 {
		t.Errorf("%d bytes are held for %d", got, len(head))
	}
	for range 40 {
		for sent := 0; sent < mux.MaxData; sent += 1000 {
			p := make([]byte, min(1000, mux.MaxData-sent))
			_, n, err := d.Next(p)
			if n != len(p) || (err == nil) != (sent+1000 >= mux.MaxData) {
				t.Fatalf("behind %d bytes: got %d, %v", sent, n, err)
			}
		}
		if _, _, err := d.Next(head); err != codec.ErrShort {
			t.Fatal(err)
		}
	}
	if got := mux.Held(&d); got > 2*mux.MaxFrame {
		t.Errorf("%d bytes are held, want at most two frames", got)
	}
	if d.Finish() != codec.EndCut {
		t.Errorf("got %s, want cut", d.Finish())
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	frame := mustAppend(t, &mux.Frame{Status: mux.Keep, Target: udp("192.0.2.7:53"), Option: mux.WithData, Data: make([]byte, 500)})
	var d mux.Decoder
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := d.Next(frame); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Next(nil); err != codec.ErrShort {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func TestSplitsOfSegments(t *testing.T) {
	var whole []byte
	for i, a := range []string{"192.0.2.7:53", "[2001:db8::1]:0", "0.0.0.0:65535"} {
		var err error
		if whole, err = (&mux.Packet{Address: addr(a), Data: random(uint64(i), i*400)}).AppendSegment(whole); err != nil {
			t.Fatal(err)
		}
	}
	segments := func(b []byte, step int) (said []string) {
		var d mux.PacketDecoder
		for len(b) > 0 {
			p := b[:min(step, len(b))]
			b = b[len(p):]
			for {
				packet, n, err := d.Next(p)
				if err == codec.ErrShort {
					break
				}
				if err != nil {
					return append(said, fmt.Sprint(d.Offset(), err))
				}
				said = append(said, fmt.Sprintf("%d %s %x", d.Offset(), packet.Address, packet.Data))
				p = p[n:]
			}
		}
		return append(said, d.Finish().String())
	}
	for _, stream := range [][]byte{whole, whole[:len(whole)-1], append(bytes.Clone(whole), 0, 0), append(bytes.Clone(whole), 0, 1, 3)} {
		once := segments(stream, len(stream))
		if len(once) < 3 {
			t.Fatalf("got %q", once)
		}
		for _, step := range []int{1, 2, 7, 500} {
			if got := segments(stream, step); !slices.Equal(got, once) {
				t.Errorf("steps of %d: got %q, want %q", step, got, once)
			}
		}
	}
	if _, _, err := mux.ParseSegment(whole[:1]); !errors.Is(err, codec.ErrShort) {
		t.Errorf("got %v, want short", err)
	}
}
