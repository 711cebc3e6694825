package capture

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	outerA, outerB   = netip.MustParseAddrPort("10.0.0.1:50000"), netip.MustParseAddrPort("10.0.0.2:0")
	outer6A, outer6B = netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
)

// outer4 puts an IP protocol between two routers.
func outer4(proto byte, parts ...[]byte) []byte {
	return ip4(outerA.Addr(), outerB.Addr(), proto, 0, 0, slices.Concat(parts...))
}

func outerUDP(port uint16, parts ...[]byte) []byte {
	return outer4(17, udpDatagram(outerA, netip.AddrPortFrom(outerB.Addr(), port), slices.Concat(parts...)))
}

// inners are the packets of the tables: TCP over both versions of IP, each
// alone and in a frame.
type inners struct{ v4, v6, frame4, frame6 []byte }

func newInners() inners {
	v4 := ip4(client.Addr(), server.Addr(), 6, 0, 0, tcpSegment(client, server, 5, 0, ack, []byte("x")))
	v6 := ip6(client6.Addr(), server6.Addr(), 6, tcpSegment(client6, server6, 5, 0, ack, []byte("x")))
	return inners{v4, v6, ether(v4, 0x0800), ether(v6, 0x86dd)}
}

// TestEncapsulations has one packet for each header, byte by byte.
func TestEncapsulations(t *testing.T) {
	x := newInners()
	h := func(s string) []byte { return unhex(t, s) }
	tagged := ether(x.v4, 0x8100, 0x0800)
	size := func(b []byte, more int) []byte { return be.AppendUint16(nil, uint16(len(b)+more)) }
	length4 := uint16(8 + len(x.v4))
	tests := []struct {
		name string
		data []byte
	}{
		{"SNAP", ether(slices.Concat(h("aaaa03 000000 0800"), x.v4), length4)},
		{"SNAP of a bridge", ether(slices.Concat(h("aaaa03 0000f8 86dd"), x.v6), 8+uint16(len(x.v6)))},
		{"SNAP in a VLAN", ether(slices.Concat(h("aaaa03 000000 0800"), x.v4), 0x8100, length4)},
		{"LLC of IP", ether(slices.Concat(h("060603"), x.v4), 3+uint16(len(x.v4)))},
		{"PPPoE", ether(slices.Concat(h("1100 0009"), size(x.v4, 2), h("0021"), x.v4), 0x8864)},
		{"PPPoE of IPv6", ether(slices.Concat(h("1100 0009"), size(x.v6, 2), h("0057"), x.v6), 0x8864)},
		{"PPPoE of MPLS", ether(slices.Concat(h("1100 0009"), size(x.v6, 6), h("0281 00010140"), x.v6), 0x8864)},
		{"MPLS", ether(slices.Concat(h("00010040 00011040 00012140"), x.v4), 0x8847)},
		{"MPLS multicast of IPv6", ether(slices.Concat(h("00010140"), x.v6), 0x8848)},
		{"pseudowire", ether(slices.Concat(h("00010140 00000007"), x.frame4), 0x8847)},
		{"pseudowire of VLAN", ether(slices.Concat(h("00010140 00000007"), tagged), 0x8847)},
		{"pseudowire without control word", ether(slices.Concat(h("00010140"), x.frame6), 0x8847)},
		{"the same of VLAN", ether(slices.Concat(h("00010140"), tagged), 0x8847)},
		{"IP in IP", ether(outer4(4, x.v4), 0x0800)},
		{"IPv6 in IP", ether(outer4(41, x.v6), 0x0800)},
		{"IP in IPv6", ether(ip6(outer6A, outer6B, 4, x.v4), 0x86dd)},
		{"IPv6 in IPv6", ether(ip6(outer6A, outer6B, 41, x.v6), 0x86dd)},
		{"MPLS in IP", ether(outer4(137, h("00010140"), x.v4), 0x0800)},
		{"GRE", ether(outer4(47, h("0000 0800"), x.v4), 0x0800)},
		{"GRE with a checksum", ether(outer4(47, h("8000 0800 12340000"), x.v4), 0x0800)},
		{"GRE with a key", ether(outer4(47, h("2000 86dd 00000007"), x.v6), 0x0800)},
		{"GRE with a number", ether(outer4(47, h("1000 0800 00000007"), x.v4), 0x0800)},
		{"GRE with all", ether(outer4(47, h("b000 6558 12340000 00000007 00000001"), x.frame6), 0x0800)},
		{"GRE of MPLS", ether(outer4(47, h("0000 8847 00010140"), x.v6), 0x0800)},
		{"PPTP", ether(outer4(47, h("3001 880b"), size(x.v4, 4), h("0007 00000001 ff03 0021"), x.v4), 0x0800)},
		{"PPTP with an answer", ether(outer4(47, h("3081 880b"), size(x.v4, 1), h("0007 00000001 00000002 21"), x.v4), 0x0800)},
		{"ERSPAN without header", ether(outer4(47, h("0000 88be"), x.frame4), 0x0800)},
		{"ERSPAN II", ether(outer4(47, h("1000 88be 00000001 102a 0009 00000005"), x.frame4), 0x0800)},
		{"ERSPAN III", ether(outer4(47, h("1000 22eb 00000001 202a 0009 00000005 0000 0000"), x.frame6), 0x0800)},
		{"ERSPAN III with more", ether(outer4(47, h("1000 22eb 00000001 202a 0009 00000005 0000 0001 0400000000000000"), x.frame4), 0x0800)},
		{"ERSPAN III of IP", ether(outer4(47, h("1000 22eb 00000001 202a 0009 00000005 0000 0800"), x.v4), 0x0800)},
		{"VXLAN", ether(outerUDP(4789, h("08000000 00002a00"), x.frame4), 0x0800)},
		{"VXLAN of Linux", ether(outerUDP(8472, h("08000000 00002a00"), x.frame6), 0x0800)},
		{"VXLAN with a policy", ether(outerUDP(4789, h("88081234 00002a00"), tagged), 0x0800)},
		{"Geneve", ether(outerUDP(6081, h("0000 6558 00002a00"), x.frame4), 0x0800)},
		{"Geneve of IPv6", ether(outerUDP(6081, h("0000 86dd 00002a00"), x.v6), 0x0800)},
		{"Geneve with options", ether(outerUDP(6081, h("0340 6558 00002a00 01020301 01020304 01020300"), x.frame4), 0x0800)},
		{"Geneve full of options", ether(outerUDP(6081, h("3f00 0800 00002a00"), bytes.Repeat(h("01020300"), 63), x.v4), 0x0800)},
		{"all of the brief's chain", ether(slices.Concat(h("1100 0009"),
			size(outerUDP(4789, h("08000000 00002a00"), ether(ip6(outer6A, outer6B, 47, append(h("0000 0800"), x.v4...)), 0x86dd)), 6),
			h("0281 00010140"), outerUDP(4789, h("08000000 00002a00"), ether(ip6(outer6A, outer6B, 47, append(h("0000 0800"), x.v4...)), 0x86dd))),
			0x8100, 0x8864)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flows, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: slices.Clone(tt.data)}))
			if len(flows) != 1 || sum.Bad != 0 || sum.Ignored != 0 {
				t.Fatalf("%d flows, %+v", len(flows), sum)
			}
			ends := [2]netip.AddrPort{client, server}
			if flows[0].rec.Ends[0].Addr().Is6() {
				ends = [2]netip.AddrPort{client6, server6}
			}
			if got := flows[0].String(); flows[0].rec.Ends != ends || got != `a "x", a cut, b cut` {
				t.Errorf("%v %s, want %v with x", flows[0].rec.Ends, got, ends)
			}
			// Where the frame ends too early, nothing is taken for the payload.
			for n := range tt.data[:len(tt.data)-1] {
				flows, _ := read(t, Options{}, classicFile(le, true, 1, rec{data: slices.Clone(tt.data[:n])}))
				for _, f := range flows {
					if f.rec.Network == flow.TCP && len(f.pieces[0]) != 0 {
						t.Errorf("%d bytes: data %q", n, f.pieces[0])
					}
				}
			}
		})
	}
}

