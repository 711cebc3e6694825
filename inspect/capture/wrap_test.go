package capture

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the tests wrap packets with. Each step takes a packet and the
// EtherType that says what it is, and gives the same of what it made of it.
// Like writer_test.go, it knows nothing of the reader's own code.

const (
	typeIPv4  = 0x0800
	typeIPv6  = 0x86dd
	typeFrame = 0x6558
	typeMPLS  = 0x8847
	typePPPoE = 0x8864
	typePPP   = 0x880b
)

// wrapped is a packet, or the fragments of one.
type wrapped struct {
	kind  uint16
	parts [][]byte
}

// wrapper draws headers. What a peer does not know is left out for it.
type wrapper struct {
	rng    *rand.Rand
	ids    uint32
	path   []string // of the latest packet
	vlan   uint16   // of the latest packet, with its priority
	layers int
	skip   func(step string) bool
	whole  bool // make no fragments
}

func newWrapper(seed uint64, skip ...string) *wrapper {
	return &wrapper{
		rng:  rand.New(rand.NewPCG(seed, 4)),
		skip: func(step string) bool { return slices.Contains(skip, step) },
	}
}

func (w *wrapper) odds(n int) bool { return w.rng.IntN(n) == 0 }

func (w *wrapper) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.rng.Uint32())
	}
	return b
}

// step is one way to wrap; only has the kinds it takes, or is nil for all but
// a frame. layers is how many headers it adds at most.
type step struct {
	name   string
	only   []uint16
	layers int
	wrap   func(w *wrapper, kind uint16, p []byte) wrapped
}

var steps = []step{
	{"eth", nil, 1, func(w *wrapper, kind uint16, p []byte) wrapped { return one(typeFrame, w.ether(kind, p)) }},
	{"snap", nil, 2, func(w *wrapper, kind uint16, p []byte) wrapped {
		llc := slices.Concat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, be.AppendUint16(nil, kind), p)
		if len(llc) > 1500 {
			return one(typeFrame, w.ether(kind, p))
		}
		return one(typeFrame, w.ether(uint16(len(llc)), llc))
	}},
	{"vlan", nil, 1, func(w *wrapper, kind uint16, p []byte) wrapped { return one(0x8100, w.tag(kind, p)) }},
	{"qinq", nil, 2, func(w *wrapper, kind uint16, p []byte) wrapped {
		return one(0x88a8, w.tag(0x8100, w.tag(kind, p)))
	}},
	{"pppoe", []uint16{typeIPv4, typeIPv6, typeMPLS}, 2, func(w *wrapper, kind uint16, p []byte) wrapped {
		b := w.ppp(kind, p)
		return one(typePPPoE, slices.Concat([]byte{0x11, 0}, w.bytes(2), be.AppendUint16(nil, uint16(len(b))), b))
	}},
	{"mpls", []uint16{typeIPv4, typeIPv6}, 3, func(w *wrapper, kind uint16, p []byte) wrapped {
		return one(typeMPLS, w.labels(p))
	}},
	{"pw", []uint16{typeFrame}, 3, func(w *wrapper, kind uint16, p []byte) wrapped {
		return one(typeMPLS, w.labels(append([]byte{0, 0, 0, 7}, p...)))
	}},
	{"pw-bare", []uint16{typeFrame}, 3, func(w *wrapper, kind uint16, p []byte) wrapped {
		return one(typeMPLS, w.labels(p))
	}},
	{"ipip", []uint16{typeIPv4, typeIPv6}, 3, func(w *wrapper, kind uint16, p []byte) wrapped {
		proto := byte(4)
		if kind == typeIPv6 {
			proto = 41
		}
		return w.ip(proto, p)
	}},
	{"gre", []uint16{typeIPv4, typeIPv6, typeFrame, typeMPLS}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.ip(47, append(w.gre(kind, w.rng.IntN(8)), p...))
	}},
	{"pptp", []uint16{typeIPv4, typeIPv6}, 5, func(w *wrapper, kind uint16, p []byte) wrapped {
		b := w.ppp(kind, p)
		if w.odds(2) {
			b = append([]byte{0xff, 3}, b...)
		}
		h := be.AppendUint16([]byte{0x30, 1, 0x88, 0x0b}, uint16(len(b)))
		h = append(h, w.bytes(6)...)
		if w.odds(2) {
			h[1] |= 0x80
			h = append(h, w.bytes(4)...)
		}
		return w.ip(47, append(h, b...))
	}},
	{"erspan1", []uint16{typeFrame}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.ip(47, append(w.gre(0x88be, 0), p...))
	}},
	{"erspan2", []uint16{typeFrame}, 5, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.ip(47, slices.Concat(w.gre(0x88be, 1), []byte{0x10, 42, 0, 9, 0, 0, 0, 5}, p))
	}},
	{"erspan3", []uint16{typeFrame}, 5, func(w *wrapper, kind uint16, p []byte) wrapped {
		h := slices.Concat([]byte{0x20, 42, 0, 9}, w.bytes(4), []byte{0, 0, 0, 0})
		if w.odds(2) {
			h[11] |= 1
			h = append(h, 0x04, 0, 0, 0, 0, 0, 0, 0)
		}
		return w.ip(47, slices.Concat(w.gre(0x22eb, 1), h, p))
	}},
	{"vxlan", []uint16{typeFrame}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.udp(4789, slices.Concat([]byte{8, 0, 0, 0}, w.bytes(3), []byte{0}, p))
	}},
	{"vxlan-8472", []uint16{typeFrame}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.udp(8472, slices.Concat([]byte{8, 0, 0, 0}, w.bytes(3), []byte{0}, p))
	}},
	{"vxlan-gbp", []uint16{typeFrame}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		return w.udp(4789, slices.Concat([]byte{0x88, 8}, w.bytes(5), []byte{0}, p))
	}},
	{"geneve", []uint16{typeFrame, typeIPv4, typeIPv6, typeMPLS}, 4, func(w *wrapper, kind uint16, p []byte) wrapped {
		var options []byte
		for range w.rng.IntN(4) {
			n := w.rng.IntN(6)
			options = slices.Concat(options, w.bytes(3), []byte{byte(n)}, w.bytes(4*n))
		}
		h := be.AppendUint16([]byte{byte(len(options) / 4), 0}, kind)
		return w.udp(6081, slices.Concat(h, w.bytes(3), []byte{0}, options, p))
	}},
}

