package mux_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

func TestFramesGoRound(t *testing.T) {
	for _, f := range testFrames() {
		b := mustAppend(t, &f)
		got, n, err := mux.ParseFrame(append(b, "behind"...))
		if err != nil || n != len(b) || !reflect.DeepEqual(got, f) {
			t.Errorf("%s: got %s, %d, %v", tell(&f), tell(&got), n, err)
		}
		for n := range b {
			if _, _, err := mux.ParseFrame(b[:n]); !errors.Is(err, codec.ErrShort) {
				t.Fatalf("%s: %d of %d bytes: got %v, want short", tell(&f), n, len(b), err)
			}
		}
	}
}

// Every byte of a frame belongs to one leaf of its trace, and what writes a
// frame traces it as what reads it.
func TestTracesOfFrames(t *testing.T) {
	for _, f := range testFrames() {
		var read, written codec.Trace
		b, err := mux.AppendTraced(&f, &written)
		if err != nil {
			t.Fatal(err)
		}
		got, n, err := mux.TraceFrame(&read, append(b, "behind"...))
		if err != nil || n != len(b) || !reflect.DeepEqual(got, f) {
			t.Fatalf("%s: got %s, %d, %v", tell(&f), tell(&got), n, err)
		}
		if !reflect.DeepEqual(read, written) {
			t.Errorf("%s: read as %v, written as %v", tell(&f), read, written)
		}
		checkTiling(t, tell(&f), &read, b)
		if plain, _, err := mux.TraceFrame(nil, b); err != nil || !reflect.DeepEqual(plain, f) {
			t.Errorf("%s: without a trace: got %s, %v", tell(&f), tell(&plain), err)
		}
	}
}

// checkTiling checks that the leaves of a trace cover its only buffer once.
func checkTiling(t *testing.T, label string, tr *codec.Trace, want []byte) {
	t.Helper()
	if len(tr.Buffers) != 1 || !bytes.Equal(tr.Buffers[0].Data, want) {
		t.Fatalf("%s: got buffers %v, want one of %x", label, tr.Buffers, want)
	}
	parents := map[int]bool{}
	for _, s := range tr.Spans {
		parents[s.Parent] = true
	}
	off := 0
	for i, s := range tr.Spans {
		if parents[i] {
			continue
		}
		if s.Off != off {
			t.Fatalf("%s: %s begins at %d, want %d", label, s.Field, s.Off, off)
		}
		if size := s.Field.Info().Size; size != 0 && size != s.Len {
			t.Errorf("%s: %s has %d bytes, want %d", label, s.Field, s.Len, size)
		}
		off += s.Len
	}
	if off != len(want) {
		t.Errorf("%s: the leaves end at %d, want %d", label, off, len(want))
	}
}

func TestFramesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		label, wire string
		kind        codec.Kind
		field       codec.Field
		off         int
		text        string
	}{
		{"metadata 3", "\x00\x03", codec.ErrMalformed, codec.FieldMuxMetaLength, 0, "vmess: mux frame: mux-metadata-length at 0: malformed value 3, want 4 to 512"},
		{"metadata 0", "\x00\x00\x00\x00", codec.ErrMalformed, codec.FieldMuxMetaLength, 0, ""},
		{"metadata 513", "\x02\x01", codec.ErrLimit, codec.FieldMuxMetaLength, 0, "vmess: mux frame: mux-metadata-length at 0: over the limit value 513, want 4 to 512"},
		{"metadata all", "\xff\xff", codec.ErrLimit, codec.FieldMuxMetaLength, 0, ""},
		{"status 0", "\x00\x04\x00\x01\x00\x00", codec.ErrUnsupported, codec.FieldMuxStatus, 4, ""},
		{"status 5", "\x00\x04\x00\x01\x05\x00", codec.ErrUnsupported, codec.FieldMuxStatus, 4, "vmess: mux frame: mux-status at 4: unsupported value 5, want 1 to 4"},
		{"new without a target", "\x00\x04\x00\x01\x01\x00", codec.ErrMalformed, codec.FieldMuxNetwork, 6, "vmess: mux frame: mux-network at 6: malformed have 0, want 1"},
		{"network 0", "\x00\x0c\x00\x01\x01\x00\x00\x00\x35\x01\x08\x08\x08\x08", codec.ErrUnsupported, codec.FieldMuxNetwork, 6, ""},
		{"network 3", "\x00\x0c\x00\x01\x01\x00\x03\x00\x35\x01\x08\x08\x08\x08", codec.ErrUnsupported, codec.FieldMuxNetwork, 6, "vmess: mux frame: mux-network at 6: unsupported value 3, want 1 to 2"},
		{"address type 4", "\x00\x0c\x00\x01\x01\x00\x01\x00\x35\x04\x08\x08\x08\x08", codec.ErrUnsupported, codec.FieldAddrType, 9, "vmess: mux frame: address-type at 9: unsupported value 4, want 1 to 3"},
		{"address outside of the metadata", "\x00\x0b\x00\x01\x01\x00\x01\x00\x35\x01\x08\x08\x08\x08", codec.ErrMalformed, codec.FieldAddrIPv4, 10, "vmess: mux frame: ipv4 at 10: malformed have 3, want 4"},
		{"domain outside of the metadata", "\x00\x0c\x00\x01\x01\x00\x01\x00\x35\x02\x04abcd", codec.ErrMalformed, codec.FieldAddrDomain, 11, ""},
		{"keep of half an address", "\x00\x07\x00\x01\x02\x00\x02\x00\x35\x01", codec.ErrMalformed, codec.FieldAddrType, 9, ""},
		{"keep with address type 9", "\x00\x0c\x00\x01\x02\x00\x02\x00\x35\x09\x08\x08\x08\x08", codec.ErrUnsupported, codec.FieldAddrType, 9, ""},
	} {
		_, n, err := mux.ParseFrame([]byte(c.wire))
		refused(t, c.label, err, c.kind, c.field, c.off)
		if c.text != "" && err.Error() != c.text {
			t.Errorf("%s: got %q, want %q", c.label, err, c.text)
		}
		var tr codec.Trace
		_, traced, again := mux.TraceFrame(&tr, []byte(c.wire))
		if traced != n || again == nil || again.Error() != err.Error() {
			t.Errorf("%s: traced: got %d, %v, want %d, %v", c.label, traced, again, n, err)
		}
		checkTiling(t, c.label, &tr, []byte(c.wire[:n]))
	}
}

// What only looks like a part of the frame is kept as extra metadata, as v2ray
// skips it.
func TestExtraMetadata(t *testing.T) {
	for _, c := range []struct{ label, wire, want string }{
		{"keep, no network behind it", "\x00\x06\x00\x01\x02\x00\x01\x02", `1 keep extra 0102`},
		{"keep, network 0", "\x00\x05\x00\x01\x02\x00\x00", `1 keep extra 00`},
		{"end, network 2", "\x00\x05\x00\x01\x03\x00\x02", `1 end extra 02`},
		{"keep-alive", "\x00\x05\x00\x01\x04\x00\x02", `1 keep-alive extra 02`},
		{"keep, address and more", "\x00\x0d\x00\x01\x02\x00\x02\x00\x35\x01\x08\x08\x08\x08\x07", `1 keep udp:8.8.8.8:53 extra 07`},
		{"new tcp, eight more", "\x00\x14\x00\x01\x01\x01\x01\x00\x35\x01\x08\x08\x08\x0812345678\x00\x00", `1 new data tcp:8.8.8.8:53 extra 3132333435363738`},
		{"new udp, eight more, no data", "\x00\x14\x00\x01\x01\x00\x02\x00\x35\x01\x08\x08\x08\x0812345678", `1 new udp:8.8.8.8:53 extra 3132333435363738`},
		{"new udp, seven more", "\x00\x13\x00\x01\x01\x01\x02\x00\x35\x01\x08\x08\x08\x081234567\x00\x00", `1 new data udp:8.8.8.8:53 extra 31323334353637`},
		{"new udp, ten more", "\x00\x16\x00\x01\x01\x01\x02\x00\x35\x01\x08\x08\x08\x081234567890\x00\x00", `1 new data udp:8.8.8.8:53 id 3132333435363738 extra 3930`},
		{"option bits", "\x00\x04\x00\x01\x02\xfe", `1 keep error reserved-2 reserved-3 reserved-4 reserved-5 reserved-6 reserved-7`},
	} {
		wantFrames(t, c.label, frames(t, c.label, []byte(c.wire)), c.want)
	}
	longest := mux.Frame{ID: 1, Status: mux.Keep, Extra: bytes.Repeat([]byte{9}, mux.MaxMetadata-mux.MinMetadata), Option: mux.WithData, Data: make([]byte, mux.MaxData)}
	if b := mustAppend(t, &longest); len(b) != mux.MaxFrame {
		t.Errorf("the longest frame has %d bytes, want %d", len(b), mux.MaxFrame)
	}
}