// TestNotFollowed has packets with headers that say something else, or are
// damaged: they are no data, and no flow.
func TestNotFollowed(t *testing.T) {
	x := newInners()
	h := func(s string) []byte { return unhex(t, s) }
	tests := []struct {
		name string
		data []byte
		bad  int64
	}{
		{"spanning tree", ether(h("424203 0000 00 00 00 8000001b21000000 00000000"), 38), 0},
		{"Novell's own", ether(h("ffff0022 0011"), 34), 0},
		{"SNAP of Cisco", ether(append(h("aaaa03 00000c 2000"), x.v4...), 100), 0},
		{"PPPoE discovery", ether(h("1109 0000 0000"), 0x8863), 0},
		{"PPPoE of discovery in a session", ether(h("11a7 0000 0000"), 0x8864), 0},
		{"PPPoE of another version", ether(append(h("2100 0000 0041 0021"), x.v4...), 0x8864), 1},
		{"PPP negotiation", ether(h("1100 0000 0006 c021 01010004"), 0x8864), 0},
		{"PPP without a protocol", ether(h("1100 0000 0000"), 0x8864), 1},
		{"MPLS without a bottom", ether(bytes.Repeat(h("00010040"), 40), 0x8847), 1},
		{"MPLS of something else", ether(append(h("00010140"), bytes.Repeat(h("12"), 60)...), 0x8847), 0},
		{"MPLS of nothing", ether(h("00010140"), 0x8847), 1},
		{"GRE of another version", ether(outer4(47, h("0002 0800"), x.v4), 0x0800), 0},
		{"GRE with a route", ether(outer4(47, h("4000 0800 00000000"), x.v4), 0x0800), 0},
		{"GRE that keeps alive", ether(outer4(47, h("0000 0000")), 0x0800), 0},
		{"GRE cut in its options", ether(outer4(47, h("b000 0800 00000000")), 0x0800), 1},
		{"PPTP of an acknowledgement", ether(outer4(47, h("2081 880b 0000 0007 00000001")), 0x0800), 0},
		{"ERSPAN of another version", ether(outer4(47, h("1000 88be 00000001 202a 0009 00000005"), x.frame4), 0x0800), 1},
		{"ERSPAN III of another version", ether(outer4(47, h("1000 22eb 00000001 102a 0009 00000005 0000 0000"), x.frame4), 0x0800), 1},
		{"ERSPAN III of another frame", ether(outer4(47, h("1000 22eb 00000001 202a 0009 00000005 0000 1000"), x.frame4), 0x0800), 0},
		{"ARP in VXLAN", ether(outerUDP(4789, h("08000000 00002a00"), ether(make([]byte, 28), 0x0806)), 0x0800), 0},
		{"spanning tree in VXLAN", ether(outerUDP(4789, h("08000000 00002a00"), ether(h("424203 0000 00 00"), 38)), 0x0800), 0},
		{"IP of another version in IP", ether(outer4(4, []byte{0x50}, x.v4[1:]), 0x0800), 1},
	}
	for _, tt := range tests {
		flows, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: tt.data}))
		if len(flows) != 0 || sum.Bad != tt.bad || sum.Bad+sum.Ignored != 1 {
			t.Errorf("%s: %d flows, %d bad, %d ignored; want no flow and %d bad", tt.name, len(flows), sum.Bad, sum.Ignored, tt.bad)
		}
	}
}

