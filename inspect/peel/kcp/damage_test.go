package kcp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
)

// flows keeps the datagrams of each flow.
type flows struct{ all [][]step }

func (f *flows) Open(*flow.Record) flow.Sink {
	f.all = append(f.all, nil)
	return &keeper{f, len(f.all) - 1}
}

type keeper struct {
	f *flows
	i int
}

func (k *keeper) Data(from flow.Side, at flow.Time, p []byte) {
	k.f.all[k.i] = append(k.f.all[k.i], sent(from, float64(at)/1e9, bytes.Clone(p)))
}
func (k *keeper) Gap(flow.Side, flow.Time, int64)      {}
func (k *keeper) Close(flow.Side, flow.Time, flow.How) {}
func (k *keeper) Finish()                              {}

// recorded gives the flows of all captures, with their names.
func recorded(t testing.TB) (out map[string][]step) {
	t.Helper()
	out = map[string][]step{}
	files, err := filepath.Glob(captures + "/kcp-*.pcap")
	own, _ := filepath.Glob("testdata/*.pcap")
	if files = append(files, own...); err != nil || len(files) < 14 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	for _, name := range files {
		var f flows
		readCapture(t, name, &f)
		for i, s := range f.all {
			out[fmt.Sprint(filepath.Base(name), " ", i)] = s
		}
	}
	return out
}

// damage does something to the datagrams of a flow.
type damage struct {
	name string
	do   func(*rand.Rand, []step) []step
}

var damages = []damage{
	{"dropped", func(r *rand.Rand, s []step) []step {
		return slices.DeleteFunc(s, func(step) bool { return r.IntN(8) == 0 })
	}},
	{"many dropped", func(r *rand.Rand, s []step) []step {
		return slices.DeleteFunc(s, func(step) bool { return r.IntN(2) == 0 })
	}},
	{"from the middle", func(r *rand.Rand, s []step) []step { return s[r.IntN(len(s)):] }},
	{"up to the middle", func(r *rand.Rand, s []step) []step { return s[:r.IntN(len(s))] }},
	{"doubled", func(r *rand.Rand, s []step) (out []step) {
		for _, x := range s {
			out = append(out, slices.Repeat([]step{x}, 1+r.IntN(3))...)
		}
		return out
	}},
	{"swapped", func(r *rand.Rand, s []step) []step {
		for i := r.IntN(4); i+1 < len(s); i += 2 + r.IntN(6) {
			s[i].p, s[i+1].p, s[i].from, s[i+1].from = s[i+1].p, s[i].p, s[i+1].from, s[i].from
		}
		return s
	}},
	{"shuffled", func(r *rand.Rand, s []step) []step {
		r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		return s
	}},
	{"cut", func(r *rand.Rand, s []step) []step {
		for i := range s {
			if r.IntN(5) == 0 {
				s[i].p = s[i].p[:r.IntN(len(s[i].p)+1)]
			}
		}
		return s
	}},
	{"changed", func(r *rand.Rand, s []step) []step {
		for i := range s {
			if r.IntN(5) == 0 && len(s[i].p) > 0 {
				s[i].p = bytes.Clone(s[i].p)
				s[i].p[r.IntN(len(s[i].p))] ^= byte(1 + r.IntN(255))
			}
		}
		return s
	}},
}

// TestDamage does all of that to real flows: nothing panics, and what comes
// out are payloads that were sent, in their order, without a hole that is not
// told. Where the datagrams are all there, so are the bytes.
func TestDamage(t *testing.T) {
	runs := 30
	if testing.Short() {
		runs = 3
	}
	for name, all := range recorded(t) {
		whole := play(t, kcp.Options{Seeds: seeds}, all...)
		if len(whole) != 1 {
			t.Fatalf("%s: %d conversations", name, len(whole))
		}
		payloads := sentPayloads(whole[0])
		bare := whole[0].layer().Get("protection") == "none"
		for _, d := range damages {
			if bare && d.name == "changed" {
				continue // nothing vouches for these bytes
			}
			for i := range runs {
				r := rand.New(rand.NewPCG(uint64(i), 18))
				hold := 1 << (4 + r.IntN(16))
				for _, k := range play(t, kcp.Options{Seeds: seeds, Hold: hold}, d.do(r, slices.Clone(all))...) {
					if err := k.follows(payloads); err != "" {
						t.Fatalf("%s, %s, run %d: %s", name, d.name, i, err)
					}
					if (d.name == "doubled" || d.name == "swapped") && k.rec.Limit == "" && !k.equal(whole[0]) {
						t.Errorf("%s, %s, run %d: %d and %d bytes, gaps %v", name, d.name, i, len(k.bytes[a]), len(k.bytes[b]), k.gaps)
					}
				}
			}
		}
	}
}

// equal reports whether the same came out, on the same sides.
func (k *talk) equal(o *talk) bool {
	return bytes.Equal(k.bytes[a], o.bytes[a]) && bytes.Equal(k.bytes[b], o.bytes[b]) && k.gaps == o.gaps
}

// sentPayloads gives the payloads of both sides, and what was before, between
// and behind the holes.
func sentPayloads(k *talk) (out [2][]string) {
	for _, c := range k.calls {
		side := flow.A
		if c[0] == 'b' {
			side = flow.B
		}
		if c[0] == 'a' || c[0] == 'b' {
			out[side] = append(out[side], c[2:])
		}
	}
	return out
}

// follows reports what is wrong with a conversation of which these payloads
// were sent. Its client may be taken for the server, if the first packets are
// missing.
func (k *talk) follows(sent [2][]string) string {
	for swap := range flow.Side(2) {
		if k.match(sent, swap) == "" {
			return ""
		}
	}
	return k.match(sent, 0)
}

func (k *talk) match(sent [2][]string, swap flow.Side) string {
	got := sentPayloads(k)
	for side := range flow.Side(2) {
		want, gap := sent[side^swap], false
		for _, p := range got[side] {
			if p == "gap -1" {
				gap = true
				continue
			}
			i := slices.Index(want, p)
			if i < 0 || i > 0 && !gap && want[0] != "gap -1" {
				return fmt.Sprintf("side %s: payload %.20q is not the next one, gap %v", side, p, gap)
			}
			want, gap = want[i+1:], false
		}
	}
	return ""
}

// FuzzOpen pushes anything at all.
func FuzzOpen(f *testing.F) {
	for _, all := range recorded(f) {
		for _, s := range all[:3] {
			f.Add(s.p, all[0].p)
		}
	}
	f.Add(cover(data(9, 0, 0, "one"), ack(9, 3, 1)), data(9, 2, 2, "three"))
	f.Fuzz(func(t *testing.T, p, q []byte) {
		play(t, kcp.Options{Seeds: seeds, Hold: 100}, sent(a, 0, p), sent(b, 0, q), sent(a, 1, cover(p)), sent(b, 2, cover(q)), sent(a, 40, cover(p, q)))
	})
}
