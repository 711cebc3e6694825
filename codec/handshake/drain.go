package handshake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"vmesskit/codec"
)

// What is read of a rejected connection, in bytes from its start:
//
//	head + base + r,   least ≤ base < most,   0 ≤ r < spread ≤ 64
//
// base and spread belong to the server (or the client's account), r to the
// connection. It is the formula of v2ray, but for its least, which there is 0:
// with a small base a legacy header needs more bytes than that, and the
// server closes where the padding says, which is what draining is to hide. So
// here no header of an honest client is longer than the least total.
const (
	serverHead = authSize + 38
	clientHead = lengthSize

	leastBase = longestHeader - serverHead
	mostBase  = 3266
	maxSpread = 64

	authSize      = 16
	lengthSize    = 18
	longestHeader = authSize + lengthSize + 8 + codec.MaxSection + 16
)

// MaxHandshake is the most bytes of a connection that Feed ever wants to see
// before it accepts or closes: more than that need not be kept.
const MaxHandshake = serverHead + mostBase + maxSpread

// Labels of the seeds, as v2ray-core spells them; what is made of the seed is
// our own, and shows on no wire.
const (
	serverSeed = "VMESSBSKDF"
	clientSeed = "VMessBF"
)

// seed is the secret that a drain follows from. Each id is absorbed in the
// order of addition.
type seed [sha256.Size]byte

func (s *seed) absorb(label string, id codec.ID) {
	h := hmac.New(sha256.New, []byte(label))
	h.Write(s[:])
	h.Write(id[:])
	h.Sum(s[:0])
}

// drain is what a seed makes of the formula.
type drain struct{ base, spread int }

func (s *seed) drain() drain {
	sum := sha256.Sum256(s[:])
	return drain{
		base:   leastBase + int(binary.BigEndian.Uint64(sum[:8])%(mostBase-leastBase)),
		spread: 1 + int(binary.BigEndian.Uint64(sum[8:16])%maxSpread),
	}
}

// total gives how much is read of one connection.
func (d drain) total(head int, random uint32) int {
	return head + d.base + int(random%uint32(d.spread))
}