// A frame that would be read back as another one is not written.
func TestFramesThatAreNotWritten(t *testing.T) {
	named := mux.Frame{Status: mux.New, Target: udp("192.0.2.7:53"), Option: mux.WithData, HasGlobalID: true}
	for _, c := range []struct {
		label string
		frame mux.Frame
		kind  codec.Kind
		field codec.Field
		off   int
	}{
		{"nothing", mux.Frame{}, codec.ErrUnsupported, codec.FieldMuxStatus, 4},
		{"new without a target", mux.Frame{Status: mux.New}, codec.ErrUnsupported, codec.FieldMuxNetwork, 6},
		{"new without an address", mux.Frame{Status: mux.New, Target: mux.Target{Network: mux.TCP}}, codec.ErrUnsupported, codec.FieldAddrType, 9},
		{"long domain", mux.Frame{Status: mux.New, Target: tcp(strings.Repeat("x", 256) + ":1")}, codec.ErrLimit, codec.FieldAddrLength, 10},
		{"long metadata", mux.Frame{Status: mux.Keep, Extra: make([]byte, 509)}, codec.ErrLimit, codec.FieldMuxMetaLength, 0},
		{"long data", mux.Frame{Status: mux.Keep, Option: mux.WithData, Data: make([]byte, 65536)}, codec.ErrLimit, codec.FieldMuxDataLength, 6},
		{"data without its bit", mux.Frame{Status: mux.Keep, Data: []byte("d")}, codec.ErrMalformed, codec.FieldMuxOption, 5},
		{"keep to tcp", mux.Frame{Status: mux.Keep, Target: tcp("192.0.2.7:53")}, codec.ErrMalformed, codec.FieldMuxNetwork, 6},
		{"end with a target", mux.Frame{Status: mux.End, Target: udp("192.0.2.7:53")}, codec.ErrMalformed, codec.FieldMuxNetwork, 6},
		{"keep with a global id", mux.Frame{Status: mux.Keep, HasGlobalID: true}, codec.ErrMalformed, codec.FieldMuxGlobalID, 6},
		{"global id for tcp", mux.Frame{Status: mux.New, Target: tcp("192.0.2.7:53"), Option: mux.WithData, HasGlobalID: true, Data: []byte("d")}, codec.ErrMalformed, codec.FieldMuxGlobalID, 14},
		{"global id without data", mux.Frame{Status: mux.New, Target: udp("192.0.2.7:53"), HasGlobalID: true}, codec.ErrMalformed, codec.FieldMuxGlobalID, 14},
		{"extra like an address", mux.Frame{Status: mux.Keep, Option: mux.WithData, Extra: []byte{2}, Data: []byte("d")}, codec.ErrMalformed, codec.FieldMuxExtra, 6},
		{"extra like a global id", mux.Frame{Status: mux.New, Target: named.Target, Option: mux.WithData, Extra: make([]byte, 8)}, codec.ErrMalformed, codec.FieldMuxExtra, 14},
	} {
		b, err := c.frame.Append([]byte("front"))
		refused(t, c.label, err, c.kind, c.field, c.off)
		if string(b) != "front" {
			t.Errorf("%s: got %q back, want front", c.label, b)
		}
		if got := c.frame.Validate(codec.Up); got == nil || got.Error() != err.Error() {
			t.Errorf("%s: valid? got %v, want %v", c.label, got, err)
		}
	}
	if err := named.Validate(codec.Up); err != nil {
		t.Errorf("named: got %v", err)
	}
}

