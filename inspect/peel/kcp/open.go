package kcp

import (
	"strconv"

	"vmesskit/inspect/flow"
)

// Options are the secrets and the bounds of a stage.
type Options struct {
	Seeds []string    // of which each datagram may need one; facts give its number, from 1
	Meter *flow.Meter // what all stages together may hold
	Hold  int         // bytes that this one may hold: segments that wait for one before them
}

// Names of limits, and their values.
const (
	limitReorder       = "reorder"       // Options.Hold, the meter, or maxHeld
	limitConversations = "conversations" // maxConvs
	maxConvs           = 256             // that one flow has at a time; peers have one
)

// silence is how long a conversation has to be silent before its number may be
// one of a new conversation. Peers give up after 30 s.
const silence = flow.Time(30e9)

// Open gives the stage for one flow of datagrams. Each conversation in it is
// opened at inside with a record of its own; if there is none, the flow itself
// is, so that it is counted.
func Open(rec *flow.Record, client flow.Side, inside flow.Source, o Options) flow.Sink {
	if o.Hold <= 0 {
		o.Hold = flow.DefaultLimits().Hold
	}
	if o.Meter == nil {
		o.Meter = flow.NewMeter(flow.DefaultLimits().HoldTotal)
	}
	return &stage{
		rec: rec, client: client, inside: inside, box: newBox(o.Seeds),
		room: flow.NewRoom(o.Meter, o.Hold), byID: make(map[uint16]*conv),
	}
}

// stage is one flow.
type stage struct {
	rec    *flow.Record
	client flow.Side
	sure   bool // the client was seen to begin
	inside flow.Source
	box    *box
	room   flow.Room

	convs    []*conv // in the order of their beginning
	byID     map[uint16]*conv
	opened   bool // there was one
	full     bool // there were too many
	count    int  // datagrams
	unopened int  // those that do not open
	disguise Header
	ends     [2]ending
	latest   flow.Time
}

// Data takes a datagram.
func (s *stage) Data(from flow.Side, at flow.Time, p []byte) {
	s.count++
	s.latest = at
	form, segments, ok := s.box.open(p)
	if !ok {
		s.refuse(p)
		return
	}
	for one, rest, ok := cut(segments); ok; one, rest, ok = cut(rest) {
		s.segment(from, at, form, &one)
	}
}

// refuse counts a datagram that does not open.
func (s *stage) refuse(p []byte) {
	s.unopened++
	if s.disguise == Bare {
		s.disguise = Disguise(p)
	}
}

// segment hands a segment to its conversation.
func (s *stage) segment(from flow.Side, at flow.Time, form Form, one *segment) {
	c := s.byID[one.conv]
	if c != nil && c.yields(from, at, one) {
		s.drop(c)
		c = nil
	}
	if c == nil {
		if c = s.begin(from, at, form, one); c == nil {
			return
		}
	}
	if c.over {
		return
	}
	if c.datagram != s.count {
		c.datagram = s.count
		c.arrive(from, at, form, s.rec.Root())
	}
	c.segment(from, at, one)
	c.review(at)
	if c.closed() {
		c.finish(s.ends)
	}
}

// yields reports whether a segment begins another conversation of the same
// number: it has the first data, not that which was there, after one that ended
// or was long silent.
func (c *conv) yields(from flow.Side, at flow.Time, one *segment) bool {
	if one.command != data || one.number != 0 {
		return false
	}
	d := &c.sides[c.side(from)]
	switch {
	case d.hasZero && d.zero == sum(one.payload):
		return false
	case c.over:
		return true
	case d.next == 0: // it still waits for this
		return false
	}
	return c.sides[flow.A].ended || c.sides[flow.B].ended || at-c.latest >= silence
}

// drop finishes a conversation and forgets it.
func (s *stage) drop(c *conv) {
	if !c.over {
		c.finish(s.ends)
	}
	delete(s.byID, c.id)
	for i := range s.convs {
		if s.convs[i] == c {
			s.convs = append(s.convs[:i], s.convs[i+1:]...)
			return
		}
	}
}

