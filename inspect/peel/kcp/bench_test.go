package kcp_test

import (
	"bytes"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
)

// BenchmarkOpen is a conversation of 1000 full segments down, with their
// acknowledgements, in each of the seals.
func BenchmarkOpen(b *testing.B) {
	payload := string(bytes.Repeat([]byte("x"), 1326))
	for name, wrap := range map[string]func(...[]byte) []byte{
		"obfuscation": cover,
		"seed":        func(s ...[]byte) []byte { return seal("shared seed", s...) },
		"none":        func(s ...[]byte) []byte { return bytes.Join(s, nil) },
	} {
		all := []step{sent(flow.A, 0, wrap(data(9, 0, 0, payload)))}
		for n := range uint32(1000) {
			all = append(all, sent(flow.B, 0, wrap(data(9, n, n, payload))), sent(flow.A, 0, wrap(ack(9, n+1, n))))
		}
		b.Run(name, func(b *testing.B) { benchmark(b, all, kcp.Options{Seeds: []string{"shared seed"}}) })
	}
}

// BenchmarkHole is the same with a hole in front that stays: all waits for it as
// long as there is room.
func BenchmarkHole(b *testing.B) {
	payload := string(bytes.Repeat([]byte("x"), 1326))
	var all []step
	for n := range uint32(1000) {
		all = append(all, sent(flow.A, 0, cover(data(9, n+1, 0, payload))))
	}
	benchmark(b, all, kcp.Options{})
}

// BenchmarkStrangers is what a flow costs that is no mKCP: each datagram is tried
// in all ways.
func BenchmarkStrangers(b *testing.B) {
	all := []step{sent(flow.A, 0, bytes.Repeat([]byte("xyz"), 450))}
	benchmark(b, all, kcp.Options{Seeds: []string{"one", "two"}})
}

func benchmark(b *testing.B, all []step, o kcp.Options) {
	size := 0
	for _, s := range all {
		size += len(s.p)
	}
	p := make([]byte, 2000)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		rec := &flow.Record{Network: flow.UDP, Datagrams: true}
		sink := kcp.Open(rec, flow.A, nowhere{}, o)
		for _, s := range all {
			sink.Data(s.from, 0, p[:copy(p, s.p)])
		}
		sink.Finish()
	}
}

// nowhere reads no conversation.
type nowhere struct{}

func (nowhere) Open(*flow.Record) flow.Sink { return flow.Discard }
