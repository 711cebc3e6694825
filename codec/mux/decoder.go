package mux

import (
	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// Decoder finds the frames of one direction of a carrier. It is fed with the
// opened payload of the body, in any pieces, and does no I/O. It keeps at most
// one frame.
type Decoder struct {
	in    pieces
	frame Frame
}

// Next gives the next frame and how many bytes of src are used up. The frame is
// whole, and so is its data; it stays valid until the next call and as long as
// src does, into which Data and Extra point where they can.
//
// The error is ErrShort if the frame is not all there: then all of src is used
// up, and the call is to be repeated with what follows. Any other error is an
// *Error, behind which nothing can be read; its offset is in the frame, which
// begins at Offset.
func (d *Decoder) Next(src []byte) (f *Frame, n int, err error) {
	if n, err = d.in.next(src, d.visit); err != nil {
		return nil, n, err
	}
	return &d.frame, n, nil
}

func (d *Decoder) visit(c *wire.Cursor) {
	d.frame = Frame{}
	d.frame.layout(c)
}

// Offset tells where in the direction's plaintext the frame begins that was
// given or refused last, or that is not yet whole.
func (d *Decoder) Offset() uint64 { return d.in.offset }

// Wire gives the bytes of the frame that was given last, for TraceFrame. They
// are valid as long as the frame is.
func (d *Decoder) Wire() []byte { return d.in.last }

// Finish judges where the direction stopped: EndBoundary behind a whole frame,
// else EndCut. The end of the carrier's body is what ends everything.
func (d *Decoder) Finish() codec.End { return d.in.finish() }
