package explain

import "vmesskit/codec"

// state is how a check ended.
type state uint8

const (
	passed state = iota
	failed
	unknown // there was nothing to compare with
)

// check is a comparison that was made. Words are found for it only if somebody
// is to read them.
type check struct {
	place     place
	field     codec.Field
	off       int // in what the field is in
	chunk     int // -1 outside of bodies
	state     state
	read, own []byte // of a checksum
	number    int64
	least     int
}

// keep remembers a check, unless this is a search.
func (r *reading) keep(c check) {
	if r.t != nil {
		r.checks = append(r.checks, c)
	}
}

// check records a comparison that has nothing to show, a tag. bits is how
// unlikely it is that it fits by chance, as a power of two.
func (r *reading) check(p place, f codec.Field, off int, fits bool, bits int) {
	r.checkBytes(p, f, off, fits, bits, nil, nil)
}

func (r *reading) checkBytes(p place, f codec.Field, off int, fits bool, bits int, read, own []byte) {
	c := check{place: p, field: f, off: off, read: read, own: own}
	r.settle(c, fits, bits)
}

func (r *reading) checkNumber(p place, f codec.Field, off int, fits bool, bits, n int) {
	r.settle(check{place: p, field: f, off: off, number: int64(n)}, fits, bits)
}

func (r *reading) checkRange(p place, f codec.Field, off int, fits bool, n, least int) {
	r.settle(check{place: p, field: f, off: off, number: int64(n), least: least}, fits, 0)
}

func (r *reading) settle(c check, fits bool, bits int) {
	c.chunk = -1
	if c.place == atUp || c.place == atDown {
		c.chunk = int(r.k.chunk)
	}
	if fits {
		r.bits += bits
	} else {
		c.state = failed
	}
	r.keep(c)
}
