package h2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/internal/corpus"
)

const captures = "../../../testdata/captures"

// keeper is a source that keeps what a capture pushes as events, to be played
// in other pieces.
type keeper struct{ talks []*kept }

type kept struct {
	rec    *flow.Record
	events []event
}

func (k *keeper) Open(rec *flow.Record) flow.Sink {
	t := &kept{rec: rec}
	k.talks = append(k.talks, t)
	return t
}

func (t *kept) Data(from flow.Side, _ flow.Time, p []byte) {
	t.events = append(t.events, event{side: from, p: bytes.Clone(p)})
}
func (t *kept) Gap(from flow.Side, _ flow.Time, n int64) {
	t.events = append(t.events, event{side: from, gap: n})
}
func (t *kept) Close(from flow.Side, _ flow.Time, how flow.How) {
	t.events = append(t.events, event{side: from, end: true, how: how})
}
func (t *kept) Finish() {}

// readCapture gives the only flow of a capture.
func readCapture(t testing.TB, name string) *kept {
	t.Helper()
	var k keeper
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(captures, name)) }}
	if _, err := capture.Read([]capture.Input{in}, &k, capture.Options{}); err != nil {
		t.Fatal(err)
	}
	if len(k.talks) != 1 {
		t.Fatalf("%d flows in %s, want 1", len(k.talks), name)
	}
	return k.talks[0]
}

// sides joins the bytes of each side.
func (t *kept) sides() (out [2][]byte) {
	for _, e := range t.events {
		out[e.side] = append(out[e.side], e.p...)
	}
	return out
}

var grpcCaptures = []string{"grpc-v5-xray", "grpc-multi-xray-xray", "grpc-sb-v5", "grpc-xray-sb", "fail-wrong-id-grpc-v5-xray"}

// manifestCase gives what the manifest says of a capture.
func manifestCase(t testing.TB, name string) corpus.Case {
	t.Helper()
	m, err := corpus.Read(filepath.Join(captures, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cases {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("%s is not in the manifest", name)
	return corpus.Case{}
}

// TestCaptures reads the streams of the captures, and holds them against another
// reader of frames. What is inside begins with the auth of a user that the
// manifest has, or of none where that is what the capture shows.
func TestCaptures(t *testing.T) {
	for _, name := range grpcCaptures {
		t.Run(name, func(t *testing.T) {
			c, k := manifestCase(t, name), readCapture(t, name+".pcap")
			flows := play(t, began(), Options{}, 1<<20, k.events)
			if len(flows) != len(c.Connections) {
				t.Fatalf("%d streams, want %d", len(flows), len(c.Connections))
			}
			want := oracle(t, k.sides())
			for i, f := range flows {
				id := uint32(2*i + 1)
				for side := range f.got {
					wantBytes(t, fmt.Sprint("stream ", id, " of side ", side), f.got[side], tunnelled(t, want[side][id]))
				}
				checkFacts(t, f, c.Expected == "unknown-user")
				wantUser(t, f, c)
			}
		})
	}
}

// checkFacts compares what the layers say with what the peers were told to do.
func checkFacts(t *testing.T, f *collected, refused bool) {
	t.Helper()
	h, g := f.layer("h2"), f.layer("grpc")
	if h.Answer != flow.Agreed || g.Answer != flow.Agreed || h.Halt != flow.Running || g.Halt != flow.Running {
		t.Errorf("layers %+v, %+v", *h, *g)
	}
	if h.Get("method") != "POST" || h.Get("status") != "200" || h.Get("content_type") != "application/grpc" || g.Get("service") != "CapService" {
		t.Errorf("facts %v, %v", h.Facts, g.Facts)
	}
	if m := g.Get("method"); m != "Tun" && m != "TunMulti" {
		t.Errorf("method %q", m)
	}
	if refused && (f.how[flow.B] != flow.FIN || len(f.got[flow.B]) != 0 || g.Get("status") != "0") {
		t.Errorf("the server said %d bytes and %s, with %v", len(f.got[flow.B]), f.how[flow.B], g.Facts)
	}
}

func wantUser(t *testing.T, f *collected, c corpus.Case) {
	t.Helper()
	users := codec.NewUsers()
	for _, u := range c.Users {
		id, err := codec.ParseID(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		users.Add(codec.Account{ID: id, AlterIDs: u.AlterID})
	}
	if len(f.got[flow.A]) < 16 {
		t.Fatalf("%d bytes of the client", len(f.got[flow.A]))
	}
	_, ok := users.Match([16]byte(f.got[flow.A]), codec.AnyTime)
	if want := c.Expected != "unknown-user"; ok != want {
		t.Errorf("a user is known: %v, want %v", ok, want)
	}
}

// oracle gives the DATA of each stream and side, as x/net's framer reads it.
func oracle(t *testing.T, sides [2][]byte) (out [2]map[uint32][]byte) {
	t.Helper()
	for side, p := range sides {
		p = bytes.TrimPrefix(p, []byte(preface))
		fr := http2.NewFramer(nil, bytes.NewReader(p))
		fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		out[side] = map[uint32][]byte{}
		for {
			f, err := fr.ReadFrame()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("the framer of x/net: %v", err)
			}
			if d, ok := f.(*http2.DataFrame); ok {
				out[side][d.StreamID] = append(out[side][d.StreamID], d.Data()...)
			}
		}
	}
	return out
}

// tunnelled takes the messages off, all at once.
func tunnelled(t *testing.T, p []byte) (out []byte) {
	t.Helper()
	for len(p) > 0 {
		n := binary.BigEndian.Uint32(p[1:])
		body := p[5 : 5+n]
		p = p[5+n:]
		for len(body) > 0 {
			size, n := binary.Uvarint(body[1:])
			if body[0] != 0x0a || n <= 0 {
				t.Fatalf("a message with %x", body[:min(len(body), 10)])
			}
			out = append(out, body[1+n:1+n+int(size)]...)
			body = body[1+n+int(size):]
		}
	}
	return out
}

// TestCapturesInPieces: the pieces in which bytes come make no difference.
func TestCapturesInPieces(t *testing.T) {
	for _, name := range grpcCaptures {
		k := readCapture(t, name+".pcap")
		want := fmt.Sprint(play(t, began(), Options{}, 1<<20, k.events))
		for _, size := range []int{1, 7, 1000} {
			if got := fmt.Sprint(play(t, began(), Options{}, size, k.events)); got != want {
				t.Errorf("%s in pieces of %d: got %.300s, want %.300s", name, size, got, want)
			}
		}
	}
}
