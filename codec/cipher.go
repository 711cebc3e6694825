package codec

import (
	"crypto/cipher"
	"crypto/md5"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"

	"vmesskit/codec/internal/wire"
)

// chunkCipher opens and seals the payload of chunk k. It keeps nothing between
// the chunks, so that they can be opened in any order. sealed is a chunk
// without its length field and its padding.
type chunkCipher interface {
	// open gives the payload as a part of sealed, which it overwrites.
	open(k uint64, sealed []byte) ([]byte, error)
	// openTo appends the payload to dst.
	openTo(k uint64, dst, sealed []byte) ([]byte, error)
	// seal appends the sealed payload. payload does not overlap dst.
	seal(k uint64, dst, payload []byte) []byte
}

// chunkCipher makes the cipher of a body. CFB has the checksum here: its
// encryption is around the frames, not inside them.
func (b *Body) chunkCipher() chunkCipher {
	switch {
	case b.Security.AEAD():
		return &aeadChunks{aead: bodyAEAD(b.Security, b.Key, b.trace), nonce: newNonces(b.IV)}
	case b.Security.cfb():
		return checksumChunks{}
	}
	return plainChunks{}
}

// bodyAEAD makes the cipher that a key of 16 bytes stands for.
func bodyAEAD(s Security, key [16]byte, t *Trace) cipher.AEAD {
	if s != SecurityChaCha20Poly1305 {
		return mustGCM(key[:])
	}
	long := chachaKey(key)
	t.Derive(wire.FieldChaChaKey, "MD5(key) || MD5(MD5(key))", long[:])
	a, err := chacha20poly1305.New(long[:])
	if err != nil {
		panic("internal error: ChaCha20-Poly1305: " + err.Error())
	}
	return a
}

// chachaKey stretches a key to the 32 bytes that ChaCha20 takes.
func chachaKey(key [16]byte) (out [32]byte) {
	first := md5.Sum(key[:])
	second := md5.Sum(first[:])
	copy(out[copy(out[:], first[:]):], second[:])
	return out
}

// nonces makes the nonce of each chunk: its number, which wraps at 65536 as
// all peers do, in front of bytes 2 to 11 of the IV. A nonce is valid until
// the next one.
type nonces struct{ b [12]byte }

func newNonces(iv [16]byte) *nonces {
	n := new(nonces)
	copy(n.b[:], iv[:])
	return n
}

func (n *nonces) of(k uint64) []byte {
	binary.BigEndian.PutUint16(n.b[:], uint16(k))
	return n.b[:]
}

// aeadChunks seals each payload with a tag.
type aeadChunks struct {
	aead  cipher.AEAD
	nonce *nonces
}

func (c *aeadChunks) open(k uint64, sealed []byte) ([]byte, error) {
	return c.openTo(k, sealed[:0], sealed)
}

func (c *aeadChunks) openTo(k uint64, dst, sealed []byte) ([]byte, error) {
	out, err := c.aead.Open(dst, c.nonce.of(k), sealed, nil)
	if err != nil {
		return dst, &Error{Kind: ErrAuth, Field: wire.FieldPayloadTag, Off: len(sealed) - tagSize}
	}
	return out, nil
}

func (c *aeadChunks) seal(k uint64, dst, payload []byte) []byte {
	return c.aead.Seal(dst, c.nonce.of(k), payload, nil)
}

// checksumChunks puts FNV-1a in front of each payload.
type checksumChunks struct{}

const checksumSize = 4

func (checksumChunks) open(_ uint64, sealed []byte) ([]byte, error) {
	payload := sealed[checksumSize:]
	if binary.BigEndian.Uint32(sealed) != fnv1a(payload) {
		return nil, &Error{Kind: ErrChecksum, Field: wire.FieldPayloadChecksum}
	}
	return payload, nil
}

func (c checksumChunks) openTo(k uint64, dst, sealed []byte) ([]byte, error) {
	payload, err := c.open(k, sealed)
	return append(dst, payload...), err
}

func (checksumChunks) seal(_ uint64, dst, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, fnv1a(payload)), payload...)
}

// plainChunks leaves payloads as they are.
type plainChunks struct{}

func (plainChunks) open(_ uint64, sealed []byte) ([]byte, error) { return sealed, nil }

func (plainChunks) openTo(_ uint64, dst, sealed []byte) ([]byte, error) {
	return append(dst, sealed...), nil
}

func (plainChunks) seal(_ uint64, dst, payload []byte) []byte { return append(dst, payload...) }
