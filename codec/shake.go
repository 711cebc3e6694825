package codec

import (
	"crypto/sha3"
	"encoding/binary"
)

// draws is the endless SHAKE128 stream of a direction, which gives padding
// lengths and length masks two bytes at a time. It is squeezed by the block:
// that is several times cheaper than by the draw.
type draws struct {
	shake *sha3.SHAKE
	block [168]byte // SHAKE128's rate
	used  int
}

func newDraws(iv [16]byte) *draws {
	d := &draws{shake: sha3.NewSHAKE128(), used: len(draws{}.block)}
	d.shake.Write(iv[:])
	return d
}

// next takes the next two bytes as a big-endian number.
func (d *draws) next() uint16 {
	if d.used == len(d.block) {
		d.shake.Read(d.block[:])
		d.used = 0
	}
	v := binary.BigEndian.Uint16(d.block[d.used:])
	d.used += 2
	return v
}

// clone gives a stream of its own that goes on from here.
func (d *draws) clone() *draws {
	own, shake := *d, *d.shake
	own.shake = &shake
	return &own
}
