package codec

import (
	"crypto/subtle"
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
const blockSize = 64

var innerPad, outerPad = block(0x36), block(0x5C)

func block(pad byte) (b [blockSize]byte) {
	for i := range b {
		b[i] = pad
	}
	return b
}

// appendPad appends key, padded to a block with zeros, XORed with pad.
func appendPad(dst, key []byte, pad *[blockSize]byte) []byte {
	dst = append(dst, pad[:]...)
	subtle.XORBytes(dst[len(dst)-blockSize:], pad[:], key)
	return dst
}