func one(kind uint16, p []byte) wrapped { return wrapped{kind, [][]byte{p}} }

// ether draws addresses of stations. Without a control word a pseudowire's
// frame must not look like IP, and with one tshark must not find the name of a
// maker in the wrong place: hence their first bytes.
func (w *wrapper) ether(kind uint16, p []byte) []byte {
	maker := [][]byte{{0x00, 0x1b, 0x21, 0xee, 0xee}, {0x00, 0x50, 0x56, 0xee, 0xee}, {0x02, 0x42, 0xac, 0xee, 0xee}}[w.rng.IntN(3)]
	return slices.Concat(maker, w.bytes(1), maker, w.bytes(1), be.AppendUint16(nil, kind), p)
}

func (w *wrapper) tag(kind uint16, p []byte) []byte {
	return slices.Concat(be.AppendUint16(nil, w.vlan), be.AppendUint16(nil, kind), p)
}

func (w *wrapper) ppp(kind uint16, p []byte) []byte {
	protocol := map[uint16]uint16{typeIPv4: 0x21, typeIPv6: 0x57, typeMPLS: 0x281}[kind]
	return append(be.AppendUint16(nil, protocol), p...)
}

func (w *wrapper) labels(p []byte) []byte {
	var b []byte
	n := 1 + w.rng.IntN(3)
	for i := range n {
		label := uint32(100+w.rng.IntN(1<<19))<<12 | 64
		if i == n-1 {
			label |= 1 << 8
		}
		b = be.AppendUint32(b, label)
	}
	return append(b, p...)
}

// gre writes a header with a sequence number, a key and a checksum, as the
// bits of parts say.
func (w *wrapper) gre(kind uint16, parts int) []byte {
	b := be.AppendUint16(be.AppendUint16(nil, uint16(parts&1<<12|parts&2<<12|parts&4<<13)), kind)
	for ; parts > 0; parts &= parts - 1 {
		b = append(b, w.bytes(4)...)
	}
	if b[0]&0x80 != 0 {
		b[6], b[7] = 0, 0
	}
	return b
}

func (w *wrapper) udp(port uint16, p []byte) wrapped {
	src := netip.AddrPortFrom(client.Addr(), uint16(49152+w.rng.IntN(10000)))
	return w.ip(17, udpDatagram(src, netip.AddrPortFrom(server.Addr(), port), p))
}

// ip puts p into an IP packet of either version, some with options or in
// fragments.
func (w *wrapper) ip(proto byte, p []byte) wrapped {
	w.ids++
	parts := [][]byte{p}
	if cut := len(p) / 2 &^ 7; cut > 0 && !w.whole && w.odds(4) {
		parts = [][]byte{p[:cut], p[cut:]}
	}
	six := w.odds(2) && (len(parts) == 1 || !w.skip("fragment6"))
	out := wrapped{kind: typeIPv4}
	off := 0
	for i, part := range parts {
		more := i < len(parts)-1
		if six {
			out.kind = typeIPv6
			out.parts = append(out.parts, w.ip6(proto, off, more, len(parts) > 1, part))
		} else {
			frag := uint16(off / 8)
			if more {
				frag |= 0x2000
			}
			out.parts = append(out.parts, w.ip4(proto, frag, part))
		}
		off += len(part)
	}
	return out
}

