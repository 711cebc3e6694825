package session

import (
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

const hour = 3600

// sentBy gives the auth of a legacy request.
func sentBy(id codec.ID, alter int, t int64) [authSize]byte {
	for range alter + 1 {
		id = codec.NextAlterID(id)
	}
	return codec.LegacyAuth(id, t)
}

func newTestSearch(budget int64, accounts ...codec.Account) *search {
	s := newSearch(budget)
	for _, a := range accounts {
		s.add(a)
	}
	return s
}

// TestSearchFinds times and alter ids that no account explains, up to the edges.
func TestSearchFinds(t *testing.T) {
	own := map[codec.ID]codec.Account{bobID: {ID: bobID}, aliceID: {ID: aliceID, AlterIDs: 1}}
	for _, c := range []struct {
		name  string
		id    codec.ID
		alter int
		off   int64
		found bool
	}{
		{"first alter id, which bob lacks", bobID, 0, 0, true},
		{"an alter id beyond alice's", aliceID, 1, 100, true},
		{"the last one that is tried", aliceID, 255, -150, true},
		{"just outside the window", aliceID, 0, 151, true},
		{"just outside, behind", bobID, codec.Primary, -151, true},
		{"a time zone, with jitter", aliceID, codec.Primary, 8*hour + 29, true},
		{"a quarter of an hour", aliceID, 0, 5*hour + 45*60 - 30, true},
		{"anywhere", aliceID, 0, 1247, true},
		{"25 hours", aliceID, codec.Primary, 25 * hour, true},
		{"25 hours behind", bobID, codec.Primary, -25 * hour, true},
		{"around 25 hours", aliceID, 0, 25*hour + 120, true},
		{"further", bobID, codec.Primary, 25*hour + 121, false},
		{"further behind", bobID, codec.Primary, -25*hour - 121, false},
	} {
		s := newTestSearch(1<<40, own[c.id])
		from, ok := s.find(sentBy(c.id, c.alter, noon+c.off), noon)
		if ok != c.found {
			t.Errorf("%s: found %v, want %v", c.name, ok, c.found)
		}
		if !ok {
			continue
		}
		want := codec.Sender{Scheme: codec.Legacy, Key: c.id.CmdKey(), Time: noon + c.off, Alter: c.alter}
		if from != want {
			t.Errorf("%s: got %+v, want %+v", c.name, from, want)
		}
		if used, exhausted := s.spent(); used == 0 || exhausted {
			t.Errorf("%s: spent %d, exhausted %v", c.name, used, exhausted)
		}
	}
}

// TestSearchOfAlterIDs ends at index 255, and is made near the capture's time
// only.
func TestSearchOfAlterIDs(t *testing.T) {
	const circles = 4 * 150_000 // enough for the alter ids, and for the time zones
	for _, c := range []struct {
		alter int
		off   int64
	}{{256, 0}, {200, 151}, {0, 100_000}} {
		s := newTestSearch(circles, codec.Account{ID: bobID})
		if from, ok := s.find(sentBy(bobID, c.alter, noon+c.off), noon); ok {
			t.Errorf("alter %d at %d: got %+v", c.alter, c.off, from)
		}
	}
}

// TestSearchNamesTheUser among several.
func TestSearchNamesTheUser(t *testing.T) {
	s := newTestSearch(1<<40, codec.Account{ID: bobID}, codec.Account{ID: aliceID})
	from, ok := s.find(sentBy(aliceID, codec.Primary, noon+3600), noon)
	if !ok || from.User != 1 || from.Key != aliceID.CmdKey() {
		t.Errorf("got %+v, %v", from, ok)
	}
}

// TestSearchRemembers: what was far for the first request is near for the next.
func TestSearchRemembers(t *testing.T) {
	s := newTestSearch(1<<40, codec.Account{ID: aliceID, AlterIDs: 2})
	cost := func(off int64, alter int) int64 {
		t.Helper()
		if _, ok := s.find(sentBy(aliceID, alter, noon+off), noon); !ok {
			t.Fatalf("not found at %d", off)
		}
		used, _ := s.spent()
		return used
	}
	first := cost(50_000, 0)
	if again := cost(50_060, 1); again > first/2 || again > 300_000 {
		t.Errorf("the first one took %d, the second %d", first, again)
	}
	cost(50_001, 200) // with any alter id, now that the time is known
	if len(s.offsets) != 1 {
		t.Errorf("offsets %v, want one", s.offsets)
	}
	for i := range int64(12) {
		s.remember(1000 + i*1000)
	}
	if len(s.offsets) != searchOffsets || s.offsets[0] != 12_000 {
		t.Errorf("offsets %v, want the latest %d", s.offsets, searchOffsets)
	}
	if cost(0, 9); len(s.offsets) != searchOffsets || s.offsets[0] != 12_000 {
		t.Errorf("a time in the window is remembered: %v", s.offsets)
	}
}

// TestSearchBudget: one request gets a quarter of what is left at most.
func TestSearchBudget(t *testing.T) {
	s := newTestSearch(1000, codec.Account{ID: aliceID})
	left := int64(1000)
	for range 12 {
		if _, ok := s.find([authSize]byte{1}, noon); ok {
			t.Fatal("found")
		}
		used, exhausted := s.spent()
		if used != left/4 || !exhausted {
			t.Fatalf("of %d left: spent %d, exhausted %v", left, used, exhausted)
		}
		if left -= used; s.budget != left {
			t.Fatalf("left %d, want %d", s.budget, left)
		}
	}
	if n := len(s.users[0].keys); n > searchKeys {
		t.Errorf("%d keys were made", n)
	}
}

// TestSearchSpentCostsNothing: a spent budget ends the search at once, and no
// keys are made for those it does not come to.
func TestSearchSpentCostsNothing(t *testing.T) {
	var many []codec.Account
	for i := range 2000 {
		many = append(many, codec.Account{ID: codec.ID{1, byte(i), byte(i >> 8)}})
	}
	s := newTestSearch(100_000, many...)
	s.find([authSize]byte{1}, noon)
	keys := 0
	for i := range s.users {
		keys += len(s.users[i].keys)
	}
	if keys > 4*searchKeys {
		t.Errorf("%d keys were made for a budget of 25000 hashes", keys)
	}
}

// TestLegacyInSessions: what the search finds becomes facts, and flows that are
// something else are not searched.
func TestLegacyInSessions(t *testing.T) {
	legacy := func(alter int, off int64) *conversation {
		return build(t, plainSpec.with(func(s *spec) { s.scheme, s.alter, s.t = codec.Legacy, alter+1, noon+off }))
	}
	for _, c := range []struct {
		alter    int
		off      int64
		given    bool
		searched bool
	}{
		{-1, 0, true, false}, {3, 0, true, false}, {0, 120, true, false}, {0, -150, true, false},
		{4, 0, false, true}, {63, -30, false, true}, {3, 3600, true, true}, {255, 0, false, true},
	} {
		conv := legacy(c.alter, c.off)
		d := newDecoder()
		d.search.budget = 20_000_000
		f := push(d, newRecord(1), conv.closed(flow.FIN)...)
		if f.Auth == nil || f.Auth.Alter != c.alter || f.Auth.Given != c.given || f.Auth.Time != noon+c.off || (f.Searched > 0) != c.searched || f.Exhausted {
			t.Errorf("alter %d at %d: auth %+v, searched %d", c.alter, c.off, f.Auth, f.Searched)
			continue
		}
		if f.Up.Bytes != int64(len(conv.up.all())) || f.Down.Bytes != int64(len(conv.down.all())) {
			t.Errorf("alter %d at %d: %d up, %d down", c.alter, c.off, f.Up.Bytes, f.Down.Bytes)
		}
	}
	r := newRecord(1)
	r.Speaks[flow.A].Protocol = "ssh"
	if f := push(newDecoder(), r, legacy(9, 0).closed(flow.FIN)...); f.Auth != nil || f.Searched != 0 {
		t.Errorf("a flow that is something else: auth %+v, searched %d", f.Auth, f.Searched)
	}
	d := newDecoder()
	d.search.budget = 400
	if f := push(d, newRecord(1), legacy(200, 0).closed(flow.FIN)...); f.Auth != nil || f.Searched != 100 || !f.Exhausted {
		t.Errorf("small budget: auth %+v, searched %d, exhausted %v", f.Auth, f.Searched, f.Exhausted)
	}
}

// TestSeconds: a skew is cut to whole seconds, towards zero.
func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		t    int64
		at   flow.Time
		want int64
	}{
		{noon, noon * 1e9, 0}, {noon, noon*1e9 + 1, 0}, {noon, noon*1e9 + 999_999_999, 0},
		{noon + 1, noon * 1e9, 1}, {noon + 1, noon*1e9 + 1, 0}, {noon + 121, noon*1e9 + 1, 120},
		{noon - 1, noon * 1e9, -1}, {noon - 1, noon*1e9 + 1, -1}, {noon - 121, noon*1e9 + 5, -121},
		{1<<40 - 1, noon * 1e9, 1<<40 - 1 - noon},
	} {
		if got := seconds(c.t, c.at); got != c.want {
			t.Errorf("%d at %d: got %d, want %d", c.t, c.at, got, c.want)
		}
	}
}
