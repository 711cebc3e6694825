package kcp

import (
	"hash/crc32"

	"vmesskit/inspect/flow"
)

// maxMarks is how many segments of a direction are remembered, to tell whether
// one that comes again is the same. Peers send again what is in their windows.
const maxMarks = 256

// memory remembers the segments that were passed on last.
type memory struct {
	marks []mark // a ring once it is full
	count int    // of all that were ever added
	full  bool   // it grows no more
}

// mark is a segment: its number and a sum of its payload.
type mark struct{ number, sum uint32 }

const markSize = 8

func sum(payload []byte) uint32 { return crc32.ChecksumIEEE(payload) }

// add remembers a segment, in the place of the oldest if there is no room.
func (m *memory) add(room *flow.Room, number uint32, payload []byte) {
	if len(m.marks) == cap(m.marks) && !m.full {
		m.grow(room)
	}
	switch {
	case len(m.marks) < cap(m.marks):
		m.marks = append(m.marks, mark{number, sum(payload)})
	case len(m.marks) > 0:
		m.marks[m.count%len(m.marks)] = mark{number, sum(payload)}
	}
	m.count++
}

// grow doubles the memory, as far as there is room.
func (m *memory) grow(room *flow.Room) {
	n := max(4, 2*cap(m.marks))
	if n > maxMarks || !room.Take(markSize*(n-cap(m.marks))) {
		m.full, m.count = true, 0
		return
	}
	m.marks = append(make([]mark, 0, n), m.marks...)
}

// recall gives the sum of a segment that is remembered.
func (m *memory) recall(number uint32) (sum uint32, ok bool) {
	for _, k := range m.marks {
		if k.number == number {
			return k.sum, true
		}
	}
	return 0, false
}

// leave forgets all.
func (m *memory) leave(room *flow.Room) {
	room.Give(markSize * cap(m.marks))
	*m = memory{full: true}
}
