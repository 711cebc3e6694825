package codec

import (
	"encoding"
	"hash"
)

// A paused is a hash that was stopped after a constant beginning. Keys of an
// HMAC are such beginnings: one block each for the inner and the outer pass.
type paused []byte

// pause feeds the parts to a fresh hash and keeps where it stands.
func pause(h hash.Hash, parts ...[]byte) paused {
	for _, p := range parts {
		h.Write(p)
	}
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("internal error: hash state: " + err.Error())
	}
	return state
}

// resumable is a hash that can be put back to where a paused one stands,
// without allocating.
type resumable struct {
	hash.Hash
	restore encoding.BinaryUnmarshaler
}

func newResumable(h hash.Hash) resumable {
	return resumable{Hash: h, restore: h.(encoding.BinaryUnmarshaler)}
}

func (r resumable) resume(p paused) {
	if err := r.restore.UnmarshalBinary(p); err != nil {
		panic("internal error: hash state: " + err.Error())
	}
}

// The blocks that HMAC (RFC 2104) makes of a key; every hash used here has
// blocks of 64 bytes.
const (
	blockSize = 64
	innerPad  = 0x36
	outerPad  = 0x5C
)

// appendPad appends key, padded to a block with zeros, XORed with pad.
func appendPad(dst, key []byte, pad byte) []byte {
	for i := range blockSize {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		dst = append(dst, k^pad)
	}
	return dst
}
