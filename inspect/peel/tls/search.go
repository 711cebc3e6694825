package tls

import (
	"vmesskit/inspect/flow"
)

// Bounds of searches. A try is one attempt to open a record, half a microsecond
// for a small one and a few for the largest.
const (
	maxAhead     = 4096    // sequence numbers tried behind a hole
	updatesAhead = 2       // key updates that a hole may have swallowed
	flowTries    = 1 << 16 // tries in vain of one direction
	runTries     = 1 << 25 // of a run
	refund       = 1024    // tries that a direction gets back for each success

	maxStrangers  = 4096 // connections of a key log tried where the client random is lost
	strangerAhead = 64   // sequence numbers tried for each of them
	strangerCost  = 8    // tries that making keys is worth
	maxStrange    = 8    // records of a direction tried with all of them
)

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

// find opens a record whose keys are not known, or while the direction is lost
// its number neither. A tag that fits is the proof.
func (d *direction) find(b, before []byte) bool {
	list := d.candidates()
	if len(list) == 0 {
		return d.meet(b)
	}
	if c, ok := list[0].protection.(*cbcHMAC); ok && !c.fits(b) {
		return false
	}
	ahead := uint64(1)
	if d.lost {
		ahead = maxAhead
	}
	scratch := make([]byte, 0, len(b))
	fewest := uint64(d.missing / (headerSize + maxSealed)) // records in the hole
	for k := range ahead {
		if d.lost && !d.spend(len(list)) {
			return false
		}
		for _, e := range list {
			seq := e.seq + k
			if d.lost && e == d.epoch {
				seq += fewest
			}
			if kind, plain, ok := e.try(scratch, b, before, seq); ok {
				d.found(e, seq, kind, plain)
				return true
			}
		}
	}
	return false
}

// spend takes tries from what the direction and the run have left.
func (d *direction) spend(n int) bool {
	d.failed += n
	if d.failed <= flowTries && d.s.o.Keys.spend(n) {
		return true
	}
	d.s.limit("tls-search")
	d.stop(flow.Damaged, "after lost bytes, the next record of the "+d.who()+" was not found within the limit of tries (at byte "+itoa(d.off)+")")
	return false
}

// found goes on from a record that opened.
func (d *direction) found(e *epoch, seq uint64, kind content, plain []byte) {
	d.failed = max(0, d.failed-refund)
	if d.lost {
		d.records++
	}
	if d.misses(e, seq) {
		d.gap()
	}
	d.s.choose(e.guess)
	if d.client() && d.epoch != nil && d.epoch.kind == earlyKeys && e.kind > earlyKeys {
		d.s.decideEarly(d.lost || d.msgs.torn) // without EndOfEarlyData; where bytes are lost, that may be among them
	}
	if e != d.epoch {
		d.restart()
	}
	d.msgs.torn = d.msgs.torn || d.lost && seq > 0
	d.sure = e.kind == applicationKeys || e.kind == handshakeKeys && !d.msgs.torn
	d.epoch, d.sealed, d.lost, d.missing = e, true, false, 0
	e.seq = seq + 1
	if d.server() && d.s.layer.Answer == flow.Unanswered {
		d.s.layer.Answer = flow.Agreed
	}
	d.opened(kind, plain)
}

// misses reports whether application data may be missing in front of the record
// with that number.
func (d *direction) misses(e *epoch, seq uint64) bool {
	switch {
	case !d.lost || e.kind == handshakeKeys && (d.epoch == nil || d.epoch.kind == handshakeKeys):
		return false
	case e == d.epoch:
		return seq > e.seq
	case d.epoch == nil || d.epoch.kind == handshakeKeys:
		first := uint64(0)
		if e.secret == nil {
			first = 1 // of TLS 1.2, where the first one is the Finished
		}
		return seq > first
	}
	return true
}

// meet looks for the connection of a record among all that the key log has: the
// client random is lost.
func (d *direction) meet(b []byte) bool {
	k := d.s.o.Keys
	if d.met++; len(d.s.strange) == 0 || d.met > maxStrange {
		d.noKeys()
		return false
	}
	for _, e := range k.order[:min(len(k.order), maxStrangers)] {
		if d.meetOne(e, b) {
			return true
		}
		if d.phase == over {
			return false
		}
	}
	return false
}

