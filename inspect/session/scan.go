package session

import (
	"slices"

	"vmesskit/codec"
)

// scan tries which chunk begins where in a window. A length that fits is a
// hint, for which the lengths that follow from it have to fit as well; a tag
// that opens is proof.
type scan struct {
	*finder
	rescue  *rescue
	view    []byte // the window, as the chunks are in it
	from    int    // what is in front cannot be read
	typical int64  // size of the chunks in front of the hole, about
	largest int    // no chunk is beyond that,
	seen    int    // and none was in front of the hole
	left    int    // steps
	took    int    // steps
	spent   bool   // the budget of the conversation, or of the run, is
}

// Bounds of one scan.
const (
	scanSteps = 1 << 22
	// The largest chunk that is looked for: beyond that of any known writer.
	plausible = 17408 + 64 + 18
	// How many chunks may be lost, where it is known how many bytes are, and
	// where it is not. Nonces repeat behind 65536.
	mostLost    = 1<<16 - 1
	mostUnknown = 1 << 10
	// How far from the likely one the number of a chunk may be where a segment
	// begins, before other places are tried.
	likelySpread = 64
	// How many lengths have to fit behind a length without a tag.
	mostLengths = 8
)

func (b *body) newScan() *scan {
	s := &scan{
		finder: b.finder, rescue: b.rescue, left: scanSteps,
		typical: int64(b.usual()), largest: max(b.largest, plausible), seen: b.largest,
	}
	s.view, s.from = s.ahead.View(s.lost, s.window)
	return s
}

// spend takes steps, and reports false once there are none.
func (s *scan) spend(n int) bool {
	if s.left < 0 || s.spent {
		return false
	}
	s.left -= n
	s.took += n
	if !s.rescue.spend(n) {
		s.spent = true
	}
	return s.left >= 0 && !s.spent
}

// run tries the likely first: where chunks are known to begin, or segments do.
func (s *scan) run() (at int, number uint64, found bool) {
	if s.known && s.edge >= int64(s.from) && s.edge < int64(len(s.view)) && s.opens(int(s.edge), s.number, 1) {
		return int(s.edge), s.number, true
	}
	for _, try := range []struct{ reach, steps int }{
		{s.seen, scanSteps / 4}, // from the hole to the next chunk it is less than one
		{s.largest, scanSteps},
	} {
		reach := min(len(s.view), s.from+try.reach)
		starts, _ := slices.BinarySearch(s.starts, reach)
		s.left = try.steps
		if at, number, found = s.sweep(starts, likelySpread, func(i int) int { return s.starts[i] }); found {
			break
		}
		if at, number, found = s.sweep(reach-s.from, mostLost, func(i int) int { return s.from + i }); found {
			break
		}
	}
	return at, number, found
}

// sweep tries n places with more and more unlikely numbers.
func (s *scan) sweep(n int, most uint64, place func(int) int) (at int, number uint64, found bool) {
	for spread := uint64(0); spread <= most; spread++ {
		tried := false
		for i := 0; i < n && s.left >= 0 && !s.spent; i++ {
			at := place(i)
			lo, likely, hi := s.numbers(at)
			if likely+spread <= hi {
				tried = true
				if s.opens(at, likely+spread, s.ahead.Proofs()) {
					return at, likely + spread, true
				}
			}
			if spread > 0 && spread <= likely-lo {
				tried = true
				if s.opens(at, likely-spread, s.ahead.Proofs()) {
					return at, likely - spread, true
				}
			}
		}
		if !tried || s.left < 0 || s.spent {
			break
		}
	}
	return 0, 0, false
}

// back goes back from a chunk that was found to the first one in front of it
// that leads there: one further on may have been tried earlier.
func (s *scan) back(at int, number uint64) (int, uint64) {
	for {
		before, found := s.before(at, number-1)
		if !found {
			return at, number
		}
		at, number = before, number-1
	}
}

