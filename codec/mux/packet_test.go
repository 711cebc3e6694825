package mux_test

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

func TestPacketsGoRound(t *testing.T) {
	for _, address := range []codec.Address{
		addr("192.0.2.7:53"),
		addr("[2001:db8::1]:65535"),
		{Type: codec.AddrIPv6, IP: netip.MustParseAddr("::ffff:192.0.2.7")}, // stays as it was
	} {
		head := 7
		if address.Type == codec.AddrIPv6 {
			head = 19
		}
		for _, n := range []int{0, 1, 1500, 65535 - head} {
			p := mux.Packet{Address: address}
			if n > 0 {
				p.Data = random(uint64(n), n)
			}
			var read, written codec.Trace
			b, err := mux.AppendPacketTraced(&p, &written)
			if err != nil || len(b) != head+n {
				t.Fatalf("%s, %d bytes: got %d, %v", address, n, len(b), err)
			}
			got, err := mux.TracePacket(&read, b)
			if err != nil || !reflect.DeepEqual(got, p) {
				t.Errorf("%s, %d bytes: got %+v, %v", address, n, got, err)
			}
			if !reflect.DeepEqual(read, written) {
				t.Errorf("%s, %d bytes: read as %v, written as %v", address, n, read, written)
			}
			checkTiling(t, address.String(), &read, b)
			for short := range min(head, len(b)) {
				if _, err := mux.ParsePacket(b[:short]); codec.ErrMalformed != err.(*codec.Error).Kind {
					t.Errorf("%s, %d of %d bytes: got %v, want malformed", address, short, head, err)
				}
			}
			segment, err := p.AppendSegment([]byte("front"))
			if err != nil || !bytes.Equal(segment[7:], b) {
				t.Fatalf("%s, %d bytes: got %x, %v", address, n, segment, err)
			}
			back, used, err := mux.ParseSegment(segment[5:])
			if err != nil || used != len(b)+2 || !reflect.DeepEqual(back, p) {
				t.Errorf("%s, %d bytes: got %+v, %d, %v", address, n, back, used, err)
			}
			var whole codec.Trace
			back, used, err = mux.TraceSegment(&whole, append(segment[5:], "behind"...))
			if err != nil || used != len(b)+2 || !reflect.DeepEqual(back, p) {
				t.Errorf("%s, %d bytes, traced: got %+v, %d, %v", address, n, back, used, err)
			}
			checkTiling(t, "segment to "+address.String(), &whole, segment[5:5+used])
		}
	}
}

func TestPacketsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		label string
		try   func() error
		kind  codec.Kind
		field codec.Field
		off   int
	}{
		{"domain", appendPacket(addr("example.com:53"), 0), codec.ErrUnsupported, codec.FieldPacketAddrType, 0},
		{"no address", appendPacket(codec.Address{}, 0), codec.ErrUnsupported, codec.FieldPacketAddrType, 0},
		{"another family", appendPacket(codec.Address{Type: codec.AddrIPv4, IP: netip.MustParseAddr("::1")}, 0), codec.ErrMalformed, codec.FieldAddrIPv4, 1},
		{"segment too long", appendSegment(addr("192.0.2.7:53"), 65536-7), codec.ErrLimit, codec.FieldPacketLength, 0},
		{"type 3 is no IPv6 here", parsePacket("\x03................"), codec.ErrUnsupported, codec.FieldPacketAddrType, 0},
		{"type 0", parsePacket("\x00"), codec.ErrUnsupported, codec.FieldPacketAddrType, 0},
		{"empty", parsePacket(""), codec.ErrMalformed, codec.FieldPacketAddrType, 0},
		{"no port", parsePacket("\x01\x7f\x00\x00\x01\x00"), codec.ErrMalformed, codec.FieldPort, 5},
		{"segment of 0", parseSegment("\x00\x00"), codec.ErrMalformed, codec.FieldPacketLength, 0},
		{"segment too short", parseSegment("\x00\x06\x01\x7f\x00\x00\x01\x00more"), codec.ErrMalformed, codec.FieldPort, 7},
		{"segment of type 9", parseSegment("\x00\x01\x09"), codec.ErrUnsupported, codec.FieldPacketAddrType, 2},
		{"half a segment", parseSegment("\x00\x09\x01"), codec.ErrShort, codec.FieldPacketLength, 2},
	} {
		refused(t, c.label, c.try(), c.kind, c.field, c.off)
	}
	var tr codec.Trace
	if _, n, err := mux.TraceSegment(&tr, []byte("\x00\x03\x09ab")); err == nil || n != 3 || len(tr.Buffers[0].Data) != 3 || len(tr.Spans) != 2 {
		t.Errorf("refused segment: got %d bytes, %v, traced %v", n, err, tr)
	}
	if got, want := parsePacket("\x03")().Error(), "vmess: packetaddr packet: packetaddr-type at 0: unsupported value 3, want 1 to 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func appendPacket(a codec.Address, n int) func() error {
	return func() error { _, err := (&mux.Packet{Address: a, Data: make([]byte, n)}).Append(nil); return err }
}

func appendSegment(a codec.Address, n int) func() error {
	return func() error {
		_, err := (&mux.Packet{Address: a, Data: make([]byte, n)}).AppendSegment(nil)
		return err
	}
}

func parsePacket(b string) func() error {
	return func() error { _, err := mux.ParsePacket([]byte(b)); return err }
}

func parseSegment(b string) func() error {
	return func() error { _, _, err := mux.ParseSegment([]byte(b)); return err }
}
