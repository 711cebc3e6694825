package codec

import "encoding/binary"

// secondCache keeps the auths of all ids for the seconds that were asked for
// lately. Neither a table of the whole window is made, which few connections
// need, nor is a second computed again for each connection.
//
// Of an auth two bytes are kept, in the order of the ids: a window of 300
// seconds of a hundred thousand ids fits. Where they agree the auth is computed
// again, which noise does once in 65536 ids.
//
// A second has one slot that it can be in, its number modulo theirs, so that
// neighbouring seconds do not displace each other. With more ids than that
// there are fewer slots than a window has seconds; then whoever asks for whole
// windows computes them each time, and should ask for smaller ones.
type secondCache struct {
	slots []second
	made  bool
}

// second holds the beginnings of all auths of one Unix second, four in a word.
type second struct {
	time  int64
	words []uint64
	valid bool
}

// Bounds of the cache: the seconds of two windows, and the memory of 64 MiB.
const (
	cacheSeconds = 512
	cacheBytes   = 64 << 20

	lanes = 4 // beginnings in a word
)

// forget is called when there are more ids.
func (c *secondCache) forget() { *c = secondCache{} }

// reserve makes room for n ids a second. With very many ids nothing is kept.
func (c *secondCache) reserve(n int) {
	c.slots, c.made = make([]second, min(cacheSeconds, cacheBytes/max(secondBytes(n), 1))), true
}

// secondBytes gives the memory of one second.
func secondBytes(ids int) int { return 8 * ((ids + lanes - 1) / lanes) }

// find gives the id that made the auth at second t: the first of two that are
// the same.
func (c *secondCache) find(u *Users, auth [16]byte, t int64) (int32, bool) {
	if !c.made {
		c.reserve(len(u.legacy))
	}
	if len(c.slots) == 0 {
		return scan(u, auth, t, 0, len(u.legacy))
	}
	s := &c.slots[uint64(t)%uint64(len(c.slots))]
	if !s.valid || s.time != t {
		s.fill(u, t)
	}
	wanted := beginning(auth) * 0x0001_0001_0001_0001
	for i, w := range s.words {
		if hasZeroLane(w ^ wanted) {
			if id, ok := scan(u, auth, t, i*lanes, min((i+1)*lanes, len(u.legacy))); ok {
				return id, true
			}
		}
	}
	return 0, false
}

// beginning gives what is kept of an auth.
func beginning(auth [16]byte) uint64 { return uint64(binary.LittleEndian.Uint16(auth[:])) }

// hasZeroLane reports whether one of the four parts of w is zero: only from a
// zero does subtracting one set the top bit of a part that had none, unless a
// part below it borrowed, which was zero itself then.
func hasZeroLane(w uint64) bool {
	const ones, tops = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000
	return (w-ones)&^w&tops != 0
}

// fill computes the auths of second t.
func (s *second) fill(u *Users, t int64) {
	if s.words == nil {
		s.words = make([]uint64, secondBytes(len(u.legacy))/8)
	}
	clear(s.words)
	for i := range u.legacy {
		s.words[i/lanes] |= beginning(u.hasher.Auth(&u.legacy[i].key, t)) << (i % lanes * 16)
	}
	s.time, s.valid = t, true
}

// scan tries the ids from one number up to another without keeping anything.
func scan(u *Users, auth [16]byte, t int64, from, to int) (int32, bool) {
	for i := from; i < to; i++ {
		if u.hasher.Auth(&u.legacy[i].key, t) == auth {
			return int32(i), true
		}
	}
	return 0, false
}
