package wire

import "encoding/binary"

// Within says in which structure the visit is. Errors at fields that several
// structures have, as those of an address, name this one.
func (c *Cursor) Within(structure Field) { c.in = structure.Info().In }

// Need gives how many bytes of the structure a visit wanted that was short.
func (c *Cursor) Need() int { return c.need }

// Left gives how many bytes a reading visit has left.
func (c *Cursor) Left() int { return len(c.buf) - c.off }

// Peek gives the next byte of a reading visit without using it up.
func (c *Cursor) Peek() (b byte, ok bool) {
	if c.err != nil || c.Left() == 0 {
		return 0, false
	}
	return c.buf[c.off], true
}

// outer is what Leave comes back to.
type outer struct {
	length    Field
	low, high int
	off       int // where the inner structure begins
	buf       []byte
	whole     bool
}

// Enter16 visits the length of an inner structure, a number of two bytes from
// low to high, and goes into it. Until Leave a reading visit sees nothing
// behind the structure's end, and a field that does not fit in is malformed.
// The inner structure is short as long as it is not all there.
func (c *Cursor) Enter16(length Field, low, high int) outer {
	var n uint16
	c.U16(length, &n)
	o := outer{length, low, high, c.off, c.buf, c.whole}
	if c.err != nil || c.writing {
		return o
	}
	if c.fits(&o, int(n)); c.err != nil || !c.has(length, int(n)) {
		return o
	}
	c.buf, c.whole = c.buf[:c.off+int(n)], true
	return o
}

// Leave ends the visit of an inner structure, all of which has been visited.
func (c *Cursor) Leave(o outer) {
	if !c.writing {
		c.buf, c.whole = o.buf, o.whole
		return
	}
	if c.err != nil {
		return
	}
	n := c.off - o.off
	if c.fits(&o, n); c.err == nil {
		binary.BigEndian.PutUint16(c.buf[o.off-2:o.off], uint16(n))
	}
}

// fits stops the visit if an inner structure must not have n bytes.
func (c *Cursor) fits(o *outer, n int) {
	kind := KindLimit
	if n < o.low {
		kind = KindMalformed
	}
	if n < o.low || n > o.high {
		c.Fail(o.length, kind, o.off-2-c.start, Want(n, o.low, o.high))
	}
}

// Tail visits the last field of a structure: all that is left of the input,
// or all of *v. A parsed *v points into the input.
func (c *Cursor) Tail(f Field, v *[]byte) {
	n := len(*v)
	if !c.writing {
		n = c.Left()
	}
	c.Bytes(f, n, v)
}

// Bytes16 visits bytes behind their length, a number of two bytes. A parsed *v
// points into the input.
func (c *Cursor) Bytes16(length, f Field, v *[]byte) {
	if c.writing && len(*v) > 65535 {
		c.Fail(length, KindLimit, c.Len(), Want(len(*v), 0, 65535))
		return
	}
	n := uint16(len(*v))
	c.U16(length, &n)
	c.Bytes(f, int(n), v)
}
