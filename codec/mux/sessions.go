package mux

import "vmesskit/codec"

// Sessions follows the sub-connections of one carrier, in both directions: who
// opened what, how much went through it, and who ended it. It says what was
// sent: data behind the other side's End counts, although that side did not
// take it, because the two crossed on the way. So it does not matter how the
// directions are interleaved, as long as no number is used twice: what a server
// says to a New frame that is still to come waits for it, within bounds.
type Sessions struct {
	// Data is called with the data of each frame that belongs to a
	// sub-connection; nil does no harm.
	Data func(Delivery)

	// Limit bounds how many sub-connections are followed; 0 stands for
	// 1024. v2ray and Xray open at most 128 on a carrier in its life.
	Limit int

	// Room is asked before n bytes are kept of frames whose New frame is still to
	// come; nil grants. What it refuses is discarded.
	Room func(n int) bool

	// Skipped counts the frames that would have opened a sub-connection
	// beyond the limit.
	Skipped int

	// Discarded counts, for each direction, frames that receivers throw
	// away: of no sub-connection, New from a server, data on End or
	// KeepAlive.
	Discarded [2]Flow

	list     []*Session
	live     map[uint16]*Session
	early    early
	decoders [2]Decoder
	lost     [2]bool
}

const defaultLimit = 1024

// Session is one sub-connection.
type Session struct {
	Index    int // in the order of their New frames
	ID       uint16
	Target   Target   // without an address if the New frame was lost
	GlobalID GlobalID // zero for none
	Up, Down Flow
}

// Flow is what went in one direction of a sub-connection.
type Flow struct {
	Bytes  uint64 // of data
	Chunks uint64 // frames with data
	Ended  bool   // an End frame was sent
	Failed bool   // which said that it was for an error
}

// Delivery is the data of one frame.
type Delivery struct {
	Session *Session
	From    codec.Direction
	Data    []byte        // valid during the call
	Peer    codec.Address // the frame's own address, else the session's
}

// End tells who ended the sub-connection.
func (s *Session) End() Ender {
	e := EndedByNone
	if s.Up.Ended {
		e |= EndedByClient
	}
	if s.Down.Ended {
		e |= EndedByServer
	}
	return e
}

func (s *Session) flow(from codec.Direction) *Flow {
	if from == codec.Up {
		return &s.Up
	}
	return &s.Down
}

// List gives the sub-connections in the order of their New frames.
func (m *Sessions) List() []*Session { return m.list }

// XUDP reports whether the carrier is XUDP, as far as it was seen: one
// sub-connection, UDP, with the number 0.
func (m *Sessions) XUDP() bool {
	return len(m.list) == 1 && m.Skipped == 0 && m.list[0].ID == 0 && m.list[0].Target.Network == UDP
}

// Feed takes a piece of one direction's plaintext. An error of the decoder is
// the end of that direction, as Lose is; the other one goes on.
func (m *Sessions) Feed(from codec.Direction, p []byte) error {
	for {
		f, n, err := m.decoders[from].Next(p)
		if err == codec.ErrShort {
			return nil
		}
		if err != nil {
			m.Lose(from)
			return err
		}
		m.Frame(from, f)
		p = p[n:]
	}
}

// Lose says that the rest of a direction cannot be read. Once the client's is
// lost, the server's frames open sub-connections whose target nobody knows.
func (m *Sessions) Lose(from codec.Direction) {
	m.lost[from] = true
	if from == codec.Up {
		m.catchUp(m.early.take(func(uint16) bool { return true }))
	}
}

// Offset tells where in a direction's plaintext the last frame begins that Feed
// came to.
func (m *Sessions) Offset(from codec.Direction) uint64 { return m.decoders[from].Offset() }

// Finish judges where a direction that was fed stopped.
func (m *Sessions) Finish(from codec.Direction) codec.End { return m.decoders[from].Finish() }

// Frame takes one frame. It gives the sub-connection that it belongs to, or nil
// if there is none.
func (m *Sessions) Frame(from codec.Direction, f *Frame) *Session {
	s := m.session(from, f)
	if s == nil {
		m.discard(from, f)
		if from == codec.Down && !m.lost[codec.Up] {
			m.early.keep(f, m.Room)
		}
		return nil
	}
	flow := s.flow(from)
	if f.Status == End {
		flow.Ended, flow.Failed = true, f.Option.Has(WithError)
		m.forget(s)
		if len(f.Data) > 0 {
			m.discard(from, f)
		}
		return s
	}
	m.deliver(s, from, f)
	if f.Status == New {
		m.catchUp(m.early.take(func(id uint16) bool { return id == s.ID }))
	}
	return s
}

// session finds the sub-connection of a frame.
func (m *Sessions) session(from codec.Direction, f *Frame) *Session {
	switch {
	case f.Status == KeepAlive:
		return nil
	case f.Status == New && from == codec.Up:
		return m.open(f)
	case f.Status == New:
		return nil
	}
	s := m.live[f.ID]
	if s == nil && f.Status == Keep && from == codec.Down && m.lost[codec.Up] {
		return m.open(f)
	}
	if s != nil && s.flow(from).Ended {
		return nil
	}
	return s
}

// open starts a sub-connection. One that had the number before is over, ended
// or not: servers let the new one take its place.
func (m *Sessions) open(f *Frame) *Session {
	limit := m.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	if len(m.list) >= limit {
		m.Skipped++
		delete(m.live, f.ID)
		return nil
	}
	s := &Session{Index: len(m.list), ID: f.ID, Target: f.Target, GlobalID: f.GlobalID}
	if f.Status != New {
		s.Target.Address = codec.Address{} // it is the datagram's
	}
	if m.live == nil {
		m.live = make(map[uint16]*Session)
	}
	m.list, m.live[f.ID] = append(m.list, s), s
	m.early.opened(f.ID)
	return s
}

// forget frees the number of a sub-connection that both sides have ended.
func (m *Sessions) forget(s *Session) {
	if s.End() == EndedByBoth {
		delete(m.live, s.ID)
	}
}

func (m *Sessions) deliver(s *Session, from codec.Direction, f *Frame) {
	if len(f.Data) == 0 {
		return
	}
	s.flow(from).count(f)
	if m.Data == nil {
		return
	}
	peer := s.Target.Address
	if s.Target.Network == UDP && f.Target.Network == UDP {
		peer = f.Target.Address
	}
	m.Data(Delivery{Session: s, From: from, Data: f.Data, Peer: peer})
}

// discard counts a frame that is thrown away, unless it was meant to say
// nothing.
func (m *Sessions) discard(from codec.Direction, f *Frame) {
	if f.Status != KeepAlive || len(f.Data) > 0 {
		m.Discarded[from].count(f)
	}
}

func (f *Flow) count(frame *Frame) {
	f.Chunks++
	f.Bytes += uint64(len(frame.Data))
}
