package session

import (
	"math/rand/v2"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// torn gives the beginning of a body, and behind a hole nothing that belongs to
// it: n bytes of noise.
func torn(c *conversation, n int) []event {
	junk := make([]byte, n)
	source(99).Read(junk)
	events := []event{data(flow.A, c.up.wire[:c.up.ends[0]+1]), gap(flow.A, 5000)}
	for len(junk) > 0 {
		k := min(1448, len(junk))
		events = append(events, data(flow.A, junk[:k]))
		junk = junk[k:]
	}
	return events
}

// TestRescueIsBounded: noise behind holes is looked through for a while; then
// the conversation is given up, and at last nothing is looked for in the run.
func TestRescueIsBounded(t *testing.T) {
	for _, option := range []codec.Option{optS, optS | optM, optS | optM | optP | optA} {
		d := newDecoder()
		d.budget.steps = 5 * sessionSteps / 2
		c := build(t, plainSpec.with(func(s *spec) { s.option = option }))
		for i := range 5 {
			before := d.budget.steps
			f := push(d, newRecord(int64(i)), torn(c, 1<<20)...)
			if len(f.Up.Pieces) > 0 || f.Up.Bytes != int64(len(c.up.plain[0])) || len(f.Faults) > 0 || f.Flow.Panic != "" {
				t.Fatalf("%+v, faults %v, panic %q", f.Up, f.Faults, f.Flow.Panic)
			}
			if spent := before - d.budget.steps; spent > sessionSteps+1<<12 {
				t.Fatalf("conversation %d spent %d steps", i, spent)
			}
			if !idle(d) {
				t.Fatal("bytes are still held")
			}
		}
		if d.budget.steps < -1<<12 || d.budget.steps > 0 {
			t.Errorf("%v: %d steps are left of the run", option.Names(nil), d.budget.steps)
		}
		f := push(d, newRecord(100), c.up.holed([]lack{{c.up.ends[0] + 5, c.up.ends[0] + 6}}, 100, true)...)
		if len(f.Up.Pieces) > 1 {
			t.Errorf("without a budget: %+v", f.Up.Pieces)
		}
	}
}

// TestManyPieces: so many are kept, and no more is decoded; the limit is told.
func TestManyPieces(t *testing.T) {
	c := build(t, plainSpec.with(func(s *spec) {
		s.sizes = make([]int, 3*(maxPieces+10))
		for i := range s.sizes {
			s.sizes[i] = 20
		}
	}))
	var holes []lack
	for i := 1; i < len(c.up.plain); i += 3 {
		at := c.up.begin(i) + 5
		holes = append(holes, lack{at, at + 3})
	}
	for _, n := range []int{maxPieces, maxPieces + 1} {
		d := newDecoder()
		f := push(d, newRecord(1), c.up.holed(holes[:n], 1448, true)...)
		want := map[bool]string{true: "pieces"}[n > maxPieces]
		if len(f.Up.Pieces) != maxPieces || f.Flow.Limit != want || !idle(d) {
			t.Errorf("%d holes: %d pieces, limit %q, want %q", n, len(f.Up.Pieces), f.Flow.Limit, want)
		}
		c.up.right(t, "many pieces", f.Up.Pieces)
	}
	d := newDecoder()
	d.budget.pieces = maxRunPieces - 3
	if f := push(d, newRecord(1), c.up.holed(holes, 1448, true)...); len(f.Up.Pieces) != 3 || f.Flow.Limit != "pieces" {
		t.Errorf("in a run: %d pieces, limit %q", len(f.Up.Pieces), f.Flow.Limit)
	}
}

// TestHoldBehindHoles: what is held counts, is told where it is too much, and is
// given back.
func TestHoldBehindHoles(t *testing.T) {
	c := build(t, plainSpec.with(func(s *spec) { s.sizes = []int{50, 60, 8000, 8000} }))
	events := c.up.holed([]lack{{c.up.ends[0] + 1, c.up.ends[1] - 1}}, 100, true)
	for hold, want := range map[int64]string{10_000: "", 4000: "hold"} {
		d := limited(func(l *flow.Limits) { l.HoldTotal = hold })
		f := push(d, newRecord(1), events...)
		if f.Flow.Limit != want || len(f.Up.Pieces) != map[string]int{"": 1}[want] || f.Up.Bytes != 50 || !idle(d) {
			t.Errorf("hold %d: limit %q, want %q; %+v", hold, f.Flow.Limit, want, f.Up)
		}
	}
}

// TestDatagramsBehindHoles: those that are whole are listed in their piece.
func TestDatagramsBehindHoles(t *testing.T) {
	c := build(t, plainSpec.with(func(s *spec) { s.command, s.sizes = codec.CommandUDP, []int{100, 200, 300, 400, 500} }))
	f := decode(c.up.holed([]lack{{c.up.begin(1) + 1, c.up.begin(2) + 100}}, 1448, true)...)
	if len(f.Up.Datagrams) != 1 || len(f.Up.Pieces) != 1 || len(f.Up.Pieces[0].Datagrams) != 2 || f.Up.Pieces[0].Offset != 600 {
		t.Fatalf("%+v", f.Up)
	}
	for i, d := range f.Up.Pieces[0].Datagrams {
		if d != newDatagram(c.up.plain[3+i], "", true) {
			t.Errorf("datagram %d: %+v", 3+i, d)
		}
	}
}

// TestNoiseIsNoPiece: bytes that are changed everywhere behind a hole give no
// plaintext, whatever their lengths say.
func TestNoiseIsNoPiece(t *testing.T) {
	for i, s := range piecesSpecs() {
		s.sizes = []int{100, 100, 100, 100, 100, 100, 100}
		c := build(t, s)
		r := rand.New(rand.NewPCG(uint64(i), 5))
		wire := append([]byte{}, c.up.wire...)
		for k := 2; k < len(c.up.plain); k++ {
			wire[c.up.ends[k]-70-r.IntN(20)] ^= 1 << r.IntN(8) // in each payload, whatever the padding
		}
		f := decode(data(flow.A, wire[:c.up.ends[0]+1]), gap(flow.A, 40), data(flow.A, wire[c.up.ends[0]+41:]))
		if len(f.Up.Pieces) > 0 || f.Up.Bytes != 100 {
			t.Errorf("%v: %+v", s, f.Up)
		}
	}
}
