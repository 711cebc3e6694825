package session

import (
	"crypto/sha256"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

var plainSpec = spec{scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: optS | optM, command: codec.CommandTCP}

// with changes a copy of the spec.
func (s spec) with(change func(*spec)) spec { change(&s); return s }

// TestEnds names how a direction stopped.
func TestEnds(t *testing.T) {
	marked := build(t, plainSpec)
	unmarked := build(t, plainSpec.with(func(s *spec) { s.noEnd = true }))
	stream := build(t, plainSpec.with(func(s *spec) { s.security, s.option = codec.SecurityNone, 0 }))
	tail := func(h wireHalf, n int) []byte { return h.wire[:len(h.wire)-n] }
	for _, c := range []struct {
		name     string
		events   []event
		up, down string
	}{
		{"end chunks", marked.closed(flow.FIN), "end-chunk", "end-chunk"},
		{"end chunks, reset", marked.closed(flow.RST), "end-chunk", "end-chunk"},
		{"end chunks, no close", marked.whole(), "end-chunk", "end-chunk"},
		{"no end chunks", unmarked.closed(flow.FIN), "fin", "fin"},
		{"reset", unmarked.closed(flow.RST), "rst", "rst"},
		{"reset by one side", then(unmarked.whole(), closing(flow.A, flow.RST), closing(flow.B, flow.Open)), "rst", "rst"},
		{"closed by one, reset by the other", then(unmarked.whole(), closing(flow.A, flow.FIN), closing(flow.B, flow.RST)), "fin", "rst"},
		{"half closed", then(unmarked.whole(), closing(flow.A, flow.FIN), closing(flow.B, flow.Cut)), "fin", "open"},
		{"capture ends", unmarked.closed(flow.Cut), "open", "open"},
		{"evicted", unmarked.closed(flow.Evicted), "open", "open"},
		{"no close", unmarked.whole(), "open", "open"},
		{"cut inside a chunk", then([]event{data(flow.A, tail(unmarked.up, 1)), data(flow.B, tail(unmarked.down, 30))}, both(flow.FIN)...), "cut", "cut"},
		{"no chunks", stream.closed(flow.FIN), "fin", "fin"},
		{"no chunks, half of it", then([]event{data(flow.A, tail(stream.up, 9)), data(flow.B, tail(stream.down, 9))}, both(flow.Cut)...), "open", "open"},
		{"cut behind the end chunk's length", then([]event{data(flow.A, tail(marked.up, 16)), data(flow.B, tail(marked.down, 3))}, both(flow.FIN)...), "end-chunk", "end-chunk"},
		{"cut inside the end chunk's length", then([]event{data(flow.A, tail(marked.up, 17)), data(flow.B, marked.down.wire)}, both(flow.FIN)...), "cut", "end-chunk"},
		{"bytes behind the end chunk", then(marked.whole(), then([]event{data(flow.A, []byte("more")), data(flow.B, make([]byte, 4000))}, both(flow.FIN)...)...), "end-chunk", "end-chunk"},
	} {
		f := decode(c.events...)
		if f.Up.End != c.up || f.Down.End != c.down || len(f.Faults) > 0 {
			t.Errorf("%s: got %s and %s (faults %v), want %s and %s", c.name, f.Up.End, f.Down.End, f.Faults, c.up, c.down)
		}
	}
}

// TestBehindTheEndChunk: what follows it counts as bytes on the wire only.
func TestBehindTheEndChunk(t *testing.T) {
	c := build(t, plainSpec)
	more := build(t, plainSpec.with(func(s *spec) { s.seed = 3 }))
	f := decode(then(c.whole(), data(flow.A, more.up.wire), data(flow.B, more.down.wire))...)
	if f.Up.Bytes != int64(len(c.up.all())) || f.Up.Sum != sha256.Sum256(c.up.all()) || f.Down.Sum != sha256.Sum256(c.down.all()) {
		t.Errorf("up %d, down %d bytes", f.Up.Bytes, f.Down.Bytes)
	}
	if want := int64(len(c.up.wire) + len(more.up.wire)); f.Up.Wire != want {
		t.Errorf("wire: got %d, want %d", f.Up.Wire, want)
	}
}

// TestEndMarkerFirst: some servers write an end chunk in front of their data.
// Only the very first chunk of a response may be one.
func TestEndMarkerFirst(t *testing.T) {
	for _, s := range []spec{
		plainSpec.with(func(s *spec) { s.security, s.noEnd = codec.SecurityNone, true }),
		plainSpec.with(func(s *spec) { s.security, s.option, s.noEnd = codec.SecurityNone, optS, true }),
		plainSpec,
		plainSpec.with(func(s *spec) { s.security, s.option, s.scheme = codec.SecurityAES128CFB, optS, codec.Legacy }),
	} {
		s.endFirst = true
		c := build(t, s)
		for _, events := range [][]event{c.closed(flow.FIN), {data(flow.A, c.up.wire), data(flow.B, c.down.wire[:c.down.head+1]),
			data(flow.B, c.down.wire[c.down.head+1:c.down.head+70]), data(flow.B, c.down.wire[c.down.head+70:]), closing(flow.A, flow.FIN), closing(flow.B, flow.FIN)}} {
			f := decode(events...)
			end := "fin"
			if c.down.marked {
				end = "end-chunk"
			}
			checkStream(t, s.String(), &f.Down, &c.down, c.down.all(), len(c.down.plain), end)
			if !f.Down.EndFirst || f.Up.EndFirst {
				t.Errorf("%v: end first: %v down, %v up", s, f.Down.EndFirst, f.Up.EndFirst)
			}
		}
	}
	empty := build(t, plainSpec.with(func(s *spec) { s.sizes = []int{} }))
	f := decode(empty.closed(flow.FIN)...)
	if f.Down.EndFirst || f.Down.End != "end-chunk" || f.Down.Bytes != 0 || f.Down.Chunks != 0 {
		t.Errorf("an answer without data: %+v", f.Down)
	}
}

// TestWhoClosedFirst keeps the first close and its time.
func TestWhoClosedFirst(t *testing.T) {
	c := build(t, plainSpec)
	for _, x := range []struct {
		closes []event
		want   Closing
	}{
		{nil, Closing{}},
		{both(flow.Cut), Closing{}},
		{[]event{closing(flow.B, flow.FIN), closing(flow.A, flow.RST)}, Closing{Seen: true, By: flow.B, How: flow.FIN, At: when}},
		{[]event{closing(flow.A, flow.RST), closing(flow.B, flow.Open)}, Closing{Seen: true, By: flow.A, How: flow.RST, At: when}},
		{[]event{closing(flow.A, flow.Evicted), closing(flow.B, flow.FIN)}, Closing{Seen: true, By: flow.B, How: flow.FIN, At: when}},
	} {
		if f := decode(then(c.whole(), x.closes...)...); f.FirstOut != x.want {
			t.Errorf("got %+v, want %+v", f.FirstOut, x.want)
		}
	}
}

// TestNothing: facts of flows in which nothing or next to nothing was sent.
func TestNothing(t *testing.T) {
	c := build(t, plainSpec)
	for _, events := range [][]event{
		nil, both(flow.FIN), {data(flow.A, c.up.wire[:15])}, {data(flow.B, c.down.wire)}, {gap(flow.A, -1)}, {gap(flow.B, 100), data(flow.B, c.down.wire)},
	} {
		d := newDecoder()
		f := push(d, newRecord(1), events...)
		if f.Auth != nil || f.Header != nil || f.Response != nil || f.Up.Opened || f.Down.Opened || f.Up.End+f.Down.End != "" || len(f.Faults) > 0 {
			t.Errorf("%v: %+v", events, f)
		}
		if !d.held.Take(int(flow.DefaultLimits().HoldTotal)) {
			t.Errorf("%v: bytes are still held", events)
		}
	}
}
