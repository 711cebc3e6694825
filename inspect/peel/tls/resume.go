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

// remember keeps that a ticket or an id belongs to the session of a client
// random.
func (k *KeyLog) remember(ticket []byte, of random) {
	if len(ticket) > 0 && len(k.sessions) < maxSessions {
		k.sessions[sha256.Sum256(ticket)] = of
	}
}

// origin is the client random under which the master secret is known.
func (s *stage) origin() random {
	k := s.o.Keys
	if s.full || k.has(&s.hello.random, master) {
		return s.hello.random
	}
	for _, ticket := range [...][]byte{s.hello.ticket, []byte(s.answer.session)} {
		if of, ok := k.sessions[sha256.Sum256(ticket)]; ok && len(ticket) > 0 {
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
		s.o.Keys.remember(t, s.origin())
	}
}
