package session

import (
	"net/netip"
	"testing"
	"time"

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
		from, ok := s.find(sentBy(c.id, c.alter, noon+c.off), noon, between{})
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
		if from, ok := s.find(sentBy(bobID, c.alter, noon+c.off), noon, between{}); ok {
			t.Errorf("alter %d at %d: got %+v", c.alter, c.off, from)
		}
	}
}

// TestSearchNamesTheUser among several.
func TestSearchNamesTheUser(t *testing.T) {
	s := newTestSearch(1<<40, codec.Account{ID: bobID}, codec.Account{ID: aliceID})
	from, ok := s.find(sentBy(aliceID, codec.Primary, noon+3600), noon, between{})
	if !ok || from.User != 1 || from.Key != aliceID.CmdKey() {
		t.Errorf("got %+v, %v", from, ok)
	}
}

// TestSearchRemembers: what was far for the first request is near for the next.
func TestSearchRemembers(t *testing.T) {
	s := newTestSearch(1<<40, codec.Account{ID: aliceID, AlterIDs: 2})
	cost := func(off int64, alter int) int64 {
		t.Helper()
		if _, ok := s.find(sentBy(aliceID, alter, noon+off), noon, between{}); !ok {
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

// TestSearchBudget: one request gets a quarter of what is left at most, and its
// grant.
func TestSearchBudget(t *testing.T) {
	s := newTestSearch(1_000_000, codec.Account{ID: aliceID})
	left := s.budget
	for i := range 12 {
		if _, ok := s.find([authSize]byte{1}, noon, between{server: server(i)}); ok {
			t.Fatal("found")
		}
		used, exhausted := s.spent()
		if want := left / 4; used > want+1000 || s.budget != left-(used-1000) || !exhausted {
			t.Fatalf("of %d left: spent %d, left %d, exhausted %v", left, used, s.budget, exhausted)
		}
		left = s.budget
	}
	if n := len(s.users[0].keys); n > searchKeys {
		t.Errorf("%d keys were made", n)
	}
}

func server(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 443)
}

// many gives accounts besides those that a test is about.
func many(n, alterIDs int) (list []codec.Account) {
	for i := range n {
		list = append(list, codec.Account{ID: codec.ID{1, byte(i), byte(i >> 8)}, AlterIDs: alterIDs})
	}
	return list
}

// defaultBudget is that of a run where nobody says another (inspect.DefaultBudget).
const defaultBudget = 20_000_000

// TestSearchAmongMany: the circles do not starve each other, however many ids
// there are.
func TestSearchAmongMany(t *testing.T) {
	for _, c := range []struct {
		name     string
		accounts []codec.Account
		alter    int
		off      int64
	}{
		{"a slow clock", append(many(100, 16), codec.Account{ID: aliceID, AlterIDs: 16}), 3, -600},
		{"summer time", append(many(100, 16), codec.Account{ID: aliceID, AlterIDs: 16}), 3, 3600 - 30},
		{"too many alter ids", append(many(100, 0), codec.Account{ID: aliceID}), 63, 30},
		{"the last one", append(many(99, 0), codec.Account{ID: aliceID}), 255, -30},
		{"another time zone", append(many(60, 0), codec.Account{ID: aliceID}), codec.Primary, 8*hour + 30},
		{"anywhere", append(many(20, 0), codec.Account{ID: aliceID}), codec.Primary, -3*hour - 200},
	} {
		s := newTestSearch(defaultBudget, c.accounts...)
		from, ok := s.find(sentBy(aliceID, c.alter, noon+c.off), noon, between{})
		if !ok || from.Key != aliceID.CmdKey() || from.Alter != c.alter || from.Time != noon+c.off {
			t.Errorf("%s: got %+v, %v", c.name, from, ok)
		}
	}
}

// TestLegacyReach: with very many ids the window is smaller, and never none.
func TestLegacyReach(t *testing.T) {
	for n, want := range map[int]int64{0: 150, 5: 150, 65_000: 150, 111_476: 150, 112_000: 149, 1 << 20: 15, 1 << 25: 0, 1 << 26: 0} {
		if got := legacyReach(n); got != want || got > 0 && (2*got+1)*int64(n) > legacyTries {
			t.Errorf("%d ids: got %d seconds, want %d", n, got, want)
		}
	}
}

// TestSearchBehindNoise: flows of noise, of many clients or of one, do not take
// from a session what it needs.
func TestSearchBehindNoise(t *testing.T) {
	noise := func(s *search, n int, who func(i int) between) {
		for i := range n {
			if _, ok := s.find([authSize]byte{1, byte(i)}, noon, who(i)); ok {
				t.Fatal("noise was found")
			}
		}
	}
	accounts := []codec.Account{{ID: aliceID, AlterIDs: 4}}
	one := func(int) between { return between{server: server(0)} }
	another := func(int) between { return between{client: server(7).Addr(), server: server(0)} }
	others := func(i int) between { return between{client: server(i).Addr(), server: server(0)} }
	for _, c := range []struct {
		name  string
		n     int
		noise func(int) between
		off   int64
		who   between
	}{
		{"of the client's own", 20, one, -600, one(0)},
		{"of many clients", 20, others, -600, one(0)},
		{"of another client, and far off", 100, another, 3 * hour, one(0)},
	} {
		s := newTestSearch(defaultBudget/4, accounts...)
		noise(s, c.n, c.noise)
		if from, ok := s.find(sentBy(aliceID, 2, noon+c.off), noon, c.who); !ok || from.Alter != 2 {
			t.Errorf("%s: got %+v, %v", c.name, from, ok)
		}
	}
	s := newTestSearch(1_000_000, accounts...)
	noise(s, 5, one)
	if used, exhausted := s.spent(); used > s.grant || !exhausted || s.failed[one(0)] != searchTwice {
		t.Errorf("the fifth of one client: spent %d, exhausted %v, %d failed", used, exhausted, s.failed[one(0)])
	}
}

// TestSearchSpentCostsNothing: a spent budget ends the search at once, and few
// keys are made for those it does not come to.
func TestSearchSpentCostsNothing(t *testing.T) {
	s := newTestSearch(100_000, many(2000, 0)...)
	s.find([authSize]byte{1}, noon, between{})
	keys := 0
	for i := range s.users {
		keys += len(s.users[i].keys)
	}
	if keys > 2000+25_000/(2*searchJitter+1)+1 {
		t.Errorf("%d keys were made for a budget of 25000 hashes", keys)
	}
	s = newTestSearch(1, many(2000, 4)...)
	start := time.Now()
	for i := range 10_000 {
		s.find([authSize]byte{1}, noon, between{server: server(i)})
		if used, exhausted := s.spent(); used != 0 || !exhausted {
			t.Fatalf("spent %d, exhausted %v", used, exhausted)
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("10000 requests without a budget took %v", took)
	}
	s = newTestSearch(1 << 40)
	s.find([authSize]byte{1}, noon, between{})
	if used, exhausted := s.spent(); used != 0 || exhausted {
		t.Errorf("without accounts: spent %d, exhausted %v", used, exhausted)
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
	for _, alter := range []int{9, 0} { // not even among the ids that the account has
		if f := push(newDecoder(), r, legacy(alter, 0).closed(flow.FIN)...); f.Auth != nil || f.Searched != 0 {
			t.Errorf("a flow that is something else: auth %+v, searched %d", f.Auth, f.Searched)
		}
	}
	d := newDecoder()
	d.search.budget = 400
	if f := push(d, newRecord(1), legacy(200, 0).closed(flow.FIN)...); f.Auth != nil || f.Searched > 110 || f.Searched == 0 || !f.Exhausted {
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
