package capture

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// TestLinkTypes wraps the same IP packet in every link layer.
func TestLinkTypes(t *testing.T) {
	v4 := ip4(client.Addr(), server.Addr(), 6, 0, 0, tcpSegment(client, server, 5, 0, ack, []byte("x")))
	v6 := ip6(client6.Addr(), server6.Addr(), 6, tcpSegment(client6, server6, 5, 0, ack, []byte("x")))
	cooked := func(proto uint16) []byte { return be.AppendUint16(make([]byte, 14), proto) }
	cooked2 := func(proto uint16) []byte { return append(be.AppendUint16(nil, proto), make([]byte, 18)...) }
	tests := []struct {
		link uint32
		data []byte
	}{
		{1, ether(v4, 0x0800)}, {1, ether(v6, 0x86dd)},
		{1, ether(v4, 0x8100, 0x0800)}, {1, ether(v6, 0x88a8, 0x8100, 0x86dd)}, {1, ether(v4, 0x9100, 0x8100, 0x0800)},
		{1, ether(append(v4, "padding"...), 0x0800)}, {1, ether(append(v6, "padding"...), 0x86dd)},
		{12, v4}, {14, v6}, {101, v4}, {101, v6}, {228, v4}, {229, v6},
		{113, append(cooked(0x0800), v4...)}, {113, append(cooked(0x86dd), v6...)},
		{276, append(cooked2(0x0800), v4...)}, {276, append(cooked2(0x86dd), v6...)},
		{0, append(le.AppendUint32(nil, 2), v4...)}, {0, append(be.AppendUint32(nil, 2), v4...)},
		{0, append(le.AppendUint32(nil, 10), v6...)}, {0, append(be.AppendUint32(nil, 24), v6...)},
		{0, append(le.AppendUint32(nil, 28), v6...)}, {0, append(le.AppendUint32(nil, 30), v6...)},
		{108, append(be.AppendUint32(nil, 2), v4...)},
		{9, append([]byte{0xff, 3, 0, 0x21}, v4...)}, {9, append([]byte{0, 0x57}, v6...)}, {9, append([]byte{0x21}, v4...)},
		{50, append([]byte{0xff, 3, 0, 0x57}, v6...)}, {50, append([]byte{0xff, 3, 0x21}, v4...)},
		{51, append([]byte{0x11, 0, 0, 9, 0, byte(2 + len(v4)), 0, 0x21}, v4...)},
		{113, append(append(cooked(4), 0xaa, 0xaa, 3, 0, 0, 0, 8, 0), v4...)}, // 802.2
		{1 | 0x5<<28, append(ether(v4, 0x0800), 1, 2, 3, 4)},                  // with a frame checksum
	}
	for _, tt := range tests {
		wantStories(t, classicFile(le, true, tt.link, rec{data: slices.Clone(tt.data)}), `a "x", a cut, b cut`)
		// Every shorter frame is bad or ignored, and never data.
		for n := range tt.data[:len(tt.data)-8] {
			flows, _ := read(t, Options{}, classicFile(le, true, tt.link, rec{data: slices.Clone(tt.data[:n])}))
			for _, f := range flows {
				if len(f.pieces[0]) != 0 {
					t.Errorf("link type %d, %d bytes: data %q", tt.link, n, f.pieces[0])
				}
			}
		}
	}
}

func TestExtensionHeaders(t *testing.T) {
	seg := tcpSegment(client6, server6, 5, 0, ack, []byte("x"))
	hop := func(next byte) []byte { return []byte{next, 0, 1, 4, 0, 0, 0, 0} }
	wide := func(next byte) []byte { return append([]byte{next, 2}, make([]byte, 22)...) }
	auth := func(next byte) []byte { return append([]byte{next, 4}, make([]byte, 22)...) }
	atomic := func(next byte) []byte { return []byte{next, 0, 0, 0, 1, 2, 3, 4} }
	tests := []struct {
		first byte
		rest  []byte
	}{
		{0, append(hop(6), seg...)},
		{43, append(wide(6), seg...)},
		{60, append(hop(6), seg...)},
		{51, append(auth(6), seg...)},
		{44, append(atomic(6), seg...)},
		{0, slices.Concat(hop(43), wide(44), atomic(51), auth(60), hop(6), seg)},
	}
	for _, tt := range tests {
		p := ether(ip6(client6.Addr(), server6.Addr(), tt.first, tt.rest), 0x86dd)
		wantStories(t, classicFile(le, true, 1, rec{data: p}), `a "x", a cut, b cut`)
	}
	endless := bytes.Repeat(hop(0), 100)
	_, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: ether(ip6(client6.Addr(), server6.Addr(), 0, endless), 0x86dd)}))
	if sum.Bad != 1 {
		t.Errorf("endless headers: %d bad packets, want 1", sum.Bad)
	}
}

