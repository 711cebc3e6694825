package tls

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"hash"
)

// expandLabel is HKDF-Expand-Label of RFC 8446, section 7.1, with an empty
// context. n is at most the size of the hash, so that one block is enough.
func expandLabel(s *suite, secret []byte, name string, n int) []byte {
	info := make([]byte, 0, 32)
	info = append(info, byte(n>>8), byte(n), byte(6+len(name)))
	info = append(info, "tls13 "...)
	info = append(info, name...)
	info = append(info, 0, 1) // no context; the first block
	mac := hmac.New(s.hash(), secret)
	mac.Write(info)
	return mac.Sum(nil)[:n]
}

// keys13 makes the protection that follows from a traffic secret.
func keys13(s *suite, secret []byte) protection {
	return newAEAD13(s, expandLabel(s, secret, "key", s.keySize), expandLabel(s, secret, "iv", 12))
}

// nextSecret is the traffic secret behind a key update (section 7.2).
func nextSecret(s *suite, secret []byte) []byte {
	return expandLabel(s, secret, "traffic upd", s.hashSize())
}

// keys12 makes the protections of both directions of TLS 1.2 and before from
// the master secret (RFC 5246, section 6.3): the client's, and the server's.
func keys12(v version, s *suite, secret []byte, client, server *random, etm bool) (c, d protection) {
	seed := append([]byte("key expansion"), server[:]...)
	seed = append(seed, client[:]...)
	ivSize := 0
	switch {
	case s.form == gcm:
		ivSize = 4
	case s.form == chacha:
		ivSize = 12
	case v == tls10:
		ivSize = 16
	}
	block := prf(v, s, secret, seed, 2*(s.macSize+s.keySize+ivSize))
	cut := func(n int) []byte {
		part := block[:n]
		block = block[n:]
		return part
	}
	macC, macS := cut(s.macSize), cut(s.macSize)
	keyC, keyS := cut(s.keySize), cut(s.keySize)
	ivC, ivS := cut(ivSize), cut(ivSize)
	if s.form == cbc {
		return newCBC(v, s, keyC, macC, ivC, etm), newCBC(v, s, keyS, macS, ivS, etm)
	}
	return newAEAD12(s, keyC, ivC), newAEAD12(s, keyS, ivS)
}

// prf is the pseudorandom function of TLS 1.2 (RFC 5246, section 5), or that of
// TLS 1.0 and 1.1 (RFC 2246), which mixes two hashes. seed begins with the label.
func prf(v version, s *suite, secret, seed []byte, n int) []byte {
	if v >= tls12 {
		return pHash(s.hash(), secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := pHash(md5.New, secret[:half], seed, n)
	for i, b := range pHash(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

func pHash(h func() hash.Hash, secret, seed []byte, n int) []byte {
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}
