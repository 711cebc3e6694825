package capture

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vmesskit/inspect/flow"
)

// sent is a range of one side's stream that some packet carries.
type sent struct {
	from      flow.Side
	off, end  int
	lost      bool // not captured
	otherSent int  // what the receiver of the other direction could acknowledge
}

// traffic is two streams and the packets that carry them.
type traffic struct {
	streams [2][]byte
	isn     [2]uint32
	packets []sent
}

const reach = 16 // how many places a packet may be out of order

// drawTraffic cuts two streams at random, repeats and overlaps pieces, and
// loses some if asked.
func drawTraffic(t *rapid.T, lossy bool) *traffic {
	tr := &traffic{}
	for side := range tr.streams {
		n := rapid.IntRange(0, 4000).Draw(t, "length")
		tr.isn[side] = rapid.Uint32().Draw(t, "isn")
		for i := range n {
			tr.streams[side] = append(tr.streams[side], byte('a'+(i*7+i/26+side)%26))
		}
	}
	sentUpTo := [2]int{}
	for sentUpTo[0] < len(tr.streams[0]) || sentUpTo[1] < len(tr.streams[1]) {
		side := flow.Side(rapid.IntRange(0, 1).Draw(t, "side"))
		if sentUpTo[side] == len(tr.streams[side]) {
			side = side.Other()
		}
		off := sentUpTo[side]
		end := min(len(tr.streams[side]), off+rapid.IntRange(1, 200).Draw(t, "cut"))
		lost := lossy && rapid.IntRange(0, 9).Draw(t, "lose") == 0
		tr.packets = append(tr.packets, sent{side, off, end, lost, sentUpTo[side.Other()]})
		sentUpTo[side] = end
		if rapid.IntRange(0, 4).Draw(t, "again") == 0 {
			off = max(0, off-rapid.IntRange(0, 300).Draw(t, "back"))
			end = rapid.IntRange(off, end).Draw(t, "to")
			if !lossy {
				tr.packets = append(tr.packets, sent{side, off, end, false, sentUpTo[side.Other()]})
			}
		}
	}
	return tr
}

// script writes the packets, each at most reach places from where it belongs.
func (tr *traffic) script(t *rapid.T) *script {
	type placed struct {
		sent
		place int
	}
	var ps []placed
	for i, p := range tr.packets {
		ps = append(ps, placed{p, i + rapid.IntRange(0, reach).Draw(t, "late")})
	}
	slices.SortStableFunc(ps, func(a, b placed) int { return a.place - b.place })
	s := (&script{}).hello(tr.isn[0], tr.isn[1])
	for _, p := range ps {
		if p.lost {
			continue
		}
		seq := tr.isn[p.from] + 1 + uint32(p.off)
		ackno := tr.isn[p.from.Other()] + 1 + uint32(p.otherSent)
		s.add(frame(ends(p.from), ends(p.from.Other()), seq, ackno, ack, tr.streams[p.from][p.off:p.end]))
	}
	for side := range flow.Side(2) {
		seq := tr.isn[side] + 1 + uint32(len(tr.streams[side]))
		ackno := tr.isn[side.Other()] + 1 + uint32(len(tr.streams[side.Other()]))
		s.add(frame(ends(side), ends(side.Other()), seq, ackno, ack|fin, nil))
	}
	return s
}

func ends(side flow.Side) netip.AddrPort {
	if side == flow.A {
		return client
	}
	return server
}

// want is the stream with '?' for what no packet carried.
func (tr *traffic) want(side flow.Side) []byte {
	w := bytes.Repeat([]byte{'?'}, len(tr.streams[side]))
	for _, p := range tr.packets {
		if p.from == side && !p.lost {
			copy(w[p.off:p.end], tr.streams[side][p.off:p.end])
		}
	}
	return w
}

func checkTraffic(t *rapid.T, outer testing.TB, tr *traffic, file []byte) {
	flows, sum := read(outer, Options{}, file)
	if len(flows) != 1 || sum.Bad != 0 {
		t.Fatalf("%d flows and %d bad packets, want 1 and 0", len(flows), sum.Bad)
	}
	for side := range flow.Side(2) {
		if got, want := flows[0].got[side], tr.want(side); !bytes.Equal(got, want) {
			t.Fatalf("side %s: got\n%s\nwant\n%s", side, got, want)
		}
		if how := flows[0].how[side]; how != flow.FIN {
			t.Fatalf("side %s: closed by %s, want fin", side, how)
		}
	}
}

func TestAnyOrderGivesTheSameStreams(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := drawTraffic(rt, false)
		checkTraffic(rt, t, tr, tr.script(rt).file())
	})
}

func TestLostSegmentsAreGaps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := drawTraffic(rt, true)
		checkTraffic(rt, t, tr, tr.script(rt).file())
	})
}

// A mirror port shows every packet twice, at once or a little later.
func TestDuplicatedCaptureGivesTheSameStreams(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tr := drawTraffic(rt, true)
		s := tr.script(rt)
		var twice []rec
		late := rapid.IntRange(0, 5).Draw(rt, "echo")
		for i, r := range s.recs {
			twice = append(twice, r)
			if i >= late {
				twice = append(twice, s.recs[i-late])
			}
		}
		checkTraffic(rt, t, tr, classicFile(le, true, 1, twice...))
	})
}