func (w *wrapper) ip4(proto byte, frag uint16, p []byte) []byte {
	b := ip4(netip.AddrFrom4([4]byte{10, 0, 0, 1}), netip.AddrFrom4([4]byte{10, 0, 0, 2}), proto, uint16(w.ids), frag, p)
	if w.odds(4) { // four bytes of options that do nothing
		b = slices.Insert(b, 20, 1, 1, 1, 0)
		b[0] = 0x46
		be16(b[2:], len(b))
	}
	return b
}

func (w *wrapper) ip6(proto byte, off int, more, fragment bool, p []byte) []byte {
	if fragment {
		word := uint16(off)
		if more {
			word |= 1
		}
		p = append(be.AppendUint32(be.AppendUint16([]byte{proto, 0}, word), w.ids), p...)
		proto = 44
	}
	if w.odds(4) {
		p = append([]byte{proto, 0, 1, 4, 0, 0, 0, 0}, p...)
		proto = 60
	}
	return ip6(netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2"), proto, p)
}

func be16(b []byte, n int) { b[0], b[1] = byte(n>>8), byte(n) }

// fits tells whether the step takes such a packet.
func (s step) fits(kind uint16) bool {
	if s.only == nil {
		return kind != typeFrame
	}
	return slices.Contains(s.only, kind)
}

// wrap puts up to n random headers around an IP packet, and then Ethernet. It
// stops earlier where the reader's limit of layers is near.
func (w *wrapper) wrap(kind uint16, p []byte, n int) [][]byte {
	w.vlan = uint16(w.rng.Uint32())
	w.path, w.layers = nil, 4 // IP, a fragment, the transport, and Ethernet below all
	all := wrapped{kind, [][]byte{p}}
	for range w.rng.IntN(n + 1) {
		var fit []step
		for _, s := range steps {
			large := len(all.parts[0]) > 60000 && s.layers > 2
			if s.fits(all.kind) && !w.skip(s.name) && w.layers+s.layers <= maxLayers && !large {
				fit = append(fit, s)
			}
		}
		if len(fit) == 0 {
			break
		}
		all = w.apply(fit[w.rng.IntN(len(fit))], all)
	}
	if all.kind != typeFrame {
		all = w.apply(steps[0], all)
	}
	return all.parts
}

func (w *wrapper) apply(s step, in wrapped) wrapped {
	w.path = append(w.path, s.name)
	w.layers += s.layers
	out := wrapped{}
	for _, p := range in.parts {
		made := s.wrap(w, in.kind, p)
		// All parts go the same way: IPv4 and IPv6 do not mix in one.
		for len(out.parts) > 0 && made.kind != out.kind {
			made = s.wrap(w, in.kind, p)
		}
		out.kind = made.kind
		out.parts = append(out.parts, made.parts...)
	}
	return out
}

// wrapAll wraps each packet of a capture in its own way, and tells how many
// of each step there are.
func (w *wrapper) wrapAll(recs []rec, n int, count map[string]int) (out []rec) {
	for _, r := range recs {
		kind, p := uint16(r.data[12])<<8|uint16(r.data[13]), r.data[14:]
		for _, part := range w.wrap(kind, p, n) {
			out = append(out, rec{at: r.at, data: part})
		}
		for _, name := range w.path {
			count[name]++
		}
	}
	return out
}

// wrapEach is wrapAll and tells the way of each packet.
func (w *wrapper) wrapEach(recs []rec) (out []rec, paths []string) {
	for _, r := range recs {
		made := w.wrapAll([]rec{r}, 8, map[string]int{})
		out = append(out, made...)
		for range made {
			paths = append(paths, strings.Join(w.path, " "))
		}
	}
	return out, paths
}

// wrapSources are captures with TCP and UDP, both versions of IP, fragments,
// holes, repeated and reordered packets.
var wrapSources = []string{
	"leg-ipv6.pcap", "ip-fragments.pcap", "udp-dns-v4-v5.pcap", "kcp-v4-v5.pcap", "duplicated.pcap", "gap-scattered.pcap",
	"reorder-retimed.pcap", "shape-halfclose-oclose.pcap", "users-5x4-v5-xray.pcap", "link-vlan.pcap",
}

func recsOf(t *testing.T, name string) []rec {
	t.Helper()
	var out []rec
	for _, p := range packetsOf(t, filepath.Join(capturesDir, name)) {
		out = append(out, rec{at: p.At, data: []byte(p.Data)})
	}
	return out
}

// sameFlows compares conversations in all that a packet's wrappings must not
// change.
func sameFlows(t *testing.T, what string, got, want []*collected) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d flows, want %d", what, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if g, w := flowText(got[i]), flowText(want[i]); g != w {
			t.Errorf("%s: flow %d:\n%s\nwant\n%s", what, i, clip(g), clip(w))
			return
		}
	}
}

