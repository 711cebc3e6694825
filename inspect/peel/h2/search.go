package h2

// search looks for the border of a frame in a stream of bytes where the borders
// are not known. A candidate is a place where the head of a frame may be; it is
// found right when enough likely heads follow each other from there.
type search struct {
	held       []byte // what may have to be read again
	room       int    // bytes that were granted for it
	looked     int    // how many of held were looked at for candidates
	candidates []candidate
	total      int // bytes that were searched
}

// candidate is a place that may be the border of a frame.
type candidate struct {
	off   int // of the place
	next  int // where the next head would be
	heads int // that were likely so far
}

const (
	maxSearch     = 1 << 20  // bytes, until the search is given up
	maxHeld       = 64 << 10 // enough for frames of the usual length
	maxCandidates = 64
)

// find takes p and gives the bytes from a border on, up to the end of p, or nil
// while there is none.
func (r *reader) find(p []byte) []byte {
	s := &r.search
	s.total += len(p)
	buf := p
	if len(s.held) > 0 {
		if r.grow(len(s.held) + len(p)) {
			s.held = append(s.held, p...)
			buf = s.held
		} else {
			s.forget()
		}
	}
	if off := r.judge(buf); off >= 0 {
		r.endSearch()
		return buf[off:]
	}
	r.hold(buf)
	return nil
}

// grow asks for room for n bytes in all.
func (r *reader) grow(n int) bool {
	s := &r.search
	if n > s.room {
		if !r.conn.room.Take(n - s.room) {
			return false
		}
		s.room = n
	}
	return true
}

// forget begins anew with what comes next.
func (s *search) forget() {
	s.held, s.looked, s.candidates = s.held[:0], 0, s.candidates[:0]
}

// endSearch gives everything back.
func (r *reader) endSearch() {
	r.conn.room.Give(r.search.room)
	r.search = search{}
}

// hold keeps what a candidate needs, or what may be a part of a head.
func (r *reader) hold(buf []byte) {
	s := &r.search
	for len(s.candidates) > 0 && len(buf)-s.candidates[0].off > maxHeld {
		s.candidates = append(s.candidates[:0], s.candidates[1:]...)
	}
	from := s.looked
	if len(s.candidates) > 0 {
		from = s.candidates[0].off
	}
	if !r.grow(len(buf) - from) {
		s.forget()
		return
	}
	s.looked -= from
	for i := range s.candidates {
		s.candidates[i].off -= from
		s.candidates[i].next -= from
	}
	if from > 0 || len(s.held) == 0 {
		s.held = append(s.held[:0], buf[from:]...)
	}
}

// judge gives the place of the first border, or -1.
func (r *reader) judge(buf []byte) int {
	s := &r.search
	left := s.candidates[:0]
	for _, c := range s.candidates {
		switch alive, proven := r.follow(&c, buf); {
		case proven:
			return c.off
		case alive:
			left = append(left, c)
		}
	}
	s.candidates = left
	for ; s.looked+headSize <= len(buf); s.looked++ {
		if !mayHead(buf[s.looked:]) {
			continue
		}
		c := candidate{off: s.looked, next: s.looked}
		switch alive, proven := r.follow(&c, buf); {
		case proven:
			return c.off
		case alive && len(s.candidates) < maxCandidates:
			s.candidates = append(s.candidates, c)
		}
	}
	return -1
}

// follow goes from head to head as far as there are bytes.
func (r *reader) follow(c *candidate, buf []byte) (alive, proven bool) {
	for c.next+headSize <= len(buf) {
		f := parseFrame(buf[c.next:])
		if !f.likely(r.most, r.conn.newest) {
			return false, false
		}
		if c.heads++; f.proves() || c.heads > 1 {
			return true, true
		}
		c.next += headSize + f.length
	}
	return true, false
}
