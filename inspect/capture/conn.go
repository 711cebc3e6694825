package capture

import "vmesskit/inspect/flow"

// conn is a TCP connection: two streams, and what they tell of each other.
type conn struct {
	v       *conv
	order   *ordering
	streams [2]stream
	packets int64
}

func newConn(v *conv, order *ordering) *conn {
	c := &conn{v: v, order: order}
	for side := range c.streams {
		c.streams[side].conn, c.streams[side].side = c, flow.Side(side)
	}
	return c
}

// packet takes the next packet. Its acknowledgement comes first: it may free
// a request that must not come after its answer.
func (c *conn) packet(from flow.Side, at flow.Time, x *segment) {
	c.packets++
	s, o := &c.streams[from], &c.streams[from.Other()]
	seq := x.seq
	if x.has(flagSYN) {
		c.open(from, x)
		seq++
	}
	if x.has(flagRST) {
		if !s.resetAt(at, seq, x, o) {
			c.order.sum.Ignored++
		}
		return
	}
	if x.has(flagACK) {
		o.acknowledge(x.ack)
	}
	s.take(at, seq, x.piece)
	if x.has(flagFIN) {
		s.finish(at, seq+uint32(x.size()))
	}
	s.overdue(at)
	o.overdue(at)
}

// open learns from a SYN where the streams start.
func (c *conn) open(from flow.Side, x *segment) {
	s := &c.streams[from]
	if s.syn && s.isn != x.seq && !s.gave && len(s.kept()) == 0 && s.state == ordered {
		s.next, s.first = x.seq+1, x.seq+1 // a server that answers statelessly chose again
		s.isn = x.seq
	}
	if !s.syn {
		s.syn, s.isn = true, x.seq
		s.begin(x.seq + 1)
		if s.rst.early {
			s.rst = reset{} // refused it did not
		}
	}
	if x.has(flagACK) {
		c.streams[from.Other()].begin(x.ack)
	}
	if s.told {
		c.v.rec.Began = true
	}
}

// reborn tells whether a SYN belongs to another connection between the same
// endpoints. A SYN that comes again, or later than what follows it, does not.
func (c *conn) reborn(from flow.Side, x *segment) bool {
	s := &c.streams[from]
	if s.syn {
		return x.seq != s.isn && (!x.has(flagACK) || c.over())
	}
	if s.state == unheard {
		answer := x.has(flagACK) && c.streams[from.Other()].syn && x.ack == c.streams[from.Other()].isn+1
		return c.over() && !answer
	}
	const young, near = 16, 1 << 20
	late := int32(s.first - (x.seq + 1))
	if c.over() || c.v.rec.Packets[from] > young {
		return late != 0
	}
	return late < 0 || late > near
}

// over tells whether nothing new is to be expected.
func (c *conn) over() bool {
	a, b := &c.streams[flow.A], &c.streams[flow.B]
	return a.isReset() || b.isReset() || a.isEnding() && b.isEnding()
}

func (s *stream) isEnding() bool { return s.ending || s.state == closed }

// end closes what is open, first the side that was reset first. A side that
// was reset by the other one did not close, but the capture did not cut it
// either.
func (c *conn) end(how flow.How) {
	a, b := &c.streams[flow.A], &c.streams[flow.B]
	if how == flow.Cut && (a.isReset() || b.isReset()) {
		how = flow.Open
	}
	if b.isReset() && !(a.isReset() && a.rst.at <= b.rst.at) {
		a, b = b, a
	}
	a.flush(c.v.rec.End, how)
	b.flush(c.v.rec.End, how)
}
