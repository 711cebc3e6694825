package capture

import (
	"container/list"
	"time"

	"vmesskit/inspect/flow"
)

// piece is payload, and how much of it the capture cut from its end.
type piece struct {
	data []byte
	lost int
}

func (x piece) size() int { return len(x.data) + x.lost }

// from leaves out the first n bytes, upTo all behind the first n.
func (x piece) from(n int) piece {
	if n <= len(x.data) {
		return piece{x.data[n:], x.lost}
	}
	return piece{nil, max(0, x.size()-n)}
}

func (x piece) upTo(n int) piece {
	if n <= len(x.data) {
		return piece{x.data[:n:n], 0}
	}
	return piece{x.data, min(x.lost, n-len(x.data))}
}

// state is how far the beginning of a stream is known.
type state uint8

const (
	unheard state = iota // no packet of this side yet
	holding              // no SYN was seen; the first packets are held to find the lowest
	ordered
	closed
)

const (
	holdPackets = 8
	holdTime    = flow.Time(100 * time.Millisecond)
	gapPackets  = 64
	lonePackets = 1024 // where only one side was captured, and nobody acknowledges
	gapTime     = flow.Time(2 * time.Second)
	window      = 1 << 30 // TCP's largest; what lies farther ahead is not of this stream
)

// before compares sequence numbers, which wrap around.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// stream puts one direction of a connection in order. What most streams do
// not need, and a port scan's never, is in late.
type stream struct {
	conn   *conn
	side   flow.Side
	state  state
	syn    bool // its SYN was seen, with isn
	told   bool // a SYN or the answer to it told where it starts
	gave   bool // something was delivered
	acks   bool
	ending bool // a FIN was seen
	isn    uint32
	first  uint32 // where it starts
	next   uint32 // sequence number of the next byte to deliver
	acked  uint32 // what the other side acknowledged, if acks
	end    uint32 // where the FIN is, if ending
	endAt  flow.Time
	rst    reset
	late   *late // nil until the first hole, or a packet before the start is known
}

// late is what a stream has while it is not in order.
type late struct {
	kept  []island
	held  int // bytes in kept
	room  int // that they take
	taken int // of the meter
	place *list.Element
	heard int // packets while holding
	since flow.Time
	wait  wait
}

// kept gives what lies behind a hole.
func (s *stream) kept() []island {
	if s.late == nil {
		return nil
	}
	return s.late.kept
}

// lateness gives the state of a stream that is not in order.
func (s *stream) lateness() *late {
	if s.late == nil {
		s.late = &late{}
	}
	return s.late
}

// wait is the patience with bytes in front of upTo that were not seen. They
// may yet come: captures are not always in order.
type wait struct {
	on      bool
	upTo    uint32
	at      flow.Time
	packets int64
}

// take takes a packet of this side; its payload may be empty.
func (s *stream) take(at flow.Time, seq uint32, x piece) {
	if s.state <= holding {
		s.hold(at, seq, x)
		return
	}
	if x.size() == 0 || s.state == closed {
		return
	}
	switch ahead := int(int32(seq - s.next)); {
	case ahead >= window || ahead < -window:
	case ahead > 0:
		s.keep(at, seq, x)
	case x.size() > -ahead:
		s.push(at, x.from(-ahead))
		if len(s.kept()) > 0 || s.ending {
			s.drain()
		}
	}
}

// hold takes a packet of a stream whose start is not known.
func (s *stream) hold(at flow.Time, seq uint32, x piece) {
	l := s.lateness()
	if s.state == unheard {
		s.state, s.next, l.since = holding, seq, at
	}
	if before(seq, s.next) {
		s.next = seq
	}
	s.first = s.next
	l.heard++
	if x.size() > 0 {
		s.keep(at, seq, x)
	}
	s.settle()
}

// settle ends the holding where the other side has acknowledged what is held:
// nothing in front of that is to be expected then.
func (s *stream) settle() {
	if s.state == holding && s.acks && !before(s.acked, s.next) {
		s.commit()
	}
}

// commit ends the holding: the stream starts with the lowest bytes seen, or
// with those that the other side waits for.
func (s *stream) commit() {
	if s.state != holding {
		return
	}
	s.state = ordered
	if s.acks && before(s.next, s.acked) {
		s.next = s.acked
	}
	if kept := s.kept(); len(kept) > 0 && before(kept[0].seq, s.next) {
		s.next = kept[0].seq
	}
	s.first = s.next
	s.drain()
}

// begin starts the stream where a SYN or its answer says.
func (s *stream) begin(seq uint32) {
	if s.state > holding {
		s.told = s.told || seq == s.first
		return
	}
	s.state, s.told, s.next, s.first = ordered, true, seq, seq
	s.drain()
}

// acknowledge notes what the other side has received.
func (s *stream) acknowledge(ack uint32) {
	if s.acks && !before(s.acked, ack) || s.state == ordered && int32(ack-s.next) >= window {
		return
	}
	s.acks, s.acked = true, ack
	s.settle()
}

// push delivers x, which is next.
func (s *stream) push(at flow.Time, x piece) {
	if s.ending {
		x = x.upTo(max(0, int(int32(s.end-s.next))))
	}
	sink := s.conn.v.sink
	if n := len(x.data); n > 0 {
		s.gave = true
		s.next += uint32(n)
		sink.Data(s.side, at, x.data)
	}
	if x.lost > 0 {
		s.gave = true
		s.next += uint32(x.lost)
		sink.Gap(s.side, at, int64(x.lost))
	}
	if s.rst.on && (s.rst.early || before(s.rst.seq, s.next)) {
		s.rst.on = false // it goes on
	}
}

// finish notes where a FIN ends the stream; what lies in front of it may still
// come.
func (s *stream) finish(at flow.Time, seq uint32) {
	if s.ending || s.state == closed {
		return
	}
	s.commit()
	ahead := int32(seq - s.next)
	if ahead >= window {
		return
	}
	if ahead < 0 || s.state == unheard {
		seq = s.next
	}
	if kept := s.kept(); len(kept) > 0 && before(seq, kept[len(kept)-1].end()) {
		seq = kept[len(kept)-1].end()
	}
	s.ending, s.end, s.endAt, s.rst.on = true, seq, at, false
	s.drain()
}

// close tells the sink. Nothing is delivered after it. A reset of the other
// side came before it and is told before it.
func (s *stream) close(at flow.Time, how flow.How) {
	s.state = closed
	if o := &s.conn.streams[s.side.Other()]; how == flow.FIN && o.arrived() && o.rst.at <= at {
		o.close(o.rst.at, flow.RST)
	}
	if s.late != nil {
		s.late.kept, s.late.held, s.late.room = nil, 0, 0
		s.account()
		s.late = nil
	}
	s.conn.v.sink.Close(s.side, at, how)
}
