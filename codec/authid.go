package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"hash/crc32"

	"vmesskit/codec/internal/wire"
)

// AuthID is what the first 16 bytes of an AEAD request say once they are
// decrypted.
type AuthID struct {
	Time int64   // the client's clock in Unix seconds
	Rand [4]byte // makes two of the same second differ
}

// layout visits the plaintext of an auth id.
func (a *AuthID) layout(c *wire.Cursor) {
	t := uint64(a.Time)
	c.U64(wire.FieldAuthTime, &t)
	a.Time = int64(t)
	c.Fixed(wire.FieldAuthRandom, a.Rand[:])
	var sum Checksum
	c.Checksum32(wire.FieldAuthChecksum, crc32.ChecksumIEEE, &sum)
}

// authIDBlock is the AES key schedule of a user's auth ids.
func authIDBlock(d *deriver, key CmdKey) cipher.Block {
	k := d.derive16(&labelAuthID, key[:])
	return mustAES(k[:])
}

func mustAES(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("internal error: AES key: " + err.Error())
	}
	return b
}

// SealAuthID encrypts an auth id under the user's key.
func SealAuthID(key CmdKey, a AuthID) [16]byte { return sealAuthID(newDeriver(), key, a) }

func sealAuthID(d *deriver, key CmdKey, a AuthID) (out [16]byte) {
	c := wire.Appender(out[:0])
	a.layout(&c)
	plain, _ := c.Done()
	authIDBlock(d, key).Encrypt(out[:], plain)
	return out
}

// OpenAuthID decrypts an auth id and checks its CRC-32, which fits a wrong key
// once in 2^32 tries. Whether the time is acceptable is for the caller to
// judge. The error is ErrChecksum.
func OpenAuthID(key CmdKey, sealed [16]byte) (a AuthID, err error) {
	var plain [16]byte
	authIDBlock(newDeriver(), key).Decrypt(plain[:], sealed[:])
	c := wire.Reader(plain[:])
	a.layout(&c)
	return a, c.Err()
}

// authIDTime reads the time of a decrypted auth id.
func authIDTime(plain *[16]byte) int64 { return int64(binary.BigEndian.Uint64(plain[:8])) }

// authIDFits checks the CRC of a decrypted auth id.
func authIDFits(plain *[16]byte) bool {
	return crc32.ChecksumIEEE(plain[:12]) == binary.BigEndian.Uint32(plain[12:])
}
