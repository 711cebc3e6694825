package h2

import (
	"bytes"
	"testing"

	"vmesskit/inspect/flow"
)

// null is a source whose sinks keep nothing.
type null struct{}

func (null) Open(*flow.Record) flow.Sink { return flow.Discard }

// BenchmarkData is what the bytes of bodies cost, in segments of 1460 bytes: of
// frames of 16 KiB as they are, and of gRPC with messages of 8 KiB.
func BenchmarkData(b *testing.B) {
	for _, c := range []struct {
		name    string
		headers []string
		body    []byte
	}{
		{"raw", put, noise(1, 16<<10)},
		{"grpc", tun, bytes.Repeat(message(noise(1, 8<<10-9)), 2)},
	} {
		b.Run(c.name, func(b *testing.B) {
			client, _, out := newTalk()
			client.headers(1, false, c.headers...)
			client.data(1, false, c.body)
			sink := Open(began(), flow.A, null{}, Options{})
			sink.Data(flow.A, 0, (*out)[0].p)
			frame := (*out)[1].p
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				for p := frame; len(p) > 0; p = p[min(1460, len(p)):] {
					sink.Data(flow.A, 0, p[:min(1460, len(p))])
				}
			}
		})
	}
}

// BenchmarkStream is what a stream costs that carries next to nothing.
func BenchmarkStream(b *testing.B) {
	client, _, out := newTalk()
	client.headers(1, false, tun...)
	client.headers(3, false, tun...)
	client.data(3, true, message([]byte("x")))
	sink := Open(began(), flow.A, null{}, Options{})
	sink.Data(flow.A, 0, (*out)[0].p)
	headers, data := (*out)[1].p, (*out)[2].p
	id := uint32(3)
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range [][]byte{headers, data, {0, 0, 4, byte(typeReset), 0, 0, 0, 0, 0, 0, 0, 0, 8}} {
			p[5], p[6], p[7], p[8] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
			sink.Data(flow.A, 0, p)
		}
		id = (id + 2) & idBits
	}
}

// BenchmarkSearch is what it costs to look for frames where there are none.
func BenchmarkSearch(b *testing.B) {
	p := noise(1, 1460)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	c := &conn{rec: &flow.Record{}, room: flow.NewRoom(flow.NewMeter(1<<20), 1<<20)}
	r := newReader(c, flow.A)
	for b.Loop() {
		if r.find(p) != nil {
			b.Fatal("frames in noise")
		}
	}
}
