package kcp

import "encoding/binary"

// command is what a segment does.
type command uint8

const (
	acknowledge command = iota
	data
	terminate
	ping
)

// closing is the option of a side that has nothing new to send.
const closing = 0x01

// Sizes of segments: what all have, and what follows it.
const (
	frontSize = 4  // conversation 2, command 1, option 1
	ackSize   = 13 // window 4, next 4, timestamp 4, count 1; then the numbers
	dataSize  = 14 // timestamp 4, number 4, first 4, length 2; then the payload
	stateSize = 12 // first 4, next 4, timeout 4: terminate and ping
	smallest  = frontSize + stateSize
)

// segment is a part of a datagram. Next is the first number that its sender
// lacks of the other side: it has all before. First is the number from which
// its sender would resend: all before were acknowledged to it.
type segment struct {
	conv    uint16
	command command
	option  byte
	number  uint32 // of data
	first   uint32 // in data, terminate and ping
	next    uint32 // in acknowledge, terminate and ping
	numbers []byte // that are acknowledged, 4 bytes each
	payload []byte // of data; its capacity ends with it
}

// cut takes the first segment off. Its slices point into p.
func cut(p []byte) (s segment, rest []byte, ok bool) {
	if len(p) < frontSize {
		return s, nil, false
	}
	s.conv = binary.BigEndian.Uint16(p)
	s.command, s.option = command(p[2]), p[3]
	p = p[frontSize:]
	switch s.command {
	case acknowledge:
		return s.cutAcknowledge(p)
	case data:
		return s.cutData(p)
	case terminate, ping:
		if len(p) < stateSize {
			return s, nil, false
		}
		s.first, s.next = binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])
		return s, p[stateSize:], true
	}
	return s, nil, false
}

func (s segment) cutAcknowledge(p []byte) (segment, []byte, bool) {
	if len(p) < ackSize {
		return s, nil, false
	}
	s.next = binary.BigEndian.Uint32(p[4:])
	n := 4 * int(p[12])
	if p = p[ackSize:]; len(p) < n {
		return s, nil, false
	}
	s.numbers = p[:n]
	return s, p[n:], true
}

func (s segment) cutData(p []byte) (segment, []byte, bool) {
	if len(p) < dataSize {
		return s, nil, false
	}
	s.number, s.first = binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:])
	n := int(binary.BigEndian.Uint16(p[12:]))
	if p = p[dataSize:]; len(p) < n {
		return s, nil, false
	}
	s.payload = p[:n:n]
	return s, p[n:], true
}

// whole reports whether p is one segment or several, and nothing else.
func whole(p []byte) bool {
	for {
		var ok bool
		if _, p, ok = cut(p); !ok {
			return false
		}
		if len(p) == 0 {
			return true
		}
	}
}

// farthest is how far apart the numbers of one moment may be. Windows are some
// hundred segments, and grow with the capacity in the configuration.
const farthest = 1 << 16

// telling reports whether segments that nothing seals must be mKCP: they are of
// one conversation, some of them holds data or acknowledges it, no option is
// unknown, and numbers that belong together are near each other.
func telling(p []byte) bool {
	told, conv := false, binary.BigEndian.Uint16(p)
	for len(p) > 0 {
		s, rest, ok := cut(p)
		if !ok || s.conv != conv || s.option&^closing != 0 || s.command == data && s.number-s.first >= farthest {
			return false
		}
		for n := range s.acknowledged {
			if d := n - s.next; d >= farthest && -d >= farthest {
				return false
			}
		}
		told = told || len(s.payload) > 0 || len(s.numbers) > 0
		p = rest
	}
	return told
}

// acknowledged goes through the numbers that are acknowledged one by one.
func (s *segment) acknowledged(yield func(uint32) bool) {
	for p := s.numbers; len(p) > 0; p = p[4:] {
		if !yield(binary.BigEndian.Uint32(p)) {
			return
		}
	}
}

// begins reports whether a conversation was at its beginning when its sender
// sent this: it is the first data, or acknowledges that.
func (s *segment) begins() bool {
	return s.command == data && s.number == 0 || s.command == acknowledge && s.next == 0
}
