package tls

// keyKind is the place of keys in the life of a connection.
type keyKind uint8

const (
	earlyKeys keyKind = iota
	handshakeKeys
	applicationKeys
)

// guess is what keys follow from.
type guess struct {
	suite  *suite
	random random
}

// epoch is a time with the same keys.
type epoch struct {
	protection
	kind   keyKind
	seq    uint64 // of the next record
	guess  *guess // nil: of early data
	suite  *suite
	secret []byte // TLS 1.3: from which the next keys follow
	after  *epoch // behind a key update; nil until it is asked for
}

// epoch13 makes the keys of a traffic secret.
func epoch13(kind keyKind, g *guess, s *suite, secret []byte) *epoch {
	return &epoch{protection: keys13(s, secret), kind: kind, guess: g, suite: s, secret: secret}
}

// next gives the epoch behind a key update.
func (e *epoch) next() *epoch {
	if e.after == nil {
		e.after = epoch13(e.kind, e.guess, e.suite, nextSecret(e.suite, e.secret))
	}
	return e.after
}

// try opens a record elsewhere, so that it can be tried again. before is what
// stands in front of it, where that is known.
func (e *epoch) try(scratch, record, before []byte, seq uint64) (content, []byte, bool) {
	c, chained := e.protection.(*cbcHMAC)
	if !chained || !c.chained {
		return e.open(scratch, record, seq)
	}
	last := c.last
	c.behind(before)
	kind, plain, ok := c.open(scratch, record, seq)
	if !ok {
		c.last = last
	}
	return kind, plain, ok
}

// candidates are the epochs that a record may belong to, the likeliest first.
func (d *direction) candidates() []*epoch {
	if v := d.s.version(); d.epoch == nil && v != 0 && v < tls13 {
		if e := d.s.epoch12(d); e != nil {
			d.epochs = []*epoch{e}
		}
	}
	if d.epoch == nil {
		return d.epochs
	}
	if d.epoch.kind == handshakeKeys && !d.has(applicationKeys) { // it may have come since
		for _, e := range d.s.chain(d, d.epoch.guess) {
			if e.kind == applicationKeys {
				d.epochs = append(d.epochs, e)
			}
		}
	}
	out := []*epoch{d.epoch}
	for _, e := range d.epochs {
		if e.kind > d.epoch.kind && (d.epoch.guess == nil || e.guess == d.epoch.guess) {
			out = append(out, e)
		}
	}
	if d.lost && d.epoch.kind == applicationKeys && d.epoch.secret != nil {
		for e := d.epoch; len(out) <= updatesAhead; {
			e = e.next()
			out = append(out, e)
		}
	}
	return out
}

// has reports whether there are keys of a kind.
func (d *direction) has(kind keyKind) bool {
	for _, e := range d.epochs {
		if e.kind == kind {
			return true
		}
	}
	return false
}
