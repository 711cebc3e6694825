package mux

import (
	"errors"

	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// The largest datagrams that peers take. A frame with a larger one makes them
// close the whole carrier, except that sing takes whatever fits in a frame.
const (
	MaxPacketV2Ray = 2048
	MaxPacketXray  = 8192
	MaxPacketXUDP  = 7526 // what Xray's XUDP writer sends; it drops what is larger
)

// Validate reports the first reason why a peer would refuse the frame, read it
// wrongly or throw its data away, or nil. From is the direction in which it is
// to be sent. That a datagram is small enough is only known where the frame
// says UDP itself.
func (f *Frame) Validate(from codec.Direction) error {
	c := wire.Appender(nil)
	f.layout(&c)
	f.judge(&c)
	bare := f.Status == End || f.Status == KeepAlive
	refuse := func(field wire.Field, k codec.Kind, off int, what error) { c.Fail(field, k, off, what) }
	switch data := c.Len() - len(f.Data); {
	case f.Status == New && from == codec.Down:
		refuse(wire.FieldMuxStatus, codec.ErrUnsupported, offStatus, wire.Detail("new from a server"))
	case len(f.Extra) > 0 && (bare || f.Status == Keep && (from == codec.Down || f.Target == Target{})):
		// sing reads a target out of any metadata, and its client cannot
		// skip what stands behind a source address.
		refuse(wire.FieldMuxExtra, codec.ErrUnsupported, f.offExtra(&c), wire.Detail("bytes that a peer cannot skip"))
	case len(f.Data) > 0 && bare:
		refuse(wire.FieldMuxData, codec.ErrMalformed, data, wire.Detail("data that nobody reads"))
	case len(f.Data) > MaxPacketXray && f.Target.Network == UDP:
		refuse(wire.FieldMuxDataLength, codec.ErrLimit, data-lengthSize, wire.Want(len(f.Data), 0, MaxPacketXray))
	}
	if f.Target != (Target{}) {
		f.judgeAddress(&c)
	}
	return c.Err()
}

// judgeAddress refuses a name that servers do not take.
func (f *Frame) judgeAddress(c *wire.Cursor) {
	if e, ok := errors.AsType[*codec.Error](f.Target.Address.Validate()); ok {
		c.Fail(e.Field, e.Kind, offAddress+e.Off, e.Err)
	}
}