func TestIPHeaders(t *testing.T) {
	seg := tcpSegment(client, server, 5, 0, ack, []byte("x"))
	good := ip4(client.Addr(), server.Addr(), 6, 0, 0, seg)
	change := func(off int, v byte) []byte { b := slices.Clone(good); b[off] = v; return b }
	options := slices.Concat([]byte{0x47}, good[1:3], []byte{good[3] + 8}, good[4:20], make([]byte, 8), seg)
	offloaded := slices.Concat(good[:2], []byte{0, 0}, good[4:])
	tests := []struct {
		name string
		p    []byte
		bad  int64
		want string
	}{
		{"options", options, 0, `a "x", a cut, b cut`},
		{"total length 0", offloaded, 0, `a "x", a cut, b cut`},
		{"version 5", change(0, 0x55), 1, ""},
		{"header of 16 bytes", change(0, 0x44), 1, ""},
		{"header longer than the packet", change(0, 0x4f), 1, ""},
		{"total length below the header", change(3, 19), 1, ""},
		{"TCP header of 16 bytes", change(32, 0x40), 1, ""},
		{"TCP header longer than the packet", change(32, 0xf0), 1, ""},
		{"ICMP", change(9, 1), 0, ""},
	}
	for _, tt := range tests {
		flows, sum := read(t, Options{}, classicFile(le, true, 101, rec{data: slices.Clone(tt.p)}))
		got := ""
		if len(flows) > 0 {
			got = flows[0].String()
		}
		if got != tt.want || sum.Bad != tt.bad {
			t.Errorf("%s: %q with %d bad packets, want %q with %d", tt.name, got, sum.Bad, tt.want, tt.bad)
		}
	}
}

// TestSnaplen cuts packets at every length.
func TestSnaplen(t *testing.T) {
	text := "the payload"
	tcp := frame(client, server, 5, 0, ack, []byte(text))
	udp := ether(ip4(client.Addr(), server.Addr(), 17, 0, 0, udpDatagram(client, server, []byte(text))), 0x0800)
	for _, full := range [][]byte{tcp, udp} {
		head := len(full) - len(text)
		for n := range full {
			flows, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: slices.Clone(full[:n]), orig: len(full)}))
			if len(flows) == 0 {
				if sum.Bad != 1 || n >= head {
					t.Errorf("%d bytes of %d: no flow, %d bad packets", n, len(full), sum.Bad)
				}
				continue
			}
			f, have := flows[0], max(0, n-head)
			want := text[:have] + strings.Repeat("?", len(text)-have)
			if string(f.got[flow.A]) != want || !f.rec.Snapped {
				t.Errorf("%d bytes of %d: %q, snapped %v; want %q", n, len(full), f.got[flow.A], f.rec.Snapped, want)
			}
		}
	}
}

// The same within the options of a TCP header, and for segments that wait
// behind a hole.
func TestSnappedSegments(t *testing.T) {
	wide := func(seq uint32, text string) []byte {
		b := tcpSegment(client, server, seq, 0, ack, append(make([]byte, 12), text...))
		b[12] = 8 << 4
		return ether(ip4(client.Addr(), server.Addr(), 6, 0, 0, b), 0x0800)
	}
	cut := func(at int64, p []byte, n int) rec { return rec{at, slices.Clone(p[:n]), len(p)} }
	first, second, third := wide(11, "abc"), wide(14, "def"), wide(17, "ghi")
	opening := frame(client, server, 10, 0, syn, nil)
	tests := []struct {
		recs []rec
		want string
	}{
		{[]rec{cut(2, first, len(first)-8)}, `a gap 3, a cut, b cut`},
		{[]rec{cut(2, second, len(second)-1), cut(3, third, len(third)), cut(4, first, len(first)-2)},
			`a "a", a gap 2, a "de", a gap 1, a "ghi", a cut, b cut`},
		{[]rec{cut(2, second, len(second)-1), cut(3, second, len(second)), cut(4, first, len(first))},
			`a "abc", a "de", a gap 1, a cut, b cut`},
	}
	for _, tt := range tests {
		recs := append([]rec{{at: 1, data: slices.Clone(opening)}}, tt.recs...)
		wantStories(t, classicFile(le, true, 1, recs...), tt.want)
	}
}

func TestDatagrams(t *testing.T) {
	s := &script{}
	udp := func(text string) {
		s.add(ether(ip4(client.Addr(), server.Addr(), 17, 0, 0, udpDatagram(client, server, []byte(text))), 0x0800))
	}
	udp("one")
	udp("")
	s.add(ether(ip6(server6.Addr(), client6.Addr(), 17, udpDatagram(server6, client6, []byte("six"))), 0x86dd))
	s.add(ether(ip4(server.Addr(), client.Addr(), 17, 0, 0, udpDatagram(server, client, []byte("two"))), 0x0800))
	wantStories(t, s.file(), `a "one", a "", b "two", a cut, b cut`, `a "six", a cut, b cut`)
}