// meetOne tries the secrets of one connection. Where there is no hello at all,
// who is the client is not sure either.
func (d *direction) meetOne(with *entry, b []byte) bool {
	for _, u := range d.s.strange {
		g := &guess{u, with.random}
		if d.meetAs(g, b) {
			return true
		}
		if d.s.answer != nil || d.phase == over {
			continue
		}
		d.s.client = d.s.client.Other()
		if d.meetAs(g, b) {
			return true
		}
		d.s.client = d.s.client.Other()
	}
	return false
}

// meetAs tries what follows from a guess.
func (d *direction) meetAs(g *guess, b []byte) bool {
	list := d.s.chain(d, g)
	if len(list) == 0 || !d.spend(strangerCost*len(list)) {
		return false
	}
	scratch := make([]byte, 0, len(b))
	for seq := range uint64(strangerAhead) {
		if !d.spend(len(list)) {
			return false
		}
		for _, e := range list {
			if kind, plain, ok := e.try(scratch, b, nil, seq); ok {
				d.epochs = list
				d.lost = d.lost || seq > 0
				d.found(e, seq, kind, plain)
				return true
			}
		}
	}
	return false
}

// scan looks for a record among lost bytes.
func (d *direction) scan(p []byte) []byte {
	n := min(len(p), headerSize+maxSealed)
	if d.hold(p[:n]) {
		d.look(false)
	}
	return p[n:]
}

// look goes through what is held, position by position. Where no more bytes
// come, a record that is not whole is passed over, too.
func (d *direction) look(last bool) {
	i, start := 0, d.off
	for d.lost && d.phase == running && i < len(d.held) {
		b := d.held[i:]
		n := recordSize(b)
		d.off = start + int64(i)
		switch {
		case !d.likely(b):
			i++
		case n == 0 || n > len(b):
			if !last {
				d.pass(i)
				return
			}
			i++
		case d.find(b[:n], d.before(i)):
			i += n
		default:
			i++
		}
	}
	if d.phase == over {
		return
	}
	d.off = start + int64(i)
	d.pass(i)
	d.drain()
}

// before gives what stands in front of byte i of what is held, where that is
// there: a block of it.
func (d *direction) before(i int) []byte {
	if i >= blockSize || len(d.tail) == 0 {
		return d.held[:i]
	}
	return append(d.tail[:len(d.tail):len(d.tail)], d.held[:i]...)
}

// pass drops the first i bytes of what is held.
func (d *direction) pass(i int) {
	b := d.before(i)
	d.tail = append(d.tail[:0], b[max(0, len(b)-blockSize):]...)
	if d.lost {
		d.missing += int64(i)
	}
	d.keep(d.held[i:])
}

// finalScan looks at what is held when no more comes. A record that is not
// whole then may be one whose length is damaged, with others in it. Where the
// capture ends and not the connection, it may as well be what it seems.
func (d *direction) finalScan(how flow.How) {
	if d.phase != running || !d.lost && len(d.held) == 0 {
		return
	}
	cut := !d.lost
	if cut && d.sealed {
		if d.records++; how == flow.FIN {
			d.damaged("the connection closes after " + itoa(int64(len(d.held))) + " bytes of it")
		}
		d.records--
		d.lose(0)
	}
	if d.look(true); d.lost && cut && how != flow.FIN {
		d.lost = false
	}
}

// likely reports whether b could begin a sealed record of this connection.
func (d *direction) likely(b []byte) bool {
	if !plausible(b) {
		return false
	}
	v := d.s.version()
	if v == tls13 && content(b[0]) != application {
		return false
	}
	if len(b) > 2 && v != 0 && version(b[1])<<8|version(b[2]) != min(v, tls12) {
		return false
	}
	return len(b) < headerSize || recordSize(b) >= headerSize+leastSealed
}

// leastSealed is the smallest body of a sealed record: a tag.
const leastSealed = 16
