package peel

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/tls"
)

// KeyLog has the secrets of TLS connections.
type KeyLog = tls.KeyLog

// NewKeyLog makes a key log that has nothing yet.
func NewKeyLog() *KeyLog { return tls.NewKeyLog() }

// Options says what wrappings are opened with.
type Options struct {
	Keys   *KeyLog  // secrets of TLS; it may grow during the run
	Seeds  []string // of mKCP
	Limits flow.Limits

	// Begins reports whether what is looked for begins with p, which has at
	// least 16 bytes, at that time. Early data stands in a path whose beginning
	// nobody knows: this tells where.
	Begins func(p []byte, at flow.Time) bool
}

// Open gives a stage that takes wrappings off and opens what is inside at next.
func Open(next flow.Source, o Options) flow.Source {
	if o.Limits.Hold <= 0 || o.Limits.HoldTotal <= 0 || o.Limits.Reorder <= 0 {
		o.Limits = flow.DefaultLimits()
	}
	if o.Keys == nil {
		o.Keys = NewKeyLog()
	}
	if o.Begins == nil {
		o.Begins = func([]byte, flow.Time) bool { return false }
	}
	return &peeler{Options: o, next: next, memory: flow.NewMeter(o.Limits.HoldTotal)}
}

// peeler is the stage, and the source at which each wrapping opens what it holds.
type peeler struct {
	Options
	next   flow.Source
	memory *flow.Meter // for all that waits
	idle   []*bellows  // of permessage-deflate
}

// hand gives a conversation to the sessions.
func (p *peeler) hand(rec *flow.Record) flow.Sink {
	rec.Handed = true
	return p.next.Open(rec)
}

// deepest is how many layers are taken off: more than anybody stacks.
const deepest = 8

// Open looks at a conversation before anybody gets it.
func (p *peeler) Open(rec *flow.Record) flow.Sink {
	if len(rec.Layers) >= deepest {
		return p.hand(rec)
	}
	rec.Speaks = [2]flow.Speech{}
	d := &door{p: p, rec: rec, room: flow.NewRoom(p.memory, p.Limits.Hold)}
	for side := range d.ears {
		d.ears[side].Datagrams = rec.Datagrams
	}
	return &guard{door: d}
}
