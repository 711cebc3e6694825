package capture

import (
	"container/list"
	"math/bits"
	"time"

	"vmesskit/inspect/flow"
)

const (
	fragmentPatience = flow.Time(60 * time.Second)
	echoPatience     = flow.Time(100 * time.Millisecond)
	fragmentUnit     = 8
	maxDatagram      = 65535
	fragmentCost     = 1536 // bytes of a datagram's bookkeeping
)

// fragmentKey tells which fragments belong together.
type fragmentKey struct {
	pair
	id     uint32
	inside kind
}

// datagram is an IP packet whose fragments are being collected.
type datagram struct {
	key   fragmentKey
	since flow.Time
	have  units
	bytes []byte // up to the end of the farthest fragment
	total int    // -1 until the last fragment told
	known int    // bytes from here on may be missing: a snaplen cut them
	done  bool
	place *list.Element
}

// fragments holds datagrams, oldest first: those that are not complete, and
// those that were delivered a moment ago and may have an echo.
type fragments struct {
	byKey         map[fragmentKey]*datagram
	pending, done list.List
	memory        *flow.Meter
}

// fragment takes one fragment in and gives the whole packet once it is there.
func (r *reader) fragment(id fragmentKey, off int, more bool, p []byte) (kind, []byte, bool) {
	size := len(p) + r.lost
	if off+size > maxDatagram || more && size%fragmentUnit != 0 || size == 0 {
		return 0, nil, false
	}
	d := r.frags.byKey[id]
	if d != nil && d.done {
		if d.echo(off, size, r.now) {
			return kindTaken, nil, true
		}
		r.forget(d)
		d = nil
	}
	if d == nil {
		d = r.newDatagram(id)
	}
	if d == nil || !r.growDatagram(d, off+len(p)) {
		return kindTaken, nil, true
	}
	d.add(off, more, p, r.lost)
	if d.total < 0 || !d.have.full(d.total) {
		return kindTaken, nil, true
	}
	whole := d.bytes[:min(d.known, d.total)]
	r.lost = d.total - len(whole)
	r.frags.finish(d, r.now)
	return id.inside, whole, true
}

func (r *reader) newDatagram(id fragmentKey) *datagram {
	f := &r.frags
	d := &datagram{key: id, since: r.now, total: -1, known: maxDatagram}
	if !r.fragmentMemory(fragmentCost, d) {
		return nil
	}
	if f.byKey == nil {
		f.byKey = make(map[fragmentKey]*datagram)
	}
	f.byKey[id] = d
	d.place = f.pending.PushBack(d)
	return d
}

// growDatagram makes room up to end. It fails if even without all the others
// the limit is too small; the datagram is given up then.
func (r *reader) growDatagram(d *datagram, end int) bool {
	n := end - len(d.bytes)
	if n <= 0 {
		return true
	}
	if !r.fragmentMemory(n, d) {
		return false
	}
	d.bytes = append(d.bytes, make([]byte, n)...)
	return true
}

// fragmentMemory asks for n bytes for d and lets go of the oldest datagrams
// until they are granted.
func (r *reader) fragmentMemory(n int, d *datagram) bool {
	f := &r.frags
	for !f.memory.Take(n) {
		if oldest := f.done.Front(); oldest != nil {
			r.forget(oldest.Value.(*datagram))
			continue
		}
		r.sum.hit(limitFragments)
		oldest := f.pending.Front()
		if oldest == nil {
			return false
		}
		r.forget(oldest.Value.(*datagram))
		if oldest.Value == d {
			return false
		}
	}
	return true
}

// expireFragments lets go of datagrams that will not be finished any more,
// and of those that had time enough for their echo.
func (r *reader) expireFragments() {
	r.expire(&r.frags.pending, fragmentPatience)
	r.expire(&r.frags.done, echoPatience)
}

func (r *reader) expire(l *list.List, patience flow.Time) {
	for e := l.Front(); e != nil; e = l.Front() {
		d := e.Value.(*datagram)
		if r.now-d.since <= patience {
			return
		}
		r.forget(d)
	}
}

func (r *reader) forget(d *datagram) {
	f := &r.frags
	delete(f.byKey, d.key)
	f.memory.Give(fragmentCost + len(d.bytes))
	if d.done {
		f.done.Remove(d.place)
		return
	}
	r.sum.Unfinished++
	f.pending.Remove(d.place)
}

// finish gives the memory of the bytes back; what is known of them stays a
// little.
func (f *fragments) finish(d *datagram, now flow.Time) {
	f.memory.Give(len(d.bytes))
	f.pending.Remove(d.place)
	d.bytes, d.done, d.since = nil, true, now
	d.place = f.done.PushBack(d)
}

// add copies what was not there yet: the first fragment wins.
func (d *datagram) add(off int, more bool, p []byte, lost int) {
	if !more && d.total < 0 {
		d.total = off + len(p) + lost
	}
	if lost > 0 {
		d.known = min(d.known, off+len(p))
	}
	for at := 0; at < len(p)+lost; at += fragmentUnit {
		if !d.have.set((off+at)/fragmentUnit) || at >= len(p) {
			continue
		}
		copy(d.bytes[off+at:], p[at:min(at+fragmentUnit, len(p))])
	}
}

// echo tells whether a fragment repeats one of a datagram that was just
// delivered, as it is where a mirror port shows every packet twice. Each
// fragment is swallowed once: the next one has the same number by chance.
func (d *datagram) echo(off, size int, now flow.Time) bool {
	if now-d.since > echoPatience || !d.have.has(off/fragmentUnit) {
		return false
	}
	for at := 0; at < size; at += fragmentUnit {
		d.have.clear((off + at) / fragmentUnit)
	}
	return true
}

// units is the set of 8-byte units of a datagram that have arrived.
type units [(maxDatagram/fragmentUnit + 64) / 64]uint64

// set adds unit n and tells whether it is new.
func (u *units) set(n int) bool {
	if u.has(n) {
		return false
	}
	u[n/64] |= 1 << (n % 64)
	return true
}

func (u *units) has(n int) bool { return u[n/64]>>(n%64)&1 != 0 }
func (u *units) clear(n int)    { u[n/64] &^= 1 << (n % 64) }

// full tells whether all units of a datagram of size bytes are there.
func (u *units) full(size int) bool {
	n := (size + fragmentUnit - 1) / fragmentUnit
	for i := 0; i < n/64; i++ {
		if u[i] != ^uint64(0) {
			return false
		}
	}
	return n%64 == 0 || bits.TrailingZeros64(^u[n/64]) >= n%64
}
