package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

const blockSize = aes.BlockSize

// cbcMode is CBC whose IV can be set for each record, as the standard library
// makes it.
type cbcMode interface {
	cipher.BlockMode
	SetIV([]byte)
}

// cbcHMAC is AES-CBC with HMAC of TLS 1.2 and before (RFC 5246, section
// 6.2.3.2): the MAC is inside, or around it with encrypt_then_mac (RFC 7366).
// Nothing here takes constant time: who reads a capture answers nobody.
type cbcHMAC struct {
	mode    cbcMode
	mac     hash.Hash
	etm     bool
	chained bool            // TLS 1.0: the IV is the last block of the record before
	last    [blockSize]byte // that block
	pseudo  [13]byte
	sum     [sha512.Size384]byte
}

func newCBC(v version, s *suite, key, macKey, iv []byte, etm bool) *cbcHMAC {
	h := sha1.New
	switch s.macSize {
	case sha256.Size:
		h = sha256.New
	case sha512.Size384:
		h = sha512.New384
	}
	c := &cbcHMAC{mac: hmac.New(h, macKey), etm: etm, chained: v == tls10}
	copy(c.last[:], iv)
	c.mode = cipher.NewCBCDecrypter(newBlock(key), c.last[:]).(cbcMode)
	return c
}

func (c *cbcHMAC) least() int {
	n := c.mac.Size() + 1 // MAC and padding, both encrypted
	if c.etm {
		n = 1
	}
	n = (n + blockSize - 1) / blockSize * blockSize
	if c.etm {
		n += c.mac.Size()
	}
	if !c.chained {
		n += blockSize
	}
	return n
}

func (c *cbcHMAC) open(dst, record []byte, seq uint64) (content, []byte, bool) {
	body := record[headerSize:]
	if len(body) < c.least() {
		return 0, nil, false
	}
	if c.etm {
		sealed := body[:len(body)-c.mac.Size()]
		if !c.authentic(seq, record, sealed, body[len(sealed):]) {
			return 0, nil, false
		}
		body = sealed
	}
	plain, ok := c.decrypt(dst, body)
	if ok && !c.etm {
		n := len(plain) - c.mac.Size()
		ok = n >= 0 && c.authentic(seq, record, plain[:n], plain[n:])
		plain = plain[:max(n, 0)]
	}
	return content(record[0]), plain, ok
}

// authentic compares the MAC of p.
func (c *cbcHMAC) authentic(seq uint64, record, p, want []byte) bool {
	pseudoHeader(&c.pseudo, seq, record, len(p))
	c.mac.Reset()
	c.mac.Write(c.pseudo[:])
	c.mac.Write(p)
	return hmac.Equal(c.mac.Sum(c.sum[:0]), want)
}

// decrypt takes off CBC and the padding.
func (c *cbcHMAC) decrypt(dst, body []byte) ([]byte, bool) {
	if len(body)%blockSize != 0 {
		return nil, false
	}
	if c.chained {
		c.mode.SetIV(c.last[:])
		copy(c.last[:], body[len(body)-blockSize:])
	} else {
		c.mode.SetIV(body[:blockSize])
		body = body[blockSize:]
	}
	plain := body
	if dst != nil {
		plain = dst[:len(body)]
	}
	c.mode.CryptBlocks(plain, body)
	pad := int(plain[len(plain)-1]) + 1
	if pad > len(plain) {
		return nil, false
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad-1 {
			return nil, false
		}
	}
	return plain[:len(plain)-pad], true
}

// fits reports whether a record could be of these keys, by the end of its
// padding. Where the MAC is inside, no sequence number helps one that does not.
func (c *cbcHMAC) fits(record []byte) bool {
	body := record[headerSize:]
	switch {
	case len(body) < c.least():
		return false
	case c.etm || len(body) < 2*blockSize:
		return true
	case len(body)%blockSize != 0:
		return false
	}
	var end [blockSize]byte
	at := len(body) - blockSize
	c.mode.SetIV(body[at-blockSize : at])
	c.mode.CryptBlocks(end[:], body[at:])
	pad := end[blockSize-1]
	for _, b := range end[blockSize-min(blockSize, int(pad)+1):] {
		if b != pad {
			return false
		}
	}
	return int(pad)+1+c.mac.Size() <= len(body)
}

// behind sets the IV of a record that follows b. It keeps what it has where b
// is too short to tell.
func (c *cbcHMAC) behind(b []byte) {
	if len(b) >= blockSize {
		copy(c.last[:], b[len(b)-blockSize:])
	}
}