func flowText(f *collected) string {
	r := f.rec
	return fmt.Sprint(r.Network, r.Ends, r.Start, r.End, r.Began, r.Snapped, r.Packets, r.Stack(), r.Limit, f.how, f.gaps, len(f.got[0]), len(f.got[1]),
		"\n", f, "\n", string(f.got[0]), string(f.got[1]), f.pieces)
}

func clip(s string) string { return s[:min(len(s), 600)] }

// TestWrapped wraps every packet of real captures at random, each in its own
// way: the streams are those of the plain capture.
func TestWrapped(t *testing.T) {
	count := map[string]int{}
	packets := 0
	for i, name := range wrapSources {
		plain := recsOf(t, name)
		want, _ := read(t, Options{}, classicFile(le, true, 1, cloneRecs(plain)...))
		for seed := range uint64(3) {
			w := newWrapper(uint64(i)<<8 | seed)
			recs := w.wrapAll(cloneRecs(plain), 12, count)
			got, sum := read(t, Options{}, classicFile(le, true, 1, recs...))
			if sum.Bad != 0 || sum.Unfinished != 0 {
				t.Errorf("%s: %d bad packets and %d unfinished ones, want none", name, sum.Bad, sum.Unfinished)
			}
			sameFlows(t, name, got, want)
			packets += len(recs)
		}
	}
	for _, s := range steps {
		if count[s.name] < 200 {
			t.Errorf("%s wraps %d packets, want many", s.name, count[s.name])
		}
	}
	t.Logf("%d packets: %s", packets, strings.Trim(fmt.Sprint(count), "map[]"))
}

// TestWrappedAndSnapped cuts wrapped packets in what is inside. The holes are
// as long as those of the plain capture that is cut at the same place.
func TestWrappedAndSnapped(t *testing.T) {
	const keep = 80 // headers of IP and TCP, and mostly some payload
	for i, name := range wrapSources {
		w := newWrapper(uint64(100 + i))
		w.whole = true
		var plain, tunnels []rec
		for _, r := range recsOf(t, name) {
			kind, p := uint16(r.data[12])<<8|uint16(r.data[13]), r.data[14:]
			if kind != typeIPv4 && kind != typeIPv6 || len(p) <= keep {
				continue
			}
			b := w.wrap(kind, slices.Clone(p), 12)[0]
			n := keep + w.rng.IntN(len(p)-keep)
			cut := len(p) - n
			plain = append(plain, rec{r.at, r.data[:len(r.data)-cut], len(r.data)})
			tunnels = append(tunnels, rec{r.at, b[:len(b)-cut], len(b)})
		}
		want, _ := read(t, Options{}, classicFile(le, true, 1, plain...))
		got, sum := read(t, Options{}, classicFile(le, true, 1, tunnels...))
		if sum.Bad != 0 {
			t.Errorf("%s: %d bad packets, want none", name, sum.Bad)
		}
		sameFlows(t, name, got, want)
	}
}

// TestWrappedAndDamaged flips bytes of wrapped packets and cuts them: the
// collector checks that the calls stay in order, and nothing may panic.
func TestWrappedAndDamaged(t *testing.T) {
	for i, name := range wrapSources {
		plain := recsOf(t, name)
		w := newWrapper(uint64(200 + i))
		recs := w.wrapAll(plain[:min(len(plain), 100)], 12, map[string]int{})
		for range 10 {
			damaged := cloneRecs(recs)
			for j := range damaged {
				w.damage(&damaged[j])
			}
			readInputs(t, Options{}, input(name, classicFile(le, true, 1, damaged...)))
		}
	}
}

// damage flips up to three bytes, mostly of headers, and cuts one packet of
// eight. Half of the cuts are told as a snaplen.
func (w *wrapper) damage(r *rec) {
	for range w.rng.IntN(4) {
		r.data[w.rng.IntN(min(len(r.data), 200))] = byte(w.rng.Uint32())
	}
	if w.odds(8) {
		n := len(r.data)
		r.data = r.data[:w.rng.IntN(n)]
		if w.odds(2) {
			r.orig = n
		}
	}
}

// damageAll flips one bit of each packet or, if asked, cuts some as a snaplen
// does, so that two readers can be compared on what is left.
func (w *wrapper) damageAll(recs []rec, cut bool) {
	for i := range recs {
		r, n := &recs[i], len(recs[i].data)
		if cut && w.odds(3) {
			r.data, r.orig = r.data[:w.rng.IntN(n)], n
			continue
		}
		r.data[w.rng.IntN(min(n, 200))] ^= 1 << w.rng.IntN(8)
	}
}
