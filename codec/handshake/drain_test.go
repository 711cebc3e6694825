package handshake_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
	"vmesskit/inspect/flow"
)

// totalOf gives what a new connection drains in all.
func totalOf(t testing.TB, s *handshake.Server, seed uint64) int {
	t.Helper()
	d := newConn(t, s, seed).Feed(make([]byte, 16), now)
	same(t, "noise", d.Action, handshake.Drain)
	return d.Total
}

// totals gives the range of a server's totals.
func totals(t testing.TB, s *handshake.Server) (least, most int) {
	t.Helper()
	least = 1 << 30
	for seed := range uint64(1000) {
		n := totalOf(t, s, seed)
		least, most = min(least, n), max(most, n)
	}
	return least, most
}

// The totals of a server lie close to each other, far from those of others,
// and come from its accounts and their order.
func TestTotalsBelongToTheServer(t *testing.T) {
	type span struct{ least, most int }
	seen := map[span]bool{}
	spread := map[int]bool{}
	for _, accounts := range [][]codec.Account{
		{{ID: alice}}, {{ID: bob}}, {{ID: alice}, {ID: bob}}, {{ID: bob}, {ID: alice}}, {{ID: alice}, {ID: alice}}, {{ID: carol}},
	} {
		least, most := totals(t, newServer(t, handshake.Policy{}, accounts...))
		if most-least > 63 || least < 54+320 || most >= handshake.MaxHandshake {
			t.Errorf("%d accounts: totals from %d to %d", len(accounts), least, most)
		}
		a, b := totals(t, newServer(t, handshake.Policy{Legacy: handshake.LegacyAnyID}, accounts...))
		if a != least || b != most {
			t.Errorf("the same accounts: totals from %d to %d, and from %d to %d", least, most, a, b)
		}
		seen[span{least, most}], spread[most-least] = true, true
	}
	same(t, "servers told apart", len(seen), 6)
	if len(spread) < 3 {
		t.Errorf("the totals spread by %v", spread)
	}
}

// An account that is added before the first connection counts, one that is
// added later does not.
func TestFuseOfTheSeed(t *testing.T) {
	both, _ := totals(t, newServer(t, handshake.Policy{}, codec.Account{ID: alice}, codec.Account{ID: bob}))
	alone, _ := totals(t, newServer(t, handshake.Policy{}, codec.Account{ID: alice}))
	s := newServer(t, handshake.Policy{}, codec.Account{ID: alice})
	same(t, "number", s.Add(codec.Account{ID: bob}), 1)
	early, _ := totals(t, s)
	same(t, "added before the first connection", early, both)

	s = newServer(t, handshake.Policy{}, codec.Account{ID: alice})
	newConn(t, s, 1) // which need not even send a byte
	s.Add(codec.Account{ID: bob})
	late, _ := totals(t, s)
	same(t, "added after it", late, alone)
	cfg := aead()
	cfg.ID = bob
	wantAccepted(t, "who was added", s, request(t, cfg, now, 1, ""), now)
}

// Without accounts there is no secret, and the server draws one.
func TestServerWithoutAccounts(t *testing.T) {
	seen := map[int]bool{}
	for seed := range uint64(20) {
		s := newServer(t, handshake.Policy{})
		newConn(t, s, seed)
		least, most := totals(t, s)
		if most-least > 63 {
			t.Errorf("totals from %d to %d", least, most)
		}
		seen[least] = true
	}
	if len(seen) < 15 {
		t.Errorf("%d of 20 servers without accounts can be told apart", len(seen))
	}
	for n := 1; n <= 2; n++ {
		if _, err := newServer(t, handshake.Policy{}).NewConn(failing(n)); err != errNoEntropy {
			t.Errorf("entropy failed at call %d: got %v", n, err)
		}
	}
}

// A total is drawn before the first byte and does not move.
func TestDrainTakesItsTotal(t *testing.T) {
	s := aliceAndBob(t, handshake.Policy{})
	for seed := range uint64(20) {
		want := totalOf(t, s, seed)
		same(t, "noise", closesAt(t, newConn(t, s, seed), []byte("GET / HTTP/1.1\r\n\r\n"), now), want)
		c := newConn(t, s, seed)
		same(t, "one byte less", c.Feed(make([]byte, want-1), now), handshake.Decision{Action: handshake.Drain, Total: want})
		same(t, "all", c.Feed(make([]byte, want), now), handshake.Decision{Action: handshake.Close})
		same(t, "more than all at once", newConn(t, s, seed).Feed(make([]byte, want+500), now).Action, handshake.Close)
	}
}

// What v2ray's servers logged of the connections that they refused, in the
// captures: "connection drained DrainSize = base spread r" if the client sent
// 16 + 38 + base + r bytes, counted from the start of the connection, "failed to
// drain" if it gave up before. Base and spread stay the same for a server.
func TestRecordedDrains(t *testing.T) {
	log := regexp.MustCompile(`from 127\.0\.0\.1:(\d+) .*(connection drained|failed to drain connection) DrainSize = (\d+) (\d+) (\d+)`)
	seen, small := 0, 0
	for _, c := range readCases(t) {
		sent := map[int]int{}
		spreads := map[string]bool{}
		for _, line := range c.Said {
			f := log.FindStringSubmatch(line)
			if f == nil {
				continue
			}
			if len(sent) == 0 {
				c.read(t, lengths(sent))
			}
			port, base, spread, r := number(f[1]), number(f[3]), number(f[4]), number(f[5])
			n, found := sent[port]
			if !found {
				continue // of a wrapping's inside
			}
			seen++
			if base < leastRecordedBase {
				small++
			}
			if base >= 3266 || spread < 1 || spread > 64 || r >= spread {
				t.Errorf("%s: base %d, spread %d, r %d are not of the formula", c.Name, base, spread, r)
			}
			drained := f[2] == "connection drained"
			if total := 54 + base + r; c.raw() && drained != (n >= total) {
				t.Errorf("%s: %s %d of %d bytes", c.Name, f[2], n, total)
			}
			spreads[fmt.Sprint(base, spread)] = true
		}
		if len(spreads) > 1 {
			t.Errorf("%s: one server, and several of base and spread: %v", c.Name, spreads)
		}
	}
	if seen < 20 {
		t.Errorf("%d drains were logged, want some", seen)
	}
	t.Logf("%d drains were logged, %d of them to a total that is shorter than some headers", seen, small)
}

// Below this base a legacy header can be longer than the total: the reason for
// ours.
const leastRecordedBase = 16 + codec.MaxSection - 54

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// lengths counts what each client sent, by its port.
type lengths map[int]int

func (l lengths) Open(r *flow.Record) flow.Sink { return length{l, int(r.Ends[flow.A].Port())} }

type length struct {
	lengths
	port int
}

func (l length) Data(from flow.Side, _ flow.Time, p []byte) {
	if from == flow.A {
		l.lengths[l.port] += len(p)
	}
}
func (length) Gap(flow.Side, flow.Time, int64)      {}
func (length) Close(flow.Side, flow.Time, flow.How) {}
func (length) Finish()                              {}
