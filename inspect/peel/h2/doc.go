// Package h2 takes HTTP/2 off: it finds the streams of a connection, and of
// those that carry gRPC the bytes of the messages. Each stream is a
// conversation of its own.
//
// Start at [Open]. It gives the sink of a connection; what the streams carry
// goes to a source. The way of a byte is the order of the files here: conn,
// reader (with search, where the borders of frames are lost), block and table
// (HPACK), stream, messages.
//
// A capture shows less than the peers saw, and this is made of it:
//
//   - DATA is passed on as it comes, without waiting for its frame's end, and so
//     are the bytes in gRPC's messages.
//   - A hole inside DATA is a hole of that stream. After any other hole, and
//     after damage, the borders of frames are looked for again; every stream
//     that may have lost something is told, and the entries of HPACK's table
//     that came before are unknown from there on, not wrong.
//   - A connection whose beginning is missing starts in the same way. Header
//     fields that refer to what was not seen are left out and counted. Where
//     the content type is among them, the first bytes of a body tell gRPC.
//   - A reset ends the direction of who sent it. The other one may go on with
//     what was under way.
package h2

import "vmesskit/inspect/flow"

// Options says how much may be held, and how foreign bytes are named.
type Options struct {
	// Meter is what all stages may hold together; nil stands for the default.
	Meter *flow.Meter
	// Hold is what a connection may hold; 0 stands for the default.
	Hold int
	// Name names the first bytes of a server that does not speak HTTP/2. It may
	// be nil.
	Name func(p []byte) flow.Speech
}

// Open begins a connection. Each stream of it is opened at inside, with the
// client as side A; if there is none at the end, the connection itself is.
func Open(rec *flow.Record, client flow.Side, inside flow.Source, o Options) flow.Sink {
	d := flow.DefaultLimits()
	if o.Meter == nil {
		o.Meter = flow.NewMeter(d.HoldTotal)
	}
	if o.Hold <= 0 {
		o.Hold = d.Hold
	}
	c := &conn{
		rec: rec, root: rec.Root(), client: client, inside: inside, name: o.Name,
		room: flow.NewRoom(o.Meter, o.Hold), layer: &flow.Layer{Name: "h2"}, doubtful: !rec.Began,
	}
	c.readers[flow.A] = newReader(c, flow.A)
	c.readers[flow.B] = newReader(c, flow.B)
	return c
}
