package handshake_test

import (
	"bytes"
	"math"
	"strings"
	"sync"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// authID makes the head of an AEAD request of Alice at any time.
func authID(at int64, rnd byte) []byte {
	id := codec.SealAuthID(alice.CmdKey(), codec.AuthID{Time: at, Rand: [4]byte{rnd}})
	return id[:]
}

func TestWindows(t *testing.T) {
	for _, scheme := range schemes {
		for _, window := range []int64{0, 1, 30, 200} {
			p := handshake.Policy{Legacy: handshake.LegacyAnyID}
			edge := int64(120) // what all peers have
			if window != 0 {
				edge = window
				p.Window, p.LegacyWindow = window, window
			}
			s := aliceAndBob(t, p)
			for i, off := range []int64{-edge - 1, -edge, -1, 0, 1, edge, edge + 1} {
				b := request(t, aead(), now+off, uint64(i), "")
				late := handshake.CauseTime
				if scheme == codec.Legacy {
					b = legacyAt(t, aliceAlter, now+off, uint64(i))
					late = handshake.CauseUser // nobody's auth: the table ends there
				}
				what := scheme.String()
				if off < -edge || off > edge {
					wantRejected(t, what, s, b, now, late)
				} else {
					c := wantAccepted(t, what, s, b, now)
					same(t, "skew", c.Reason(), handshake.Reason{User: 1, Skew: off})
				}
			}
		}
	}
}

// Windows are told apart, and times that no clock has do not overflow.
func TestStrangeTimes(t *testing.T) {
	s := aliceAndBob(t, handshake.Policy{Legacy: handshake.LegacyAnyID, Window: 10, LegacyWindow: 20})
	wantRejected(t, "AEAD", s, request(t, aead(), now+11, 1, ""), now, handshake.CauseTime)
	wantAccepted(t, "legacy", s, legacyAt(t, aliceAlter, now+11, 1), now)
	for i, at := range []int64{math.MinInt64, math.MinInt64 + now, -now, -1, math.MaxInt64, math.MaxInt64 - now} {
		wantRejected(t, "strange time", s, authID(at, byte(i)), now, handshake.CauseTime)
	}
	wantRejected(t, "before 1970", s, authID(-1, 99), 5, handshake.CauseTime)
	c := wantRejected(t, "far away", s, authID(math.MinInt64, 98), now, handshake.CauseTime)
	same(t, "skew that does not fit", c.Reason().Skew, math.MaxInt64)
}

func TestReplayOfAuthID(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	// From 120 s ahead it can come back for 240 s.
	b := request(t, aead(), now+120, 1, "hello")
	wantAccepted(t, "first", s, b, now)
	for _, later := range []int64{0, 1, 119, 239, 240} {
		c := wantRejected(t, "copy", s, b, now+later, handshake.CauseReplay)
		same(t, "user", c.Reason().User, 1)
	}
	same(t, "remembered", s.Remembered(now+240), handshake.Remembered{AuthIDs: 1, Sessions: 1})
	wantRejected(t, "copy when it is old", s, b, now+241, handshake.CauseTime)
	same(t, "remembered", s.Remembered(now+241), handshake.Remembered{})

	// Whatever stands behind the auth id: it is used up.
	s = aliceAndBob(t, legacyPolicy)
	b = request(t, aead(), now, 2, "hello")
	spoiled := bytes.Clone(b)
	spoiled[60] ^= 1
	wantRejected(t, "spoiled", s, spoiled, now, handshake.CauseHeader)
	wantRejected(t, "the right one behind it", s, b, now, handshake.CauseReplay)

	// Sixteen bytes are enough.
	b = request(t, aead(), now, 3, "hello")
	same(t, "sixteen bytes", newConn(t, s, 1).Feed(b[:16], now), handshake.Decision{Action: handshake.More})
	wantRejected(t, "all of it on another connection", s, b, now, handshake.CauseReplay)
	// Fifteen are not.
	b = request(t, aead(), now, 4, "hello")
	newConn(t, s, 1).Feed(b[:15], now)
	wantAccepted(t, "behind fifteen bytes", s, b, now)
}

// The memory is exact: no honest client is turned away, and no copy let in.
func TestReplayMemoryIsExact(t *testing.T) {
	s := aliceAndBob(t, handshake.Policy{})
	const n = 10000
	requests := make([][]byte, n)
	for i := range requests {
		at := int64(now + i/100)
		requests[i] = request(t, aead(), at, uint64(i), "")
		if _, d := try(t, s, requests[i], at); d.Action != handshake.Accept {
			t.Fatalf("request %d: got %s", i, d.Action)
		}
	}
	same(t, "remembered", s.Remembered(now+n/100), handshake.Remembered{AuthIDs: n, Sessions: n})
	for i, b := range requests {
		if c, d := try(t, s, b, now+n/100); d.Action == handshake.Accept || c.Reason().Cause != handshake.CauseReplay {
			t.Fatalf("copy %d: got %s, because of %s", i, d.Action, c.Reason())
		}
	}
}

// An auth id that was here is not tried as a legacy auth, even where the same
// bytes are one: a memory of replays that can be walked around is none.
func TestAuthIDNeverFallsToLegacy(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	b := request(t, aead(), now, 1, "")
	wantAccepted(t, "first", s, b, now)
	wantRejected(t, "copy", s, b, now, handshake.CauseReplay)
	wantRejected(t, "old", s, authID(now-500, 1), now, handshake.CauseTime)
	same(t, "legacy auths looked at", s.Remembered(now).LegacyAuths, 0)
}

// Alice's auth id of this second and these random bytes has, under Bob's key, a
// checksum that fits too: found by trying 2^32. Its time there is nonsense.
// She must not suffer for it, and the order of the accounts must not matter.
func TestChecksumThatFitsTwo(t *testing.T) {
	const twinTime = 1700000000
	twinRand := [4]byte{0x49, 0x74, 0x16, 0x51}
	auth := codec.AuthID{Time: twinTime, Rand: twinRand}
	sealed := codec.SealAuthID(alice.CmdKey(), auth)
	if a, err := codec.OpenAuthID(bob.CmdKey(), sealed); err != nil {
		t.Fatalf("the checksum does not fit: %v", err)
	} else if a.Time > twinTime-1000 && a.Time < twinTime+1000 {
		t.Fatalf("its time under the other key is %d", a.Time)
	}
	random := append(twinRand[:], 1, 2, 3, 4, 5, 6, 7, 8)
	h := newClient(t, aead(), twinTime, 1).Header()
	b, err := codec.SealRequest(nil, alice.CmdKey(), h, twinTime, scripted(random, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, accounts := range [][]codec.Account{{{ID: alice}, {ID: bob}}, {{ID: bob}, {ID: alice}}, {{ID: bob}, {ID: bob}, {ID: alice}}} {
		c := wantAccepted(t, "Alice", newServer(t, handshake.Policy{}, accounts...), b, twinTime)
		same(t, "user", accounts[c.Request().Sender.User].ID, alice)
	}
}

// Where the length does not open, the other accounts that fit are asked with
// the bytes that are there. Twins are such accounts.
func TestWrongLengthAsksAllThatFit(t *testing.T) {
	b := request(t, aead(), now, 1, "")
	b[20] ^= 1
	for n := 1; n <= 4; n++ {
		accounts := make([]codec.Account, n)
		for i := range accounts {
			accounts[i].ID = alice
		}
		s := newServer(t, handshake.Policy{}, accounts...)
		c := newConn(t, s, 1)
		same(t, "41 bytes", c.Feed(b[:41], now).Action, handshake.More)
		same(t, "42 bytes", c.Feed(b[:42], now).Action, handshake.Drain)
		same(t, "cause", c.Reason().Cause, handshake.CauseHeader)
		same(t, "error", c.Reason().Err.(*codec.Error).Field, codec.FieldHeaderLengthTag)
	}
	b[20] ^= 1
	wantAccepted(t, "twins", newServer(t, handshake.Policy{}, codec.Account{ID: alice}, codec.Account{ID: alice}), b, now)
}

// Each layer that refuses has its own place in the reason, and one face.
func TestDamagedRequests(t *testing.T) {
	field := map[codec.Scheme]func(int) handshake.Cause{
		codec.AEAD: func(i int) handshake.Cause {
			if i < 16 {
				return handshake.CauseUser
			}
			return handshake.CauseHeader
		},
		codec.Legacy: func(i int) handshake.Cause {
			if i < 16 {
				return handshake.CauseUser
			}
			return handshake.CauseHeader
		},
	}
	for _, scheme := range schemes {
		header := request(t, configOf(scheme), now, 1, "")
		for i := range header {
			s := aliceAndBob(t, legacyPolicy)
			b := bytes.Clone(header)
			b[i] ^= 1
			// A legacy header that is damaged may want more than there is.
			b = append(b, make([]byte, 400)...)
			wantRejected(t, scheme.String(), s, b, now, field[scheme](i))
		}
	}
}

// How the bytes came in makes no difference, for good ones and for bad ones.
func TestSplitInvariance(t *testing.T) {
	good, old := request(t, aead(), now, 1, "payload"), request(t, aead(), now-500, 2, "")
	cases := map[string][]byte{
		"AEAD": good, "legacy": request(t, legacy(), now, 1, "payload"), "old": old,
		"noise": bytes.Repeat([]byte{0x5A}, 50), "few": good[:9], "half": good[:70], "nothing": nil,
	}
	for name, b := range cases {
		spoiled := bytes.Clone(b)
		if len(spoiled) > 60 {
			spoiled[58] ^= 0x80
			cases[name+", spoiled"] = spoiled
		}
	}
	for name, b := range cases {
		for _, padded := range [][]byte{b, append(bytes.Clone(b), make([]byte, handshake.MaxHandshake)...)} {
			c, whole := try(t, aliceAndBob(t, legacyPolicy), padded, now)
			for _, step := range []int{1, 7, 53} {
				s := aliceAndBob(t, legacyPolicy)
				pieces := newConn(t, s, 7)
				var d handshake.Decision
				for n := 0; ; n = min(n+step, len(padded)) {
					d = pieces.Feed(padded[:n], now)
					if d.Action == handshake.Accept && n < d.Body {
						t.Fatalf("%s: accepted %d of %d bytes", name, n, d.Body)
					}
					if n == len(padded) {
						break
					}
				}
				same(t, name, d, whole)
				same(t, name+": cause", pieces.Reason().Cause, c.Reason().Cause)
			}
		}
	}
}

// A decision stays.
func TestDecisionsStay(t *testing.T) {
	b := request(t, aead(), now, 1, "payload")
	s := aliceAndBob(t, handshake.Policy{})
	c, first := try(t, s, b, now)
	for range 3 {
		same(t, "accepted", c.Feed(append(b, "more"...), now+1000), first)
	}
	c.End()
	same(t, "accepted and ended", c.Feed(b, now), first)
	same(t, "no reason", c.Reason().Cause, handshake.CauseNone)

	noise := make([]byte, handshake.MaxHandshake)
	c, d := try(t, s, noise, now)
	same(t, "noise", d.Action, handshake.Close)
	same(t, "closed", c.Feed(noise[:20], now).Action, handshake.Close)

	c = newConn(t, s, 1)
	same(t, "silence", c.Feed(nil, now), handshake.Decision{Action: handshake.More})
	c.End()
	same(t, "silence, ended", c.Feed(b, now).Action, handshake.Close)
	same(t, "silence, ended", c.Reason().Cause, handshake.CauseCut)

	c, _ = try(t, s, noise[:100], now)
	c.End()
	same(t, "noise, ended", c.Feed(noise[:101], now).Action, handshake.Close)
	same(t, "the first cause stays", c.Reason().Cause, handshake.CauseUser)
}

// Two copies that arrive together: one of them is new.
func TestManyConnectionsAtOnce(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	const copies, kinds = 8, 6
	var wg sync.WaitGroup
	accepted := make([]int, kinds*copies)
	for k := range kinds {
		b := request(t, configOf(schemes[k%2]), now, uint64(k), "payload")
		for i := range copies {
			c := newConn(t, s, uint64(i))
			wg.Add(1)
			go func() {
				defer wg.Done()
				for n := range len(b) + 1 {
					if c.Feed(b[:n], now).Action == handshake.Accept {
						accepted[k*copies+i]++
						break
					}
				}
				s.Remembered(now)
			}()
		}
	}
	s.Add(codec.Account{ID: carol})
	wg.Wait()
	for k := range kinds {
		sum := 0
		for i := range copies {
			sum += accepted[k*copies+i]
		}
		if sum != 1 {
			t.Errorf("request %d: %d of %d copies were accepted, want 1", k, sum, copies)
		}
	}
}

func TestReasonsHaveNoSecrets(t *testing.T) {
	s := aliceAndBob(t, legacyPolicy)
	for i, b := range [][]byte{make([]byte, 20), authID(now-999, 1), request(t, aead(), now+1, 1, "")} {
		if i == 2 {
			b[50] ^= 1
		}
		c, _ := try(t, s, b, now)
		text := c.Reason().String()
		want := []string{"user", "time of user 1, -999 s ahead", "header of user 1, 1 s ahead: vmess: "}[i]
		if !strings.HasPrefix(text, want) {
			t.Errorf("got %q, want it to begin with %q", text, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		handshake.More.String(): "more", handshake.Accept.String(): "accept",
		handshake.Drain.String(): "drain", handshake.Close.String(): "close", handshake.Action(9).String(): "Action(9)",
		handshake.CauseNone.String(): "none", handshake.CauseNotAnswer.String(): "not-answer", handshake.Cause(99).String(): "Cause(99)",
		handshake.LegacyNever.String(): "never", handshake.LegacyAnyID.String(): "any-id", handshake.LegacyAccess(3).String(): "LegacyAccess(3)",
		handshake.HeaderAEAD.String(): "aead", handshake.HeaderPrimaryID.String(): "primary-id", handshake.HeaderForm(7).String(): "HeaderForm(7)",
	} {
		same(t, "word", got, want)
	}
}