// What can be written, but is not to be sent.
func TestValidate(t *testing.T) {
	big := make([]byte, mux.MaxPacketXray+1)
	for _, c := range []struct {
		label string
		from  codec.Direction
		frame mux.Frame
		kind  codec.Kind // 0 for a good one
		field codec.Field
		off   int
	}{
		{"new", codec.Up, mux.Frame{Status: mux.New, Target: tcp("example.com:80"), Extra: []byte{1}}, 0, 0, 0},
		{"new from a server", codec.Down, mux.Frame{Status: mux.New, Target: tcp("example.com:80")}, codec.ErrUnsupported, codec.FieldMuxStatus, 4},
		{"new to a strange name", codec.Up, mux.Frame{Status: mux.New, Target: tcp("a b:80")}, codec.ErrMalformed, codec.FieldAddrDomain, 11},
		{"new to no name", codec.Up, mux.Frame{Status: mux.New, Target: tcp(":80")}, codec.ErrMalformed, codec.FieldAddrDomain, 11},
		{"packet to a strange name", codec.Up, mux.Frame{Status: mux.Keep, Target: udp("a/b:80")}, codec.ErrMalformed, codec.FieldAddrDomain, 11},
		{"packet", codec.Up, mux.Frame{Status: mux.Keep, Target: udp("192.0.2.7:53"), Extra: []byte{1}}, 0, 0, 0},
		{"answer", codec.Down, mux.Frame{Status: mux.Keep, Target: udp("192.0.2.7:53")}, 0, 0, 0},
		{"answer with extra", codec.Down, mux.Frame{Status: mux.Keep, Target: udp("192.0.2.7:53"), Extra: []byte{1}}, codec.ErrUnsupported, codec.FieldMuxExtra, 14},
		{"keep with extra", codec.Up, mux.Frame{Status: mux.Keep, Extra: []byte{1}}, codec.ErrUnsupported, codec.FieldMuxExtra, 6},
		{"end with extra", codec.Up, mux.Frame{Status: mux.End, Extra: []byte{1}, Option: mux.WithData}, codec.ErrUnsupported, codec.FieldMuxExtra, 6},
		{"keep-alive", codec.Down, mux.Frame{Status: mux.KeepAlive, Option: mux.WithData}, 0, 0, 0},
		{"end with data", codec.Up, mux.Frame{Status: mux.End, Option: mux.WithData, Data: []byte("d")}, codec.ErrMalformed, codec.FieldMuxData, 8},
		{"large datagram", codec.Up, mux.Frame{Status: mux.New, Target: udp("192.0.2.7:53"), Option: mux.WithData, Data: big}, codec.ErrLimit, codec.FieldMuxDataLength, 14},
		{"datagram", codec.Up, mux.Frame{Status: mux.New, Target: udp("192.0.2.7:53"), Option: mux.WithData, Data: big[1:]}, 0, 0, 0},
		{"large part of a stream", codec.Up, mux.Frame{Status: mux.Keep, Option: mux.WithData, Data: big}, 0, 0, 0},
	} {
		if _, err := c.frame.Append(nil); err != nil {
			t.Errorf("%s: not written: %v", c.label, err)
		}
		err := c.frame.Validate(c.from)
		if c.kind != 0 {
			refused(t, c.label, err, c.kind, c.field, c.off)
		} else if err != nil {
			t.Errorf("%s: got %v, want none", c.label, err)
		}
	}
}

// Whatever comes in, reading gives a frame that is written as it was, or an
// error with a kind; the same frame in pieces, and the same error.
func TestFramesOfNoise(t *testing.T) {
	r := rand.New(source(1))
	read := 0
	for range 20000 {
		b := random(r.Uint64(), r.IntN(60))
		if len(b) > 6 { // give it a chance
			b[0], b[1], b[4], b[5] = 0, b[1]%40, b[4]%6, b[5]%8
			b[6] %= 4
		}
		if len(b) > 9 {
			b[9] %= 5
		}
		f, n, err := mux.ParseFrame(b)
		if err == nil {
			read++
			if again, err := f.Append(nil); err != nil || !bytes.Equal(again, b[:n]) {
				t.Fatalf("%x was read as %s, which is written as %x, %v", b[:n], tell(&f), again, err)
			}
		} else if e, ok := err.(*codec.Error); !ok || e.Kind == 0 || n > len(b) {
			t.Fatalf("%x: got %d, %v", b, n, err)
		}
		whole, pieces := feed(b, len(b)), feed(b, 1+r.IntN(9))
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%x:\nat once %q\nin pieces %q", b, whole, pieces)
		}
	}
	if read < 1000 {
		t.Errorf("only %d frames could be read", read)
	}
}
