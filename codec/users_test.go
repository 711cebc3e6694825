package codec

import (
	"encoding/binary"
	"math"
	"testing"
)

// testAccounts gives n accounts with some alter ids each.
func testAccounts(n, alterIDs int) []Account {
	out := make([]Account, n)
	for i := range out {
		copy(out[i].ID[:], random(uint64(1000+i), 16))
		out[i].AlterIDs = alterIDs
	}
	return out
}

func authOf(a Account, t int64, rnd byte) [16]byte {
	return SealAuthID(a.ID.CmdKey(), AuthID{Time: t, Rand: [4]byte{rnd}})
}

func TestMatchFindsEachAccount(t *testing.T) {
	accounts := testAccounts(50, 0)
	u := NewUsers(accounts...)
	if u.Len() != 50 || u.IDs() != 50 {
		t.Fatalf("got %d accounts and %d ids, want 50", u.Len(), u.IDs())
	}
	for round := range 2 { // the second time another one was the last
		for i, a := range accounts {
			at := testTime + int64(i)
			got, ok := u.Match(authOf(a, at, byte(round)), AnyTime)
			want := Sender{Scheme: AEAD, Key: a.ID.CmdKey(), Time: at, User: i, Alter: Primary}
			if !ok || got != want {
				t.Fatalf("account %d: got %+v, %v, want %+v", i, got, ok, want)
			}
			if got, ok := u.Match(authOf(a, at, byte(round)), AnyTime, i); ok {
				t.Fatalf("account %d was tried, got %+v", i, got)
			}
		}
	}
	if got, ok := u.Match(authOf(Account{}, testTime, 0), AnyTime); ok {
		t.Errorf("a stranger matched: %+v", got)
	}
	if got, ok := NewUsers().Match([16]byte{}, AnyTime); ok {
		t.Errorf("nobody matched: %+v", got)
	}
}

// The tried list leads on to the next account that fits.
func TestMatchGoesOnBehindTheTried(t *testing.T) {
	a := testAccounts(3, 0)
	u := NewUsers(a[0], a[1], a[0], a[0])
	auth := authOf(a[0], testTime, 0)
	var tried []int
	for _, want := range []int{0, 2, 3} {
		got, ok := u.Match(auth, AnyTime, tried...)
		if !ok || got.User != want {
			t.Fatalf("behind %v: got %+v, %v, want account %d", tried, got, ok, want)
		}
		tried = append(tried, want)
	}
	if got, ok := u.Match(auth, AnyTime, tried...); ok {
		t.Errorf("behind %v: got %+v", tried, got)
	}
}

func TestMatchHoldsTheWindow(t *testing.T) {
	a := testAccounts(1, 0)[0]
	u := NewUsers(a)
	for _, c := range []struct {
		time int64
		w    Window
		want bool
	}{
		{testTime - 120, Around(testTime, 120), true},
		{testTime + 120, Around(testTime, 120), true},
		{testTime - 121, Around(testTime, 120), false},
		{testTime + 121, Around(testTime, 120), false},
		{testTime, Window{testTime, testTime}, true},
		{testTime, Window{testTime + 1, testTime}, false},
		{0, AnyTime, true},
		{-1, AnyTime, false},
		{math.MinInt64, AnyTime, false},
		{math.MaxInt64, AnyTime, false},
		{1<<40 - 1, AnyTime, true},
		{1 << 40, AnyTime, false},
		{-5, Window{math.MinInt64, math.MaxInt64}, true},
	} {
		got, ok := u.Match(authOf(a, c.time, 0), c.w)
		if ok != c.want || ok && got.Time != c.time {
			t.Errorf("time %d in %v: got %+v, %v, want %v", c.time, c.w, got, ok, c.want)
		}
	}
}

func TestAuthIDSaysWhenAndWhose(t *testing.T) {
	for _, want := range []AuthID{{}, {Time: testTime, Rand: [4]byte{1, 2, 3, 4}}, {Time: -1}, {Time: math.MaxInt64}} {
		sealed := SealAuthID(testKey, want)
		if got, err := OpenAuthID(testKey, sealed); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		_, err := OpenAuthID(NextAlterID(testID).CmdKey(), sealed)
		wantError(t, "another user's key", err, ErrChecksum, FieldAuthChecksum)
	}
}

// every way to find a legacy id: through the cache, and by scanning.
func legacyUsers(accounts ...Account) map[string]*Users {
	cached, scanning := NewUsers(accounts...), NewUsers(accounts...)
	scanning.seconds.made = true // with no slots, as for very many ids
	return map[string]*Users{"cache": cached, "scan": scanning}
}

