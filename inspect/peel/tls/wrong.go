package tls

import "vmesskit/inspect/flow"

// wrongSecrets tells of secrets that opened nothing at all. Damage is known only
// where something else opened; here the key log is at fault.
func (s *stage) wrongSecrets() {
	if s.layer.Halt != flow.Damaged || s.hello == nil {
		return
	}
	tried := false
	for side := range s.sides {
		d := &s.sides[side]
		if d.proved {
			return
		}
		tried = tried || len(d.epochs) > 0
	}
	if !tried {
		return
	}
	random := s.hello.random.String()
	s.layer.Set("client_random", random)
	s.layer.Set("key_log", keyLogWrong)
	s.layer.Halt = flow.NoKeys
	s.layer.Why = "the secrets that the key log has for client random " + random + " open none of its records: they are of another connection, or were changed"
	if s.rec.Limit == limitSearch {
		s.rec.Limit = "" // there was nothing to be found
	}
}
