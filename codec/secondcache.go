package codec

// secondCache keeps the auths of all ids for the seconds that were asked for
// lately. Neither a table of the whole window is made, which few connections
// need, nor is a second computed again for each connection.
//
// A second has one slot that it can be in, its number modulo theirs, so that
// neighbouring seconds do not displace each other. With thousands of ids there
// are fewer slots than a window has seconds; then only the middle of windows,
// where most requests are, is worth keeping, and the rest is computed again.
type secondCache struct {
	slots []second
	made  bool
}

// second holds all auths of one Unix second.
type second struct {
	time  int64
	ids   map[[16]byte]int32 // index into Users.legacy
	valid bool
}

// Bounds of the cache: the seconds of two windows, and a million auths.
const (
	cacheSeconds = 512
	cacheAuths   = 1 << 20
)

// forget is called when there are more ids.
func (c *secondCache) forget() { *c = secondCache{} }

// reserve makes room for n ids a second. With very many ids nothing is kept.
func (c *secondCache) reserve(n int) {
	c.slots, c.made = make([]second, min(cacheSeconds, cacheAuths/max(n, 1))), true
}

// find gives the id that made the auth at second t.
func (c *secondCache) find(u *Users, auth [16]byte, t int64) (int32, bool) {
	if !c.made {
		c.reserve(len(u.legacy))
	}
	if len(c.slots) == 0 {
		return scan(u, auth, t)
	}
	s := &c.slots[uint64(t)%uint64(len(c.slots))]
	if !s.valid || s.time != t {
		s.fill(u, t)
	}
	id, ok := s.ids[auth]
	return id, ok
}

// fill computes the auths of second t. The first of two ids that are the same
// counts, as in a scan.
func (s *second) fill(u *Users, t int64) {
	if s.ids == nil {
		s.ids = make(map[[16]byte]int32, len(u.legacy))
	}
	clear(s.ids)
	for i := len(u.legacy) - 1; i >= 0; i-- {
		s.ids[u.hasher.Auth(&u.legacy[i].key, t)] = int32(i)
	}
	s.time, s.valid = t, true
}

// scan tries all ids without keeping anything.
func scan(u *Users, auth [16]byte, t int64) (int32, bool) {
	for i := range u.legacy {
		if u.hasher.Auth(&u.legacy[i].key, t) == auth {
			return int32(i), true
		}
	}
	return 0, false
}