// TestNoTunnel sends to the ports of tunnels what is none: it stays a
// datagram, as mKCP's are that somebody put there.
func TestNoTunnel(t *testing.T) {
	x := newInners()
	h := func(s string) []byte { return unhex(t, s) }
	tests := []struct {
		name string
		port uint16
		data []byte
	}{
		{"VXLAN without its flag", 4789, append(h("00000000 00002a00"), x.frame4...)},
		{"VXLAN with other flags", 4789, append(h("0c000000 00002a00"), x.frame4...)},
		{"VXLAN with something reserved", 4789, append(h("08000100 00002a00"), x.frame4...)},
		{"VXLAN with another byte reserved", 8472, append(h("08000000 00002a01"), x.frame4...)},
		{"VXLAN with a wrong policy", 4789, append(h("88100000 00002a00"), x.frame4...)},
		{"VXLAN of an unknown type", 4789, append(h("08000000 00002a00"), ether(x.v4, 0x1234)...)},
		{"VXLAN of IP that is none", 4789, append(h("08000000 00002a00"), ether(h("550000"), 0x0800)...)},
		{"VXLAN of a short frame", 4789, append(h("08000000 00002a00"), x.frame4[:13]...)},
		{"VXLAN from its port", 4788, append(h("08000000 00002a00"), x.frame4...)},
		{"Geneve of another version", 6081, append(h("4000 6558 00002a00"), x.frame4...)},
		{"Geneve with something reserved", 6081, append(h("0001 6558 00002a00"), x.frame4...)},
		{"Geneve with another byte reserved", 6081, append(h("0000 6558 00002a01"), x.frame4...)},
		{"Geneve with too many options", 6081, append(h("3f00 6558 00002a00"), x.frame4...)},
		{"Geneve with an option that is too long", 6081, append(h("0100 6558 00002a00 01020301"), x.frame4...)},
		{"Geneve of an unknown type", 6081, append(h("0000 1234 00002a00"), x.v4...)},
		{"Geneve of IP that is none", 6081, append(h("0000 86dd 00002a00"), x.v4...)},
		{"too short", 4789, h("08000000")},
		{"empty", 6081, nil},
	}
	for _, tt := range tests {
		flows, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: ether(outerUDP(tt.port, tt.data), 0x0800)}))
		if len(flows) != 1 || sum.Bad != 0 || flows[0].rec.Network != flow.UDP || !bytes.Equal(flows[0].got[flow.A], tt.data) {
			t.Errorf("%s: %d flows, %d bad; want one UDP flow with the datagram", tt.name, len(flows), sum.Bad)
		}
	}
}

