package build

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"vmesskit/codec"
)

// Seed is what all randomness is made of: keys, nonces, padding and drawn
// payload. Fill it with real randomness where nobody is to know them.
type Seed [32]byte

// NewSeed makes the seed of a text that somebody chose.
func NewSeed(text string) Seed { return sha256.Sum256([]byte("vmesskit build seed\x00" + text)) }

// Of gives the seed of one of many: session n, for example.
func (s Seed) Of(what string, n uint64) Seed {
	b := append(s[:], what...)
	b = append(b, 0)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, n))
}

// draw gives a source for one purpose. Each purpose has its own, so that what
// is drawn for one does not depend on how much the others took: a longer
// payload does not change the keys.
func (s Seed) draw(what string) *rand.ChaCha8 { return rand.NewChaCha8(s.Of(what, 0)) }

// stream is draw for large amounts: AES in counter mode, which processors have
// instructions for. (BenchmarkBytes: it halves the time of a long session.)
func (s Seed) stream(what string) cipher.Stream {
	key := s.Of(what, 0)
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic("internal error: AES key: " + err.Error())
	}
	return cipher.NewCTR(block, key[16:])
}

// entropy is a source as the codec wants it.
func entropy(r *rand.ChaCha8) codec.Entropy {
	return func(b []byte) error {
		r.Read(b) // never fails
		return nil
	}
}

// IDs makes n ids, UUIDs of version 4 as programs make them.
func (s Seed) IDs(n int) []codec.ID {
	r := s.draw("ids")
	out := make([]codec.ID, n)
	for i := range out {
		r.Read(out[i][:])
		out[i][6] = out[i][6]&0x0f | 0x40
		out[i][8] = out[i][8]&0x3f | 0x80
	}
	return out
}
