package tls

import (
	"vmesskit/inspect/flow"
)

// Options says what TLS is opened with.
type Options struct {
	Keys  *KeyLog     // the secrets; nil is none
	Meter *flow.Meter // of what all stages may hold together
	Hold  int         // what this one may hold of a conversation

	// Name says what bytes look like that are no TLS: those of a server that
	// speaks something else.
	Name func(p []byte) flow.Speech
}

// Open gives the stage for a conversation in which client speaks TLS. What is
// inside is opened as the same conversation, with one layer more.
func Open(rec *flow.Record, client flow.Side, inside flow.Source, o Options) flow.Sink {
	if o.Keys == nil {
		o.Keys = NewKeyLog()
	}
	if o.Meter == nil {
		o.Meter = flow.NewMeter(flow.DefaultLimits().HoldTotal)
	}
	if o.Hold <= 0 {
		o.Hold = flow.DefaultLimits().Hold
	}
	s := &stage{rec: rec, o: o, client: client, layer: rec.Add(&flow.Layer{Name: "tls"}), room: flow.NewRoom(o.Meter, o.Hold)}
	for side := range s.sides {
		s.sides[side].s, s.sides[side].side = s, flow.Side(side)
	}
	s.inside = inside.Open(rec)
	return s
}

// stage is TLS around one conversation.
type stage struct {
	rec    *flow.Record
	layer  *flow.Layer
	inside flow.Sink
	o      Options
	room   flow.Room
	client flow.Side
	sides  [2]direction

	hello   *clientHello // nil: not seen yet, or lost
	answer  *serverHello // the same
	settled bool         // no more hellos will come
	guesses []*guess     // what the keys may follow from; one if that is known
	strange []*suite     // no client random: suites to try with every secret there is
	pair    [2]*epoch    // of TLS 1.2 and before, by role: client, server
	full    bool         // the server showed a certificate: nothing is resumed

	early     earlyState
	earlyData []event // held until it is known whether the server took it
	earlyLost bool    // some was sent and could not be opened
}

// version is that of the protocol, or zero.
func (s *stage) version() version {
	switch {
	case s.answer != nil:
		return s.answer.version
	case len(s.guesses) > 0 || len(s.strange) > 0:
		return tls13 // nothing else is guessed without a ServerHello
	}
	return 0
}

func (s *stage) of(client bool) *direction {
	if client {
		return &s.sides[s.client]
	}
	return &s.sides[s.client.Other()]
}

// Data takes the next bytes of a side.
func (s *stage) Data(from flow.Side, at flow.Time, p []byte) {
	s.sides[from].take(event{kind: data, at: at, p: p})
}

// Gap takes a hole.
func (s *stage) Gap(from flow.Side, at flow.Time, n int64) {
	s.sides[from].take(event{kind: gap, at: at, n: n})
}

// Close takes the end of a side.
func (s *stage) Close(from flow.Side, at flow.Time, how flow.How) {
	s.sides[from].take(event{kind: closing, at: at, how: how})
}

// Finish decides what is still undecided, and ends the conversation inside.
func (s *stage) Finish() {
	for side := range s.sides {
		s.sides[side].forgo()
	}
	s.settle()
	s.releaseEarly()
	for side := range s.sides {
		s.sides[side].settleLoss()
		s.sides[side].letGo()
	}
	s.wrongSecrets()
	s.room.Leave()
	s.inside.Finish()
}

// limit tells that the conversation hit the limit of what may be held.
func (s *stage) limit(name string) {
	if s.rec.Limit == "" {
		s.rec.Limit = name
	}
}

// event is something that happened on one side.
type event struct {
	kind eventKind
	at   flow.Time
	p    []byte
	n    int64
	how  flow.How
	paid bool // it is taken from the room
}

type eventKind uint8

const (
	data eventKind = iota
	gap
	closing
)

// eventSize is what an event takes beside its bytes.
const eventSize = 64
