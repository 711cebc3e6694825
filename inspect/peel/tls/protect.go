package tls

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"
)

// Of the record layer.
const (
	headerSize = 5
	maxPlain   = 1 << 14
	maxSealed  = maxPlain + 2048 // what TLS 1.2 allows; 1.3 allows 256 more than maxPlain
)

// content is the type of a record, or of what was inside.
type content byte

const (
	changeCipherSpec content = 20
	alert            content = 21
	handshake        content = 22
	application      content = 23
)

// protection opens records.
type protection interface {
	// open opens a record, header included, into dst, which is empty and may be
	// the record's own place (inPlace) or has room for it elsewhere. Where that
	// fails, both are no longer what they were, except for a record that was
	// opened elsewhere.
	open(dst, record []byte, seq uint64) (content, []byte, bool)
	// least is the size of the smallest body that can open.
	least() int
}

// newBlock makes AES. The size of the key comes from the table of suites.
func newBlock(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return b
}

func newAEAD(s *suite, key []byte) cipher.AEAD {
	var a cipher.AEAD
	var err error
	if s.form == chacha {
		a, err = chacha20poly1305.New(key)
	} else {
		a, err = cipher.NewGCM(newBlock(key))
	}
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return a
}

// aead13 is TLS 1.3's (RFC 8446, section 5.2).
type aead13 struct {
	aead  cipher.AEAD
	iv    [12]byte
	nonce [12]byte // here, so that it does not become an allocation
}

func newAEAD13(s *suite, key, iv []byte) *aead13 {
	a := &aead13{aead: newAEAD(s, key)}
	copy(a.iv[:], iv)
	return a
}

func (a *aead13) least() int { return 17 } // a type and a tag

func (a *aead13) open(dst, record []byte, seq uint64) (content, []byte, bool) {
	body := record[headerSize:]
	if content(record[0]) != application || len(body) < a.least() {
		return 0, nil, false
	}
	xorSequence(&a.nonce, &a.iv, seq)
	if dst == nil {
		dst = body[:0]
	}
	plain, err := a.aead.Open(dst, a.nonce[:], body, record[:headerSize])
	if err != nil {
		return 0, nil, false
	}
	for n := len(plain) - 1; n >= 0; n-- { // zeros are padding, the type is in front of them
		if plain[n] != 0 {
			return content(plain[n]), plain[:n], true
		}
	}
	return 0, plain[:0], true // not allowed, and proven to be what was sent
}

// xorSequence makes a nonce of an IV and a sequence number.
func xorSequence(nonce, iv *[12]byte, seq uint64) {
	*nonce = *iv
	tail := nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^seq)
}

// aead12 is that of TLS 1.2: GCM with a part of its nonce in the record (RFC
// 5288), or ChaCha20-Poly1305, whose nonce is made as in TLS 1.3 (RFC 7905).
type aead12 struct {
	aead     cipher.AEAD
	explicit int // bytes of the nonce in the record
	iv       [12]byte
	nonce    [12]byte
	aad      [13]byte
}

func newAEAD12(s *suite, key, iv []byte) *aead12 {
	a := &aead12{aead: newAEAD(s, key)}
	if s.form == gcm {
		a.explicit = 8
	}
	copy(a.iv[:], iv)
	return a
}

func (a *aead12) least() int { return a.explicit + a.aead.Overhead() }

func (a *aead12) open(dst, record []byte, seq uint64) (content, []byte, bool) {
	body := record[headerSize:]
	if len(body) < a.least() {
		return 0, nil, false
	}
	if a.explicit > 0 {
		a.nonce = a.iv
		copy(a.nonce[4:], body)
		body = body[a.explicit:]
	} else {
		xorSequence(&a.nonce, &a.iv, seq)
	}
	if dst == nil {
		dst = body[:0]
	}
	pseudoHeader(&a.aad, seq, record, len(body)-a.aead.Overhead())
	plain, err := a.aead.Open(dst, a.nonce[:], body, a.aad[:])
	return content(record[0]), plain, err == nil
}

// pseudoHeader is what TLS 1.2 and before authenticate beside the contents.
func pseudoHeader(dst *[13]byte, seq uint64, record []byte, n int) {
	binary.BigEndian.PutUint64(dst[:], seq)
	copy(dst[8:11], record)
	binary.BigEndian.PutUint16(dst[11:], uint16(n))
}
