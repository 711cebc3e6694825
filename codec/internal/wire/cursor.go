package wire

import (
	"encoding/binary"
	"net/netip"
)

// Cursor walks over a structure, field by field, and either reads the fields
// out of a buffer or appends them to one. The first error sticks: the verbs
// that follow do nothing, so that a layout needs no error checks.
type Cursor struct {
	buf     []byte
	start   int // where the structure begins in buf
	off     int // reading: the next byte
	writing bool
	lenient bool
	whole   bool
	in      string // the structure, for errors at fields that several have
	need    int    // how many bytes a short visit wanted
	err     error
	odd     []*Error
	trace   *Trace
	tbuf    int // the trace's buffer that holds the structure
}

// Reader starts a visit that parses b.
func Reader(b []byte) Cursor { return Cursor{buf: b} }

// Appender starts a visit that appends to dst.
func Appender(dst []byte) Cursor {
	return Cursor{buf: dst, start: len(dst), off: len(dst), writing: true}
}

// Lenient lets oddities pass: they are noted instead of being errors.
func (c *Cursor) Lenient() { c.lenient = true }

// Whole says that nothing is going to follow the input, so that a field that
// is not all there is malformed, not short.
func (c *Cursor) Whole() { c.whole = true }

// TraceTo records the visit in t. The structure's bytes stand in t's buffer,
// or will: an appending visit hands them over in Done.
func (c *Cursor) TraceTo(t *Trace, buffer int) { c.trace, c.tbuf = t, buffer }

// Writing reports whether the visit appends.
func (c *Cursor) Writing() bool { return c.writing }

// Len gives how many bytes of the structure have been visited.
func (c *Cursor) Len() int { return c.off - c.start }

// Err gives the error that stopped the visit.
func (c *Cursor) Err() error { return c.err }

// Oddities gives what a lenient visit let pass.
func (c *Cursor) Oddities() []*Error { return c.odd }

// Done ends a visit. It gives the buffer as it was, if there was an error, or
// else with the structure appended; for a reading visit the bytes that were
// read.
func (c *Cursor) Done() ([]byte, error) {
	if c.err != nil {
		return c.buf[:c.start], c.err
	}
	if c.writing {
		c.trace.Extend(c.tbuf, c.buf[c.start:c.off])
	}
	return c.buf[:c.off], nil
}

// Fail stops the visit because of field f at offset off of the structure.
func (c *Cursor) Fail(f Field, k Kind, off int, detail error) {
	if c.err == nil {
		c.err = &Error{Kind: k, Field: f, Off: off, Err: detail, in: c.in}
	}
}

// Odd stops a strict visit and is noted by a lenient one: field f at offset
// off of the structure has been visited and is not as it should be.
func (c *Cursor) Odd(f Field, k Kind, off int, detail error) {
	if c.err != nil {
		return
	}
	e := &Error{Kind: k, Field: f, Off: off, Err: detail, in: c.in}
	if !c.lenient {
		c.err = e
		return
	}
	c.odd = append(c.odd, e)
	c.trace.Note(e)
}

// next gives the n bytes of the next field, to be read or to be filled in;
// nil once the visit has stopped.
func (c *Cursor) next(f Field, n int) []byte {
	if c.err != nil {
		return nil
	}
	if c.writing {
		c.buf = append(c.buf, make([]byte, n)...)
	} else if !c.has(f, n) {
		return nil
	}
	c.trace.Span(f, c.tbuf, c.Len(), n)
	c.off += n
	return c.buf[c.off-n : c.off]
}

// has stops a reading visit if fewer than n bytes are left.
func (c *Cursor) has(f Field, n int) bool {
	left := len(c.buf) - c.off
	if left >= n {
		return true
	}
	kind := KindShort
	if c.whole {
		kind = KindMalformed
	}
	c.need = c.Len() + n
	c.Fail(f, kind, c.Len(), lack{left, n})
	return false
}

// U8 visits a byte.
func (c *Cursor) U8(f Field, v *uint8) {
	switch p := c.next(f, 1); {
	case p == nil:
	case c.writing:
		p[0] = *v
	default:
		*v = p[0]
	}
}

