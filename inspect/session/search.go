package session

import "vmesskit/codec"

// Where legacy requests of wrong clocks and wrong alter ids are looked for.
const (
	searchHours   = 25              // each way: every time zone, and summer time
	searchZone    = 15 * 60         // clocks set to another time zone are off by a multiple of this
	searchAround  = 120             // seconds around such a multiple
	searchAlter   = 255             // alter ids beyond the given ones are tried up to this index
	searchKeys    = 2 + searchAlter // the primary id's and those of the alter ids
	searchOffsets = 8               // clock offsets of this capture that are remembered
)

// search tries times and alter ids that the accounts given do not explain. It
// spends at most a budget of HMACs in a run, and at most a quarter of what is
// left on one request, so that a flow of noise does not eat up all.
type search struct {
	budget  int64
	hasher  *codec.LegacyHasher
	users   []searchUser
	offsets []int64 // clock offsets seen in this capture, the latest first

	auth  [authSize]byte
	now   int64
	limit int64 // HMACs for the request at hand
	used  int64
}

// searchUser is an account with its keys.
type searchUser struct {
	key   codec.CmdKey
	id    codec.ID // the last of the chain that keys has
	given int      // how many of keys are the account's own
	keys  []codec.LegacyKey
}

func newSearch(budget int64) *search {
	return &search{budget: budget, hasher: codec.NewLegacyHasher()}
}

// add takes an account; its keys are made when they are needed.
func (s *search) add(a codec.Account) {
	s.users = append(s.users, searchUser{key: a.ID.CmdKey(), id: a.ID, given: 1 + a.AlterIDs})
}

// extend makes keys up to n: the primary id's and those of alter ids.
func (u *searchUser) extend(n int) {
	if len(u.keys) == 0 {
		u.keys = append(u.keys, codec.NewLegacyKey(u.id))
	}
	for len(u.keys) < n {
		u.id = codec.NextAlterID(u.id)
		u.keys = append(u.keys, codec.NewLegacyKey(u.id))
	}
}

// find looks for the sender of auth in widening circles: with the accounts' own
// ids at clock offsets that this capture has shown; with further alter ids near
// the capture's time, and at those offsets; then with the own ids at offsets of
// time zones, and anywhere within the searched hours.
func (s *search) find(auth [authSize]byte, now int64) (codec.Sender, bool) {
	s.auth, s.now, s.used = auth, now, 0
	s.limit = s.budget / 4
	defer func() { s.budget -= s.used }()
	circles := []func() (codec.Sender, bool){
		func() (codec.Sender, bool) { return s.knownOffsets(ownIDs) },
		func() (codec.Sender, bool) { return s.around(now, legacyWindow, furtherIDs) },
		func() (codec.Sender, bool) { return s.knownOffsets(furtherIDs) },
		s.timeZones,
		s.anywhere,
	}
	for _, circle := range circles {
		if from, ok := circle(); ok {
			s.remember(from.Time - now)
			return from, true
		}
	}
	return codec.Sender{}, false
}

// idRange says which ids of each account are tried.
type idRange bool

const (
	ownIDs     idRange = false // those that it has
	furtherIDs idRange = true  // the alter ids behind them
)

func (s *search) knownOffsets(which idRange) (codec.Sender, bool) {
	for _, off := range s.offsets {
		if from, ok := s.around(s.now+off, legacyWindow, which); ok {
			return from, true
		}
	}
	return codec.Sender{}, false
}

func (s *search) timeZones() (codec.Sender, bool) {
	for d := int64(searchZone); d <= searchHours*3600; d += searchZone {
		for _, off := range [2]int64{d, -d} {
			if from, ok := s.around(s.now+off, searchAround, ownIDs); ok {
				return from, true
			}
		}
	}
	return codec.Sender{}, false
}

func (s *search) anywhere() (codec.Sender, bool) {
	for d := int64(legacyWindow + 1); d <= searchHours*3600; d++ {
		for _, off := range [2]int64{d, -d} {
			if from, ok := s.around(s.now+off, 0, ownIDs); ok {
				return from, true
			}
		}
	}
	return codec.Sender{}, false
}

// around tries the seconds around t with ids of each account.
func (s *search) around(t, seconds int64, which idRange) (codec.Sender, bool) {
	for i := range s.users {
		if s.used >= s.limit {
			break
		}
		u := &s.users[i]
		from, to := 0, u.given
		if which == furtherIDs {
			from, to = u.given, max(u.given, searchKeys)
		}
		u.extend(to)
		for k := from; k < to; k++ {
			if at, ok := s.try(&u.keys[k], t-seconds, t+seconds); ok {
				return codec.Sender{Scheme: codec.Legacy, Key: u.key, Time: at, User: i, Alter: k - 1}, true
			}
		}
	}
	return codec.Sender{}, false
}

// try computes the auths of one id.
func (s *search) try(key *codec.LegacyKey, from, to int64) (int64, bool) {
	for t := from; t <= to && s.used < s.limit; t++ {
		s.used++
		if s.hasher.Auth(key, t) == s.auth {
			return t, true
		}
	}
	return 0, false
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

// spent tells the HMACs used on the latest request, and whether they were all
// that it could have.
func (s *search) spent() (hmacs int64, exhausted bool) { return s.used, s.used >= s.limit }
