package peel

import "vmesskit/inspect/flow"

// Gap tells of a hole. One inside of a frame's payload is passed on, and the
// frame goes on behind it. Else the next frame has to be found.
func (w *frames) Gap(from flow.Side, at flow.Time, n int64) {
	r := &w.ways[from]
	if r.dead || r.closed {
		return
	}
	r.deflate.leave(&w.room)
	switch {
	case r.deflate != nil:
		w.stop(r, from, at, "compressed frames behind a hole")
	case n >= 0 && uint64(n) <= r.left:
		r.left -= uint64(n)
		r.frame.skip(n)
		if r.frame.op < opClose {
			w.inside.Gap(from, at, n)
		}
	default:
		r.search, r.left, r.message, r.head = true, 0, false, r.head[:0]
		w.inside.Gap(from, at, -1)
	}
}

// find looks for a frame at the start of what one packet brought, since peers
// write whole frames: one that ends there, or has another one behind it. It
// gives p from that frame on, or nothing.
func (w *frames) find(r *frameReader, from flow.Side, p []byte) []byte {
	rest := p
	for len(rest) > 0 {
		f, n, ok := parseFrame(rest)
		if !ok || n == 0 || f.masked != (from == w.client) || f.op != opBinary || !f.fin {
			return nil
		}
		if f.size >= uint64(len(rest)-n) {
			break
		}
		rest = rest[n+int(f.size):]
	}
	r.search = false
	return p
}
