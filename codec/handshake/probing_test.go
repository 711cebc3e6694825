package handshake_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// The attack of 2020. Somebody recorded a legacy header and sends it again,
// with each of the sixteen paddings that he can make of it by flipping bits,
// and with another byte in the key, so that it is no copy. He counts how many
// bytes the server takes. Each time it is the same number; it is that of noise,
// of a copy, and of anything else that is rejected.
func TestProbesOfThePadding(t *testing.T) {
	const (
		inKey   = 16 + 20 // a byte of the body key
		nibbles = 16 + 35 // padding length and security
	)
	for seed := range uint64(8) {
		header := request(t, legacy(), now, seed, "")
		totals := map[int]string{}
		probe := func(name string, s *handshake.Server, b []byte, at int64) {
			c := newConn(t, s, 11) // whose randomness is the same each time
			totals[closesAt(t, c, b, at)] = name
			if c.Reason().Cause == handshake.CauseNone {
				t.Errorf("%s: not rejected", name)
			}
		}
		recorded := func() *handshake.Server {
			s := aliceAndBob(t, legacyPolicy)
			wantAccepted(t, "the recorded one", s, header, now)
			return s
		}
		same, burning := recorded(), recorded()
		for nibble := range byte(16) {
			b := bytes.Clone(header)
			b[nibbles] ^= nibble << 4
			b[inKey] ^= nibble + 1
			probe(fmt.Sprintf("padding %x, fresh server", nibble), recorded(), b, now)
			probe(fmt.Sprintf("padding %x, one after the other", nibble), burning, b, now+int64(nibble))
			probe(fmt.Sprintf("a copy, time %x", nibble), same, header, now+int64(nibble))
		}
		probe("copy", recorded(), header, now)
		probe("nothing but zeros", recorded(), nil, now)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 50 {
			b := make([]byte, r.IntN(3000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			probe("noise", recorded(), b, now)
			if len(b) > 16 {
				copy(b, header[:16])
				probe("the auth, then noise", recorded(), b, now)
			}
		}
		old := request(t, aead(), now-1000, seed, "")
		probe("old AEAD", recorded(), old, now)
		spoiled := request(t, aead(), now, seed, "")
		for _, i := range []int{20, 36, len(spoiled) - 1} {
			b := bytes.Clone(spoiled)
			b[i] ^= 1
			probe("spoiled AEAD", recorded(), b, now)
		}
		if len(totals) != 1 {
			t.Errorf("seed %d: a server takes different numbers of bytes: %v", seed, totals)
		}
	}
}

// The same with servers of all seeds: whatever a header wants, no server
// closes behind a number of bytes that depends on it. Domains make headers as
// long as they get.
func TestNoTotalIsInsideAHeader(t *testing.T) {
	longest := codec.Address{Port: 1, Type: codec.AddrDomain, Domain: string(bytes.Repeat([]byte{'x'}, 255))}
	for _, scheme := range schemes {
		cfg := configOf(scheme)
		cfg.Target = longest
		least := 1 << 30
		for seed := range uint64(300) {
			id := codec.MapID(fmt.Sprint("somebody ", seed))
			s := newServer(t, legacyPolicy, codec.Account{ID: id})
			least = min(least, closesAt(t, newConn(t, s, seed), nil, now))
		}
		for seed := range uint64(40) {
			if n := len(request(t, cfg, now, seed, "")); n > least {
				t.Errorf("%s: a header of %d bytes, and a server that takes %d", scheme, n, least)
			}
		}
	}
}

func TestBurntAuth(t *testing.T) {
	burns := map[string]func(b []byte) []byte{
		"wrong checksum":     func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"wrong padding":      func(b []byte) []byte { b[16+35] ^= 0x40; return append(b, make([]byte, 300)...) },
		"wrong address type": func(b []byte) []byte { b[16+40] ^= 0x80; return b },
		"wrong command":      func(b []byte) []byte { b[16+37] ^= 0x80; return b },
		"wrong version":      func(b []byte) []byte { b[16] ^= 0x80; return append(b, make([]byte, 300)...) },
		"half a header":      func(b []byte) []byte { return b[:len(b)-1] },
		"38 bytes":           func(b []byte) []byte { return b[:16+38] },
	}
	for name, spoil := range burns {
		s := aliceAndBob(t, legacyPolicy)
		c, _ := try(t, s, spoil(legacyAt(t, aliceAlter, now, 1)), now)
		c.End()
		for i, later := range []int64{0, 1, 119, 120} {
			b := legacyAt(t, aliceAlter, now, uint64(100+i))
			wantRejected(t, name+": a good request with the auth", s, b, now+later, handshake.CauseBurnt)
		}
		wantAccepted(t, name+": another second", s, legacyAt(t, aliceAlter, now+1, 3), now)
		wantAccepted(t, name+": another id of the same second", s, legacyAt(t, alice, now, 4), now)
		wantAccepted(t, name+": AEAD of the same second", s, request(t, aead(), now, 5, ""), now)
		later := legacyAt(t, aliceAlter, now+120, 6)
		wantAccepted(t, name+": later", s, later, now)
	}
}

// What does not burn: a header that was not begun, one that the policy does
// not like, and honest sessions with the same auth.
func TestUnburntAuth(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	c, _ := try(t, s, legacyAt(t, aliceAlter, now, 1)[:16+37], now)
	c.End()
	wantAccepted(t, "first", s, legacyAt(t, aliceAlter, now, 2), now)
	wantAccepted(t, "second with the same auth", s, legacyAt(t, aliceAlter, now, 3), now+1)

	p := legacyPolicy
	p.RefuseInsecure = true
	s = aliceAndBob(t, p)
	cfg := legacy()
	cfg.Security, cfg.Option = codec.SecurityNone, codec.ChunkStream
	h := newClient(t, cfg, now, 4).Header()
	b, err := codec.SealLegacyRequest(nil, alice.CmdKey(), aliceAlter, h, now)
	if err != nil {
		t.Fatal(err)
	}
	wantRejected(t, "insecure", s, b, now, handshake.CauseInsecure)
	wantAccepted(t, "secure with the same auth", s, legacyAt(t, aliceAlter, now, 5), now)
}

// A burn holds for as long as the auth could come back, and a copy burns.
func TestBurnHolds(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	b := legacyAt(t, aliceAlter, now+120, 1)
	wantAccepted(t, "first", s, b, now)
	wantRejected(t, "copy", s, b, now+1, handshake.CauseSession)
	for _, later := range []int64{2, 180, 181, 239, 240} { // v2ray's history of sessions ends at 180
		wantRejected(t, "copy", s, b, now+later, handshake.CauseBurnt)
		wantRejected(t, "another", s, legacyAt(t, aliceAlter, now+120, uint64(later)), now+later, handshake.CauseBurnt)
	}
	wantRejected(t, "copy", s, b, now+241, handshake.CauseUser)
	same(t, "remembered", s.Remembered(now+242), handshake.Remembered{})
}

// A session is remembered from 54 bytes of a legacy header on, and whatever
// becomes of it.
func TestSessionsAreRememberedEarly(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	b := legacyAt(t, aliceAlter, now, 1)
	first := newConn(t, s, 1)
	first.Feed(b[:53], now)
	same(t, "53 bytes", s.Remembered(now), handshake.Remembered{LegacyAuths: 1})
	first.Feed(b[:54], now)
	same(t, "54 bytes", s.Remembered(now), handshake.Remembered{LegacyAuths: 1, Sessions: 1})
	// The key is in use: a second one is a copy, the first goes on.
	wantRejected(t, "copy", s, b, now, handshake.CauseSession)
	same(t, "first", first.Feed(b, now).Action, handshake.Accept)

	// Between the kinds of headers too: whoever has the id can choose the keys.
	cfg := aead()
	random := newClient(t, cfg, now, 2).Header()
	aeadHeader, err := codec.SealRequest(nil, alice.CmdKey(), random, now, entropy(5))
	if err != nil {
		t.Fatal(err)
	}
	legacyHeader, err := codec.SealLegacyRequest(nil, alice.CmdKey(), aliceAlter, random, now+7)
	if err != nil {
		t.Fatal(err)
	}
	wantAccepted(t, "AEAD", s, aeadHeader, now)
	wantRejected(t, "legacy with its keys", s, legacyHeader, now, handshake.CauseSession)
	again, err := codec.SealRequest(nil, alice.CmdKey(), random, now, entropy(6))
	if err != nil {
		t.Fatal(err)
	}
	wantRejected(t, "AEAD with its keys", s, again, now, handshake.CauseSession)
	bobs, err := codec.SealRequest(nil, bob.CmdKey(), random, now, entropy(7))
	if err != nil {
		t.Fatal(err)
	}
	wantAccepted(t, "Bob with her keys", s, bobs, now)

	// A refused AEAD header is remembered as well.
	odd := *newClient(t, cfg, now, 3).Header()
	odd.Option = codec.ChunkStream
	section, err := odd.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	section[len(section)-1] ^= 1
	wantRejected(t, "wrong checksum", s, sealSection(t, section, now, 1), now, handshake.CauseHeader)
	section[len(section)-1] ^= 1
	wantRejected(t, "the same with the right one", s, sealSection(t, section, now, 2), now, handshake.CauseSession)
}

// Whose legacy headers are taken.
func TestLegacyAccess(t *testing.T) {
	accounts := []codec.Account{{ID: bob}, {ID: alice, AlterIDs: 2}}
	alters := codec.AlterIDs(nil, alice, 3)
	for _, c := range []struct {
		name string
		id   codec.ID
		want [3]bool // LegacyNever, LegacyAlterIDs, LegacyAnyID
	}{
		{"first alter id", alters[0], [3]bool{false, true, true}},
		{"last alter id", alters[1], [3]bool{false, true, true}},
		{"one too many", alters[2], [3]bool{false, false, false}},
		{"own id", alice, [3]bool{false, false, true}},
	} {
		for access, want := range c.want {
			s := newServer(t, handshake.Policy{Legacy: handshake.LegacyAccess(access)}, accounts...)
			b := legacyAt(t, c.id, now, 1)
			if want {
				conn := wantAccepted(t, c.name, s, b, now)
				same(t, "user", conn.Request().Sender.User, 1)
			} else {
				wantRejected(t, c.name, s, b, now, handshake.CauseUser)
			}
		}
	}
	// Of a user without alter ids, the own id.
	h := newClient(t, legacy(), now, 1).Header()
	b, err := codec.SealLegacyRequest(nil, bob.CmdKey(), bob, h, now)
	if err != nil {
		t.Fatal(err)
	}
	wantAccepted(t, "Bob's own id", newServer(t, legacyPolicy, accounts...), b, now)
	// The key of an alter id is nobody's.
	b, err = codec.SealLegacyRequest(nil, aliceAlter.CmdKey(), aliceAlter, h, now)
	if err != nil {
		t.Fatal(err)
	}
	wantRejected(t, "key of the alter id", newServer(t, legacyPolicy, accounts...), append(b, make([]byte, 400)...), now, handshake.CauseHeader)
}