// TestKCPOnTunnelPorts moves the mKCP captures to the ports of tunnels: not
// one datagram is lost to them.
func TestKCPOnTunnelPorts(t *testing.T) {
	for _, name := range []string{"kcp-v4-v5.pcap", "kcp-srtp-v4-v5.pcap", "kcp-seed-utp-v5-v4.pcap", "kcp-dtls-loss-v5-xray.pcap"} {
		for _, to := range []uint16{4789, 8472, 6081} {
			recs, moved := recsOf(t, name), 0
			want, _ := read(t, Options{}, classicFile(le, true, 1, cloneRecs(recs)...))
			var port uint16
			for _, f := range want {
				if f.rec.Network == flow.UDP {
					port = f.rec.Ends[flow.B].Port()
				}
			}
			for _, r := range recs {
				if r.data[23] != 17 {
					continue
				}
				for _, at := range []int{34, 36} {
					if p := r.data[at:]; be.AppendUint16(nil, port)[0] == p[0] && byte(port) == p[1] {
						be16(p, int(to))
						moved++
					}
				}
			}
			got, sum := read(t, Options{}, classicFile(le, true, 1, recs...))
			if len(got) != len(want) || sum.Bad != 0 || moved < 20 {
				t.Errorf("%s on %d: %d flows, %d bad packets, %d moved; want %d", name, to, len(got), sum.Bad, moved, len(want))
				continue
			}
			for i := range got {
				if got[i].String() != want[i].String() {
					t.Errorf("%s on %d: flow %d differs", name, to, i)
				}
			}
		}
	}
}

// TestOneFlowInManyWrappings: the innermost addresses and ports are the
// conversation, whatever is around them.
func TestOneFlowInManyWrappings(t *testing.T) {
	seg := func(seq uint32, text string) []byte {
		return ip4(client.Addr(), server.Addr(), 6, 0, 0, tcpSegment(client, server, seq, 0, ack, []byte(text)))
	}
	s := new(script).add(ether(ip4(client.Addr(), server.Addr(), 6, 0, 0, tcpSegment(client, server, 9, 0, syn, nil)), 0x0800))
	s.add(ether(seg(10, "a"), 0x8100, 0x0800))
	s.add(ether(outerUDP(4789, unhex(t, "08000000 00000100"), ether(seg(11, "b"), 0x0800)), 0x0800))
	s.add(ether(outerUDP(4789, unhex(t, "08000000 00000200"), ether(seg(12, "c"), 0x0800)), 0x0800))
	s.add(ether(outerUDP(4789, unhex(t, "08000000 00000100"), ether(seg(11, "b"), 0x0800)), 0x0800)) // a mirror port
	s.add(ether(outer4(47, unhex(t, "2000 0800 00000007"), seg(13, "d")), 0x0800))
	wantStories(t, s.file(), `a "a", a "b", a "c", a "d", a cut, b cut`)
}

