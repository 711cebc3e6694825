package session

import "encoding/binary"

// Chunks without tags, whose lengths are plain, can be found again by these
// lengths alone: from a wrong place they soon lead to one that is none. That is
// no proof, so a border counts only where all chains meet that lead through a
// full window: the right one is among them, unless a chunk is larger than any
// was.
const (
	lengthBytes  = 2
	mostOfAChunk = 16384 // sing reads no larger ones, and v2ray and Xray write half
)

// meet gives the first border that every chain through the window has; -1 if
// they do not meet.
func meet(window []byte) int {
	leads := ways(window)
	marks, open := make([]bool, len(window)), 0
	for at := range min(lengthBytes+mostOfAChunk, len(window)) {
		if leads[at] {
			marks[at] = true
			open++
		}
	}
	for at, marked := range marks {
		if !marked {
			continue
		}
		if open == 1 {
			return at
		}
		next := nextBorder(window, at)
		switch {
		case next >= len(window): // a chain that met no other
			return -1
		case marks[next]:
			open--
		}
		marks[next] = true
	}
	return -1
}

// ways tells from which places lengths lead out of the window.
func ways(window []byte) []bool {
	leads := make([]bool, len(window))
	for at := len(window) - 1; at >= 0; at-- {
		next := nextBorder(window, at)
		leads[at] = next >= len(window) || next >= 0 && leads[next]
	}
	return leads
}

// nextBorder reads a length; -1 for one that is none. One that is not whole
// leads out of the window.
func nextBorder(window []byte, at int) int {
	if at+lengthBytes > len(window) {
		return len(window)
	}
	n := int(binary.BigEndian.Uint16(window[at:]))
	if n == 0 || n > mostOfAChunk {
		return -1
	}
	return at + lengthBytes + n
}

// chained resumes at a border that the lengths in a full window agree on. Which
// chunk that is, they do not tell.
func (b *body) chained() bool {
	f := b.finder
	if len(f.window) < maxWindow || b.largest > lengthBytes+mostOfAChunk {
		return false
	}
	at := meet(f.window)
	return at >= 0 && b.resume(at, f.number+1)
}
