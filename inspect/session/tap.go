package session

import (
	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// Tap receives what a conversation carries while it is decoded, in the order of
// its packets and with their times. Of a mux it receives the sub-connections,
// each by its index in Facts.Mux; everything else has the index NoSub.
type Tap interface {
	// Header tells that the header of a direction opened.
	Header(from codec.Direction, at flow.Time)
	// Open tells that a sub-connection begins.
	Open(sub int, at flow.Time)
	// Data brings plaintext: what one chunk carried, or one frame of a mux.
	Data(p *Carried)
	// Hole tells that plaintext of a direction is missing here.
	Hole(from codec.Direction, at flow.Time)
	// Close tells how a direction ended: FIN for an end chunk or an End frame,
	// RST for one that says that something failed, else as its sender closed the
	// connection. The close of a carrier is that of all that it carries, and may
	// come behind one of their own.
	Close(from codec.Direction, sub int, at flow.Time, how flow.How)
	// Finish is the end of the conversation.
	Finish()
}

// NoSub is in the place of a sub-connection's index where there is none.
const NoSub = -1

// Carried is plaintext on its way. On a UDP session whose datagrams have borders
// it is one datagram.
type Carried struct {
	From   codec.Direction
	Sub    int
	At     flow.Time
	Offset int64  // in the direction's plaintext; -1 where a hole is of unknown size, and in a mux
	Addr   string // the far end of a datagram that has one of its own, "host:port"
	Data   []byte // valid in the call only
}

// Again says how a conversation is read that was read before.
type Again struct {
	Dialect codec.Dialect // in which its bodies were found to be (Facts.Dialect)
	Trace   *codec.Trace  // records its fields; may be nil
	Tap     Tap           // receives what it carries; may be nil
}

// Again is how the conversation of f is read again.
func (f *Facts) Again() *Again { return &Again{Dialect: f.Dialect} }

// tap is what listens to a conversation: a Tap, and the time that it is.
type tap struct {
	Tap
	now   flow.Time
	ended [2]bool // by an end chunk
	piece Carried
}

// data hands on plaintext.
func (t *tap) data(from codec.Direction, sub int, offset int64, addr string, p []byte) {
	t.piece = Carried{From: from, Sub: sub, At: t.now, Offset: offset, Addr: addr, Data: p}
	t.Data(&t.piece)
}

// readAgain prepares a conversation for what it is read again for.
func (s *session) readAgain(a *Again) {
	if a == nil {
		return
	}
	s.trace, s.only = a.Trace, &a.Dialect
	if a.Tap != nil {
		s.tap = &tap{Tap: a.Tap}
	}
}

// at tells the tap what time it is. Bytes that had to wait for others come with
// an earlier time than what was told before; for the tap time only goes on.
func (s *session) at(now flow.Time) {
	if s.tap != nil {
		s.tap.now = max(s.tap.now, now)
	}
}

// direction names what a side sends.
func (s *session) direction(from flow.Side) codec.Direction {
	if from == s.f.Client {
		return codec.Up
	}
	return codec.Down
}

// ended tells the tap of an end chunk, once no data can follow it.
func (s *session) ended(from flow.Side) {
	way := s.direction(from)
	if s.tap == nil || s.tap.ended[way] {
		return
	}
	for _, b := range s.sides[from].bodies {
		if b.ended && !b.mayResume() {
			s.tap.ended[way] = true
			s.tap.Close(way, NoSub, s.tap.now, flow.FIN)
		}
	}
}

// hear hands on the data of a frame, behind the news of the sub-connections in
// front of it.
func (in *inside) hear(d mux.Delivery) {
	in.opened()
	addr := ""
	if d.Session.Target.Network == mux.UDP {
		addr = in.address(d.Peer)
	}
	in.tap.data(d.From, d.Session.Index, -1, addr, d.Data)
}

// opened tells the tap of sub-connections that are new.
func (in *inside) opened() {
	for len(in.told) < len(in.mux.List()) {
		in.tap.Open(len(in.told), in.tap.now)
		in.told = append(in.told, [2]bool{})
	}
}

// closed tells the tap of sub-connections that a side has ended since.
func (in *inside) closed(from codec.Direction) {
	for i, m := range in.mux.List() {
		state := &m.Up
		if from == codec.Down {
			state = &m.Down
		}
		if state.Ended && !in.told[i][from] {
			in.told[i][from] = true
			how := flow.FIN
			if state.Failed {
				how = flow.RST
			}
			in.tap.Close(from, i, in.tap.now, how)
		}
	}
}
