package session

import (
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// A body that is read in two ways is recorded once.
func TestTraceOfAnAmbiguousBody(t *testing.T) {
	c := build(t, spec{scheme: codec.AEAD, security: codec.SecurityNone, command: codec.CommandTCP,
		option: codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding})
	trace := &codec.Trace{}
	d := NewDecoder([]Account{alice}, Options{Limits: flow.DefaultLimits(), Again: func(int) *Again { return &Again{Trace: trace} }})
	f := push(d, newRecord(1), c.closed(flow.FIN)...)
	var wire, chunks int
	for _, s := range trace.Spans {
		if s.Field == codec.FieldChunk {
			chunks++
		}
	}
	for _, b := range trace.Buffers {
		if b.Field == codec.FieldClientWire || b.Field == codec.FieldServerWire {
			wire += len(b.Data)
		}
	}
	if want := int(f.Up.Wire + f.Down.Wire); wire != want || chunks == 0 || int64(chunks) < f.Up.Chunks+f.Down.Chunks {
		t.Errorf("got %d bytes and %d chunks recorded, want %d bytes, each chunk of %d and %d once", wire, chunks, want, f.Up.Chunks, f.Down.Chunks)
	}
}