// begin opens a conversation that a segment is the first of.
func (s *stage) begin(from flow.Side, at flow.Time, form Form, one *segment) *conv {
	if len(s.convs) >= maxConvs && !s.clear() {
		return nil
	}
	began := one.begins()
	if began && !s.sure {
		s.sure, s.client = true, from
		if one.command == acknowledge {
			s.client = from.Other()
		}
	}
	c := &conv{id: one.conv, client: s.client, form: form, rec: s.rec.Inside(s.client, at)}
	c.rec.Began, c.rec.Packets = began, [2]int64{}
	c.layer = c.rec.Add(&flow.Layer{Name: "mkcp"})
	c.layer.Set("header", form.Header.String())
	c.layer.Set("protection", form.protection())
	c.layer.Set("conv", strconv.Itoa(int(one.conv)))
	c.sink = s.inside.Open(c.rec)
	for i := range c.sides {
		c.sides[i] = direction{room: &s.room, to: c.sink, side: flow.Side(i)}
	}
	s.convs, s.opened = append(s.convs, c), true
	s.byID[c.id] = c
	return c
}

// clear makes place by forgetting conversations that are over. Where there is
// none, it says so in a record of its own.
func (s *stage) clear() bool {
	for i := 0; i < len(s.convs); {
		if s.convs[i].over {
			s.drop(s.convs[i])
		} else {
			i++
		}
	}
	if len(s.convs) < maxConvs {
		return true
	}
	if !s.full {
		s.full = true
		rec := s.rec.Inside(s.client, s.latest)
		rec.Limit = limitConversations
		rec.Add(&flow.Layer{Name: "mkcp"})
		s.inside.Open(rec).Finish()
	}
	return false
}

// Gap tells that the last datagram was cut by the capture. It did not open.
func (s *stage) Gap(flow.Side, flow.Time, int64) {}

// Close notes how a side of the flow ended; conversations that did not end by
// themselves end so.
func (s *stage) Close(from flow.Side, at flow.Time, how flow.How) {
	s.ends[from] = ending{true, how, at}
}

// Finish ends all conversations.
func (s *stage) Finish() {
	for _, c := range s.convs {
		if s.unopened > 0 {
			c.layer.Set("unopened", strconv.Itoa(s.unopened))
		}
		c.rec.Snapped = s.rec.Snapped
		if !c.over {
			c.finish(s.ends)
		}
	}
	if !s.opened {
		s.nothing()
	}
	s.room.Leave()
}

// nothing opens the flow itself, where no conversation was found in it.
func (s *stage) nothing() {
	layer := s.rec.Add(&flow.Layer{Name: "mkcp"})
	layer.Set("unopened", strconv.Itoa(s.unopened))
	if s.disguise != Bare {
		layer.Set("header", s.disguise.String())
	}
	switch {
	case s.rec.Snapped:
		layer.Stop(flow.Damaged, "the capture cut the datagrams: none of "+strconv.Itoa(s.count)+" is whole and opens as mKCP")
	default:
		layer.Set("seeds_tried", strconv.Itoa(len(s.box.seeds)))
		layer.Stop(flow.NoKeys, s.missingSeed())
	}
	sink := s.inside.Open(s.rec)
	for side, e := range s.ends {
		if e.seen {
			sink.Close(flow.Side(side), e.at, e.how)
		}
	}
	sink.Finish()
}

// missingSeed says what was tried.
func (s *stage) missingSeed() string {
	looks := ""
	if s.disguise != Bare {
		looks = " with the header of " + s.disguise.String()
	}
	return strconv.Itoa(s.unopened) + " datagrams" + looks + " have no checksum of mKCP, and no --kcp-seed fits (" +
		strconv.Itoa(len(s.box.seeds)) + " given)"
}
