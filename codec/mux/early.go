package mux

import (
	"bytes"

	"vmesskit/codec"
)

// early keeps frames of the server whose New frame has not come yet: in a
// recording the two directions may be out of step. Only a number that no New frame
// had before is waited for.
type early struct {
	frames []Frame
	bytes  int
	known  map[uint16]bool
}

// Bounds of what waits. Two directions are out of step by a few packets.
const (
	maxEarly      = 256
	maxEarlyBytes = 256 << 10
)

// keep takes a copy of a frame, if it may be early and there is room.
func (e *early) keep(f *Frame, room func(n int) bool) {
	if f.Status != Keep && f.Status != End || e.known[f.ID] || len(e.frames) == maxEarly || e.bytes+len(f.Data) > maxEarlyBytes {
		return
	}
	if room != nil && !room(len(f.Data)) {
		return
	}
	c := *f
	c.Data = bytes.Clone(f.Data)
	e.frames, e.bytes = append(e.frames, c), e.bytes+len(c.Data)
}

// opened notes that a number has had its New frame.
func (e *early) opened(id uint16) {
	if e.known == nil {
		e.known = make(map[uint16]bool)
	}
	e.known[id] = true
}

// take gives the frames of the numbers that are wanted, and forgets them.
func (e *early) take(wanted func(id uint16) bool) (out []Frame) {
	rest := e.frames[:0]
	for _, f := range e.frames {
		if wanted(f.ID) {
			out, e.bytes = append(out, f), e.bytes-len(f.Data)
		} else {
			rest = append(rest, f)
		}
	}
	e.frames = rest
	return out
}

// catchUp takes frames again that were discarded for the time being.
func (m *Sessions) catchUp(frames []Frame) {
	for i := range frames {
		f := &frames[i]
		was := &m.Discarded[codec.Down]
		was.Chunks, was.Bytes = was.Chunks-1, was.Bytes-uint64(len(f.Data))
		m.Frame(codec.Down, f)
	}
}
