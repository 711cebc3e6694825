package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	activeSegment = 0 // of memory 0, with its address
	opI32Const    = 0x41
	opEnd         = 0x0b
)

var errShort = errors.New("the module ends too early")

// cursor reads a module. After an error it gives zeros.
type cursor struct {
	b   []byte
	off int
	err error
}

func (c *cursor) byte() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) bytes(n uint64) []byte {
	if c.err == nil && n > uint64(len(c.b)-c.off) {
		c.err = errShort
	}
	if c.err != nil {
		return nil
	}
	c.off += int(n)
	return c.b[c.off-int(n) : c.off]
}

// uint reads a number in LEB128, which is encoding/binary's Uvarint.
func (c *cursor) uint() uint64 {
	if c.err != nil {
		return 0
	}
	v, n := binary.Uvarint(c.b[c.off:])
	if n <= 0 {
		c.err = errShort
		return 0
	}
	c.off += n
	return v
}

func (c *cursor) want(what string, b byte) {
	off := c.off
	if got := c.byte(); c.err == nil && got != b {
		c.err = fmt.Errorf("%s at %d: seen %#x, wanted %#x", what, off, got, b)
	}
}

func (c *cursor) segment() segment {
	c.want("kind", activeSegment)
	c.want("address", opI32Const)
	at := c.uint()
	if at > math.MaxInt32 {
		c.err = fmt.Errorf("address at %d is negative", c.off)
	}
	c.want("end of the address", opEnd)
	return segment{at, c.bytes(c.uint())}
}

func appendSegments(dst []byte, all []segment) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(all)))
	for _, s := range all {
		dst = append(dst, activeSegment, opI32Const)
		dst = append(appendSigned(dst, s.at), opEnd)
		dst = append(binary.AppendUvarint(dst, uint64(len(s.data))), s.data...)
	}
	return dst
}

// appendSigned appends a number that is not negative where a signed one is
// wanted: bit 6 of its last byte is the sign.
func appendSigned(dst []byte, v uint64) []byte {
	dst = binary.AppendUvarint(dst, v)
	if last := len(dst) - 1; dst[last]&0x40 != 0 {
		dst[last] |= 0x80
		dst = append(dst, 0)
	}
	return dst
}
