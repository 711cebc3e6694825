package tls

import (
	"encoding/binary"

	"vmesskit/inspect/flow"
)

// phase is how far the reading of a direction is.
type phase uint8

const (
	greeting phase = iota // its hello is still to come
	waiting               // the other side's hello is needed first
	running
	over // nothing more is read
)

// direction reads what one side sends.
type direction struct {
	s      *stage
	side   flow.Side
	phase  phase
	queue  []event   // what came while it waited
	at     flow.Time // of the bytes that are read now
	midway bool      // its hello is lost
	closed bool      // that was told inside
	holed  bool      // a Gap was told inside, and no bytes since

	held    []byte // the beginning of a record; its capacity is taken from the room
	off     int64  // place of the next record, or of held while it is lost
	records int64
	lost    bool   // where the next record begins is not known, nor its number
	missing int64  // bytes, at least, since the last record that opened
	tail    []byte // the last that were passed over

	sealed  bool     // records are encrypted now
	sure    bool     // epoch opens the next one
	proved  bool     // some record opened
	epoch   *epoch   // that opened the latest record
	epochs  []*epoch // that may open one, in their order
	skipped int      // records that were passed over to find the first that opens
	met     int      // records that were tried with all secrets there are
	failed  int      // tries of searches in vain
	msgs    messages
	spoke   bool // it sent application data
}

func (d *direction) client() bool { return d.side == d.s.client }
func (d *direction) server() bool { return !d.client() }

func (d *direction) other() *direction { return &d.s.sides[d.side.Other()] }

// who names the side in words.
func (d *direction) who() string {
	if d.client() {
		return "client"
	}
	return "server"
}

// take reads an event, or keeps it until the keys are known.
func (d *direction) take(e event) {
	if e.kind != data && d.phase == greeting {
		if b := d.held; len(b) > 0 {
			d.letGo()
			d.wait(event{kind: data, at: d.at, p: b})
		}
		d.forgo()
		d.wait(e)
		d.s.settle()
		return
	}
	if d.phase == waiting {
		d.wait(e)
		return
	}
	d.at = e.at
	switch e.kind {
	case data:
		d.feed(e.p)
	case gap:
		d.hole(e.n)
	case closing:
		d.finalScan(e.how)
		d.settleLoss()
		d.close(e.how)
		d.die()
	}
}

// feed cuts bytes into records.
func (d *direction) feed(p []byte) {
	for len(p) > 0 {
		switch {
		case d.phase == over:
			return
		case d.phase == waiting:
			d.wait(event{kind: data, at: d.at, p: p})
			return
		case d.lost:
			p = d.scan(p)
		case len(d.held) > 0:
			p = d.complete(p)
		default:
			p = d.whole(p)
		}
	}
	if len(d.held) == 0 && d.held != nil {
		d.letGo()
	}
}

// whole takes a record that lies whole in p, where it is opened without a copy,
// or keeps its beginning.
func (d *direction) whole(p []byte) []byte {
	if !plausible(p) {
		d.broken(p)
		return p
	}
	n := recordSize(p)
	if n == 0 || n > len(p) {
		d.hold(p)
		return nil
	}
	if !d.consume(p[:n]) {
		return p
	}
	return p[n:]
}

// complete adds to the record whose beginning is held.
func (d *direction) complete(p []byte) []byte {
	need := headerSize
	if n := recordSize(d.held); n > 0 {
		need = n
	}
	if n := min(need-len(d.held), len(p)); n > 0 {
		if !d.hold(p[:n]) {
			return nil
		}
		p = p[n:]
	}
	d.drain()
	return p
}

// drain takes the records that are whole in held.
func (d *direction) drain() {
	b := d.held
	for !d.lost && (d.phase == greeting || d.phase == running) && len(b) > 0 {
		if !plausible(b) {
			d.broken(b)
			continue // in another phase
		}
		n := recordSize(b)
		if n == 0 || n > len(b) {
			break
		}
		if d.consume(b[:n]) { // else it has to wait, and so does what follows
			b = b[n:]
		}
	}
	switch {
	case d.phase == waiting && len(b) > 0:
		d.letGo()
		d.wait(event{kind: data, at: d.at, p: b})
	case d.phase != over:
		d.keep(b)
	}
}

// consume reads a record, and reports false where it has to wait.
func (d *direction) consume(record []byte) bool {
	d.records++
	if !d.record(record) {
		d.records--
		return false
	}
	d.off += int64(len(record))
	return true
}

// keep leaves b, a part of held, as all that is held.
func (d *direction) keep(b []byte) { d.held = d.held[:copy(d.held, b)] }

// hold keeps the beginning of a record. The room that it takes grows with the
// bytes that came, not with what a header claims.
func (d *direction) hold(p []byte) bool {
	n := len(d.held) + len(p)
	if n > cap(d.held) {
		size := max(n, min(2*cap(d.held), headerSize+maxSealed))
		if !d.s.room.Take(size - cap(d.held)) {
			d.overflow(n)
			return false
		}
		d.held = append(make([]byte, 0, size), d.held...)
	}
	d.held = append(d.held, p...)
	return true
}

// overflow loses n bytes for which there is no room.
func (d *direction) overflow(n int) {
	d.s.limit("hold")
	d.keep(nil)
	d.off += int64(n)
	if d.phase == greeting {
		d.forgo()
		d.wait(event{kind: gap, at: d.at, n: int64(n)})
		d.s.settle()
		return
	}
	d.lose(int64(n))
}

// letGo gives back what is held.
func (d *direction) letGo() {
	d.s.room.Give(cap(d.held))
	d.held = nil
}

// die ends the reading.
func (d *direction) die() {
	d.phase = over
	for i := range d.queue {
		if d.queue[i].paid {
			d.s.room.Give(len(d.queue[i].p) + eventSize)
		}
	}
	d.queue = nil
	d.letGo()
}

// close tells the end of the direction, once.
func (d *direction) close(how flow.How) {
	if d.closed {
		return
	}
	if d.client() {
		d.s.releaseEarly()
	}
	d.closed = true
	d.s.inside.Close(d.side, d.at, how)
}

// gap tells that bytes are missing inside, nobody knows how many.
func (d *direction) gap() {
	if d.closed || d.holed {
		return
	}
	if d.client() {
		d.s.releaseEarly()
	}
	d.holed = true
	d.s.inside.Gap(d.side, d.at, -1)
}

// plausible reports whether b could begin a record.
func plausible(b []byte) bool {
	switch {
	case b[0] < byte(changeCipherSpec) || b[0] > byte(application):
		return false
	case len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4:
		return false
	}
	return len(b) < headerSize || binary.BigEndian.Uint16(b[3:]) <= maxSealed
}

// recordSize gives the size of the record that b begins, or 0 where it cannot
// be told yet.
func recordSize(b []byte) int {
	if len(b) < headerSize {
		return 0
	}
	return headerSize + int(binary.BigEndian.Uint16(b[3:]))
}
