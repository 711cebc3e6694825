package mux_test

import (
	"fmt"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// BenchmarkDecoder reads a megabyte in frames of 8192 out of pieces as bodies
// give them: v2ray's of 2 KB and Xray's of 8 KB cut every frame, 1 MB none.
func BenchmarkDecoder(b *testing.B) {
	e := mux.Encoder{ID: 1, Target: tcp("example.com:80")}
	wire, err := e.Append(nil, make([]byte, 1<<20))
	if err != nil {
		b.Fatal(err)
	}
	for _, step := range []int{2048, 8192, 1 << 21} {
		b.Run(fmt.Sprintf("%dK", step>>10), func(b *testing.B) {
			b.SetBytes(1 << 20)
			b.ReportAllocs()
			for b.Loop() {
				var m mux.Sessions
				for rest := wire; len(rest) > 0; {
					n := min(step, len(rest))
					if err := m.Feed(codec.Up, rest[:n]); err != nil {
						b.Fatal(err)
					}
					rest = rest[n:]
				}
				if s := m.List()[0]; s.Up.Bytes != 1<<20 {
					b.Fatal(s.Up.Bytes)
				}
			}
		})
	}
}

func BenchmarkEncoder(b *testing.B) {
	p := make([]byte, 1<<20)
	dst := make([]byte, 0, 1<<21)
	b.SetBytes(1 << 20)
	b.ReportAllocs()
	for b.Loop() {
		e := mux.Encoder{ID: 1, Target: tcp("example.com:80")}
		if _, err := e.Append(dst, p); err != nil {
			b.Fatal(err)
		}
	}
}
