package codec

import (
	"crypto/md5"
	"encoding/binary"
)

// LegacyKey is an ID made ready to compute legacy auths: the two passes of
// HMAC-MD5 with the ID hashed in.
type LegacyKey struct{ inner, outer paused }

// NewLegacyKey prepares an ID, primary or alter.
func NewLegacyKey(id ID) LegacyKey {
	return LegacyKey{
		inner: pause(md5.New(), appendPad(nil, id[:], &innerPad)),
		outer: pause(md5.New(), appendPad(nil, id[:], &outerPad)),
	}
}

// LegacyHasher computes legacy auths without allocating. It is for one
// goroutine at a time.
type LegacyHasher struct {
	h   resumable
	msg [8]byte
	sum [md5.Size]byte
}

// NewLegacyHasher makes a hasher; one serves for any number of keys.
func NewLegacyHasher() *LegacyHasher { return &LegacyHasher{h: newResumable(md5.New())} }

// Auth computes HMAC-MD5(id, BE64(t)), the first 16 bytes of a legacy request
// that was made at Unix second t.
func (l *LegacyHasher) Auth(k *LegacyKey, t int64) [16]byte {
	binary.BigEndian.PutUint64(l.msg[:], uint64(t))
	l.h.resume(k.inner)
	l.h.Write(l.msg[:])
	inner := l.h.Sum(l.sum[:0])
	l.h.resume(k.outer)
	l.h.Write(inner)
	l.h.Sum(l.sum[:0])
	return l.sum
}

// LegacyAuth is the auth of one request. Use a LegacyHasher to try many.
func LegacyAuth(id ID, t int64) [16]byte {
	k := NewLegacyKey(id)
	return NewLegacyHasher().Auth(&k, t)
}

// legacyIV is the CFB IV of a legacy command section: MD5 of the time, four
// times over.
func legacyIV(t int64) [16]byte {
	var b [32]byte
	for i := range 4 {
		binary.BigEndian.PutUint64(b[i*8:], uint64(t))
	}
	return md5.Sum(b[:])
}
