package mux_test

import (
	"bytes"
	"fmt"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// A stream is cut into frames of 8192, and comes out as it went in, whatever
// the sizes of the writes.
func TestStreamsAreCut(t *testing.T) {
	for _, server := range []bool{false, true} {
		for _, n := range []int{0, 1, mux.StreamFrame - 1, mux.StreamFrame, mux.StreamFrame + 1, 3*mux.StreamFrame + 5} {
			for _, step := range []int{1000, mux.StreamFrame, 1 << 20} {
				e := mux.Encoder{ID: 7, Target: tcp("example.com:80"), Server: server}
				p := random(1, n)
				wire, wants, err := []byte(nil), 0, error(nil)
				for rest := p; err == nil && (len(rest) > 0 || wants == 0); {
					part := rest[:min(step, len(rest))]
					rest = rest[len(part):]
					wire, err = e.Append(wire, part)
					wants += max(1, (len(part)+mux.StreamFrame-1)/mux.StreamFrame)
				}
				if err != nil {
					t.Fatal(err)
				}
				label := fmt.Sprintf("%d bytes, steps of %d, server %v", n, step, server)
				got := frames(t, label, e.AppendEnd(wire))
				if len(got) != wants+1 || got[wants].Status != mux.End {
					t.Fatalf("%s: got %d frames, want %d", label, len(got), wants+1)
				}
				var back []byte
				for i, f := range got[:wants] {
					back = append(back, f.Data...)
					if (f.Status == mux.New) != (i == 0 && !server) || len(f.Data) > mux.StreamFrame || f.ID != 7 {
						t.Errorf("%s: frame %d is %s with %d bytes", label, i, f.Status, len(f.Data))
					}
				}
				if !bytes.Equal(back, p) {
					t.Errorf("%s: got %d other bytes", label, len(back))
				}
			}
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	to, other := addr("192.0.2.7:53"), addr("192.0.2.8:53")
	e := mux.Encoder{Target: mux.Target{Network: mux.UDP, Address: to}}
	dst := []byte("front")
	check := func(label string, got []byte, err error, k codec.Kind, f codec.Field) {
		t.Helper()
		refused(t, label, err, k, f, 0)
		if string(got) != "front" {
			t.Errorf("%s: got %q back", label, got)
		}
	}
	got, err := e.AppendPacket(dst, make([]byte, mux.MaxPacketV2Ray+1), to)
	check("large datagram", got, err, codec.ErrLimit, codec.FieldMuxDataLength)
	got, err = e.AppendPacket(dst, []byte("d"), other)
	check("first datagram elsewhere", got, err, codec.ErrUnsupported, codec.FieldMuxNetwork)
	got, err = e.Append(dst, []byte("d"))
	check("stream in UDP", got, err, codec.ErrUnsupported, codec.FieldMuxNetwork)
	stream := mux.Encoder{Target: tcp("example.com:80")}
	got, err = stream.AppendPacket(dst, []byte("d"), other)
	check("datagram in TCP", got, err, codec.ErrUnsupported, codec.FieldMuxNetwork)

	// Nothing of that has opened it.
	first, err := e.AppendPacket(nil, make([]byte, mux.MaxPacketV2Ray), to)
	if err != nil {
		t.Fatal(err)
	}
	if f, _, err := mux.ParseFrame(first); err != nil || f.Status != mux.New || f.HasGlobalID {
		t.Errorf("got %s, %v, want new without a global id", f.Status, err)
	}
	if _, err := e.AppendPacket(nil, []byte("d"), other); err != nil {
		t.Errorf("second datagram elsewhere: %v", err)
	}

	nowhere := mux.Encoder{Target: mux.Target{Network: mux.TCP}}
	if got, err := nowhere.Append(dst, make([]byte, 20000)); string(got) != "front" || err == nil {
		t.Errorf("without an address: got %d bytes, %v", len(got), err)
	}
}

func TestEncoderEndsOnce(t *testing.T) {
	to := addr("192.0.2.7:53")
	e := mux.NewXUDP(to)
	if got := (&mux.Encoder{Target: tcp("example.com:80")}).AppendEnd(nil); got != nil {
		t.Errorf("ended before it began: got %x", got)
	}
	if _, err := e.AppendPacket(nil, make([]byte, mux.MaxPacketXUDP), to); err != nil {
		t.Fatal(err)
	}
	wantFrames(t, "ends", frames(t, "ends", e.AppendAbort(nil)), "0 end error")
	if again := e.AppendEnd(nil); again != nil {
		t.Errorf("ended twice: got %x", again)
	}
	if _, err := e.AppendPacket(nil, []byte("d"), to); err != mux.ErrEnded {
		t.Errorf("behind the end: got %v", err)
	}
	// Without a global id of its own, without data, there is none on the wire.
	silent := mux.Encoder{Target: mux.Target{Network: mux.UDP, Address: to}, HasGlobalID: true}
	b, err := silent.AppendPacket(nil, nil, codec.Address{})
	if err != nil {
		t.Fatal(err)
	}
	wantFrames(t, "opened without data", frames(t, "opened", b), "0 new udp:192.0.2.7:53")
}
