package session

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

var switchTo = codec.SwitchAccount{Host: "198.51.100.9", Port: 32001, ID: codec.ID{1, 2, 3}, AlterIDs: 3, Minutes: 5}

// TestSwitchAccount: what a response announces opens the sessions that follow,
// and is never taken for a given account.
func TestSwitchAccount(t *testing.T) {
	for _, scheme := range schemes {
		announcing := plainSpec.with(func(s *spec) { s.scheme, s.answer = scheme, codec.ResponseHeader{Switch: &switchTo} })
		following := plainSpec.with(func(s *spec) {
			s.scheme, s.account, s.security, s.option = scheme, switchTo.ID, codec.SecurityAES128CFB, optS
			if scheme == codec.Legacy {
				s.alter = 2
			}
		})
		first, second := build(t, announcing), build(t, following)
		d := newDecoder()
		early := push(d, newRecord(1), second.closed(flow.FIN)...)
		if early.Auth != nil {
			t.Errorf("%s: matched before it was announced: %+v", scheme, early.Auth)
		}
		f := push(d, newRecord(2), first.closed(flow.FIN)...)
		first.checkWhole(t, f)
		want := &Announced{Host: "198.51.100.9", Port: 32001, AlterIDs: 3, Minutes: 5}
		if diff := cmp.Diff(want, f.Announced); diff != "" {
			t.Errorf("%s: announced, -want +got:\n%s", scheme, diff)
		}
		again := push(d, newRecord(3), first.closed(flow.FIN)...)
		g := push(d, newRecord(4), second.closed(flow.FIN)...)
		if g.Auth == nil || g.Auth.User != -1 || g.Auth.From != f || g.Auth.Alter != following.alter-1 || !g.Auth.Given {
			t.Fatalf("%s: auth %+v, want the one that session 2 announced", scheme, g.Auth)
		}
		if again.Announced == nil || len(d.owners) != 3 {
			t.Errorf("%s: announced again: %v; %d accounts are known, want 3", scheme, again.Announced, len(d.owners))
		}
		if g.Up.Bytes != int64(len(second.up.all())) || g.Down.Bytes != int64(len(second.down.all())) {
			t.Errorf("%s: %d up, %d down", scheme, g.Up.Bytes, g.Down.Bytes)
		}
	}
}

// TestSwitchToGivenAccount: an id that was given stays the owner's.
func TestSwitchToGivenAccount(t *testing.T) {
	to := switchTo
	to.ID = bobID
	d := newDecoder()
	push(d, newRecord(1), build(t, plainSpec.with(func(s *spec) { s.answer.Switch = &to })).closed(flow.FIN)...)
	f := push(d, newRecord(2), build(t, plainSpec.with(func(s *spec) { s.account = bobID })).closed(flow.FIN)...)
	if f.Auth == nil || f.Auth.User != 0 || f.Auth.From != nil {
		t.Errorf("got %+v, want bob's", f.Auth)
	}
}

// TestBadSwitchAccount: a command with a wrong checksum, or an unknown one, is
// passed over, and the answer is still good.
func TestBadSwitchAccount(t *testing.T) {
	good, err := switchTo.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	good[9] ^= 1
	for _, answer := range []codec.ResponseHeader{
		{Command: codec.ResponseSwitch, Data: good},
		{Command: codec.ResponseSwitch, Data: []byte("short")},
		{Command: 9, Data: []byte("what is this")},
	} {
		c := build(t, plainSpec.with(func(s *spec) { s.answer = answer }))
		f := decode(c.closed(flow.FIN)...)
		c.checkWhole(t, f)
		if f.Announced != nil || f.Response.Command != answer.Command {
			t.Errorf("announced %v by command %v", f.Announced, f.Response.Command)
		}
	}
}

// TestAccountsGivenTwice: the first one counts.
func TestAccountsGivenTwice(t *testing.T) {
	c := build(t, plainSpec)
	f := push(newDecoder(bob, alice, Account{Account: codec.Account{ID: aliceID}, Label: "again"}), newRecord(1), c.closed(flow.FIN)...)
	c.checkWhole(t, f)
	if f.Auth.User != 1 {
		t.Errorf("user %d", f.Auth.User)
	}
}

