package capture

import (
	"net/netip"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

func TestReorderLimit(t *testing.T) {
	s := new(script).hello(10, 20)
	for i := range 20 {
		s.up(uint32(21+i*10), 21, ack, strings.Repeat("x", 10))
	}
	flows, sum := read(t, Options{Limits: flow.Limits{Reorder: 100}}, s.file())
	f := flows[0]
	if f.rec.Limit != "reorder" || sum.Limits["reorder"] != 1 {
		t.Errorf("limits %q and %v, want reorder", f.rec.Limit, sum.Limits)
	}
	if len(f.got[flow.A]) != 210 || len(f.gaps[flow.A]) != 1 || f.gaps[flow.A][0] != (gap{0, 10}) {
		t.Errorf("%d bytes with gaps %v, want 210 with one of 10 in front", len(f.got[flow.A]), f.gaps[flow.A])
	}
}

// Islands are bounded by their number as well, so that finding a place stays
// cheap.
func TestIslandLimit(t *testing.T) {
	s := new(script).hello(10, 20)
	for i := range maxIslands + 100 {
		s.up(uint32(13+i*2), 21, ack, "x")
	}
	flows, sum := read(t, Options{}, s.file())
	if sum.Limits["reorder"] == 0 {
		t.Errorf("limits %v, want reorder", sum.Limits)
	}
	if got, want := len(flows[0].got[flow.A]), 2*(maxIslands+100)+1; got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestFlowLimit(t *testing.T) {
	s := &script{}
	from := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(client.Addr(), port) }
	for port := range uint16(4) {
		s.add(frame(from(port), server, 10, 0, syn, nil))
		s.add(frame(from(0), server, 11, 0, ack, nil)) // stays busy
	}
	flows, sum := read(t, Options{Limits: flow.Limits{Flows: 2}}, s.file())
	var got []string
	for _, f := range flows {
		got = append(got, f.rec.Limit+" "+f.how[flow.A].String())
	}
	want := " cut,flows evicted,flows evicted, cut"
	if strings.Join(got, ",") != want || sum.Limits["flows"] != 2 {
		t.Errorf("got %q and %v, want %q and 2 hits", got, sum.Limits, want)
	}
}

// A connection that is over makes room without being told as evicted.
func TestClosedFlowMakesRoom(t *testing.T) {
	s := new(script).hello(10, 20).up(11, 21, ack|fin, "").down(21, 12, ack|fin, "")
	s.add(ether(ip4(client.Addr(), server.Addr(), 17, 0, 0, udpDatagram(client, server, []byte("x"))), 0x0800))
	flows, sum := read(t, Options{Limits: flow.Limits{Flows: 1}}, s.file())
	if len(flows) != 2 || sum.Limits != nil || flows[0].rec.Limit != "" {
		t.Errorf("%d flows, limits %v; want 2 and none", len(flows), sum.Limits)
	}
}

func TestIdleTimes(t *testing.T) {
	udp := func(s *script) *script {
		return s.add(ether(ip4(client.Addr(), server.Addr(), 17, 0, 0, udpDatagram(client, server, []byte("x"))), 0x0800))
	}
	wantStories(t, udp(udp(new(script)).wait(170e9)).file(), `a "x", a "x", a cut, b cut`)
	wantStories(t, udp(udp(new(script)).wait(190e9)).file(), `a "x", a open, b open`, `a "x", a cut, b cut`)

	// A closed connection is remembered for longer than its flow lives.
	closed := func() *script {
		return new(script).hello(10, 20).up(11, 21, ack, "abc").up(14, 21, ack|fin, "").down(21, 15, ack|fin, "")
	}
	const over = `a "abc", a fin, b fin`
	wantStories(t, closed().wait(11e9).up(15, 22, ack, "").down(21, 15, ack|fin, "").file(), over)
	wantStories(t, closed().wait(11e9).up(11, 21, ack, "abc").up(13, 21, ack, "\x00").file(), over)
	wantStories(t, closed().wait(11e9).up(13, 21, ack, "cNEW").file(), over, `a "cNEW", a cut, b cut`)
	wantStories(t, closed().wait(290e9).up(15, 22, ack, "").file(), over)
	wantStories(t, closed().wait(320e9).up(15, 22, ack, "").file(), over, "a cut, b cut")
	wantStories(t, closed().wait(11e9).up(500, 0, syn, "").up(501, 0, ack, "").file(), over, "a cut, b cut")
	wantStories(t, closed().wait(11e9).up(500, 0, syn, "").wait(1e9).up(15, 22, ack, "").file(), over, "a cut, b cut")
}

func TestPacketSizeLimit(t *testing.T) {
	s := new(script).up(10, 0, syn, "").up(11, 0, ack, strings.Repeat("x", 100))
	_, sum := read(t, Options{Limits: flow.Limits{PacketSize: 99}}, s.file())
	if want := "file0: packet 2 at 94: captured length 154, want at most 99"; sum.Packets != 1 || sum.Files[0].Problem != want {
		t.Errorf("%d packets and %q, want 1 and %q", sum.Packets, sum.Files[0].Problem, want)
	}
}

func TestFragmentLimit(t *testing.T) {
	s := &script{}
	for id := range uint16(100) {
		s.add(ether(ip4(client.Addr(), server.Addr(), 17, id, 0x2000, make([]byte, 800)), 0x0800))
	}
	_, sum := read(t, Options{Limits: flow.Limits{Fragments: 20_000}}, s.file())
	if sum.Limits["fragments"] == 0 || sum.Unfinished == 0 {
		t.Errorf("limits %v and %d unfinished packets, want some", sum.Limits, sum.Unfinished)
	}
}

// TestReorderTotal: many flows that keep a little together keep a lot. The one
// that has waited longest gives up its hole.
func TestReorderTotal(t *testing.T) {
	const n, size, total = 50, 1024, 20_000
	s := &script{}
	from := func(i int) netip.AddrPort { return netip.AddrPortFrom(client.Addr(), uint16(1000+i)) }
	for i := range n {
		s.add(frame(from(i), server, 10, 0, syn, nil))
		s.add(frame(from(i), server, 21, 0, ack, make([]byte, size)))
	}
	for i := range n { // the holes are filled
		s.add(frame(from(i), server, 11, 0, ack, make([]byte, 10)))
	}
	flows, sum := read(t, Options{Limits: flow.Limits{ReorderTotal: total}}, s.file())
	given := 0
	for i, f := range flows {
		lost := len(f.gaps[flow.A]) > 0
		if lost != (f.rec.Limit == "reorder") || len(f.got[flow.A]) != size+10 {
			t.Errorf("flow %d: gaps %v, limit %q, %d bytes", i, f.gaps[flow.A], f.rec.Limit, len(f.got[flow.A]))
		}
		if lost && i != given {
			t.Errorf("flow %d gave up its hole, flow %d had waited longer", i, given)
		}
		if lost {
			given++
		}
	}
	if want := n - total/(size+islandCost); given != want || sum.Limits["reorder"] != int64(want) {
		t.Errorf("%d flows gave up their hole, limits %v, want %d", given, sum.Limits, want)
	}
}

// TestReorderIsGivenBack: what is delivered or closed counts no more.
func TestReorderIsGivenBack(t *testing.T) {
	s := &script{}
	for i := range 100 {
		from := netip.AddrPortFrom(client.Addr(), uint16(1000+i))
		s.add(frame(from, server, 10, 0, syn, nil))
		s.add(frame(from, server, 12, 0, ack, make([]byte, 500)))
		if i%2 == 0 {
			s.add(frame(from, server, 11, 0, ack, []byte("x")))
			continue
		}
		s.add(frame(from, server, 512, 0, ack|fin, nil))
		s.add(frame(server, from, 1, 513, ack|fin, nil))
		s.wait(11e9)
	}
	if _, sum := read(t, Options{Limits: flow.Limits{ReorderTotal: 1500}}, s.file()); sum.Limits != nil {
		t.Errorf("limits %v, want none", sum.Limits)
	}
}

// The memory of closed connections has a bound.
func TestDepartedIsBounded(t *testing.T) {
	var d departed
	v := &conv{tcp: newConn(&conv{}, &ordering{})}
	for i := range 3 * maxDeparted {
		v.key.ports, v.latest = uint32(i), flow.Time(i)
		d.remember(v, flow.Time(i))
	}
	if len(d.byKey) != maxDeparted || len(d.queue) > 2*maxDeparted {
		t.Errorf("%d connections are remembered in a queue of %d, want %d", len(d.byKey), len(d.queue), maxDeparted)
	}
	d.forget(departedPatience + 3*maxDeparted)
	if len(d.byKey) != 0 {
		t.Errorf("%d connections are remembered after their time", len(d.byKey))
	}
}
