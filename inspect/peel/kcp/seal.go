package kcp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
)

// box opens datagrams. The two ends of a conversation use the same form all the
// time, so what fitted last is tried first.
type box struct {
	seeds  []cipher.AEAD
	plain  []byte // of what a seed opened
	last   fit
	fitted bool
}

// fit is a way to open a datagram.
type fit struct {
	size int
	seal int // the number of a seed, or one of those below
}

const (
	cover = 0  // v2ray's obfuscation
	bare  = -1 // nothing
)

func newBox(seeds []string) *box {
	b := &box{}
	for _, s := range seeds {
		b.seeds = append(b.seeds, seedKey(s))
	}
	return b
}

// seedKey makes the AES-128-GCM of a seed: the key is the first half of its SHA-256.
func seedKey(seed string) cipher.AEAD {
	sum := sha256.Sum256([]byte(seed))
	block, err := aes.NewCipher(sum[:16])
	if err != nil {
		panic("internal error: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return aead
}

// open gives the segments of a datagram, all of them whole. They lie in p, which
// is overwritten, or are valid until the next call.
func (b *box) open(p []byte) (Form, []byte, bool) {
	if b.fitted {
		if segments, ok := b.try(b.last, p); ok {
			return b.form(p), segments, true
		}
	}
	for seal := cover; seal <= len(b.seeds); seal++ {
		if segments, ok := b.search(seal, p); ok {
			return b.form(p), segments, true
		}
	}
	if segments, ok := b.search(bare, p); ok {
		return b.form(p), segments, true
	}
	return Form{}, nil, false
}

// search looks for the header in front of a seal, and remembers what fitted.
func (b *box) search(seal int, p []byte) ([]byte, bool) {
	for i, size := range sizes(p) {
		if i > 0 && size == 0 {
			continue
		}
		f := fit{size, seal}
		segments, ok := b.try(f, p)
		if ok && (seal != bare || headerOf(p[:size]) != Other && telling(segments)) {
			b.last, b.fitted = f, true
			return segments, true
		}
	}
	return nil, false
}

// form describes the last fit.
func (b *box) form(p []byte) Form {
	f := Form{Header: headerOf(p[:b.last.size])}
	switch b.last.seal {
	case cover:
	case bare:
		f.Seal = Unsealed
	default:
		f.Seal, f.Seed = Seeded, b.last.seal
	}
	return f
}

// try opens a datagram in one way. It changes p only where the checksum fits.
func (b *box) try(f fit, p []byte) ([]byte, bool) {
	if len(p) < f.size {
		return nil, false
	}
	switch p = p[f.size:]; f.seal {
	case cover:
		segments, ok := uncover(p)
		return segments, ok && whole(segments)
	case bare:
		return p, whole(p)
	default:
		segments, ok := b.unseal(b.seeds[f.seal-1], p)
		return segments, ok && whole(segments)
	}
}

// unseal opens what a seed sealed: nonce, ciphertext, tag. There is no
// additional data.
func (b *box) unseal(seed cipher.AEAD, p []byte) ([]byte, bool) {
	n := seed.NonceSize()
	if len(p) < n+seed.Overhead()+smallest {
		return nil, false
	}
	plain, err := seed.Open(b.plain[:0], p[:n], p[n:], nil)
	if err != nil {
		return nil, false
	}
	b.plain = plain
	return plain, true
}

// The obfuscation without a seed: a checksum and a length in front, then each
// byte combined with the one four before it, as it is on the wire.
const (
	sumSize   = 4 // FNV-1a of all that follows
	coverSize = sumSize + 2
	stride    = 4
)

// uncover takes the obfuscation off in place, if the length and the checksum
// fit.
func uncover(p []byte) ([]byte, bool) {
	if len(p) < coverSize+smallest {
		return nil, false
	}
	length := binary.BigEndian.Uint16(p[sumSize:]) ^ binary.BigEndian.Uint16(p)
	if int(length) != len(p)-coverSize || checksum(p) != binary.BigEndian.Uint32(p) {
		return nil, false
	}
	i := len(p)
	for ; i >= stride+8; i -= 8 { // from the end, since the bytes before are still needed
		x := binary.LittleEndian.Uint64(p[i-8:]) ^ binary.LittleEndian.Uint64(p[i-8-stride:])
		binary.LittleEndian.PutUint64(p[i-8:], x)
	}
	for i--; i >= stride; i-- {
		p[i] ^= p[i-stride]
	}
	return p[coverSize:], true
}

// checksum computes the FNV-1a of what is covered, without uncovering it.
func checksum(p []byte) uint32 {
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for i := sumSize; i < len(p); i++ {
		h = (h ^ uint32(p[i]^p[i-stride])) * prime
	}
	return h
}
