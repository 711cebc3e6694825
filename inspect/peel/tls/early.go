package tls

import "vmesskit/inspect/flow"

// earlyState is what became of the client's early data (0-RTT).
type earlyState uint8

const (
	earlyNone earlyState = iota
	earlyOffered
	earlyAccepted
	earlyRefused
)

// readEarly lets the client's early data be opened before the server answers,
// if its secret is there. The suite is not said: it is one that the client
// offers and whose hash fits.
func (s *stage) readEarly(d *direction) {
	secret := s.o.Keys.get(&s.hello.random, clientEarly)
	for _, u := range s.hello.suites {
		if len(secret) == u.hashSize() {
			d.epochs = append(d.epochs, epoch13(earlyKeys, nil, u, secret))
		}
	}
	if len(d.epochs) > 0 {
		d.phase, d.sealed = running, true
	}
}

// holdEarly keeps early data until it is known whether the server took it. If
// it did not, the client says again what it wants to say.
func (s *stage) holdEarly(d *direction, p []byte) {
	if s.early == earlyOffered {
		if s.room.Take(len(p) + eventSize) {
			s.earlyData = append(s.earlyData, event{at: d.at, p: append([]byte(nil), p...)})
			return
		}
		s.limit("hold")
		s.decideEarly(true) // likelier than not
	}
	if s.early == earlyAccepted && !d.closed {
		d.holed = false
		s.inside.Data(d.side, d.at, p)
	}
}

// decideEarly settles what became of it.
func (s *stage) decideEarly(accepted bool) {
	if s.early != earlyOffered {
		return
	}
	if accepted {
		s.early = earlyAccepted
		s.layer.Set("early_data", "accepted")
		s.releaseEarly()
		return
	}
	s.early, s.earlyLost = earlyRefused, false
	s.layer.Set("early_data", "refused")
	for _, e := range s.earlyData {
		s.room.Give(len(e.p) + eventSize)
	}
	s.earlyData = nil
}

// releaseEarly passes on what was kept. Where nothing said what became of it,
// it is the client's stream.
func (s *stage) releaseEarly() {
	list := s.earlyData
	s.earlyData = nil
	for _, e := range list {
		s.room.Give(len(e.p) + eventSize)
		s.inside.Data(s.client, e.at, e.p)
	}
}

// beforeData puts the early data, or the hole that it leaves, in front of the
// client's other data.
func (s *stage) beforeData(d *direction) {
	s.releaseEarly()
	if !s.earlyLost {
		return
	}
	s.earlyLost = false
	s.layer.Set("client_random", s.hello.random.String())
	s.layer.Stop(flow.NoKeys, "the key log has no "+labelNames[clientEarly]+" for client random "+s.hello.random.String())
	d.gap()
}
