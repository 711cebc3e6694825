package tls

import "crypto/sha256"

// Before TLS 1.3 a resumed session has the master secret of the one before it.
// Most programs write that to their key log again, under the new client random;
// Go does not. So it is remembered here which session a ticket or a session id
// came from.

// maxSessions bounds what is remembered of a run.
const maxSessions = 1 << 16

// mark stands for a ticket or a session id.
type mark [sha256.Size]byte

// markOf gives that of a ticket or an id, or zero where there is none.
func markOf(p []byte) (m mark) {
	if len(p) > 0 {
		m = sha256.Sum256(p)
	}
	return m
}

// remember keeps that a ticket or an id belongs to the session of a client
// random.
func (k *KeyLog) remember(m mark, of random) {
	if m != (mark{}) && len(k.sessions) < maxSessions {
		k.sessions[m] = of
	}
}

// origin is the client random under which the master secret is known.
func (s *stage) origin() random {
	k := s.o.Keys
	if s.full || k.has(&s.hello.random, master) {
		return s.hello.random
	}
	for _, m := range [...]mark{s.hello.ticket, s.answer.session} {
		if of, ok := k.sessions[m]; ok {
			return of
		}
	}
	return s.hello.random
}

// ticket takes a NewSessionTicket (RFC 5077, section 3.3).
func (s *stage) ticket(body []byte) {
	c := cursor{b: body}
	c.take(4) // lifetime
	if t := c.vector16(); !c.bad && s.hello != nil && s.answer != nil {
		s.o.Keys.remember(markOf(t), s.origin())
	}
}