// TestFragmentsInFragments cuts a tunnel's packet into fragments, whose inner
// packet is one of two fragments.
func TestFragmentsInFragments(t *testing.T) {
	text := fragmentText(1000)
	for seed := range 6 {
		s := &script{}
		var outer [][]byte
		for id, part := range pieces4(7, 17, udpDatagram(client, server, []byte(text)), 504) {
			vx := udpDatagram(outerA, netip.AddrPortFrom(outerB.Addr(), 4789), append(unhex(t, "08000000 00002a00"), part...))
			outer = append(outer, pieces4(uint16(100+id), 17, vx, 200)...)
		}
		if seed > 0 {
			newWrapper(uint64(seed)).rng.Shuffle(len(outer), func(i, j int) { outer[i], outer[j] = outer[j], outer[i] })
		}
		for _, p := range outer {
			s.add(slices.Clone(p))
		}
		flows, sum := read(t, Options{}, s.file())
		if len(flows) != 1 || string(flows[0].got[flow.A]) != text || sum.Bad != 0 || sum.Unfinished != 0 {
			t.Errorf("seed %d: %d flows, %+v", seed, len(flows), sum)
		}
	}
}

// TestDepth nests IP in IP up to the limit, and beyond.
func TestDepth(t *testing.T) {
	for n := range 3 * maxLayers {
		p := ip4(client.Addr(), server.Addr(), 17, 0, 0, udpDatagram(client, server, []byte("x")))
		for range n {
			p = outer4(4, p)
		}
		flows, sum := read(t, Options{}, classicFile(le, true, 101, rec{data: p}))
		fits := n <= 11 // two headers each, and IP and UDP
		if fits != (len(flows) == 1) || fits != (sum.Bad == 0) {
			t.Errorf("%d layers of IP in IP: %d flows, %d bad packets", n, len(flows), sum.Bad)
		}
	}
}

// TestSnappedTunnel cuts a tunnel's packet at every byte.
func TestSnappedTunnel(t *testing.T) {
	text := "the payload"
	inner := frame(client, server, 5, 0, ack, []byte(text))
	for _, full := range [][]byte{
		ether(outerUDP(4789, unhex(t, "08000000 00002a00"), inner), 0x0800),
		ether(outerUDP(4789, unhex(t, "08000000 00002a00"), ether(append(unhex(t, "aaaa03 000000 0800"), inner[14:]...), uint16(len(inner)-6))), 0x0800),
		ether(outerUDP(6081, unhex(t, "0100 6558 00002a00 01020300"), inner), 0x0800),
		ether(outer4(47, unhex(t, "1000 88be 00000001 102a 0009 00000005"), inner), 0x0800),
		ether(append(unhex(t, "00010140 00000007"), inner...), 0x8847),
	} {
		for n := range full {
			flows, _ := read(t, Options{}, classicFile(le, true, 1, rec{data: slices.Clone(full[:n]), orig: len(full)}))
			const tunnel = 14 + 20 + 8 + 12 // to the end of the longest one's header
			head := len(full) - len(text)
			for _, f := range flows {
				if f.rec.Network == flow.TCP && n < head-20 || f.rec.Network == flow.UDP && n >= tunnel {
					t.Errorf("%d bytes of %d: a flow %s", n, len(full), f.rec.Network)
				}
			}
			if n < head {
				continue
			}
			want := text[:n-head] + strings.Repeat("?", len(full)-n)
			if len(flows) != 1 || string(flows[0].got[flow.A]) != want || !flows[0].rec.Snapped {
				t.Errorf("%d bytes of %d: %v, want %q", n, len(full), flows, want)
			}
		}
	}
}

// TestTunnelsAllocateNothing reads a short and a long capture of one
// connection in VXLAN.
func TestTunnelsAllocateNothing(t *testing.T) {
	allocs := func(packets int) float64 {
		in := []Input{input("f", tunnelBulk(packets))}
		return testing.AllocsPerRun(3, func() { Read(in, &discarder{}, Options{}) })
	}
	short, long := allocs(100), allocs(5000)
	if long > short+8 {
		t.Errorf("%.0f allocations for 100 packets and %.0f for 5000, want the same", short, long)
	}
}