// TestWithoutSYN: where the opening was not seen, the client is who speaks
// first, whichever side the record calls A.
func TestWithoutSYN(t *testing.T) {
	c := build(t, plainSpec)
	for _, client := range []flow.Side{flow.A, flow.B} {
		r := newRecord(1)
		r.Began = false
		f := push(newDecoder(), r, data(client, c.up.wire[:10]), data(client, c.up.wire[10:]), data(client.Other(), c.down.wire),
			closing(flow.A, flow.FIN), closing(flow.B, flow.FIN))
		if f.Client != client || f.Server() != client.Other() {
			t.Errorf("client is %s, want %s", f.Client, client)
		}
		c.checkWhole(t, f)
	}
	r := newRecord(1)
	r.Began = false
	f := push(newDecoder(), r, gap(flow.B, -1), data(flow.A, c.down.wire), data(flow.B, c.up.wire))
	if f.Client != flow.B || !f.Up.Lost || f.Auth != nil || f.Down.Opened {
		t.Errorf("client %s, up %+v", f.Client, f.Up)
	}
	up, down := f.Up, f.Down
	f.Reverse()
	if f.Client != flow.A || !cmp.Equal(f.Up, down) || !cmp.Equal(f.Down, up) {
		t.Errorf("reversed: %+v", f)
	}
}

// TestCollision: an auth id that fits another user by chance does not keep the
// right one from its session. A real collision takes 2^56 tries; here the
// session is told that there was one.
func TestCollision(t *testing.T) {
	c := build(t, plainSpec)
	for _, cut := range []int{20, 42, 60, len(c.up.wire)} {
		d := newDecoder()
		s := d.Open(newRecord(1)).(guard)
		s.s.tried = []int{0}
		s.s.f.Auth = &Auth{User: 0}
		s.s.f.Flow.Add(&flow.Layer{Name: "vmess"})
		s.s.opener = codec.NewRequestOpener(codec.Sender{Scheme: codec.AEAD, Key: bobID.CmdKey()})
		deliver(s, data(flow.A, c.up.wire[:cut]))
		if cut < len(c.up.wire) {
			deliver(s, data(flow.A, c.up.wire[cut:]))
		}
		deliver(s, then([]event{data(flow.B, c.down.wire)}, both(flow.FIN)...)...)
		s.Finish()
		c.checkWhole(t, d.facts[0])
		if f := d.facts[0]; f.Auth.User != 1 || len(f.Flow.Stack()) != 2 {
			t.Errorf("user %d, stack %v", f.Auth.User, f.Flow.Stack())
		}
	}
}

// TestNobodyElseFits: a header that refuses is tried with everyone whom it
// fits, once, and is one fault.
func TestNobodyElseFits(t *testing.T) {
	c := build(t, plainSpec)
	c.up.wire[20] ^= 1
	d := newDecoder()
	for range 3 { // alice again, as if she were others with the same key
		d.users.Add(alice.Account)
		d.owners = append(d.owners, owner{given: 9})
	}
	f := push(d, newRecord(1), c.closed(flow.FIN)...)
	if len(f.Faults) != 1 || f.Faults[0].Where != "header-length" || len(f.Flow.Stack()) != 2 || f.Header != nil {
		t.Errorf("faults %v, stack %v", f.Faults, f.Flow.Stack())
	}
}

// TestDatagramFlows: flows over UDP are counted and not read.
func TestDatagramFlows(t *testing.T) {
	c := build(t, plainSpec)
	r := newRecord(1)
	r.Network, r.Datagrams = flow.UDP, true
	d := newDecoder()
	f := push(d, r, then(c.whole(), gap(flow.A, 3))...)
	if f.Auth != nil || f.Up.Wire != int64(len(c.up.wire)+3) || f.Down.Wire != int64(len(c.down.wire)) {
		t.Errorf("got %+v", f)
	}
}

// TestManyConversations at the same time do not disturb each other.
func TestManyConversations(t *testing.T) {
	d := newDecoder()
	var all []*conversation
	var sinks []flow.Sink
	for i, s := range specs()[:60] {
		s.seed = uint64(i) * 100
		all = append(all, build(t, s))
		r := newRecord(int64(i))
		r.Ends[0] = netip.AddrPortFrom(r.Ends[0].Addr(), uint16(i))
		sinks = append(sinks, d.Open(r))
	}
	for step := range 10 {
		for i, c := range all {
			for side, wire := range [][]byte{c.up.wire, c.down.wire} {
				if part := wire[len(wire)*step/10 : len(wire)*(step+1)/10]; len(part) > 0 {
					deliver(sinks[i], data(flow.Side(side), part))
				}
			}
		}
	}
	for i, c := range all {
		deliver(sinks[i], both(flow.FIN)...)
		sinks[i].Finish()
		c.checkWhole(t, d.Facts()[i])
	}
}
