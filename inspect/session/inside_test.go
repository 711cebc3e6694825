package session

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// What is inside of bodies: frames made with codec/mux, by hand where that
// refuses to. What is expected is written out.

// frames joins frames.
func frames(t testing.TB, list ...mux.Frame) (b []byte) {
	t.Helper()
	for i := range list {
		var err error
		if b, err = list[i].Append(b); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func opening(id uint16, n mux.Network, host, text string) mux.Frame {
	f := keep(id, text)
	f.Status, f.Target = mux.New, mux.Target{Network: n, Address: codec.HostPort(host, 53)}
	return f
}

func keep(id uint16, text string) mux.Frame {
	f := mux.Frame{ID: id, Status: mux.Keep}
	if text != "" {
		f.Option, f.Data = mux.WithData, []byte(text)
	}
	return f
}

// toward is a datagram with an address of its own.
func toward(id uint16, host, text string) mux.Frame {
	f := keep(id, text)
	f.Target = mux.Target{Network: mux.UDP, Address: codec.HostPort(host, 53)}
	return f
}

func ending(id uint16) mux.Frame { return mux.Frame{ID: id, Status: mux.End} }

// inPieces cuts a stream into payloads of n bytes, so that chunks cut frames.
func inPieces(b []byte, n int) [][]byte { return slices.Collect(slices.Chunk(b, n)) }

var muxSpec = spec{security: codec.SecurityAES128GCM, option: optS | optM, command: codec.CommandMux}

// piecesOf cuts what a side sends.
func piecesOf(side flow.Side, p []byte, n int) (events []event) {
	for part := range slices.Chunk(p, n) {
		events = append(events, data(side, part))
	}
	return events
}

// carrier builds a conversation whose bodies are these streams.
func carrier(t testing.TB, s spec, up, down []byte, n int) *conversation {
	s.up, s.down = inPieces(up, n), inPieces(down, n)
	return build(t, s)
}

// flowOf gives what a direction of a sub-connection has to show.
func flowOf(end string, texts ...string) Stream {
	all := strings.Join(texts, "")
	return Stream{Opened: true, Bytes: int64(len(all)), Chunks: int64(len(texts)), Hashed: true, Sum: sha256.Sum256([]byte(all)), End: end}
}

// packetsOf is flowOf for datagrams, each behind its address.
func packetsOf(end string, pairs ...string) Stream {
	var texts []string
	for i := 1; i < len(pairs); i += 2 {
		texts = append(texts, pairs[i])
	}
	s := flowOf(end, texts...)
	s.Packets = true
	for i, text := range texts {
		s.Datagrams = append(s.Datagrams, Datagram{Bytes: len(text), Sum: sha256.Sum256([]byte(text)), Addr: pairs[2*i]})
	}
	return s
}

func checkInside(t *testing.T, f *Facts, layer string, want ...Sub) {
	t.Helper()
	if diff := cmp.Diff(want, f.Mux); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := f.Flow.Layers[len(f.Flow.Layers)-1].Name; got != layer || f.Flow.Panic != "" {
		t.Errorf("stack %v, want %s at its end; panic %q", f.Flow.Stack(), layer, f.Flow.Panic)
	}
}

// TestMux takes sub-connections apart: a stream that both sides end, datagrams,
// one that only the client ends, and a number that is used again; in every kind
// of body, both dialects, whatever the pieces.
func TestMux(t *testing.T) {
	up := frames(t, opening(1, mux.TCP, "a.example.test", "hello"), opening(2, mux.UDP, "192.0.2.53", "query"), keep(1, "more"),
		toward(2, "192.0.2.54", "another"), ending(1), opening(3, mux.TCP, "192.0.2.80", ""), ending(3), opening(1, mux.TCP, "b.example.test", "again"))
	down := frames(t, keep(1, "world"), toward(2, "192.0.2.54", "answer"), keep(2, "late"), ending(1))
	want := []Sub{
		{ID: 1, Network: "tcp", Target: "a.example.test:53", Up: flowOf("end", "hello", "more"), Down: flowOf("end", "world"), Ended: "both"},
		{ID: 2, Network: "udp", Target: "192.0.2.53:53", Ended: "open",
			Up:   packetsOf("fin", "192.0.2.53:53", "query", "192.0.2.54:53", "another"),
			Down: packetsOf("fin", "192.0.2.54:53", "answer", "192.0.2.53:53", "late")},
		{ID: 3, Network: "tcp", Target: "192.0.2.80:53", Up: flowOf("end"), Down: flowOf("fin"), Ended: "client"},
		{ID: 1, Network: "tcp", Target: "b.example.test:53", Up: flowOf("fin", "again"), Down: flowOf("fin"), Ended: "open"},
	}
	cutAt := bytes.Index(up, frames(t, opening(1, mux.TCP, "b.example.test", "again"))) // it is said behind the server's End
	kinds := 0
	for i, s := range specs() {
		if s.command != codec.CommandMux {
			continue
		}
		kinds++
		s.seed, s.noEnd = uint64(i), true
		s.up, s.down = append(inPieces(up[:cutAt], 7+i%40), up[cutAt:]), inPieces(down, 5+i%40)
		c := build(t, s)
		last := len(c.up.wire)
		if s.chunked() {
			last = c.up.ends[len(c.up.ends)-2]
		} else {
			last -= len(up) - cutAt
		}
		// The answers to a sub-connection come behind its New frame.
		for _, events := range [][]event{
			{data(flow.A, c.up.wire[:last]), data(flow.B, c.down.wire), data(flow.A, c.up.wire[last:])},
			then(then([]event{data(flow.A, c.up.wire[:last])}, piecesOf(flow.B, c.down.wire, 3)...), data(flow.A, c.up.wire[last:])),
			then(then([]event{data(flow.A, c.up.wire[:last-1])}, data(flow.B, c.down.wire[:c.down.head]), data(flow.A, c.up.wire[last-1:last]), data(flow.B, c.down.wire[c.down.head:])), data(flow.A, c.up.wire[last:])),
		} {
			f := decode(then(events, both(flow.FIN)...)...)
			checkInside(t, f, "mux", want...)
			if f.Odd != nil || f.Up.Bytes != int64(len(up)) || f.Down.Bytes != int64(len(down)) {
				t.Errorf("%v: odd %q, up %d, down %d", s, f.Odd, f.Up.Bytes, f.Down.Bytes)
			}
		}
		if t.Failed() {
			t.Fatalf("it was %v, faults %v", s, decode(c.closed(flow.FIN)...).Faults)
		}
	}
	if kinds < 80 {
		t.Errorf("only %d kinds", kinds)
	}
}

// TestXUDP is the one sub-connection with the number 0.
func TestXUDP(t *testing.T) {
	first := opening(0, mux.UDP, "192.0.2.53", "one")
	first.GlobalID, first.HasGlobalID = mux.GlobalID{1, 2, 3}, true
	up := frames(t, first, toward(0, "2001:db8::1", "two"))
	down := frames(t, toward(0, "192.0.2.53", "three"))
	f := decode(carrier(t, muxSpec, up, down, 11).closed(flow.FIN)...)
	checkInside(t, f, "xudp", Sub{
		Network: "udp", Target: "192.0.2.53:53", Ended: "open", GlobalID: mux.GlobalID{1, 2, 3},
		Up:   packetsOf("end-chunk", "192.0.2.53:53", "one", "[2001:db8::1]:53", "two"),
		Down: packetsOf("end-chunk", "192.0.2.53:53", "three"),
	})
}

// TestMuxDamage: what stands in front of a frame that is refused counts, the
// other direction goes on, and the carrier is as good as it was.
func TestMuxDamage(t *testing.T) {
	good := frames(t, opening(1, mux.TCP, "a.example.test", "hello"))
	bad := slices.Concat(good, []byte{0, 4, 0, 1, 9, 0}, frames(t, keep(1, "lost")))
	down := frames(t, keep(1, "world"), keep(7, "for nobody that was seen"))
	f := decode(carrier(t, muxSpec, bad, down, 1000).closed(flow.FIN)...)
	unknown := Sub{ID: 7, Up: flowOf("cut"), Down: flowOf("end-chunk", "for nobody that was seen"), Ended: "open"}
	unknown.Up.Broken = true
	first := Sub{ID: 1, Network: "tcp", Target: "a.example.test:53", Up: flowOf("cut", "hello"), Down: flowOf("end-chunk", "world"), Ended: "open"}
	first.Up.Broken = true
	checkInside(t, f, "mux", first, unknown)
	if len(f.Odd) != 1 || !strings.HasPrefix(f.Odd[0], fmt.Sprintf("mux, up at %d: ", len(good))) || f.Faults != nil || f.Up.End != "end-chunk" || f.Up.Broken {
		t.Errorf("odd %q, faults %v, up %+v", f.Odd, f.Faults, f.Up)
	}

	// A frame that the end of the carrier cuts is no oddity.
	c := carrier(t, muxSpec, append(good, good[:9]...), down[:14], 1000)
	f = decode(c.closed(flow.FIN)...)
	checkInside(t, f, "mux", Sub{
		ID: 1, Network: "tcp", Target: "a.example.test:53", Up: flowOf("cut", "hello"), Down: flowOf("cut", "world"), Ended: "open",
	})
	if f.Odd != nil {
		t.Errorf("odd %q", f.Odd)
	}

	// No frames at all.
	f = decode(carrier(t, muxSpec, []byte("GET / HTTP/1.1\r\n\r\n"), []byte("SSH-2.0-x\r\n"), 1000).closed(flow.FIN)...)
	checkInside(t, f, "vmess")
	if len(f.Odd) != 2 {
		t.Errorf("odd %q", f.Odd)
	}
}

// TestMuxHole: behind a hole of the client's direction the server's frames are
// of sub-connections that nobody knows.
func TestMuxHole(t *testing.T) {
	up := frames(t, opening(1, mux.TCP, "a.example.test", "hello"), opening(2, mux.TCP, "b.example.test", "unseen"))
	n := len(frames(t, opening(1, mux.TCP, "a.example.test", "hello")))
	s := muxSpec
	s.up, s.down = [][]byte{up[:n], up[n:]}, [][]byte{frames(t, keep(1, "world"), keep(2, "there"))}
	c := build(t, s)
	f := decode(data(flow.A, c.up.wire[:c.up.ends[0]]), gap(flow.A, 10), data(flow.A, c.up.wire[c.up.ends[0]+10:]), data(flow.B, c.down.wire))
	first := Sub{ID: 1, Network: "tcp", Target: "a.example.test:53", Up: flowOf("cut", "hello"), Down: flowOf("end-chunk", "world"), Ended: "open"}
	second := Sub{ID: 2, Up: flowOf("cut"), Down: flowOf("end-chunk", "there"), Ended: "open"}
	first.Up.Broken, second.Up.Broken = true, true
	checkInside(t, f, "mux", first, second)
}

// TestMuxUnanswered has no second direction.
func TestMuxUnanswered(t *testing.T) {
	c := carrier(t, muxSpec, frames(t, opening(1, mux.TCP, "a.example.test", "hello")), nil, 1000)
	f := decode(data(flow.A, c.up.wire))
	checkInside(t, f, "mux", Sub{
		ID: 1, Network: "tcp", Target: "a.example.test:53", Up: flowOf("end-chunk", "hello"), Ended: "open",
		Down: Stream{Hashed: true, Sum: sha256.Sum256(nil)},
	})
}

// TestMuxLimits: the first ones are kept, and the limit is told.
func TestMuxLimits(t *testing.T) {
	var up []byte
	for id := range uint16(maxSubs + 3) {
		up = append(up, frames(t, opening(id, mux.TCP, "192.0.2.7", "x"))...)
	}
	c := carrier(t, muxSpec, up, nil, 4000)
	d := newDecoder()
	f := push(d, newRecord(1), c.closed(flow.FIN)...)
	if len(f.Mux) != maxSubs || f.Flow.Limit != "sub-connections" || d.subs != maxSubs {
		t.Errorf("%d of them, limit %q, %d counted", len(f.Mux), f.Flow.Limit, d.subs)
	}
	d.subs = maxRunSubs // the run has no room for more than the first of each carrier
	f = push(d, newRecord(2), c.closed(flow.FIN)...)
	if len(f.Mux) != 1 || f.Flow.Limit != "sub-connections" || d.subs != maxRunSubs+1 {
		t.Errorf("%d of them, limit %q, %d counted", len(f.Mux), f.Flow.Limit, d.subs)
	}
	up = frames(t, opening(0, mux.UDP, "192.0.2.7", "x"))
	up = append(up, bytes.Repeat(frames(t, keep(0, "y")), maxDatagrams)...)
	f = decode(pieces(carrier(t, muxSpec, up, nil, 8000).up.wire)...)
	if s := &f.Mux[0].Up; len(s.Datagrams) != maxDatagrams || s.Chunks != maxDatagrams+1 || f.Flow.Limit != "datagrams" {
		t.Errorf("%d listed of %d, limit %q", len(s.Datagrams), s.Chunks, f.Flow.Limit)
	}
}

// TestMuxReadings: a reading that is not chosen leaves nothing behind.
func TestMuxReadings(t *testing.T) {
	d := newDecoder()
	s := &session{d: d, f: &Facts{Flow: newRecord(1)}, inside: map[codec.Dialect]*inside{}}
	for dialect, id := range map[codec.Dialect]uint16{codec.DialectV2Ray: 5, codec.DialectSing: 6} {
		s.inside[dialect] = newInside(d)
		s.inside[dialect].feed(codec.Up, frames(t, opening(id, mux.TCP, "a.example.test", "hello"), opening(id+2, mux.TCP, "a.example.test", "hello")))
	}
	s.finishInside(codec.DialectSing)
	if f := s.f; len(f.Mux) != 2 || f.Mux[0].ID != 6 || d.subs != 2 {
		t.Errorf("got %+v, %d counted", f.Mux, d.subs)
	}
}

// TestMuxWorkers: a long carrier keeps the order of its directions, with
// workers or without.
func TestMuxWorkers(t *testing.T) {
	up, down := frames(t, opening(1, mux.TCP, "a.example.test", "hello")), []byte(nil)
	long := strings.Repeat("0123456789", 800)
	for range 300 {
		up, down = append(up, frames(t, keep(1, long))...), append(down, frames(t, keep(1, long))...)
	}
	up = append(up, frames(t, ending(1), opening(2, mux.TCP, "b.example.test", "last"))...)
	down = append(down, frames(t, keep(2, "answer"))...)
	c := carrier(t, muxSpec, up, down, 16000)
	ending := c.up.ends[len(c.up.ends)-2] // the last payload ends the one and begins the other
	events := then(piecesOf(flow.A, c.up.wire[:ending], 40_000), piecesOf(flow.B, c.down.wire[:c.down.ends[50]], 40_000)...)
	events = append(events, data(flow.A, c.up.wire[ending:]))
	events = append(events, piecesOf(flow.B, c.down.wire[c.down.ends[50]:], 40_000)...)
	var want *Facts
	for _, workers := range []int{0, 3} {
		d := NewDecoder([]Account{alice}, Options{Hash: true, Limits: flow.DefaultLimits(), Workers: workers})
		f := push(d, newRecord(1), events...)
		d.Close()
		if want == nil {
			want = f
		}
		if diff := cmp.Diff(want, f, cmpopts.EquateComparable(netip.AddrPort{}), anyPieces); diff != "" || len(f.Mux) != 2 || f.Mux[1].Down.Bytes != 6 {
			t.Errorf("%d workers, %d sub-connections:\n%s", workers, len(f.Mux), diff)
		}
	}
}

// TestPacketaddr: the header of each datagram is its address and not its data.
func TestPacketaddr(t *testing.T) {
	packet := func(ip, text string) []byte {
		p := mux.Packet{Address: codec.HostPort(ip, 7777), Data: []byte(text)}
		b, err := p.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	s := spec{security: codec.SecurityAES128GCM, option: optS | optM, command: codec.CommandUDP, host: mux.PacketDomain}
	s.up = [][]byte{packet("192.0.2.7", "one"), []byte("neither"), packet("2001:db8::7", "two")}
	s.down = [][]byte{packet("192.0.2.7", "three")}
	f := decode(build(t, s).closed(flow.FIN)...)
	own := mux.PacketDomain + ":8443"
	for _, c := range []struct{ got, want Stream }{
		{f.Up, packetsOf("end-chunk", "192.0.2.7:7777", "one", own, "neither", "[2001:db8::7]:7777", "two")},
		{f.Down, packetsOf("end-chunk", "192.0.2.7:7777", "three")},
	} {
		c.want.Wire, c.want.Close = c.got.Wire, c.got.Close
		if diff := cmp.Diff(c.want, c.got, anyPieces); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	checkInside(t, f, "packetaddr")
	if f.Header.Target != own || len(f.Odd) != 1 || !strings.HasPrefix(f.Odd[0], "packetaddr, up, datagram 2: ") || f.Faults != nil {
		t.Errorf("target %q, odd %q", f.Header.Target, f.Odd)
	}
	s.host = ""
	if f = decode(build(t, s).closed(flow.FIN)...); f.Odd != nil || f.Up.Datagrams[0].Addr != "" || slices.Contains(f.Flow.Stack(), "packetaddr") {
		t.Errorf("another target: odd %q, up %+v", f.Odd, f.Up)
	}
}
