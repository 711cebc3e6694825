package kcp

import (
	"slices"
	"sort"

	"vmesskit/inspect/flow"
)

// A number that is missing may still come: because it was lost on its way and is
// sent again, or because the capture swapped two packets. It is given up when
// it was acknowledged and this much went by since.
const (
	patience        = flow.Time(1e9) // after it was acknowledged
	patiencePackets = 16             // or so many datagrams, where its sender knows of that and will not send it again
)

// direction puts the payloads of one side in the order of their numbers, each
// once. All numbers are compared by their distance, since they wrap.
type direction struct {
	room *flow.Room
	to   flow.Sink
	side flow.Side // of the conversation's record

	begun    bool
	hasZero  bool    // number 0 was seen
	zero     uint32  // and this is its sum
	next     uint32  // the number that comes next
	held     []piece // what came too early, by number
	received uint32  // its receiver has all before
	passed   uint32  // its sender will send nothing before again
	known    uint32  // there are all before: they were sent, or acknowledged
	doubt    doubt
	hole     struct{ from, to uint32 } // the last one that was given up
	memory   memory

	segments  int   // of data, those that came again included
	resent    int   // those that came again
	differing int   // those of them whose payload was another
	late      int   // those that were given up before they came
	missing   int64 // numbers that were given up
	limited   bool  // there was no room to wait for a number

	ended      bool // it said that it is closing, or has terminated
	terminated bool
	endedAt    flow.Time
}

// piece is the payload of a segment.
type piece struct {
	number  uint32
	payload []byte
}

// What is held is bounded by the room, in which a piece takes a little more than
// its payload, and by number, since inserting gets dearer.
const (
	pieceCost = 64
	maxHeld   = 1024
)

// doubt is a hole that seems to stay: the number behind it, and since when.
type doubt struct {
	open    bool
	end     uint32
	at      flow.Time
	packets int
}

// behind reports whether number a is before b.
func behind(a, b uint32) bool { return int32(a-b) < 0 }

// raise moves a number forward.
func raise(to *uint32, n uint32) {
	if behind(*to, n) {
		*to = n
	}
}

// acknowledged notes what the receiver has.
func (d *direction) acknowledged(s *segment) {
	raise(&d.received, s.next)
	raise(&d.known, s.next)
	for n := range s.acknowledged {
		raise(&d.known, n+1)
	}
}

// end notes that the sender is closing, or through.
func (d *direction) end(at flow.Time, through bool) {
	if !d.ended {
		d.ended, d.endedAt = true, at
	}
	d.terminated = d.terminated || through
}

// data takes a segment with data.
func (d *direction) data(at flow.Time, number uint32, payload []byte) {
	d.segments++
	if !d.begun {
		d.begin(at, number)
	}
	raise(&d.known, number+1)
	if number == 0 && !d.hasZero {
		d.hasZero, d.zero = true, sum(payload)
	}
	if behind(number, d.next) {
		d.again(number, payload)
		return
	}
	d.place(at, number, payload)
}

// place passes a payload on, if it is its turn, and what comes next.
func (d *direction) place(at flow.Time, number uint32, payload []byte) {
	if number != d.next {
		d.hold(at, number, payload)
		return
	}
	d.pass(at, number, payload)
	d.drain(at)
}

// begin looks at the first number. Streams begin with 0. What begins later is
// a hole like any other, unless the number is so high that it seems to be
// before 0.
func (d *direction) begin(at flow.Time, number uint32) {
	d.begun = true
	if behind(number, d.next) {
		d.next, d.received, d.passed, d.known = number, number, number, number
		d.to.Gap(d.side, at, -1)
	}
}

// pass hands the next payload on.
func (d *direction) pass(at flow.Time, number uint32, payload []byte) {
	d.memory.add(d.room, number, payload)
	d.next = number + 1
	if len(payload) > 0 {
		d.to.Data(d.side, at, payload)
	}
}

// again deals with a number that was passed on or given up before.
func (d *direction) again(number uint32, payload []byte) {
	d.resent++
	switch before, ok := d.memory.recall(number); {
	case ok && before != sum(payload):
		d.differing++
	case !ok && number-d.hole.from < d.hole.to-d.hole.from:
		d.late++
	}
}

// hold keeps a payload until those before it came. Where there is no room, the
// first hole is given up.
func (d *direction) hold(at flow.Time, number uint32, payload []byte) {
	i := sort.Search(len(d.held), func(i int) bool { return !behind(d.held[i].number, number) })
	if i < len(d.held) && d.held[i].number == number {
		d.resent++
		if string(d.held[i].payload) != string(payload) {
			d.differing++
		}
		return
	}
	if len(d.held) < maxHeld && d.room.Take(len(payload)+pieceCost) {
		d.held = slices.Insert(d.held, i, piece{number, slices.Clone(payload)})
		return
	}
	end := number
	if i > 0 {
		end = d.held[0].number
	}
	d.limited = d.limited || behind(d.passed, end) && behind(d.received, end)
	d.skip(at, end)
	d.drain(at)
	d.place(at, number, payload)
}

// drain passes on what is held and has come to its turn.
func (d *direction) drain(at flow.Time) {
	n := 0
	for ; n < len(d.held) && d.held[n].number == d.next; n++ {
		d.room.Give(len(d.held[n].payload) + pieceCost)
		d.pass(at, d.held[n].number, d.held[n].payload)
	}
	d.held = slices.Delete(d.held, 0, n)
}

// skip gives the numbers before another one up.
func (d *direction) skip(at flow.Time, to uint32) {
	d.missing += int64(to - d.next)
	d.hole.from, d.hole.to = d.next, to
	d.next = to
	d.to.Gap(d.side, at, -1)
}

// review gives up the hole before what is held, if it was acknowledged and
// waiting does not help any more. packets counts the datagrams of the
// conversation.
func (d *direction) review(at flow.Time, packets int) {
	if len(d.held) == 0 {
		d.doubt.open = false
		return
	}
	end := d.held[0].number
	final := !behind(d.passed, end)
	if !final && behind(d.received, end) {
		return
	}
	if !d.doubt.open || d.doubt.end != end {
		d.doubt = doubt{true, end, at, packets}
	}
	if at-d.doubt.at >= patience || final && packets-d.doubt.packets >= patiencePackets {
		d.skip(at, end)
		d.drain(at)
	}
}

// finish passes on all that is held, with the holes that there are. At the end
// is one, too, if the other side acknowledged what is not here.
func (d *direction) finish(at flow.Time) {
	for len(d.held) > 0 {
		d.skip(at, d.held[0].number)
		d.drain(at)
	}
	if behind(d.next, d.known) {
		d.skip(at, d.known)
	}
	d.memory.leave(d.room)
}
