package capture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// pieces4 and pieces6 cut a transport packet into fragments of n bytes.
func pieces4(id uint16, proto byte, b []byte, n int) (out [][]byte) {
	for off := 0; off < len(b); off += n {
		end, frag := min(len(b), off+n), uint16(off/8)
		if end < len(b) {
			frag |= 0x2000
		}
		out = append(out, ether(ip4(client.Addr(), server.Addr(), proto, id, frag, b[off:end]), 0x0800))
	}
	return out
}

func pieces6(id uint32, proto byte, b []byte, n int) (out [][]byte) {
	for off := 0; off < len(b); off += n {
		end, frag := min(len(b), off+n), uint16(off)
		if end < len(b) {
			frag |= 1
		}
		h := be.AppendUint32(be.AppendUint16([]byte{proto, 0}, frag), id)
		out = append(out, ether(ip6(client6.Addr(), server6.Addr(), 44, append(h, b[off:end]...)), 0x86dd))
	}
	return out
}

func fragmentText(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()[:n]
}

// TestFragments reassembles datagrams of many lengths from fragments in any
// order, with repeated and overlapping ones.
func TestFragments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{9, 100, 1000, 8000, 65000} {
		for _, size := range []int{8, 48, 1480} {
			if n/size > 2000 {
				continue
			}
			text := fragmentText(n)
			four := pieces4(7, 17, udpDatagram(client, server, []byte(text)), size)
			six := pieces6(7, 17, udpDatagram(client6, server6, []byte(text)), size)
			all := slices.Concat(four, six)
			for _, order := range []string{"in order", "backwards", "any order", "twice", "overlapping"} {
				recs := slices.Clone(all)
				switch order {
				case "backwards":
					slices.Reverse(recs)
				case "any order":
					rng.Shuffle(len(recs), func(i, j int) { recs[i], recs[j] = recs[j], recs[i] })
				case "twice":
					if n+8 <= size {
						continue // in one piece, it is two datagrams
					}
					recs = nil
					for _, p := range all {
						recs = append(recs, p, p)
					}
				case "overlapping":
					other := pieces4(7, 17, udpDatagram(client, server, []byte(text)), size+8)
					recs = slices.Concat(other[:len(other)-1], all)
				}
				s := &script{}
				for _, p := range recs {
					s.add(slices.Clone(p))
					s.at -= 999e3
				}
				flows, sum := read(t, Options{}, s.file())
				if len(flows) != 2 || sum.Bad != 0 || sum.Limits != nil {
					t.Fatalf("%d bytes in %d, %s: %d flows, %+v", n, size, order, len(flows), sum)
				}
				for _, f := range flows {
					if len(f.pieces[0]) != 1 || string(f.got[0]) != text {
						t.Errorf("%d bytes in %d, %s: %d datagrams of %d bytes", n, size, order, len(f.pieces[0]), len(f.got[0]))
					}
				}
			}
		}
	}
}

func TestFragmentRules(t *testing.T) {
	text := fragmentText(32)
	gram := udpDatagram(client, server, []byte(text))
	parts := pieces4(1, 17, gram, 24)
	other := pieces4(1, 17, udpDatagram(client, server, []byte(strings.ToUpper(strings.ReplaceAll(text, ",", "x")))), 24)
	tests := []struct {
		name string
		s    *script
		want []string
	}{
		{"the first one wins", new(script).add(parts[0]).add(other[0]).add(parts[1]), []string{text}},
		{"within a minute", new(script).add(parts[0]).wait(59e9).add(parts[1]), []string{text}},
		{"later than a minute", new(script).add(parts[0]).wait(61e9).add(parts[1]), nil},
		{"the number comes again", new(script).add(parts[0]).add(parts[1]).add(parts[0]).add(parts[1]).wait(1e9).add(parts[0]).add(parts[1]), []string{text, text}},
		{"one is missing", new(script).add(parts[1]), nil},
	}
	for _, tt := range tests {
		flows, _ := read(t, Options{}, classicFile(le, true, 1, cloneRecs(tt.s.recs)...))
		var got []string
		for _, f := range flows {
			for _, p := range f.pieces[0] {
				got = append(got, string(p))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	ping := ether(ip4(client.Addr(), server.Addr(), 17, 3, 0x3fff, make([]byte, 2000)), 0x0800)
	if _, sum := read(t, Options{}, classicFile(le, true, 1, rec{data: ping})); sum.Bad != 1 {
		t.Errorf("a fragment beyond 64 KB: %d bad packets, want 1", sum.Bad)
	}
}

// A fragment that a snaplen cut still tells how much is missing.
func TestSnappedFragment(t *testing.T) {
	text := fragmentText(40)
	parts := pieces4(1, 17, udpDatagram(client, server, []byte(text)), 24)
	file := classicFile(le, true, 1,
		rec{data: slices.Clone(parts[0])},
		rec{data: slices.Clone(parts[1][:len(parts[1])-14]), orig: len(parts[1])})
	flows, _ := read(t, Options{}, file)
	want := text[:26] + strings.Repeat("?", 14)
	if len(flows) != 1 || string(flows[0].got[0]) != want || !flows[0].rec.Snapped {
		t.Fatalf("got %v, want one flow with %q", flows, want)
	}
}

func cloneRecs(rs []rec) []rec {
	var out []rec
	for _, r := range rs {
		out = append(out, rec{r.at, slices.Clone(r.data), r.orig})
	}
	return out
}
