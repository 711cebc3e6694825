package handshake

import (
	"encoding/binary"
	"math"
	"sync"

	"vmesskit/codec"
)

// Server is what all connections of a server share: the accounts, the policy
// and the memory of what has been here. It may be used by many goroutines; a
// lock is held while one looks up who it is and what has been here, never
// while a header is opened.
type Server struct {
	policy Policy

	mu       sync.Mutex
	users    *codec.Users
	replays  memory[[16]byte, struct{}] // auth ids
	fuses    memory[[16]byte, *fuse]    // legacy auths
	sessions memory[session, struct{}]
	seed     seed
	drain    drain // of the seed, once the first connection was there
	fixed    bool
}

// fuse belongs to a legacy auth, that is to an id and a second. It burns when
// the auth comes with a header that is not whole or not right.
type fuse struct{ burnt bool }

// session is what two connections never have in common by chance.
type session struct {
	user    codec.CmdKey // stands for the id
	key, iv [16]byte
}

// NewServer makes a server. The error is for a policy that makes no sense.
func NewServer(p Policy, accounts ...codec.Account) (*Server, error) {
	p, err := p.settled()
	if err != nil {
		return nil, err
	}
	keep := p.remembered()
	s := &Server{
		policy: p, users: codec.NewUsers(),
		replays:  newMemory[[16]byte, struct{}](p.Memory, keep),
		fuses:    newMemory[[16]byte, *fuse](p.Memory, keep),
		sessions: newMemory[session, struct{}](p.Memory, keep),
	}
	for _, a := range accounts {
		s.Add(a)
	}
	return s, nil
}

// Add takes one more account and gives its number. How much of a rejected
// connection is read depends on the accounts that were there before the first
// connection, and on none that comes later: otherwise it could be seen from
// outside that an account was added.
func (s *Server) Add(a codec.Account) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed.absorb(serverSeed, a.ID) // read once, by the first connection
	return s.users.Add(a)
}

// Remembered is how much a server has in its memory, in entries.
type Remembered struct{ AuthIDs, LegacyAuths, Sessions int }

// Remembered counts what is remembered at Unix second now.
func (s *Server) Remembered(now int64) Remembered {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replays.sweep(now)
	s.fuses.sweep(now)
	s.sessions.sweep(now)
	return Remembered{len(s.replays.held), len(s.fuses.held), len(s.sessions.held)}
}

// NewConn makes the state of one connection, which has just been opened. Its
// entropy decides, before a byte has come, how much is read if it will be
// rejected, and fills the padding of the response.
func (s *Server) NewConn(e codec.Entropy) (*Conn, error) {
	var random [4]byte
	if err := e(random[:]); err != nil {
		return nil, err
	}
	d, err := s.firstConn(e)
	if err != nil {
		return nil, err
	}
	total := d.total(serverHead, binary.BigEndian.Uint32(random[:]))
	return &Conn{server: s, entropy: e, total: total, reason: Reason{User: Nobody}}, nil
}

// firstConn fixes how much is drained. A server without accounts has no
// secret and takes a random one.
func (s *Server) firstConn(e codec.Entropy) (drain, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fixed {
		return s.drain, nil
	}
	if s.users.Len() == 0 {
		if err := e(s.seed[:]); err != nil {
			return drain{}, err
		}
	}
	s.drain, s.fixed = s.seed.drain(), true
	return s.drain, nil
}

// anyTime is every time that an auth id can carry: whose it is comes before
// when it was made.
var anyTime = codec.Window{From: math.MinInt64, To: math.MaxInt64}

// match finds the next account whose checksum fits auth, behind those tried,
// and whose time is in the window. Where only the time is wrong the reason
// says so. That the checksum fits a wrong account happens once in 2^32.
func (s *Server) match(auth [16]byte, now int64, tried *[]int) (codec.Sender, Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reason := Reason{Cause: CauseUser, User: Nobody}
	for {
		from, ok := s.users.Match(auth, anyTime, *tried...)
		if !ok {
			return codec.Sender{}, reason
		}
		*tried = append(*tried, from.User)
		if within(from.Time, now, s.policy.Window) {
			return from, about(CauseNone, from, now)
		}
		reason = about(CauseTime, from, now)
	}
}

// matchLegacy finds whose legacy auth it is.
func (s *Server) matchLegacy(auth [16]byte, now int64) (codec.Sender, Reason) {
	if s.policy.Legacy == LegacyNever {
		return codec.Sender{}, Reason{Cause: CauseUser, User: Nobody}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from, ok := s.users.MatchLegacy(auth, codec.Around(now, s.policy.LegacyWindow))
	if !ok || from.Alter == codec.Primary && s.policy.Legacy != LegacyAnyID {
		return codec.Sender{}, Reason{Cause: CauseUser, User: Nobody}
	}
	return from, about(CauseNone, from, now)
}

// newAuthID remembers an auth id, which must not have been here.
func (s *Server) newAuthID(auth [16]byte, made, now int64) Cause {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, met := s.replays.meet(auth, struct{}{}, made, now)
	return met.cause(CauseReplay)
}

// fuseOf gives the fuse of a legacy auth, which must not be burnt. There is
// one, and room for it, before the first byte of the header is looked at: a
// burn is never lost.
func (s *Server) fuseOf(auth [16]byte, made, now int64) (*fuse, Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, met := s.fuses.meet(auth, &fuse{}, made, now)
	if f.burnt {
		return nil, CauseBurnt
	}
	return f, met.cause(CauseNone)
}

// burn burns a fuse; nil is that of an AEAD request, which has none.
func (s *Server) burn(f *fuse) {
	if f == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.burnt = true
}

// newSession remembers a session, which must not have been here.
func (s *Server) newSession(from codec.Sender, key, iv [16]byte, now int64) Cause {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, met := s.sessions.meet(session{from.Key, key, iv}, struct{}{}, from.Time, now)
	return met.cause(CauseSession)
}

// cause is why something is rejected that was met like this; seen is the cause
// where it has been here.
func (m meeting) cause(seen Cause) Cause {
	switch m {
	case again:
		return seen
	case forgotten:
		return CauseClock
	case full:
		return CauseFull
	}
	return CauseNone
}

// within reports whether t is at most w seconds off, either way. No time is
// before 1970.
func within(t, now, w int64) bool { return t >= 0 && t >= now-w && t <= now+w }

// about is the reason c for what a known sender did.
func about(c Cause, from codec.Sender, now int64) Reason {
	skew := from.Time - now
	if (from.Time < now) != (skew < 0) { // it did not fit
		skew = math.MaxInt64
	}
	return Reason{Cause: c, User: from.User, Skew: skew}
}
