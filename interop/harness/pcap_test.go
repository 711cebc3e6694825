package harness

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"
)

// frame is a segment of TCP with a payload in a minimal Ethernet frame.
func frame(payload string) []byte {
	f := make([]byte, etherLen+20+20)
	f[12] = 8
	f[etherLen] = 0x45
	f[etherLen+3] = byte(40 + len(payload))
	f[ipv4Proto] = 6
	tcp := f[etherLen+20:]
	tcp[0], tcp[1], tcp[2], tcp[3] = 1, 2, 3, 4
	tcp[tcpOffset], tcp[tcpFlags] = 0x50, PSH|ACK
	return append(f, payload...)
}

func TestPCAP(t *testing.T) {
	want := []Packet{{time.Unix(1795335548, 769_000), frame("tide")}, {time.Unix(1795335549, 0), frame("")}}
	var file bytes.Buffer
	if err := WritePCAP(&file, want); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	var got []Packet
	err := readPCAP(bytes.NewReader(whole), func(p Packet) bool { got = append(got, p); return false })
	if err != io.EOF {
		t.Errorf("end of the file: %v, want %v", err, io.EOF)
	}
	same := func(a, b Packet) bool { return a.Time.Equal(b.Time) && bytes.Equal(a.Frame, b.Frame) }
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("got %v, want %v", got, want)
	}
	for cut := range whole {
		n := 0
		if err := readPCAP(bytes.NewReader(whole[:cut]), func(Packet) bool { n++; return false }); err == nil || n > 1 {
			t.Fatalf("cut at %d: %d packets, error %v", cut, n, err)
		}
	}
}

func TestSegment(t *testing.T) {
	whole := frame("tide")
	padded := append(bytes.Clone(whole), 0, 0) // Ethernet pads what is short
	for _, f := range [][]byte{whole, padded} {
		p := Packet{Frame: f}
		s, ok := p.Segment()
		if !ok || s.SrcPort != 0x102 || s.DstPort != 0x304 || s.Flags != PSH|ACK || string(f[s.Payload:s.Payload+s.Len]) != "tide" {
			t.Errorf("got %+v, %v", s, ok)
		}
	}
	for cut := range whole {
		p := Packet{Frame: whole[:cut]}
		if s, ok := p.Segment(); ok {
			t.Errorf("cut at %d: got %+v", cut, s)
		}
	}
	arp := bytes.Clone(whole)
	arp[13] = 6
	if _, ok := (&Packet{Frame: arp}).Segment(); ok {
		t.Error("a packet of ARP is taken for IPv4")
	}
}