func TestMatchLegacyFindsEachID(t *testing.T) {
	accounts := testAccounts(5, 4)
	accounts[2].AlterIDs = 0
	for label, u := range legacyUsers(accounts...) {
		if u.Len() != 5 || u.IDs() != 5+16 {
			t.Fatalf("got %d accounts and %d ids", u.Len(), u.IDs())
		}
		for i, a := range accounts {
			ids := AlterIDs([]ID{a.ID}, a.ID, a.AlterIDs)
			for j, id := range ids {
				at := int64(testTime + i - j) // some ids in the same second, some not
				got, ok := u.MatchLegacy(LegacyAuth(id, at), Around(testTime, 120))
				want := Sender{Scheme: Legacy, Key: a.ID.CmdKey(), Time: at, User: i, Alter: j - 1}
				if !ok || got != want {
					t.Fatalf("%s: account %d, id %d: got %+v, %v, want %+v", label, i, j, got, ok, want)
				}
			}
			beyond := AlterIDs(nil, a.ID, a.AlterIDs+1)
			if got, ok := u.MatchLegacy(LegacyAuth(beyond[a.AlterIDs], testTime), Around(testTime, 120)); ok {
				t.Fatalf("%s: the alter id behind the last matched: %+v", label, got)
			}
		}
	}
}

func TestMatchLegacyHoldsTheWindow(t *testing.T) {
	a := testAccounts(2, 1)
	for label, u := range legacyUsers(a...) {
		for _, c := range []struct {
			time int64
			w    Window
			want bool
		}{
			{testTime - 120, Around(testTime, 120), true},
			{testTime + 120, Around(testTime, 120), true},
			{testTime - 121, Around(testTime, 120), false},
			{testTime + 121, Around(testTime, 120), false},
			{testTime, Window{testTime, testTime}, true},
			{testTime, Window{testTime, testTime + 1}, true},
			{testTime + 1, Window{testTime, testTime + 1}, true},
			{testTime, Window{testTime + 1, testTime}, false},
			{testTime, Window{testTime + 2, testTime - 2}, false},
			{-3, Window{-5, 5}, true},
		} {
			got, ok := u.MatchLegacy(LegacyAuth(a[1].ID, c.time), c.w)
			if ok != c.want || ok && got.Time != c.time {
				t.Errorf("%s: time %d in %v: got %+v, %v, want %v", label, c.time, c.w, got, ok, c.want)
			}
		}
	}
}

// Of two accounts that are the same the first counts, however it is found.
func TestMatchOfTwins(t *testing.T) {
	a := testAccounts(2, 2)
	for label, u := range legacyUsers(a[0], a[1], a[1], a[0]) {
		for i, account := range a {
			if got, ok := u.Match(authOf(account, testTime, 0), AnyTime); !ok || got.User != i {
				t.Errorf("%s: got account %d, %v, want %d", label, got.User, ok, i)
			}
			got, ok := u.MatchLegacy(LegacyAuth(NextAlterID(account.ID), testTime), Around(testTime, 5))
			if !ok || got.User != i || got.Alter != 0 {
				t.Errorf("%s: legacy: got %+v, %v, want account %d", label, got, ok, i)
			}
		}
	}
}

// A second that was asked for is not computed again; one that shares its slot
// displaces it, and comes back when it is asked for.
func TestCacheOfSeconds(t *testing.T) {
	a := testAccounts(3, 3)
	u := NewUsers(a...)
	at := func(time int64) bool {
		_, ok := u.MatchLegacy(LegacyAuth(a[2].ID, time), Window{time, time})
		return ok
	}
	slot := func(time int64) *second { return &u.seconds.slots[uint64(time)%cacheSeconds] }
	for _, time := range []int64{testTime, testTime + cacheSeconds, testTime, -testTime} {
		if !at(time) {
			t.Fatalf("second %d: not found", time)
		}
		s := slot(time)
		if !s.valid || s.time != time || len(s.words) != (u.IDs()+3)/4 {
			t.Fatalf("second %d: its slot has second %d with %d words", time, s.time, len(s.words))
		}
		clear(s.words) // whoever looks again finds what is here
		if at(time) {
			t.Fatalf("second %d was computed again", time)
		}
		s.valid = false
	}
	auth := LegacyAuth(a[0].ID, testTime)
	if n := testing.AllocsPerRun(20, func() { u.MatchLegacy(auth, Around(testTime, 60)) }); n != 0 {
		t.Errorf("a look into the cache: %v allocations, want 0", n)
	}
}

// An account that is added later is found in a second that was asked before.
func TestAddBehindAMatch(t *testing.T) {
	a := testAccounts(2, 2)
	u := NewUsers(a[0])
	legacy := LegacyAuth(NextAlterID(a[1].ID), testTime)
	if _, ok := u.MatchLegacy(legacy, Around(testTime, 3)); ok {
		t.Fatal("matched before it was added")
	}
	if n := u.Add(a[1]); n != 1 {
		t.Fatalf("got number %d, want 1", n)
	}
	if got, ok := u.MatchLegacy(legacy, Around(testTime, 3)); !ok || got.User != 1 || got.Alter != 0 {
		t.Errorf("got %+v, %v, want account 1", got, ok)
	}
	if got, ok := u.Match(authOf(a[1], testTime, 0), AnyTime); !ok || got.User != 1 {
		t.Errorf("got %+v, %v, want account 1", got, ok)
	}
}

