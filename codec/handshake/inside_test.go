package handshake

import (
	"math"
	"math/rand/v2"
	"testing"

	"vmesskit/codec"
)

// The memory against a plain model, under a clock that jumps both ways.
func TestMemoryAgainstAModel(t *testing.T) {
	type entry struct{ made, until int64 }
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		const limit, keep = 40, 241
		m := newMemory[int, int](limit, keep)
		held := map[int]entry{}
		floor := int64(math.MinInt64)
		now := int64(1700000000)
		for step := range 3000 {
			switch r.IntN(40) {
			case 0:
				now += 500
			case 1:
				now -= int64(r.IntN(700))
			default:
				now += int64(r.IntN(12))
			}
			for k, e := range held {
				if e.until <= now {
					delete(held, k)
					floor = max(floor, e.made)
				}
			}
			k, made := r.IntN(500), now+int64(r.IntN(241))-120
			want := fresh
			_, known := held[k]
			switch {
			case known:
				want = again
			case made <= floor:
				want = forgotten
			case len(held) >= limit:
				want = full
			default:
				held[k] = entry{made, now + keep}
			}
			if _, got := m.meet(k, step, made, now); got != want {
				t.Fatalf("seed %d, step %d: got %d, want %d", seed, step, got, want)
			}
			if len(m.held) != len(held) || len(m.due) > len(held) {
				t.Fatalf("seed %d, step %d: %d entries in %d seconds, want %d", seed, step, len(m.held), len(m.due), len(held))
			}
		}
	}
}

// With a clock that only goes forward the floor turns nobody away: what is
// forgotten is out of the window.
func TestFloorIsOutOfTheWindow(t *testing.T) {
	m := newMemory[int, struct{}](1<<20, MinRemembered)
	r := rand.New(rand.NewPCG(1, 3))
	now := int64(1700000000)
	for k := range 20000 {
		now += int64(r.IntN(3))
		if _, got := m.meet(k, struct{}{}, now+int64(r.IntN(241))-120, now); got != fresh {
			t.Fatalf("entry %d: got %d, want it fresh", k, got)
		}
		if m.floor >= now-120 {
			t.Fatalf("entry %d: the floor is %d s behind", k, now-m.floor)
		}
	}
}

// A checksum that fits a stranger in the same minute cannot be made in a
// lifetime, so the stranger is put there by hand: his length does not open, and
// Alice is next, with the bytes that are there.
func TestStrangerWhoseLengthDoesNotOpen(t *testing.T) {
	stranger, alice := codec.MapID("stranger"), codec.MapID("alice")
	s, err := NewServer(Policy{}, codec.Account{ID: stranger}, codec.Account{ID: alice})
	if err != nil {
		t.Fatal(err)
	}
	same := func(b []byte) error { clear(b); return nil }
	client, err := NewClient(Recommended(alice, codec.CommandTCP, codec.HostPort("example.com", 80)), 1700000000, same)
	if err != nil {
		t.Fatal(err)
	}
	b, err := client.Request(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.NewConn(same)
	if err != nil {
		t.Fatal(err)
	}
	c.Feed(b[:20], 1700000000)
	c.tried = []int{0}
	c.from = codec.Sender{Scheme: codec.AEAD, Key: stranger.CmdKey(), Time: 1700000001, User: 0, Alter: codec.Primary}
	c.opener = codec.NewRequestOpener(c.from)
	c.opener.Lenient = true
	for n := 20; n < len(b); n++ {
		if d := c.Feed(b[:n], 1700000000); d.Action != More {
			t.Fatalf("%d bytes: got %s, because of %s", n, d.Action, c.Reason())
		}
	}
	if d := c.Feed(b, 1700000000); d.Action != Accept || c.Request().Sender.User != 1 || c.Reason() != (Reason{User: 1}) {
		t.Errorf("got %s, because of %s", d.Action, c.Reason())
	}
	if n := len(s.replays.held); n != 1 {
		t.Errorf("%d auth ids are remembered, want 1", n)
	}
}
