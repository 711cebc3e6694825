package build

import (
	"io"
	"net/netip"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

var (
	testClient = netip.MustParseAddrPort("192.0.2.1:40000")
	testServer = netip.MustParseAddrPort("198.51.100.2:443")
	testID     = codec.ID{0x66, 0xad, 0x45, 0x40, 0xb5, 0x8c, 0x4a, 0xd2, 0x99, 0x26, 0xea, 0x63, 0x44, 0x5a, 0x9b, 0x57}
)

func testSession() *Session {
	return &Session{
		ID: testID, Scheme: codec.AEAD, Alter: codec.Primary, Time: 1_700_000_000,
		Security: codec.SecurityAES128GCM, Option: codec.ChunkStream | codec.ChunkMasking,
		Command: codec.CommandTCP, Target: codec.HostPort("example.com", 443), Padding: Drawn,
		Up: []Piece{{Data: []byte("GET / HTTP/1.1\r\n\r\n")}}, Down: []Piece{{Data: []byte("HTTP/1.1 200 OK\r\n\r\n")}},
	}
}

// BenchmarkBytes makes a capture of one long download.
func BenchmarkBytes(b *testing.B) {
	const size = 64 << 20
	s := testSession()
	s.Down = []Piece{{Size: size}}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		c := NewCapture(io.Discard)
		if _, err := c.Add(s, NewSeed("1"), Connection{testClient, testServer, flow.Time(1.7e18)}); err != nil {
			b.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSessions makes a capture of short sessions; one of it is one session.
func BenchmarkSessions(b *testing.B) {
	s, seed := testSession(), NewSeed("1")
	c := NewCapture(io.Discard)
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		if _, err := c.Add(s, seed.Of("session", n), Connection{testClient, testServer, flow.Time(1.7e18)}); err != nil {
			b.Fatal(err)
		}
	}
}
