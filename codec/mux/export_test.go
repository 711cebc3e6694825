package mux

import "vmesskit/codec"

// AppendTraced is Append with a trace, which tests compare with that of
// reading.
func AppendTraced(f *Frame, t *codec.Trace) ([]byte, error) { return f.appendTraced(nil, t) }

func AppendPacketTraced(p *Packet, t *codec.Trace) ([]byte, error) {
	return p.appendTraced(nil, t, p.layout)
}

// Held gives how much memory a decoder keeps.
func Held(d *Decoder) int { return cap(d.in.held) }
