package peel

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// door is the sink of a conversation that nobody has yet. It holds what comes
// until the client's first bytes tell whose it is, hands that on, and from then
// on lets everything pass. A conversation that goes on to the sessions is
// listened to until both sides have a name.
type door struct {
	p    *peeler
	rec  *flow.Record
	to   flow.Sink // who has it; nil while it waits
	ears [2]speech.Ear
	deaf bool // a wrapping has it, which names what it finds

	client  flow.Side
	settled bool // the client's side is known
	held    []event
	room    flow.Room
}

// event is a call that waits.
type event struct {
	kind eventKind
	from flow.Side
	at   flow.Time
	p    []byte
	n    int64
	how  flow.How
}

type eventKind uint8

const (
	data eventKind = iota
	gap
	closing
)

// What an event takes beside its bytes.
const eventSize = 64

func (d *door) Data(from flow.Side, at flow.Time, p []byte) {
	d.settle(from)
	if !d.deaf {
		d.ears[from].Hear(p, d.p.memory)
		d.rec.Speaks[from] = d.ears[from].Speech
	}
	if d.to == nil && d.decide(p) {
		d.replay()
	}
	if d.to != nil {
		d.to.Data(from, at, p)
		return
	}
	d.hold(event{kind: data, from: from, at: at}, p)
}

// settle decides which side is the client: the one that opened the conversation
// or, where that was not seen, the one that speaks first.
func (d *door) settle(from flow.Side) {
	if !d.settled {
		d.settled = true
		if !d.rec.Began {
			d.client = from
		}
	}
}

// decide hands the conversation on, if what was heard tells to whom. p are the
// bytes that came now.
func (d *door) decide(p []byte) bool {
	client, server := &d.ears[d.client], &d.ears[d.client.Other()]
	switch w := d.p.wrapping(d.rec, &client.Speech, p); {
	case w != nil:
		d.give(w)
	case d.rec.Datagrams && client.Speech.Protocol == "" && len(d.held) < someDatagrams:
		return false
	case client.Done() || server.Done() && answers(&server.Speech):
		d.pass()
	default:
		return false
	}
	return true
}

// someDatagrams is how many are looked at for one that fits a wrapping: the first
// ones may have been lost or belong to something else.
const someDatagrams = 8

// answers reports whether a server that speaks so waits for nothing more from
// its client. HTTP/2 servers may begin before their clients do.
func answers(s *flow.Speech) bool { return s.Protocol != "" && s.Protocol != "h2" }

// give hands the conversation to a wrapping.
func (d *door) give(w wrapping) {
	d.deaf = true
	for side := range d.ears {
		d.ears[side].Leave(d.p.memory)
	}
	d.rec.Speaks = [2]flow.Speech{}
	d.to = w(d.p, d.rec, d.client)
}

// pass hands the conversation to the sessions.
func (d *door) pass() { d.to = d.p.hand(d.rec) }

// hold keeps an event. What there is no room for ends the waiting.
func (d *door) hold(e event, p []byte) {
	if !d.room.Take(len(p) + eventSize) {
		if d.rec.Limit == "" {
			d.rec.Limit = "hold"
		}
		d.pass()
		d.replay()
		d.do(&e, p)
		return
	}
	e.p = append([]byte(nil), p...)
	d.held = append(d.held, e)
}

// replay does all that waited.
func (d *door) replay() {
	for i := range d.held {
		d.do(&d.held[i], d.held[i].p)
	}
	d.held = nil
	d.room.Leave()
}

func (d *door) do(e *event, p []byte) {
	switch e.kind {
	case data:
		d.to.Data(e.from, e.at, p)
	case gap:
		d.to.Gap(e.from, e.at, e.n)
	case closing:
		d.to.Close(e.from, e.at, e.how)
	}
}

// Gap tells of a hole. What stands behind one is no beginning.
func (d *door) Gap(from flow.Side, at flow.Time, n int64) {
	d.settle(from)
	d.ears[from].Leave(d.p.memory)
	if d.to == nil && from == d.client {
		d.pass()
		d.replay()
	}
	if d.to != nil {
		d.to.Gap(from, at, n)
		return
	}
	d.hold(event{kind: gap, from: from, at: at, n: n}, nil)
}

// Close tells that a side ended. A client that ends has said all that there is
// to decide by.
func (d *door) Close(from flow.Side, at flow.Time, how flow.How) {
	d.ears[from].Leave(d.p.memory)
	if d.to == nil && d.settled && from == d.client {
		d.pass()
		d.replay()
	}
	if d.to != nil {
		d.to.Close(from, at, how)
		return
	}
	d.hold(event{kind: closing, from: from, at: at, how: how}, nil)
}

// Finish ends the waiting.
func (d *door) Finish() {
	for side := range d.ears {
		d.ears[side].Leave(d.p.memory)
	}
	if d.to == nil {
		d.pass()
		d.replay()
	}
	d.to.Finish()
}
