package peel

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// front is the sink of a wrapping that puts something in front of each
// direction, once, and then lets the bytes pass: a head of HTTP, the dialogue
// with a proxy.
type front struct {
	rec    *flow.Record
	layer  *flow.Layer
	client flow.Side
	memory *flow.Meter
	room   flow.Room
	ways   [2]doorstep
	to     flow.Sink  // what is behind it
	alien  speech.Ear // of what a server says that speaks something else
}

// doorstep is how far a direction is with what stands in front.
type doorstep struct {
	next step // nil: all of it is read
	held []byte
	dead bool // what follows is not read
}

// step reads the next thing that stands in front of a direction off p, the
// bytes from there on.
type step func(at flow.Time, p []byte) stepped

// stepped is what a step did: it read n bytes and then follows, or nothing if
// that is nil; or p has not all of it; or it cannot be read, and neither can
// what is behind it.
type stepped struct {
	n      int
	then   step
	more   bool
	refuse bool
}

// longestStep is how many bytes a step may wait for.
const longestStep = 16 << 10

// openFront puts a layer of this name into the record. The steps of both
// directions and what is behind them are for the caller to fill in.
func openFront(p *peeler, rec *flow.Record, client flow.Side, name string) *front {
	return &front{
		rec: rec, client: client, memory: p.memory, room: flow.NewRoom(p.memory, p.Limits.Hold),
		layer: rec.Add(&flow.Layer{Name: name}),
	}
}

// steps gives both directions their first step: ask is the client's.
func (f *front) steps(ask, answer step) {
	f.ways[f.client].next, f.ways[f.client.Other()].next = ask, answer
}

func (f *front) Data(from flow.Side, at flow.Time, p []byte) {
	w := &f.ways[from]
	if w.dead {
		if f.layer.Answer == flow.Foreign && from != f.client {
			f.listen(p)
		}
		return
	}
	if w.next != nil {
		if p = f.read(w, from, at, p); len(p) == 0 {
			return
		}
	}
	f.to.Data(from, at, p)
}

// read goes through the steps and gives what is behind them.
func (f *front) read(w *doorstep, from flow.Side, at flow.Time, p []byte) []byte {
	if len(w.held) > 0 {
		p = append(w.held, p...)
	}
	for w.next != nil {
		s := w.next(at, p)
		switch {
		case s.more && len(p) < longestStep && f.keep(w, p):
			return nil
		case s.more:
			f.layer.Stop(flow.Damaged, "what stands in front of the stream has no end within "+kib(longestStep))
			fallthrough
		case s.refuse:
			f.drop(w)
			return nil
		}
		w.next, p = s.then, p[s.n:]
	}
	f.leave(w)
	return p
}

// keep holds the beginning of a step.
func (f *front) keep(w *doorstep, p []byte) bool {
	if !f.room.Take(len(p) - len(w.held)) {
		f.rec.Limit = "hold"
		return false
	}
	w.held = append([]byte(nil), p...)
	return true
}

func (f *front) leave(w *doorstep) {
	f.room.Give(len(w.held))
	w.held = nil
}

// drop gives a direction up.
func (f *front) drop(w *doorstep) {
	f.leave(w)
	w.dead, w.next = true, nil
}

// Gap passes a hole on. One within what stands in front hides where the stream
// begins.
func (f *front) Gap(from flow.Side, at flow.Time, n int64) {
	w := &f.ways[from]
	if w.next != nil {
		f.drop(w)
		n = -1
	}
	f.to.Gap(from, at, n)
}

func (f *front) Close(from flow.Side, at flow.Time, how flow.How) { f.to.Close(from, at, how) }

func (f *front) Finish() {
	for side := range f.ways {
		f.leave(&f.ways[side])
	}
	f.alien.Leave(f.memory)
	f.to.Finish()
}

// foreign notes that the server speaks something else, and gives it up.
func (f *front) foreign(p []byte) stepped {
	f.layer.Answer = flow.Foreign
	f.listen(p)
	return stepped{refuse: true}
}

// listen names what a server says that speaks something else.
func (f *front) listen(p []byte) {
	f.alien.Hear(p, f.memory)
	f.layer.Says = f.alien.Speech
}

// turnedDown notes that the server refuses, and gives it up.
func (f *front) turnedDown(says flow.Speech) stepped {
	f.layer.Answer, f.layer.Says = flow.TurnedDown, says
	return stepped{refuse: true}
}
