package session

import "vmesskit/codec"

// finder waits behind a hole for the next chunk that opens. It holds what
// comes, since where a chunk begins may show only in what follows.
type finder struct {
	ahead  *codec.Ahead // nil where nothing can be recognised, only counted
	number uint64       // of the first chunk whose length is not known to be lost
	edge   int64        // where it begins, in the window; below 0 in front of that
	known  bool         // edge is
	lost   int64        // bytes from where the opener stands to the window; -1 if nobody knows
	wireAt int64        // where the window begins, in the direction's bytes
	window []byte
	starts []int // where segments begin in it: peers write chunk by chunk
}

// The window has room for a lost chunk's rest and the whole chunk behind it.
const (
	maxWindow = 2 * codec.MaxChunk
	maxStarts = 256
)

// hole says that n bytes are missing here, -1 if nobody knows how many. Behind
// the end of a body nothing is.
func (b *body) hole(n int64) {
	if b.ended && !b.mayResume() {
		return
	}
	b.wait() // what is under way comes first
	if b.finder != nil {
		b.find()
	}
	if b.stopped || b.ended && !b.mayResume() {
		return
	}
	b.breakOff(b.opener.Chunks())
	b.vague = b.vague || n < 0
	if b.finder != nil {
		b.drop(len(b.finder.window))
		b.finder.missing(n)
	} else {
		b.finder = b.newFinder(n)
		b.pending = b.pending[:0]
	}
	if b.finder == nil || !b.mayFind() {
		b.giveUp()
	}
}

// mayFind reports whether what stands behind the hole can be read at all. A
// body without chunks can where its cipher is in step again; one whose chunks
// cannot be recognised, where it is known where the next one begins.
func (b *body) mayFind() bool {
	f := b.finder
	if !b.opener.Chunked() {
		f.edge, f.known = int64(b.opener.Blind(f.lost)), true
	}
	return f.ahead != nil || f.known && f.edge >= 0 || b.opener.PlainLengths()
}

// newFinder tells what is known where the hole begins. It is nil where nothing
// behind the hole can be read.
func (b *body) newFinder(n int64) *finder {
	if b.rescue == nil {
		return nil
	}
	f := &finder{number: b.opener.Chunks(), lost: -1, wireAt: b.offset + int64(len(b.pending)) + max(n, 0)}
	if n >= 0 {
		f.lost = int64(len(b.pending)) + n
		f.edge, f.known = -f.lost, true
	}
	if frame, read := b.opener.Current(); read {
		if frame.End {
			return nil
		}
		f.number++
		f.edge += int64(frame.Size())
		b.skip(b.opener.Payload(&frame))
	}
	f.ahead = b.opener.Ahead()
	return f
}

// missing says that n bytes more are missing in front of the window, which is
// empty.
func (f *finder) missing(n int64) {
	if n < 0 {
		f.known, f.lost = false, -1
		return
	}
	f.edge -= n
	f.wireAt += n
	if f.lost >= 0 {
		f.lost += n
	}
}

// drop lets go of the window's first n bytes.
func (b *body) drop(n int) {
	f := b.finder
	b.rescue.held.Give(n)
	f.window = append(f.window[:0], f.window[n:]...)
	f.edge -= int64(n)
	f.wireAt += int64(n)
	if f.lost >= 0 {
		f.lost += int64(n)
	}
	kept := f.starts[:0]
	for _, at := range f.starts {
		if at >= n {
			kept = append(kept, at-n)
		}
	}
	f.starts = kept
}

// hold takes the next bytes behind a hole and gives those that there is no room
// for yet.
func (b *body) hold(p []byte) (rest []byte) {
	f := b.finder
	n := min(len(p), maxWindow-len(f.window))
	if !b.rescue.held.Take(n) {
		if !b.find() {
			b.limit = "hold"
			b.giveUp()
		}
		return p
	}
	if len(f.starts) < maxStarts {
		f.starts = append(f.starts, len(f.window))
	}
	f.window = append(f.window, p[:n]...)
	switch {
	case b.atEdge():
	case len(f.window) == maxWindow && !b.find():
		if b.finder != nil {
			b.drop(maxWindow / 2)
		}
	}
	return p[n:]
}

// atEdge resumes where the next chunk is known to begin, once it is there.
func (b *body) atEdge() bool {
	f := b.finder
	at := len(f.window)
	if !f.known || f.edge < 0 || f.edge > int64(at) {
		return false
	}
	at = int(f.edge)
	if f.ahead == nil {
		return b.resume(at, f.number)
	}
	s := b.newScan()
	return s.opens(at, f.number, 1) && b.resume(at, f.number)
}

// find looks for the next chunk in the window, and resumes there. It reports
// false if there is none.
func (b *body) find() bool {
	f := b.finder
	if f.ahead == nil {
		return b.chained()
	}
	s := b.newScan()
	at, number, found := s.run()
	switch {
	case found:
		at, number = s.back(at, number)
		s.rescue.refund(s.took)
		return b.resume(at, number)
	case s.spent:
		b.giveUp()
	}
	return false
}

// resume goes on with a chunk that begins in the window.
func (b *body) resume(at int, number uint64) bool {
	f := b.finder
	if !b.opener.Resume(number, f.lost, f.window[:at]) {
		return false
	}
	b.place = b.placeOf(f, at, number)
	if number != f.number && (f.ahead == nil || !f.ahead.Numbered()) {
		b.place, b.uncounted = -1, true
	}
	b.offset = f.wireAt + int64(at)
	b.release()
	b.read(f.window[at:])
	return true
}

// last looks at what is held when the conversation ends.
func (b *body) last() {
	b.wait()
	if b.finder != nil {
		b.find()
	}
	b.release()
	b.forgetPending()
}

// placeOf tells where the plaintext of a chunk is: what lost chunks took on the
// wire less what they took besides their payloads.
func (b *body) placeOf(f *finder, at int, number uint64) int64 {
	switch {
	case b.place < 0 || f.lost < 0 || !f.known:
		return -1
	case !b.opener.Chunked():
		return b.place + f.lost + int64(at)
	case f.ahead == nil || number == f.number:
		return b.place
	}
	return b.place + int64(at) - f.edge - f.ahead.Overhead(number) + f.ahead.Overhead(f.number)
}

// release lets go of the window.
func (b *body) release() {
	if b.finder != nil {
		b.rescue.held.Give(len(b.finder.window))
		b.finder = nil
	}
}

// giveUp ends the reading of this direction.
func (b *body) giveUp() {
	b.stopped = true
	b.release()
}
