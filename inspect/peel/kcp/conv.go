package kcp

import (
	"slices"
	"strconv"

	"vmesskit/inspect/flow"
)

// conv is a conversation: a stream in each direction. Side A of its record is
// the client.
type conv struct {
	id     uint16
	client flow.Side // of the flow
	rec    *flow.Record
	layer  *flow.Layer
	form   Form
	sink   flow.Sink
	sides  [2]direction // by side of the record

	packets  int // datagrams
	datagram int // the last of them, as the stage counts
	latest   flow.Time
	over     bool // it was finished; what comes now is a remainder
}

// side turns a side of the flow into one of the conversation.
func (c *conv) side(from flow.Side) flow.Side {
	if from == c.client {
		return flow.A
	}
	return flow.B
}

// arrive counts a datagram that has something for this conversation.
func (c *conv) arrive(from flow.Side, at flow.Time, form Form, root *flow.Record) {
	c.packets++
	c.rec.Packets[c.side(from)]++
	c.rec.End, c.rec.Latest, c.latest = at, root.Latest, at
	if c.side(from) == flow.B {
		c.layer.Answer = flow.Agreed
	}
	if form != c.form {
		c.layer.Set("also", form.Header.String()+", "+form.protection())
	}
}

// segment takes a segment of its own.
func (c *conv) segment(from flow.Side, at flow.Time, s *segment) {
	mine, theirs := &c.sides[c.side(from)], &c.sides[c.side(from.Other())]
	if s.option&closing != 0 || s.command == terminate {
		mine.end(at, s.command == terminate)
	}
	if s.command != data {
		theirs.acknowledged(s)
	}
	if s.command != acknowledge {
		raise(&mine.passed, s.first)
		raise(&mine.known, s.first)
	}
	if s.command == data {
		mine.data(at, s.number, s.payload)
	}
}

// review gives up holes for which waiting is of no use.
func (c *conv) review(at flow.Time) {
	for i := range c.sides {
		c.sides[i].review(at, c.packets)
	}
}

// closed reports whether both sides are through.
func (c *conv) closed() bool { return c.sides[flow.A].terminated && c.sides[flow.B].terminated }

// ending is how and when a side of a flow or conversation ended.
type ending struct {
	seen bool
	how  flow.How
	at   flow.Time
}

// finish is the end of the conversation. A side that said that it closes has
// closed then; another one as the flow around it did.
func (c *conv) finish(outer [2]ending) {
	for i := range c.sides {
		c.sides[i].finish(c.latest)
	}
	c.describe()
	order := []flow.Side{flow.A, flow.B}
	ends := [2]ending{c.ending(flow.A, outer), c.ending(flow.B, outer)}
	if ends[flow.B].seen && ends[flow.B].at < ends[flow.A].at {
		slices.Reverse(order)
	}
	for _, side := range order {
		if e := ends[side]; e.seen {
			c.sink.Close(side, e.at, e.how)
		}
	}
	c.sink.Finish()
	c.over, c.sink = true, flow.Discard
}

// ending tells how a side of the conversation ended.
func (c *conv) ending(side flow.Side, outer [2]ending) ending {
	if d := &c.sides[side]; d.ended {
		return ending{true, flow.FIN, d.endedAt}
	}
	if side == flow.A {
		return outer[c.client]
	}
	return outer[c.client.Other()]
}

// describe states the counts.
func (c *conv) describe() {
	up, down := &c.sides[flow.A], &c.sides[flow.B]
	c.layer.Set("segments", counts(up.segments, down.segments))
	c.layer.Set("resent", counts(up.resent, down.resent))
	c.layer.Set("missing", counts(int(up.missing), int(down.missing)))
	c.layer.Set("late", counts(up.late, down.late))
	c.layer.Set("differing", counts(up.differing, down.differing))
	if (up.limited || down.limited) && c.rec.Limit == "" {
		c.rec.Limit = limitReorder
	}
}

// counts gives the counts of both directions in words, as far as there is
// something to count.
func counts(up, down int) string {
	switch {
	case up == 0 && down == 0:
		return ""
	case down == 0:
		return strconv.Itoa(up) + " up"
	case up == 0:
		return strconv.Itoa(down) + " down"
	}
	return strconv.Itoa(up) + " up, " + strconv.Itoa(down) + " down"
}
