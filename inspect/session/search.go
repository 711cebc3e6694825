package session

import (
	"net/netip"

	"vmesskit/codec"
)

// Where legacy requests of wrong clocks and wrong alter ids are looked for.
const (
	searchHours   = 25              // each way: every time zone, and summer time
	searchNear    = 2 * 3600        // seconds each way of the clocks that are wrong by no time zone
	searchZone    = 15 * 60         // clocks set to another time zone are off by a multiple of this
	searchAround  = 120             // seconds around such a multiple
	searchJitter  = 31              // the same for a clock that is right: v2ray's clients vary by 30
	searchCommon  = 64              // alter ids that configurations commonly have
	searchAlter   = 255             // alter ids beyond the given ones are tried up to this index
	searchKeys    = 2 + searchAlter // the primary id's and those of the alter ids
	searchOffsets = 8               // clock offsets of this capture that are remembered
)

// How the budget is shared out.
const (
	searchShare  = 4    // one request gets a quarter of what is left at most
	searchGrants = 1000 // requests that get a grant, and the part of the budget that it is
	searchTwice  = 2    // deep searches that may fail between one client and one server
)

// search tries times and alter ids that the accounts given do not explain. It
// counts HMACs, and has two purses:
//
//   - Each request has a grant, a thousandth of the budget, for the cheap
//     circles: clock offsets that this capture has shown, and the hours around
//     its time. A thousand requests have it, so that no noise in front of a
//     session takes it away.
//   - The budget itself is for all circles. One request gets a quarter of what
//     is left, and where two have failed between one client and one server the
//     next ones between them get none.
//
// So a run spends its budget twice at most. Each circle ends at a share of its
// own, and what it leaves over goes to the next.
type search struct {
	budget int64 // what is left of it
	grant  int64 // of each request
	grants int   // that are left
	failed map[between]int

	hasher  *codec.LegacyHasher
	users   []searchUser
	offsets []int64 // clock offsets seen in this capture, the latest first

	// The request at hand.
	auth    [authSize]byte
	now     int64
	reached int64 // own ids have been tried within so many seconds of now
	limit   int64 // where the circle at hand ends
	used    int64
	short   bool // the circle at hand had to end before it was done
	cut     bool // one of them had to
	from    codec.Sender
}

// between is a client's address and a server.
type between struct {
	client netip.Addr
	server netip.AddrPort
}

// searchUser is an account with its keys.
type searchUser struct {
	key   codec.CmdKey
	id    codec.ID // the last of the chain that keys has
	given int      // how many of keys are the account's own
	keys  []codec.LegacyKey
}

func newSearch(budget int64) *search {
	return &search{
		budget: budget, grant: budget / searchGrants, grants: searchGrants,
		failed: make(map[between]int), hasher: codec.NewLegacyHasher(),
	}
}

// add takes an account; its keys are made when they are needed.
func (s *search) add(a codec.Account) {
	s.users = append(s.users, searchUser{key: a.ID.CmdKey(), id: a.ID, given: 1 + a.AlterIDs})
}

// legacyKey gives a key by its number, the primary id's first.
func (u *searchUser) legacyKey(k int) *codec.LegacyKey {
	if len(u.keys) == 0 {
		u.keys = append(u.keys, codec.NewLegacyKey(u.id))
	}
	for len(u.keys) <= k {
		u.id = codec.NextAlterID(u.id)
		u.keys = append(u.keys, codec.NewLegacyKey(u.id))
	}
	return &u.keys[k]
}

// circle is a set of times and ids.
type circle struct {
	eighths int64 // its share of what is left
	find    func(*search) bool
}

// cheap are the circles that each request's grant is for.
var cheap = []circle{
	{4, (*search).knownOffsets},
	{8, (*search).near},
}

// circles widen: the accounts' own ids at clock offsets that this capture has
// shown, in the hours around its time, and in other time zones; further alter
// ids near the capture's time; own ids anywhere; further ids at the offsets.
// Of the last ones there may be very many, or a long way to go, and each has to
// leave something to the others.
var circles = []circle{
	{4, (*search).knownOffsets},
	{4, (*search).near},
	{1, (*search).timeZones},
	{7, (*search).furtherNow},
	{6, (*search).anywhere},
	{8, (*search).furtherKnown},
}

// find looks for the sender of auth in widening circles.
func (s *search) find(auth [authSize]byte, now int64, who between) (codec.Sender, bool) {
	s.auth, s.now, s.reached, s.used, s.cut = auth, now, legacyWindow, 0, false
	if len(s.users) == 0 {
		return codec.Sender{}, false
	}
	if !s.cheaply() && !s.deeply(who) {
		return codec.Sender{}, false
	}
	s.remember(s.from.Time - now)
	return s.from, true
}

// cheaply spends a grant.
func (s *search) cheaply() bool {
	if s.grant == 0 || s.grants == 0 {
		return false
	}
	s.grants--
	return s.run(cheap, s.grant)
}

