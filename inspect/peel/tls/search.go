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
	runTries     = 1 << 23 // of a run
	refund       = 1024    // tries that a direction gets back for each success
)

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

// limitSearch names the limit of tries.
const limitSearch = "tls-search"

// spend takes tries from what the direction and the run have left.
func (d *direction) spend(n int) bool {
	d.failed += n
	if d.failed <= flowTries && d.s.o.Keys.spend(n) {
		return true
	}
	d.s.limit(limitSearch)
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