// before looks for the chunk that ends at a place.
func (s *scan) before(end int, number uint64) (at int, found bool) {
	if !s.ahead.Numbered() || number+1 == s.number {
		return 0, false
	}
	for at = end - s.ahead.Least(); at >= max(s.from, end-s.largest); at-- {
		lo, _, hi := s.numbers(at)
		if number < lo || hi < number {
			continue
		}
		if f, ok := s.frame(at, number); ok && at+f.Size() == end && s.ahead.Opens(&f, s.view[at:end], &s.rescue.run.scratch) {
			return at, true
		}
	}
	return 0, false
}

// numbers tells which chunks may begin at a place; none if hi is below lo. The
// likely one is behind chunks of the usual size.
func (s *scan) numbers(at int) (lo, likely, hi uint64) {
	span := int64(at) - s.edge
	switch {
	case at < s.from || s.known && span < 0:
		return 1, 1, 0
	case s.known && span == 0:
		return s.number, s.number, s.number
	case !s.ahead.Numbered():
		return s.number + 1, s.number + 1, s.number + 1
	case !s.known:
		return s.number, s.number, s.number + mostUnknown
	}
	most := int64(s.largest)
	lo = s.number + uint64((span+most-1)/most)
	hi = s.number + uint64(min(span/int64(s.ahead.Least()), mostLost))
	likely = s.number + uint64((span+s.typical/2)/s.typical)
	return lo, max(lo, min(likely, hi)), hi
}

// opens reports whether a chunk begins at a place, so that there is no doubt.
func (s *scan) opens(at int, number uint64, proofs int) bool {
	f, ok := s.frame(at, number)
	if !ok || s.ahead.Sealed() {
		return ok
	}
	if !f.End && !s.goOn(at+f.Size(), number+1) {
		return false
	}
	for at+f.Size() <= len(s.view) && s.spend(stepsOfOpen+f.Size()/bytesAStep) {
		if !s.ahead.Opens(&f, s.view[at:at+f.Size()], &s.rescue.run.scratch) {
			return false
		}
		if proofs--; proofs == 0 {
			return true
		}
		at += f.Size()
		number++
		if f, ok = s.frame(at, number); !ok {
			return false
		}
	}
	return false
}

// frame reads the length that a chunk would have at a place.
func (s *scan) frame(at int, number uint64) (f codec.Frame, ok bool) {
	cost := 1
	if s.ahead.Sealed() {
		cost = stepsOfOpen
	}
	if !s.spend(cost) || at > len(s.view) || !s.room(at, number) {
		return f, false
	}
	f, ok = s.ahead.Frame(number, s.view[at:])
	return f, ok && f.Size() <= s.largest
}

// room reports whether the lost bytes suffice for the chunks in front of a
// number: each has a byte of payload at least.
func (s *scan) room(at int, number uint64) bool {
	if !s.known || number <= s.number {
		return true
	}
	payload := int64(at) - s.edge - s.ahead.Overhead(number) + s.ahead.Overhead(s.number)
	return payload >= int64(number-s.number)
}

// goOn reports whether the lengths from a place on fit as well, as far as the
// view reaches.
func (s *scan) goOn(at int, number uint64) bool {
	for range mostLengths {
		if at+2 > len(s.view) {
			return true
		}
		f, ok := s.frame(at, number)
		if !ok || f.End {
			return ok
		}
		at += f.Size()
		number++
	}
	return true
}

// measure notes the size of a chunk.
func (b *body) measure(n int) {
	b.largest = max(b.largest, n)
	if b.typical == 0 {
		b.typical = n << typicalShift
	}
	b.typical += n - b.typical>>typicalShift
}

// What is taken for the usual size of chunks, while none was seen; and the least
// that is, since a body often begins with small ones.
const (
	usualSize    = 2048 // of v2ray, at most
	leastUsual   = 256
	typicalShift = 3 // eight chunks count
)

// usual tells how large chunks are, about.
func (b *body) usual() int {
	if b.typical == 0 {
		return usualSize
	}
	return max(b.typical>>typicalShift, leastUsual)
}
