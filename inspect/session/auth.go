package session

import (
	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// Bytes of the field that says who sends.
const authSize = 16

// Seconds around the packet's time in which a legacy request is looked for
// first: the servers' window of 120 and the 30 by which v2ray's clients vary.
const legacyWindow = 150

// authenticate finds whose request h begins with, and makes its opener. It is
// called again where a user fitted by chance; then that one is left out.
func (s *session) authenticate(h *half) bool {
	if len(h.held) < authSize {
		return false
	}
	auth := [authSize]byte(h.held)
	s.f.Tried = s.d.users.IDs()
	from, ok := s.d.users.Match(auth, codec.AnyTime, s.tried...)
	if !ok && s.opener != nil {
		return false
	}
	given := true
	if ok {
		s.d.search.remember(from.Time - h.first.Unix()) // legacy clients may have this clock, too
	} else {
		from, given, ok = s.legacy(auth, h.first)
	}
	if !ok {
		s.drop(h)
		return false
	}
	s.tried = append(s.tried, from.User)
	if s.f.Auth == nil {
		s.f.Flow.Add(&flow.Layer{Name: flow.VMess})
	}
	s.f.Auth = s.authFacts(from, auth, given, h.first)
	s.opener = codec.NewRequestOpener(from)
	s.opener.Lenient = from.Scheme == codec.AEAD // the tag vouches for the bytes; legacy has only its checksum
	s.opener.Trace = s.trace
	return true
}

// Begins reports whether a conversation begins with p, by an account that is
// known at that time.
func (d *Decoder) Begins(p []byte, at flow.Time) bool {
	if len(p) < authSize {
		return false
	}
	auth := [authSize]byte(p)
	if _, ok := d.users.Match(auth, codec.AnyTime); ok {
		return true
	}
	_, ok := d.users.MatchLegacy(auth, codec.Around(at.Unix(), legacyReach(d.users.IDs())))
	return ok
}

// legacyTries bounds the auths of a window, which the users' cache of seconds
// has room for. With more than a hundred thousand ids the window is smaller.
const legacyTries = 32 << 20

// legacy finds a legacy sender: near the packet's time among the ids that the
// accounts have, then further away. A client that is recognisably another
// protocol's is not tried at all.
func (s *session) legacy(auth [authSize]byte, at flow.Time) (from codec.Sender, given, ok bool) {
	if s.f.Flow.Speaks[s.f.Client].Protocol != "" {
		return from, false, false
	}
	now, window := at.Unix(), legacyReach(s.d.users.IDs())
	if from, ok = s.d.users.MatchLegacy(auth, codec.Around(now, window)); ok {
		return from, true, true
	}
	f := s.f.Flow
	from, ok = s.d.search.find(auth, now, between{f.Ends[s.f.Client].Addr(), f.Ends[s.f.Server()]})
	s.f.Searched, s.f.Exhausted = s.d.search.spent()
	s.f.Exhausted = s.f.Exhausted || window < legacyWindow
	if !ok {
		return from, false, false
	}
	return from, from.Alter < s.d.owners[from.User].alterIDs, true
}

// legacyReach gives the seconds around a packet's time in which n ids can be
// tried for each request.
func legacyReach(n int) int64 {
	return min(legacyWindow, max(int64(legacyTries/max(n, 1)-1), 0)/2)
}

func (s *session) authFacts(from codec.Sender, auth [authSize]byte, given bool, at flow.Time) *Auth {
	owner := s.d.owners[from.User]
	return &Auth{
		Scheme: from.Scheme, User: owner.given, Alter: from.Alter, Given: given, Has: owner.alterIDs,
		Time: from.Time, Skew: seconds(from.Time, at), Bytes: auth, From: owner.from,
	}
}

// seconds gives a client's time minus a packet's, cut to whole seconds.
func seconds(t int64, at flow.Time) int64 {
	const second = 1_000_000_000
	whole, part := int64(at)/second, int64(at)%second
	d := t - whole
	if d > 0 && part > 0 {
		d-- // the packet came a part of a second later
	}
	return d
}
