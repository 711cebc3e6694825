package explain

import "crypto/cipher"

// cfb is an AES-128-CFB stream, byte by byte: with a feedback of 128 bits as
// VMess has it, or of 8 bits, which some libraries take unless told otherwise.
type cfb struct {
	block   cipher.Block
	reg     [16]byte // what is encrypted next
	key     [16]byte // keystream of the block under way
	pos     int
	feed8   bool
	encrypt bool
}

func newCFB(key, iv []byte, feed8, encrypt bool) *cfb {
	c := &cfb{block: block(key), feed8: feed8, encrypt: encrypt}
	copy(c.reg[:], iv)
	return c
}

// run gives the other form of src.
func (c *cfb) run(src []byte) []byte {
	dst := make([]byte, len(src))
	for i, in := range src {
		if c.pos == 0 {
			c.block.Encrypt(c.key[:], c.reg[:])
		}
		out := in ^ c.key[c.pos]
		dst[i] = out
		wire := in
		if c.encrypt {
			wire = out
		}
		if c.feed8 {
			copy(c.reg[:], c.reg[1:])
			c.reg[15] = wire
			continue
		}
		c.reg[c.pos] = wire
		c.pos = (c.pos + 1) % len(c.reg)
	}
	return dst
}

// peek is run without moving on.
func (c *cfb) peek(src []byte) []byte {
	at := *c
	return at.run(src)
}
