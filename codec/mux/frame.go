package mux

import (
	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// Frame is one frame: its metadata and its data.
type Frame struct {
	ID     uint16 // of the sub-connection
	Status Status
	Option Option

	// Target stands on a New frame, and on a Keep frame of a datagram that
	// has an address of its own. It is empty elsewhere.
	Target Target

	// GlobalID can stand on the New frame of a UDP sub-connection, if data
	// follows. It may be there and be zero, which means none.
	GlobalID    GlobalID
	HasGlobalID bool

	Extra []byte // metadata that nobody here knows
	Data  []byte // only with the option WithData
}

// GlobalID names a client's UDP socket.
type GlobalID [8]byte

// What a frame may hold.
const (
	MinMetadata = 4
	MaxMetadata = 512
	MaxData     = 65535
	MaxFrame    = lengthSize + MaxMetadata + lengthSize + MaxData

	lengthSize = 2
)

// Offsets of fields that are judged behind the visit.
const (
	offStatus  = 4
	offOption  = 5
	offNetwork = 6
	offAddress = 7
)

// layout visits the fields of f in wire order.
func (f *Frame) layout(c *wire.Cursor) {
	c.Within(wire.FieldMuxFrame)
	metadata := c.Enter16(wire.FieldMuxMetaLength, MinMetadata, MaxMetadata)
	c.U16(wire.FieldMuxSession, &f.ID)
	c.U8(wire.FieldMuxStatus, (*uint8)(&f.Status))
	c.U8(wire.FieldMuxOption, (*uint8)(&f.Option))
	if f.Status < New || f.Status > KeepAlive {
		c.Fail(wire.FieldMuxStatus, codec.ErrUnsupported, offStatus, wire.Want(int(f.Status), int(New), int(KeepAlive)))
	}
	if f.addressed(c) {
		f.Target.layout(c)
	}
	if f.named(c) {
		c.Fixed(wire.FieldMuxGlobalID, f.GlobalID[:])
	}
	c.Tail(wire.FieldMuxExtra, &f.Extra)
	c.Leave(metadata)
	if f.Option.Has(WithData) {
		c.Bytes16(wire.FieldMuxDataLength, wire.FieldMuxData, &f.Data)
	}
}

// layout visits the network and the address, which is coded as in a request
// header.
func (t *Target) layout(c *wire.Cursor) {
	c.U8(wire.FieldMuxNetwork, (*uint8)(&t.Network))
	if t.Network != TCP && t.Network != UDP {
		c.Fail(wire.FieldMuxNetwork, codec.ErrUnsupported, offNetwork, wire.Want(int(t.Network), int(TCP), int(UDP)))
	}
	t.Address.Layout(c)
}

// addressed tells whether a target stands next. On a Keep frame the byte for
// UDP announces it: that is the test that all peers agree on.
func (f *Frame) addressed(c *wire.Cursor) bool {
	switch {
	case f.Status == New:
		return true
	case c.Writing():
		return f.Target != Target{}
	}
	network, ok := c.Peek()
	return f.Status == Keep && ok && Network(network) == UDP
}

// named tells whether a global id stands next. Nothing announces it: eight
// bytes where one may stand are one.
func (f *Frame) named(c *wire.Cursor) bool {
	if !c.Writing() {
		f.HasGlobalID = f.mayBeNamed() && c.Left() >= len(f.GlobalID)
	}
	return f.HasGlobalID
}

func (f *Frame) mayBeNamed() bool {
	return f.Status == New && f.Target.Network == UDP && f.Option.Has(WithData)
}

// judge refuses a frame that would not be read as what it is.
func (f *Frame) judge(c *wire.Cursor) {
	odd := func(field wire.Field, off int, what string) {
		c.Fail(field, codec.ErrMalformed, off, wire.Detail(what))
	}
	extra := f.offExtra(c)
	unaddressed := f.Status == Keep && f.Target == Target{}
	switch {
	case len(f.Data) > 0 && !f.Option.Has(WithData):
		odd(wire.FieldMuxOption, offOption, "data without its bit")
	case f.Target != Target{} && (f.Status > Keep || f.Status == Keep && f.Target.Network != UDP):
		odd(wire.FieldMuxNetwork, offNetwork, "target on a frame that has none")
	case f.HasGlobalID && !f.mayBeNamed():
		odd(wire.FieldMuxGlobalID, extra-len(f.GlobalID), "global id on a frame that has none")
	case unaddressed && len(f.Extra) > 0 && Network(f.Extra[0]) == UDP:
		odd(wire.FieldMuxExtra, extra, "bytes that read as an address")
	case f.mayBeNamed() && !f.HasGlobalID && len(f.Extra) >= len(f.GlobalID):
		odd(wire.FieldMuxExtra, extra, "bytes that read as a global id")
	}
}

// offExtra tells where in the visited frame the extra metadata begins.
func (f *Frame) offExtra(c *wire.Cursor) int {
	off := c.Len() - len(f.Extra)
	if f.Option.Has(WithData) {
		off -= lengthSize + len(f.Data)
	}
	return off
}

// Append appends the frame to dst. It refuses what would be read back as
// something else. The error is an *Error.
func (f *Frame) Append(dst []byte) ([]byte, error) { return f.appendTraced(dst, nil) }

func (f *Frame) appendTraced(dst []byte, t *codec.Trace) ([]byte, error) {
	c := wire.Appender(dst)
	c.TraceTo(t, t.Open(wire.FieldMuxFrame, nil, -1))
	f.layout(&c)
	f.judge(&c)
	return c.Done()
}

// ParseFrame reads a frame and gives how many bytes it takes. It refuses what
// peers close the whole carrier for: a metadata length, status, network or
// address that cannot be. Unknown option bits and metadata are kept. Extra and
// Data point into b. The error is an *Error; its kind is ErrShort as long as
// the frame is not all there.
func ParseFrame(b []byte) (f Frame, n int, err error) {
	c := wire.Reader(b)
	f.layout(&c)
	return f, c.Len(), c.Err()
}

// TraceFrame is ParseFrame that records the frame in t, as a buffer of its
// own. Of a frame that is refused it records what was read up to there.
func TraceFrame(t *codec.Trace, b []byte) (f Frame, n int, err error) {
	_, n, _ = ParseFrame(b)
	c := wire.Reader(b)
	c.TraceTo(t, t.Open(wire.FieldMuxFrame, b[:n], -1))
	f.layout(&c)
	return f, n, c.Err()
}
