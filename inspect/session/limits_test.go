package session

import (
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// idle reports whether nothing is held any more.
func idle(d *Decoder) bool {
	for m, most := range map[*flow.Meter]int64{d.held: d.o.Limits.HoldTotal, d.chunks: d.o.Limits.Chunks} {
		if !m.Take(int(most)) {
			return false
		}
		m.Give(int(most))
	}
	return true
}

func limited(change func(*flow.Limits)) *Decoder {
	l := flow.DefaultLimits()
	change(&l)
	return NewDecoder([]Account{alice}, Options{Hash: true, Budget: 1000, Limits: l})
}

// TestHold: an answer waits for its request up to the limit, and no longer.
func TestHold(t *testing.T) {
	c := build(t, plainSpec)
	for _, x := range []struct {
		hold  int
		limit string
	}{{len(c.down.wire), ""}, {len(c.down.wire) - 1, "hold"}, {200, "hold"}} {
		d := limited(func(l *flow.Limits) { l.Hold = x.hold })
		var events []event
		for _, b := range c.down.wire {
			events = append(events, data(flow.B, []byte{b}))
		}
		for _, b := range c.up.wire {
			events = append(events, data(flow.A, []byte{b}))
		}
		f := push(d, newRecord(1), then(events, both(flow.FIN)...)...)
		if f.Flow.Limit != x.limit || f.Down.Opened != (x.limit == "") || !f.Up.Opened || f.Up.Bytes != int64(len(c.up.all())) {
			t.Errorf("hold %d: limit %q, down %+v, up %+v", x.hold, f.Flow.Limit, f.Down, f.Up)
		}
		if !idle(d) {
			t.Errorf("hold %d: bytes are still held", x.hold)
		}
	}
}

// TestUnfinishedChunks: what all sessions keep of chunks that are not whole is
// bounded, told, and given back.
func TestUnfinishedChunks(t *testing.T) {
	c := build(t, plainSpec)
	cut := len(c.up.wire) - 20 // within the last chunk, whose beginning waits
	for _, x := range []struct {
		room  int64
		limit string
	}{{1 << 20, ""}, {200, "chunks"}} {
		d := limited(func(l *flow.Limits) { l.Chunks = x.room })
		var sinks []flow.Sink
		for i := range 20 {
			s := d.Open(newRecord(int64(i + 1)))
			for _, b := range c.up.wire[:cut] {
				s.Data(flow.A, 0, []byte{b})
			}
			sinks = append(sinks, s)
		}
		told := 0
		for i, s := range sinks {
			s.Finish()
			f := d.facts[i]
			if f.Flow.Limit == x.limit && f.Up.End == "cut" && f.Header != nil {
				told++
			}
		}
		if told == 0 || x.limit == "" && told < len(sinks) || !idle(d) {
			t.Errorf("room for %d: %d of %d sessions have the limit %q, idle %v", x.room, told, len(sinks), x.limit, idle(d))
		}
	}
}

// TestHoldOfTheRequest: a header that comes in drops is held as well.
func TestHoldOfTheRequest(t *testing.T) {
	c := build(t, plainSpec)
	d := limited(func(l *flow.Limits) { l.Hold = 60 })
	var events []event
	for _, b := range c.up.wire {
		events = append(events, data(flow.A, []byte{b}))
	}
	f := push(d, newRecord(1), then(events, data(flow.B, c.down.wire))...)
	if f.Flow.Limit != "hold" || f.Auth == nil || f.Header != nil || f.Down.Opened || !idle(d) {
		t.Errorf("limit %q, auth %v, header %v", f.Flow.Limit, f.Auth, f.Header)
	}
}

// TestHoldTotal is shared: who comes too late is told, who is done gives back.
func TestHoldTotal(t *testing.T) {
	c := build(t, plainSpec.with(func(s *spec) { s.sizes = []int{50} }))
	d := limited(func(l *flow.Limits) { l.HoldTotal = 1000 })
	var waiting []flow.Sink
	for i := range int64(4) {
		s := d.Open(newRecord(i))
		deliver(s, data(flow.B, make([]byte, 300)))
		waiting = append(waiting, s)
	}
	for i, f := range d.Facts() {
		if want := map[bool]string{true: "hold"}[i == 3]; f.Flow.Limit != want {
			t.Errorf("conversation %d: limit %q, want %q", i, f.Flow.Limit, want)
		}
	}
	waiting[0].Finish()
	deliver(waiting[1], data(flow.A, []byte(strings.Repeat("no user's", 3)))) // gives up, and lets go of the answer
	s := d.Open(newRecord(9))
	deliver(s, then([]event{data(flow.B, c.down.wire[:90]), data(flow.A, c.up.wire[:100])}, data(flow.A, c.up.wire[100:]), data(flow.B, c.down.wire[90:]))...)
	deliver(s, both(flow.FIN)...)
	s.Finish()
	if f := d.facts[4]; f.Flow.Limit != "" || f.Up.Bytes != int64(len(c.up.all())) || f.Down.Bytes != int64(len(c.down.all())) {
		t.Errorf("limit %q, up %+v, down %+v", f.Flow.Limit, f.Up, f.Down)
	}
	for _, s := range waiting[1:] {
		s.Finish()
	}
	if !idle(d) {
		t.Error("bytes are still held")
	}
}

// TestMeterAfterEveryKindOfEnd: whatever happens, held bytes are given back.
func TestMeterAfterEveryKindOfEnd(t *testing.T) {
	d := limited(func(l *flow.Limits) { l.Hold, l.HoldTotal = 400, 100_000 })
	c := build(t, plainSpec)
	bad := build(t, plainSpec)
	bad.up.wire[50] ^= 1
	wrong := build(t, plainSpec.with(func(s *spec) { s.account = bobID }))
	for i, events := range [][]event{
		c.closed(flow.FIN), bad.closed(flow.RST), wrong.closed(flow.FIN), {data(flow.B, make([]byte, 300))},
		{data(flow.A, c.up.wire[:30]), data(flow.B, c.down.wire[:200]), gap(flow.A, 7)},
		{data(flow.A, c.up.wire[:30]), data(flow.B, c.down.wire[:200]), gap(flow.B, 7), data(flow.A, c.up.wire[30:])},
		{data(flow.A, c.up.wire[:30]), data(flow.B, make([]byte, 401))},
		{data(flow.A, c.up.wire[:30]), data(flow.B, c.down.wire[:17])},
	} {
		push(d, newRecord(int64(i)), events...)
		if !idle(d) {
			t.Fatalf("case %d: bytes are still held", i)
		}
	}
}

// TestSessions: of too many flows the first ones are kept.
func TestSessions(t *testing.T) {
	d := limited(func(l *flow.Limits) { l.Sessions = 2 })
	for i := range int64(3) {
		if d.Limited() {
			t.Errorf("limited after %d", i)
		}
		push(d, newRecord(i), build(t, plainSpec).closed(flow.FIN)...)
	}
	if len(d.Facts()) != 2 || !d.Limited() || d.Facts()[1].Up.Bytes == 0 {
		t.Errorf("%d kept, limited %v", len(d.Facts()), d.Limited())
	}
	if d.Open(newRecord(9)) != flow.Discard {
		t.Error("a further flow is not discarded")
	}
}

// TestChunksThatNeverEnd: a body holds one chunk at most, however much comes.
func TestChunksThatNeverEnd(t *testing.T) {
	c := build(t, plainSpec.with(func(s *spec) { s.security, s.sizes = codec.SecurityNone, []int{65000} }))
	d := newDecoder()
	s := d.Open(newRecord(1)).(guard)
	for at := 0; at < len(c.up.wire)-1; at += 100 {
		deliver(s, data(flow.A, c.up.wire[at:min(at+100, len(c.up.wire)-1)]))
	}
	if b := s.s.sides[flow.A].bodies[0]; cap(b.pending) > 2*codec.MaxChunk {
		t.Errorf("%d bytes are kept for one chunk", cap(b.pending))
	}
	deliver(s, data(flow.A, c.up.wire[len(c.up.wire)-1:]))
	s.Finish()
	if d.facts[0].Up.Bytes != 65000 {
		t.Errorf("got %d bytes", d.facts[0].Up.Bytes)
	}
}

// TestGuard: a broken promise ends one conversation, and is told.
func TestGuard(t *testing.T) {
	c := build(t, plainSpec)
	d := newDecoder()
	spent := codec.NewRequestOpener(codec.Sender{Scheme: codec.AEAD, Key: aliceID.CmdKey()})
	if _, _, err := spent.Open(c.up.wire); err != nil {
		t.Fatal(err)
	}
	for _, trigger := range []string{"data", "gap"} {
		s := d.Open(newRecord(1)).(guard)
		deliver(s, data(flow.B, c.down.wire))
		s.s.opener = spent // opening twice panics
		if trigger == "gap" {
			s.s.sides[flow.A].held = append([]byte{}, c.up.wire...)
			d.held.Take(len(c.up.wire))
			deliver(s, gap(flow.B, 9))
		}
		deliver(s, data(flow.A, c.up.wire), data(flow.A, []byte("and on")), data(flow.B, []byte("and on")), closing(flow.A, flow.FIN))
		s.Finish()
		f := d.facts[len(d.facts)-1]
		if !strings.Contains(f.Flow.Panic, "internal error") || f.Up.Opened || f.Down.Opened || f.Up.Close != flow.FIN || !idle(d) {
			t.Errorf("%s: panic %q, up %+v", trigger, f.Flow.Panic, f.Up)
		}
	}
	s := d.Open(newRecord(2)).(guard)
	deliver(s, c.whole()...)
	s.s.sides[flow.A].bodies[0].opener = nil
	s.Finish()
	if f := d.facts[2]; f.Flow.Panic == "" {
		t.Error("a panic in Finish is not told")
	}
	f := push(d, newRecord(3), c.closed(flow.FIN)...)
	c.checkWhole(t, f)
}

// TestGuardOfBatches: a conversation that is given up leaves the crew as it was.
func TestGuardOfBatches(t *testing.T) {
	c := build(t, longSpecs()[0])
	d := NewDecoder([]Account{alice}, Options{Limits: flow.DefaultLimits(), Workers: 2})
	defer d.Close()
	for range 2 * maxBodies {
		s := d.Open(newRecord(1)).(guard)
		deliver(s, pieces(c.up.wire[:len(c.up.wire)-1000])...)
		b := s.s.sides[flow.A].bodies[0]
		if b.cur == nil || d.crew.bodies != 1 {
			t.Fatalf("not in batches, %d bodies are", d.crew.bodies)
		}
		b.cur.buf = nil // breaks a promise
		deliver(s, data(flow.A, []byte("and on")))
		s.Finish()
		if f := d.facts[len(d.facts)-1]; f.Flow.Panic == "" || d.crew.bodies != 0 {
			t.Fatalf("panic %q, %d bodies are in batches", f.Flow.Panic, d.crew.bodies)
		}
		d.crew.spare = nil
	}
}

// TestAnnouncedAccounts are bounded, and that is told.
func TestAnnouncedAccounts(t *testing.T) {
	d := newDecoder()
	announce := func(i, alterIDs int) *Facts {
		to := codec.SwitchAccount{Port: 1, ID: codec.ID{9, byte(i), byte(i >> 8)}, AlterIDs: uint16(alterIDs), Minutes: 5}
		c := build(t, plainSpec.with(func(s *spec) { s.answer.Switch, s.sizes = &to, []int{1} }))
		return push(d, newRecord(int64(i)), c.closed(flow.FIN)...)
	}
	if f := announce(0, 65535); f.Flow.Limit != "announced" || f.Announced.AlterIDs != 65535 || d.users.IDs() != 1+5+1+maxAnnouncedAlter {
		t.Errorf("limit %q, announced %+v, %d ids", f.Flow.Limit, f.Announced, d.users.IDs())
	}
	for i := 1; i < maxAnnounced; i++ {
		if f := announce(i, 0); f.Flow.Limit != "" {
			t.Fatalf("account %d: limit %q", i, f.Flow.Limit)
		}
	}
	for i, want := range map[int]string{maxAnnounced: "announced", 7: ""} {
		if f := announce(i, 0); f.Flow.Limit != want || f.Announced == nil || d.users.Len() != 2+maxAnnounced {
			t.Errorf("account %d: limit %q, %d accounts", i, f.Flow.Limit, d.users.Len())
		}
	}
}
