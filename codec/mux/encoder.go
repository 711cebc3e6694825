package mux

import (
	"errors"

	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// StreamFrame is the data that writers of v2ray and Xray put into one frame of
// a stream at most.
const StreamFrame = 8192

// ErrEnded says that a sub-connection was written to behind its End.
var ErrEnded = errors.New("vmess: mux: the sub-connection has ended")

// Encoder writes the frames of one side of a sub-connection. A client sets
// Target, and its first frame is New; a server sets Server, and of Target it
// needs the network only.
type Encoder struct {
	ID     uint16
	Target Target
	Server bool

	// GlobalID stands on a client's New frame if HasGlobalID is set. Xray
	// sends it, zero if it knows none; sing never does.
	GlobalID    GlobalID
	HasGlobalID bool

	// MaxPacket bounds the datagrams, because a peer that finds one too
	// large closes the whole carrier. 0 stands for MaxPacketV2Ray, which
	// all peers take.
	MaxPacket int

	opened, ended bool
}

// NewXUDP gives the encoder of an XUDP client, whose first datagram goes to
// target. The carrier must have no other sub-connection.
func NewXUDP(target codec.Address) *Encoder {
	return &Encoder{Target: Target{UDP, target}, MaxPacket: MaxPacketXUDP}
}

// Append appends the frames of a part of a stream to dst. An empty part is a
// frame without data: the way to open a sub-connection before there is any.
func (e *Encoder) Append(dst, p []byte) ([]byte, error) {
	if err := e.carries(TCP); err != nil {
		return dst, err
	}
	was, opened := len(dst), e.opened
	for first := true; first || len(p) > 0; first = false {
		n := min(len(p), StreamFrame)
		var err error
		if dst, err = e.data(dst, p[:n], Target{}); err != nil {
			e.opened = opened
			return dst[:was], err
		}
		p = p[n:]
	}
	return dst, nil
}

// AppendPacket appends the frame of a datagram to dst. Peer is where it goes,
// or, from a server, where it comes from; the zero Address stands for the
// sub-connection's target. A New frame has no room for it beside the target:
// the first datagram of a client goes to the target and nowhere else.
func (e *Encoder) AppendPacket(dst, p []byte, peer codec.Address) ([]byte, error) {
	if err := e.carries(UDP); err != nil {
		return dst, err
	}
	most := e.MaxPacket
	if most == 0 {
		most = MaxPacketV2Ray
	}
	if len(p) > most {
		return dst, refusal(wire.FieldMuxDataLength, codec.ErrLimit, wire.Want(len(p), 0, most))
	}
	var own Target
	if peer != (codec.Address{}) {
		own = Target{UDP, peer}
	}
	if e.begins() && own != (Target{}) && own != e.Target {
		return dst, refusal(wire.FieldMuxNetwork, codec.ErrUnsupported, wire.Detail("first datagram not to the target"))
	}
	return e.data(dst, p, own)
}

// carries refuses a stream in a sub-connection of datagrams, and the reverse.
func (e *Encoder) carries(n Network) error {
	if e.Target.Network == n {
		return nil
	}
	return refusal(wire.FieldMuxNetwork, codec.ErrUnsupported, wire.Want(int(e.Target.Network), int(n), int(n)))
}

// refusal is an error in front of any frame.
func refusal(f codec.Field, k codec.Kind, detail error) error {
	return &codec.Error{Kind: k, Field: f, Err: detail}
}

// begins tells whether the next frame is New.
func (e *Encoder) begins() bool { return !e.Server && !e.opened }

// data appends one frame. What it is, New or Keep, follows from what was sent
// before.
func (e *Encoder) data(dst, p []byte, own Target) ([]byte, error) {
	if e.ended {
		return dst, ErrEnded
	}
	f := Frame{ID: e.ID, Status: Keep, Target: own, Data: p}
	if len(p) > 0 {
		f.Option = WithData
	}
	if e.begins() {
		f.Status, f.Target = New, e.Target
		f.GlobalID, f.HasGlobalID = e.GlobalID, e.HasGlobalID && f.mayBeNamed()
	}
	dst, err := f.Append(dst)
	e.opened = e.opened || err == nil
	return dst, err
}

// AppendEnd appends the End frame to dst: nothing is sent or received behind
// it. A second time, and where no frame was sent before, it appends nothing.
// Nor is it to be called where the peer has ended the sub-connection.
func (e *Encoder) AppendEnd(dst []byte) []byte { return e.end(dst, 0) }

// AppendAbort is AppendEnd for an error.
func (e *Encoder) AppendAbort(dst []byte) []byte { return e.end(dst, WithError) }

func (e *Encoder) end(dst []byte, o Option) []byte {
	silent := e.ended || e.begins()
	e.ended = true
	if silent {
		return dst
	}
	f := Frame{ID: e.ID, Status: End, Option: o}
	dst, err := f.Append(dst)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return dst
}
