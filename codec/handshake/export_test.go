package handshake

import "encoding/binary"

// FillMemory makes a server whose three memories have n entries each.
func FillMemory(n int) *Server {
	s, err := NewServer(Policy{Memory: n})
	if err != nil {
		panic(err)
	}
	for i := range n {
		var k [16]byte
		binary.BigEndian.PutUint64(k[:], uint64(i))
		at := 1700000000 + int64(i*MinRemembered/n)
		s.replays.meet(k, struct{}{}, at, at)
		s.fuses.meet(k, &fuse{}, at, at)
		s.sessions.meet(session{key: k}, struct{}{}, at, at)
	}
	return s
}