// deeply spends a share of the budget.
func (s *search) deeply(who between) bool {
	share := s.budget / searchShare
	if share == 0 || s.failed[who] == searchTwice {
		s.cut = true
		return false
	}
	before := s.used
	s.cut = false // what a grant was too small for is gone on with
	found := s.run(circles, share)
	s.budget -= s.used - before
	if !found {
		s.failed[who]++
	}
	return found
}

// run goes through circles with so many HMACs in all.
func (s *search) run(circles []circle, budget int64) bool {
	end := s.used + budget
	for _, c := range circles {
		s.limit, s.short = s.used+(end-s.used)*c.eighths/8, false
		if c.find(s) {
			return true
		}
		s.cut = s.cut || s.short
	}
	return false
}

// knownOffsets tries own ids at the clock offsets that this capture has shown.
func (s *search) knownOffsets() bool {
	for _, off := range s.offsets {
		if s.outward(s.now+off, legacyWindow) {
			return true
		}
	}
	return false
}

// furtherKnown tries further ids at them.
func (s *search) furtherKnown() bool {
	for _, off := range s.offsets {
		if s.further(s.now+off, legacyWindow, 0, searchAlter) {
			return true
		}
	}
	return false
}

func (s *search) near() bool { return s.ownUpTo(searchNear) }

// timeZones tries whole hours first, where most clocks of other zones are.
func (s *search) timeZones() bool {
	return s.zones(3600, searchJitter) || s.zones(searchZone, searchAround)
}

func (s *search) zones(step, around int64) bool {
	for d := step; d <= searchHours*3600 && !s.short; d += step {
		if s.outward(s.now+d, around) || s.outward(s.now-d, around) {
			return true
		}
	}
	return false
}

// furtherNow tries alter ids that no account has, at the capture's time. The
// first ones are the likely ones, and clocks are right or as wrong as a server
// lets pass.
func (s *search) furtherNow() bool {
	return s.further(s.now, searchJitter, 0, searchCommon-1) ||
		s.further(s.now, searchJitter, searchCommon, searchAlter) ||
		s.further(s.now, legacyWindow, 0, searchAlter)
}

func (s *search) anywhere() bool { return s.ownUpTo(searchHours * 3600) }

// ownUpTo tries own ids up to so many seconds away, from where they have been
// tried.
func (s *search) ownUpTo(most int64) bool {
	for s.reached < most {
		d := s.reached + 1
		if s.own(s.now+d) || s.own(s.now-d) {
			return true
		}
		if s.short {
			return false
		}
		s.reached = d
	}
	return false
}

// outward tries own ids at the seconds around t, the nearest first.
func (s *search) outward(t, around int64) bool {
	for d := int64(0); d <= around && !s.short; d++ {
		if s.own(t+d) || d != 0 && s.own(t-d) {
			return true
		}
	}
	return false
}

// own tries the own ids of all accounts at one second, so that a small share
// reaches everybody's clock a little instead of one account's far.
func (s *search) own(t int64) bool {
	if max(t-s.now, s.now-t) <= s.reached {
		return false
	}
	for i := range s.users {
		for k := 0; k < s.users[i].given && !s.short; k++ {
			if s.try(i, k, t) {
				return true
			}
		}
	}
	return false
}

// further tries the alter ids with these indices that accounts do not have: of
// all accounts the same index, for all seconds around t, so that a small share
// makes few keys.
func (s *search) further(t, around int64, first, last int) bool {
	for alter := first; alter <= last && !s.short; alter++ {
		for i := range s.users {
			if k := alter + 1; k >= s.users[i].given && s.around(i, k, t, around) {
				return true
			}
		}
	}
	return false
}

// around tries one key at all seconds around t.
func (s *search) around(user, k int, t, around int64) bool {
	for at := t - around; at <= t+around && !s.short; at++ {
		if s.try(user, k, at) {
			return true
		}
	}
	return false
}

// try makes one auth. Where the limit stops it, the circle is short.
func (s *search) try(user, k int, t int64) bool {
	if s.used >= s.limit {
		s.short = true
		return false
	}
	s.used++
	u := &s.users[user]
	if s.hasher.Auth(u.legacyKey(k), t) != s.auth {
		return false
	}
	s.from = codec.Sender{Scheme: codec.Legacy, Key: u.key, Time: t, User: user, Alter: k - 1}
	return true
}

// remember keeps a clock offset for the requests that follow.
func (s *search) remember(offset int64) {
	if max(offset, -offset) <= legacyWindow {
		return // there they look first in any case
	}
	for _, o := range s.offsets {
		if max(o-offset, offset-o) <= legacyWindow/2 {
			return
		}
	}
	s.offsets = append([]int64{offset}, s.offsets[:min(len(s.offsets), searchOffsets-1)]...)
}

// spent tells the HMACs used on the latest request, and whether there was more
// to try that it could not have.
func (s *search) spent() (hmacs int64, exhausted bool) { return s.used, s.cut }
