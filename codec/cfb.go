package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// cfb is one direction's AES-128-CFB stream. It is a stream of bytes: how the
// calls cut it never matters, and a call may work in place.
//
// The standard library's CFB is deprecated and decrypts block by block; here
// the keystream of many blocks is made first and XORed at once, which in CFB
// only decryption allows.
type cfb struct {
	block cipher.Block
	state cfbState
	bulk  [cfbBulk]byte
}

// cfbState is where a CFB stream stands. A copy of it goes back there.
type cfbState struct {
	reg [aes.BlockSize]byte // the ciphertext of the latest block; the first pos bytes are of the one under way
	key [aes.BlockSize]byte // keystream of the block under way
	pos int
}

// cfbBulk is how much keystream is made at once.
const cfbBulk = 32 * aes.BlockSize

func newCFB(key, iv []byte) *cfb {
	c := &cfb{block: mustAES(key)}
	copy(c.state.reg[:], iv)
	return c
}

// decrypt writes the plaintext of src to dst, which may be src.
func (c *cfb) decrypt(dst, src []byte) {
	s := &c.state
	for s.pos > 0 && len(src) > 0 {
		dst, src = c.byteOf(dst, src)
	}
	for len(src) >= aes.BlockSize {
		n := min(len(src), cfbBulk) &^ (aes.BlockSize - 1)
		c.block.Encrypt(c.bulk[:], s.reg[:])
		for i := aes.BlockSize; i < n; i += aes.BlockSize {
			c.block.Encrypt(c.bulk[i:], src[i-aes.BlockSize:])
		}
		copy(s.reg[:], src[n-aes.BlockSize:])
		subtle.XORBytes(dst[:n], src[:n], c.bulk[:n])
		dst, src = dst[n:], src[n:]
	}
	for len(src) > 0 {
		dst, src = c.byteOf(dst, src)
	}
}

// byteOf decrypts a byte of an unfinished block.
func (c *cfb) byteOf(dst, src []byte) (_, _ []byte) {
	s := &c.state
	in := src[0]
	dst[0] = in ^ c.keystream()
	s.reg[s.pos] = in
	s.pos = (s.pos + 1) % aes.BlockSize
	return dst[1:], src[1:]
}

// encrypt writes the ciphertext of src to dst, which may be src. Each block
// needs the one before it, so that nothing can be made ahead.
func (c *cfb) encrypt(dst, src []byte) {
	s := &c.state
	for i := 0; i < len(src); {
		if s.pos == 0 && len(src)-i >= aes.BlockSize {
			c.block.Encrypt(s.key[:], s.reg[:])
			subtle.XORBytes(s.reg[:], src[i:i+aes.BlockSize], s.key[:])
			copy(dst[i:], s.reg[:])
			i += aes.BlockSize
			continue
		}
		out := src[i] ^ c.keystream()
		s.reg[s.pos], dst[i] = out, out
		s.pos = (s.pos + 1) % aes.BlockSize
		i++
	}
}

// keystream gives the byte of keystream at the current position.
func (c *cfb) keystream() byte {
	s := &c.state
	if s.pos == 0 {
		c.block.Encrypt(s.key[:], s.reg[:])
	}
	return s.key[s.pos]
}

// peek decrypts the next bytes without moving on.
func (c *cfb) peek(dst, src []byte) {
	at := c.state
	for len(src) > 0 {
		dst, src = c.byteOf(dst, src)
	}
	c.state = at
}

// blind tells how many bytes behind lost missing ones cannot be decrypted: the
// rest of the block that the hole ends in, and the block behind it, which is
// decrypted with that one.
func (c *cfb) blind(lost int64) int {
	begun := int((int64(c.state.pos) + lost%aes.BlockSize) % aes.BlockSize)
	return aes.BlockSize + (aes.BlockSize-begun)%aes.BlockSize
}

// pass goes on behind lost missing bytes and those of p. It reports false, and
// stays where it is, if that is not enough to decrypt what follows.
func (c *cfb) pass(lost int64, p []byte) bool {
	if lost < 0 || len(p) < c.blind(lost) {
		return false
	}
	s := &c.state
	s.pos = int((int64(s.pos) + lost%aes.BlockSize + int64(len(p))) % aes.BlockSize)
	at := len(p) - s.pos
	copy(s.reg[:], p[at-aes.BlockSize:at])
	if s.pos > 0 {
		c.block.Encrypt(s.key[:], s.reg[:])
		copy(s.reg[:], p[at:])
	}
	return true
}
