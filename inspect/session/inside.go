package session

import (
	"crypto/sha256"
	"hash"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// Bounds of what is kept of the sub-connections of mux. What goes beyond is
// the limit "sub-connections", or "datagrams".
const (
	maxSubs    = 1024    // of one carrier; v2ray and Xray open at most 128
	maxRunSubs = 1 << 17 // of a run, besides the first one of each carrier
)

// inside follows the sub-connections of a carrier, in one reading of it. Both
// directions come here in the order of their packets, because the server's
// frames mean something only behind the client's New.
type inside struct {
	d    *Decoder
	mux  mux.Sessions
	subs []*sub // as mux.Sessions lists them
	runs [2]run

	tap  *tap      // who listens, nil where nobody does
	told [][2]bool // by sub-connection and direction: the tap knows of its end

	kept int // of the room for chunks, by frames that wait

	peer codec.Address // the last one that was written out, with its text
	text string
}

// run is what was met in one direction of the carrier.
type run struct {
	err       error // what its frames ended with
	at        uint64
	lost      bool // so did the carrier
	datagrams int  // listed, those of all sub-connections
	unlisted  bool // there are more
}

// sub is what is kept of a sub-connection, by direction.
type sub [2]struct {
	hash      hash.Hash // nil before there is data, and where no hashes are wanted
	label     label
	datagrams []Datagram
}

func newInside(d *Decoder) *inside {
	in := &inside{d: d}
	in.mux.Data, in.mux.Room = in.take, in.keep
	return in
}

// feed takes the next plaintext of a direction.
func (in *inside) feed(from codec.Direction, p []byte) {
	r := &in.runs[from]
	if r.err != nil {
		return
	}
	in.mux.Limit = max(1, min(maxSubs, len(in.subs)+maxRunSubs-in.d.subs))
	if r.err = in.mux.Feed(from, p); r.err != nil {
		r.at = in.mux.Offset(from)
	}
	in.follow()
	if in.tap != nil {
		in.opened()
		in.closed(from)
	}
}

// follow makes room for the sub-connections that are new.
func (in *inside) follow() {
	for len(in.subs) < len(in.mux.List()) {
		in.subs = append(in.subs, new(sub))
		in.d.subs++
	}
}

// lose says that a direction of the carrier is not decoded any further.
func (in *inside) lose(from codec.Direction) {
	in.runs[from].lost = true
	in.mux.Lose(from)
}

// take takes the data of a frame.
func (in *inside) take(d mux.Delivery) {
	in.follow()
	half := &in.subs[d.Session.Index][d.From]
	if in.d.o.Hash {
		if half.hash == nil {
			half.hash = sha256.New()
		}
		half.hash.Write(d.Data)
	}
	half.label.hear(d.Data, d.Session.Target.Network == mux.UDP, in.d.held)
	if in.tap != nil {
		in.hear(d)
	}
	if d.Session.Target.Network != mux.UDP {
		return
	}
	r := &in.runs[d.From]
	if r.datagrams == maxDatagrams {
		r.unlisted = true
		return
	}
	r.datagrams++
	half.datagrams = append(half.datagrams, newDatagram(d.Data, in.address(d.Peer), in.d.o.Hash))
}

// address writes an address out. Most datagrams have that of the one before.
func (in *inside) address(a codec.Address) string {
	if a != in.peer {
		in.peer, in.text = a, addressText(a)
	}
	return in.text
}

// addressText writes "host:port", or nothing for the zero address.
func addressText(a codec.Address) string {
	if a == (codec.Address{}) {
		return ""
	}
	return a.Normalize().String()
}

func newDatagram(p []byte, addr string, hashed bool) Datagram {
	d := Datagram{Bytes: len(p), Addr: addr}
	if hashed {
		d.Sum = sha256.Sum256(p)
	}
	return d
}

// keep asks for room for frames whose sub-connection is not known yet.
func (in *inside) keep(n int) bool {
	if !in.d.chunks.Take(n) {
		return false
	}
	in.kept += n
	return true
}

// leave gives that room back.
func (in *inside) leave() {
	in.d.chunks.Give(in.kept)
	in.kept = 0
}

// finish states what the carrier held. Its own directions are stated already.
func (in *inside) finish(f *Facts) {
	in.leave()
	for i, m := range in.mux.List() {
		f.Mux = append(f.Mux, Sub{
			ID: m.ID, Network: networkName(m.Target.Network), Target: addressText(m.Target.Address), Ended: m.End().String(), GlobalID: m.GlobalID,
			Up:   in.stream(i, codec.Up, &m.Up, &f.Up),
			Down: in.stream(i, codec.Down, &m.Down, &f.Down),
		})
	}
	switch {
	case in.mux.XUDP():
		f.Flow.Add(&flow.Layer{Name: "xudp"})
	case len(f.Mux) > 0:
		f.Flow.Add(&flow.Layer{Name: "mux"})
	}
	for from, way := range [...]string{codec.Up: "up", codec.Down: "down"} {
		if r := &in.runs[from]; r.err != nil {
			f.Odd = append(f.Odd, "mux, "+way+" at "+strconv.FormatUint(r.at, 10)+": "+strings.TrimPrefix(r.err.Error(), "vmess: "))
		}
	}
}

// stream states one direction of the i-th sub-connection.
func (in *inside) stream(i int, from codec.Direction, m *mux.Flow, carrier *Stream) Stream {
	half := &in.subs[i][from]
	s := Stream{
		Opened: carrier.Opened, Bytes: int64(m.Bytes), Chunks: int64(m.Chunks), Hashed: in.d.o.Hash,
		Packets: in.mux.List()[i].Target.Network == mux.UDP, Datagrams: half.datagrams, End: carrier.End,
		Speaks: half.label.speech(),
	}
	switch r := &in.runs[from]; {
	case m.Ended:
		s.End = "end"
	case carrier.Opened && (r.err != nil || r.lost || in.mux.Finish(from) == codec.EndCut):
		s.End, s.Broken = "cut", r.err != nil || r.lost
	}
	switch {
	case half.hash != nil:
		half.hash.Sum(s.Sum[:0])
	case s.Hashed:
		s.Sum = sha256.Sum256(nil)
	}
	return s
}

// networkName names the network, or nothing where it is not known.
func networkName(n mux.Network) string {
	if n == mux.TCP || n == mux.UDP {
		return n.String()
	}
	return ""
}

// limit names the limit that was hit, or nothing.
func (in *inside) limit() string {
	switch {
	case in.mux.Skipped > 0:
		return "sub-connections"
	case in.runs[codec.Up].unlisted || in.runs[codec.Down].unlisted:
		return "datagrams"
	}
	return ""
}

// forget gives back what a reading that was not chosen had taken.
func (in *inside) forget() {
	in.leave()
	in.d.subs -= len(in.subs)
	for _, s := range in.subs {
		for from := range s {
			s[from].label.speech()
		}
	}
}

// attach lets the readings of a body hand their plaintext to what is inside.
func (s *session) attach(list []*body, from codec.Direction) {
	head := &s.request.Header
	for _, b := range list {
		b.from, b.tap, b.held, b.room = from, s.tap, s.d.held, s.d.chunks
		switch {
		case head.Command == codec.CommandMux:
			if s.inside == nil {
				s.inside = make(map[codec.Dialect]*inside)
			}
			if s.inside[b.dialect] == nil {
				s.inside[b.dialect] = newInside(s.d)
				s.inside[b.dialect].tap = s.tap
			}
			b.inside = s.inside[b.dialect]
		case b.packets && head.Address.Type == codec.AddrDomain && head.Address.Domain == mux.PacketDomain:
			b.target = s.f.Header.Target
		}
	}
}

// finishInside states what is inside of the bodies, which are stated already.
func (s *session) finishInside(d codec.Dialect) {
	for dialect, in := range s.inside {
		if dialect != d {
			in.forget()
			continue
		}
		in.finish(s.f)
		if limit := in.limit(); limit != "" {
			s.limit(limit)
		}
	}
	known := false
	for _, w := range []struct {
		way string
		b   *body
	}{{"up", reading(s.client().bodies, d)}, {"down", reading(s.server().bodies, d)}} {
		if w.b == nil || w.b.target == "" {
			continue
		}
		known = known || w.b.addressed > 0
		if w.b.odd != nil {
			s.f.Odd = append(s.f.Odd, "packetaddr, "+w.way+", datagram "+strconv.FormatInt(w.b.oddAt, 10)+": "+strings.TrimPrefix(w.b.odd.Error(), "vmess: "))
		}
	}
	if known {
		s.f.Flow.Add(&flow.Layer{Name: "packetaddr"})
	}
}

// unwrap takes a packetaddr header off a datagram. One that has none stays as
// it is.
func (b *body) unwrap(payload []byte) (data []byte, addr string) {
	p, err := mux.ParsePacket(payload)
	if err != nil {
		if b.odd == nil {
			b.odd, b.oddAt = err, b.chunks
		}
		return payload, b.target
	}
	b.addressed++
	return p.Data, addressText(p.Address)
}