// U16 visits a big-endian number of two bytes.
func (c *Cursor) U16(f Field, v *uint16) {
	switch p := c.next(f, 2); {
	case p == nil:
	case c.writing:
		binary.BigEndian.PutUint16(p, *v)
	default:
		*v = binary.BigEndian.Uint16(p)
	}
}

// U64 visits a big-endian number of eight bytes.
func (c *Cursor) U64(f Field, v *uint64) {
	switch p := c.next(f, 8); {
	case p == nil:
	case c.writing:
		binary.BigEndian.PutUint64(p, *v)
	default:
		*v = binary.BigEndian.Uint64(p)
	}
}

// Fixed visits a field of len(v) bytes.
func (c *Cursor) Fixed(f Field, v []byte) {
	switch p := c.next(f, len(v)); {
	case p == nil:
	case c.writing:
		copy(p, v)
	default:
		copy(v, p)
	}
}

// Bytes visits a field of n bytes. A parsed *v points into the input.
func (c *Cursor) Bytes(f Field, n int, v *[]byte) {
	if n == 0 {
		if c.err == nil && !c.writing {
			*v = nil
		}
		return
	}
	switch p := c.next(f, n); {
	case p == nil:
	case c.writing:
		copy(p, *v)
	default:
		*v = p
	}
}

// Rest visits all that is left of the input; nothing is appended.
func (c *Cursor) Rest(f Field, v *[]byte) {
	if c.err == nil && !c.writing {
		c.Bytes(f, len(c.buf)-c.off, v)
	}
}

// Text8 visits a text behind its length of one byte. A parsed text is a copy.
func (c *Cursor) Text8(length, text Field, v *string) {
	if c.writing && len(*v) > 255 {
		c.Fail(length, KindLimit, c.Len(), Want(len(*v), 0, 255))
		return
	}
	n := uint8(len(*v))
	c.U8(length, &n)
	if c.err != nil || n == 0 {
		if c.err == nil {
			*v = ""
		}
		return
	}
	switch p := c.next(text, int(n)); {
	case p == nil:
	case c.writing:
		copy(p, *v)
	default:
		*v = string(p)
	}
}

// IP visits an IP address of n bytes, 4 or 16.
func (c *Cursor) IP(f Field, n int, v *netip.Addr) {
	if c.writing && v.BitLen() != n*8 {
		c.Fail(f, KindMalformed, c.Len(), Detail("address of another family"))
		return
	}
	switch p := c.next(f, n); {
	case p == nil:
	case c.writing:
		copy(p, v.AsSlice())
	default:
		*v, _ = netip.AddrFromSlice(p)
	}
}

// Nibbles visits a byte that holds two numbers of four bits.
func (c *Cursor) Nibbles(high, low Field, h, l *uint8) {
	if c.writing && (*h > 15 || *l > 15) {
		c.Fail(high, KindLimit, c.Len(), Want(int(max(*h, *l)), 0, 15))
		return
	}
	p := c.next(high, 1)
	if p == nil {
		return
	}
	c.trace.Span(low, c.tbuf, c.Len()-1, 1)
	if c.writing {
		p[0] = *h<<4 | *l
		return
	}
	*h, *l = p[0]>>4, p[0]&15
}

// Checksum holds a checksum as it was read and as it should be.
type Checksum struct{ Read, Computed uint32 }

// OK reports whether the two are the same.
func (s Checksum) OK() bool { return s.Read == s.Computed }

// Checksum32 visits a big-endian checksum over all of the structure before it.
// A wrong one is odd: some peers do not check it.
func (c *Cursor) Checksum32(f Field, sum func([]byte) uint32, v *Checksum) {
	end := c.off
	p := c.next(f, 4)
	if p == nil {
		return
	}
	v.Computed = sum(c.buf[c.start:end])
	if c.writing {
		v.Read = v.Computed
		binary.BigEndian.PutUint32(p, v.Computed)
		return
	}
	if v.Read = binary.BigEndian.Uint32(p); !v.OK() {
		c.Odd(f, KindChecksum, c.Len()-4, nil)
	}
}

// Begin starts a group of fields; the visit's End closes it.
func (c *Cursor) Begin(f Field) int { return c.trace.Begin(f, c.tbuf, c.Len()) }

// End closes a group.
func (c *Cursor) End(group int) { c.trace.End(group, c.Len()) }
