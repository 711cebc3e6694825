package tls

import (
	"strconv"

	"vmesskit/inspect/flow"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// settle decides what the keys follow from, once the hello of each side is
// there or lost.
func (s *stage) settle() {
	if s.settled || s.sides[flow.A].phase == greeting || s.sides[flow.B].phase == greeting {
		return
	}
	s.settled = true
	switch {
	case s.sides[flow.A].phase == over && s.sides[flow.B].phase == over:
		return
	case s.answer != nil:
		s.agree()
	case s.hello != nil:
		s.guessSuite()
	default:
		s.strange = suites13[:]
		s.sides[flow.A].sealed, s.sides[flow.B].sealed = true, true
	}
	for _, client := range [...]bool{true, false} {
		if d := s.of(client); d.phase == waiting {
			d.phase = running
			if d.midway {
				d.lose(0)
			}
		}
	}
	for _, client := range [...]bool{true, false} {
		s.of(client).resume()
	}
}

// agree starts from a ServerHello.
func (s *stage) agree() {
	a := s.answer
	if a.version < tls10 || a.version > tls13 {
		s.give(flow.Unsupported, "the server chose version "+hex16(uint16(a.version))+", want TLS 1.0 to 1.3")
		return
	}
	if a.suite.form == unread || a.version == tls13 != (a.suite.id>>8 == 0x13) {
		s.give(flow.Unsupported, "the cipher suite "+a.suite.name+" is not read in "+a.version.String())
		return
	}
	if a.packed && a.version < tls13 {
		s.give(flow.Unsupported, "the server chose compression, which is not read")
		return
	}
	if a.version < tls13 || !a.psk {
		s.decideEarly(false)
	}
	if s.hello == nil {
		s.strange = []*suite{a.suite}
		for side := range s.sides {
			s.sides[side].sealed = a.version == tls13
		}
		return
	}
	s.guesses = []*guess{{a.suite, s.hello.random}}
	if a.version == tls13 {
		s.start13()
	}
}

const noServerHello = "the ServerHello is not in the capture, and before TLS 1.3 no keys can be made without it"

// guessSuite starts without a ServerHello: the secrets tell that it is TLS 1.3,
// and the suite is one of those that the client offers.
func (s *stage) guessSuite() {
	if s.o.Keys.has(&s.hello.random, master) {
		s.give(flow.Damaged, noServerHello)
		return
	}
	for _, u := range s.hello.suites {
		s.guesses = append(s.guesses, &guess{u, s.hello.random})
	}
	s.start13()
}

// start13 makes the first keys of both directions. Of more than one guess the
// secrets leave those over whose size fits.
func (s *stage) start13() {
	for side := range s.sides {
		d := &s.sides[side]
		d.sealed = true
		var list []*epoch
		for _, e := range d.epochs {
			if e == d.epoch || d.epoch == nil && s.early == earlyOffered {
				list = append(list, e) // early data goes on
			}
		}
		for _, g := range s.guesses {
			list = append(list, s.chain(d, g)...)
		}
		d.epochs = list
		d.begin()
	}
}

// begin sets out from handshake keys that are certain.
func (d *direction) begin() {
	certain := len(d.s.guesses) == 1 && d.has(handshakeKeys) && !d.lost
	if d.client() && d.s.early != earlyNone {
		certain = false // early data may come first, also where it was refused
	}
	if certain {
		d.epoch, d.sure = d.epochs[0], true
		d.restart()
	}
}

// chain makes the keys of a direction that a guess leads to, in their order.
func (s *stage) chain(d *direction, g *guess) (list []*epoch) {
	if s.answer != nil && s.version() < tls13 {
		if e := s.pairOf(d, g); e != nil {
			list = append(list, e)
		}
		return list
	}
	kinds := [...]label{handshakeKeys: clientHandshake, applicationKeys: clientTraffic}
	if d.server() {
		kinds = [...]label{handshakeKeys: serverHandshake, applicationKeys: serverTraffic}
	}
	for kind := handshakeKeys; kind <= applicationKeys; kind++ {
		if secret := s.o.Keys.get(&g.random, kinds[kind]); len(secret) == g.suite.hashSize() {
			list = append(list, epoch13(kind, g, g.suite, secret))
		}
	}
	return list
}

// epoch12 gives the keys of a direction of TLS 1.2 and before, or nil.
func (s *stage) epoch12(d *direction) *epoch {
	if len(s.guesses) == 0 {
		return nil
	}
	return s.pairOf(d, s.guesses[0])
}

// pairOf makes the keys of both directions from a master secret, and gives
// those of d.
func (s *stage) pairOf(d *direction, g *guess) *epoch {
	if s.pair[0] == nil || s.pair[0].guess != g {
		of := g.random
		if s.hello != nil {
			of = s.origin()
		}
		secret := s.o.Keys.get(&of, master)
		if secret == nil {
			return nil
		}
		c, v := keys12(s.answer.version, g.suite, secret, &g.random, &s.answer.random, s.answer.etm)
		s.pair = [2]*epoch{
			{protection: c, kind: applicationKeys, guess: g, suite: g.suite},
			{protection: v, kind: applicationKeys, guess: g, suite: g.suite},
		}
	}
	if d.client() {
		return s.pair[0]
	}
	return s.pair[1]
}

// choose settles on a guess that a tag has proven.
func (s *stage) choose(g *guess) {
	if g == nil || len(s.guesses) == 1 && len(s.strange) == 0 {
		return
	}
	s.guesses, s.strange = []*guess{g}, nil
	s.layer.Set("suite", g.suite.name)
	s.layer.Name = s.version().String()
	for side := range s.sides {
		d := &s.sides[side]
		var list []*epoch
		for _, e := range d.epochs {
			if e.guess == nil || e.guess == g {
				list = append(list, e)
			}
		}
		if d.epochs = list; len(list) == 0 {
			d.epochs = s.chain(d, g)
		}
	}
}

// seal is a ChangeCipherSpec of TLS 1.2 and before: what follows is encrypted.
func (d *direction) seal() {
	d.sealed = true
	if s := d.s; d.server() && s.hello != nil && s.full {
		s.o.Keys.remember(s.answer.session, s.hello.random)
	} else if d.server() && s.hello != nil {
		s.layer.Set("resumed", "yes")
	}
	if len(d.s.strange) > 0 {
		return
	}
	e := d.s.epoch12(d)
	if e == nil {
		d.noKeys()
		return
	}
	d.epochs = []*epoch{e}
	d.epoch, d.sure = e, true
	d.restart()
}

// noKeys ends a direction for which the key log has no secret.
func (d *direction) noKeys() {
	s := d.s
	if s.hello == nil {
		why := "the ClientHello is not in the capture, and no secret of the key log opens record " + itoa(d.records) + " of the " + d.who()
		d.stop(flow.NoKeys, why)
		return
	}
	random := s.hello.random.String()
	s.layer.Set("client_random", random)
	switch keys := s.o.Keys; {
	case len(keys.entries) == 0:
		s.layer.Set("key_log", keyLogEmpty)
		d.stop(flow.NoKeys, "no secrets were given, as for client random "+random)
	case keys.entries[s.hello.random] == nil:
		s.layer.Set("key_log", keyLogOther)
		d.stop(flow.NoKeys, "the key log has nothing for client random "+random)
	default:
		s.layer.Set("key_log", keyLogPart)
		d.stop(flow.NoKeys, "the key log has no "+d.lacks()+" for client random "+random)
	}
}

// What a key log lacks, as the fact "key_log" of a layer.
const (
	keyLogEmpty = "empty"
	keyLogOther = "of other connections"
	keyLogPart  = "incomplete"
	keyLogWrong = "wrong"
)

// lacks names the secret that is missing.
func (d *direction) lacks() string {
	kind := clientTraffic
	if d.server() {
		kind = serverTraffic
	}
	switch v := d.s.version(); {
	case v < tls13:
		kind = master
	case d.s.o.Keys.get(&d.s.hello.random, kind) != nil:
		return "secret that opens the " + d.who() + "'s records"
	}
	return labelNames[kind]
}

// give stops the reading of both directions.
func (s *stage) give(h flow.Halt, why string) {
	for side := range s.sides {
		s.sides[side].stop(h, why)
	}
}

// foreign is a server that does not answer in TLS.
func (s *stage) foreign(p []byte) {
	s.layer.Answer = flow.Foreign
	if s.o.Name != nil {
		s.layer.Says = s.o.Name(p)
	}
	for side := range s.sides {
		s.sides[side].over()
	}
}