// The cache is bounded in memory, not only in seconds: the more ids, the fewer
// slots. The window of 1000 users with 64 alter ids each fits.
func TestCacheIsBounded(t *testing.T) {
	for _, c := range []struct{ ids, slots int }{
		{0, 512}, {1, 512}, {65_000, 512}, {65_536, 512}, {65_537, 511}, {32 << 20, 1}, {32<<20 + 1, 0},
	} {
		var s secondCache
		s.reserve(c.ids)
		if len(s.slots) != c.slots || secondBytes(c.ids)*len(s.slots) > cacheBytes {
			t.Errorf("%d ids: got %d slots, want %d", c.ids, len(s.slots), c.slots)
		}
	}
}

// An auth whose beginning is that of others is told from them.
func TestBeginningsThatAgree(t *testing.T) {
	u := NewUsers(testAccounts(50, 20)...)
	auth := LegacyAuth(AlterIDs(nil, testAccounts(50, 20)[40].ID, 20)[19], testTime)
	if _, ok := u.MatchLegacy(auth, Window{testTime, testTime}); !ok {
		t.Fatal("not found")
	}
	s := &u.seconds.slots[uint64(testTime)%cacheSeconds]
	for i := range s.words {
		s.words[i] = beginning(auth) * 0x0001_0001_0001_0001
	}
	if got, ok := u.MatchLegacy(auth, Window{testTime, testTime}); !ok || got.User != 40 || got.Alter != 19 {
		t.Errorf("got %+v, %v, want user 40", got, ok)
	}
	auth[15] ^= 1
	if got, ok := u.MatchLegacy(auth, Window{testTime, testTime}); ok {
		t.Errorf("a stranger: got %+v", got)
	}
}

// A zero in one of the four parts of a word is seen, and nothing else.
func TestZeroLane(t *testing.T) {
	parts := []uint64{0, 1, 2, 0x7FFF, 0x8000, 0x8001, 0xFFFF}
	for i := range 7 * 7 * 7 * 7 {
		var w uint64
		want := false
		for n, lane := i, 0; lane < 4; n, lane = n/7, lane+1 {
			w |= parts[n%7] << (16 * lane)
			want = want || n%7 == 0
		}
		if got := hasZeroLane(w); got != want {
			t.Fatalf("%016x: got %v, want %v", w, got, want)
		}
	}
}

func TestAlterIDsAreBounded(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("65536 key schedules")
	}
	u := NewUsers(Account{ID: testID, AlterIDs: math.MaxInt})
	if u.IDs() != MaxAlterIDs+1 {
		t.Errorf("got %d ids, want %d", u.IDs(), MaxAlterIDs+1)
	}
	if u = NewUsers(Account{ID: testID, AlterIDs: -1}); u.IDs() != 1 {
		t.Errorf("got %d ids for a negative number, want 1", u.IDs())
	}
}

// Who was found opens the header.
func TestUsersOpenRequests(t *testing.T) {
	a := testAccounts(4, 2)
	u := NewUsers(a...)
	h := httpHeader()
	aead, err := SealRequest(nil, a[3].ID.CmdKey(), h, testTime, entropy(9))
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := SealLegacyRequest(nil, a[1].ID.CmdKey(), NextAlterID(a[1].ID), h, testTime+7)
	if err != nil {
		t.Fatal(err)
	}
	from, ok := u.Match([16]byte(aead), Around(testTime, 120))
	if !ok {
		t.Fatal("no match")
	}
	r, n, err := NewRequestOpener(from).Open(aead)
	if err != nil || n != len(aead) || r.Sender.User != 3 {
		t.Fatalf("got %+v, %d, %v", r, n, err)
	}
	if from, ok = u.MatchLegacy([16]byte(legacy), Around(testTime, 120)); !ok {
		t.Fatal("no legacy match")
	}
	if r, n, err = NewRequestOpener(from).Open(legacy); err != nil || n != len(legacy) || r.Sender.User != 1 || r.Sender.Time != testTime+7 {
		t.Fatalf("got %+v, %d, %v", r, n, err)
	}
	// Under another time the legacy header is noise.
	if r, _, err := OpenLegacyRequest(append(legacy, make([]byte, 400)...), a[1].ID.CmdKey(), testTime); err == nil {
		t.Errorf("another second: got %+v", r)
	}
}

func TestAuthIDTimeIsTheFirstEightBytes(t *testing.T) {
	var plain [16]byte
	binary.BigEndian.PutUint64(plain[:], uint64(testTime))
	if got := authIDTime(&plain); got != testTime {
		t.Errorf("got %d, want %d", got, testTime)
	}
}
