package h2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vmesskit/inspect/flow"
)

// collector is a source that remembers everything, and fails the test where a
// sink is not called as flow.Sink promises. It overwrites what it gets, as a
// sink may.
type collector struct {
	t     testing.TB
	flows []*collected
}

// collected is one conversation. Each side's story has its bytes as they are,
// holes as "<n>" and closes as "|how".
type collected struct {
	t        testing.TB
	rec      *flow.Record
	got      [2][]byte
	gaps     [2][]int64
	pieces   [2][][]byte // the bytes between holes
	closed   [2]bool
	how      [2]flow.How
	finished bool
}

func (c *collector) Open(r *flow.Record) flow.Sink {
	f := &collected{t: c.t, rec: r, pieces: [2][][]byte{{nil}, {nil}}}
	c.flows = append(c.flows, f)
	return f
}

func (f *collected) Data(from flow.Side, at flow.Time, p []byte) {
	f.check(from, "Data")
	if len(p) == 0 {
		f.t.Error("Data without bytes")
	}
	f.got[from] = append(f.got[from], p...)
	last := len(f.pieces[from]) - 1
	f.pieces[from][last] = append(f.pieces[from][last], p...)
	for i := range p {
		p[i] = 0xdb
	}
}

func (f *collected) Gap(from flow.Side, at flow.Time, n int64) {
	f.check(from, "Gap")
	if n == 0 || n < -1 {
		f.t.Errorf("Gap of %d", n)
	}
	f.gaps[from] = append(f.gaps[from], n)
	f.pieces[from] = append(f.pieces[from], nil)
}

func (f *collected) Close(from flow.Side, at flow.Time, how flow.How) {
	f.check(from, "Close")
	f.closed[from], f.how[from] = true, how
}

func (f *collected) Finish() {
	if f.finished {
		f.t.Error("Finish came twice")
	}
	f.finished = true
}

func (f *collected) check(from flow.Side, call string) {
	if f.closed[from] || f.finished {
		f.t.Errorf("%s of %s after the end", call, from)
	}
}

// layer gives a layer by its name, or an empty one.
func (f *collected) layer(name string) *flow.Layer {
	for _, l := range f.rec.Layers {
		if l.Name == name {
			return l
		}
	}
	return &flow.Layer{}
}

// String is all that is known of a conversation, for comparisons.
func (f *collected) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v began=%v limit=%q", f.rec.Stack(), f.rec.Began, f.rec.Limit)
	for _, l := range f.rec.Layers {
		fmt.Fprintf(&b, " {%s %v %d %v %d %q}", l.Name, l.Facts, l.Answer, l.Says, l.Halt, l.Why)
	}
	for side := range f.got {
		fmt.Fprintf(&b, " %x gaps %v closed %v %s", f.got[side], f.gaps[side], f.closed[side], f.how[side])
	}
	return b.String()
}

// event is a call of a sink.
type event struct {
	side flow.Side
	p    []byte
	gap  int64    // if not 0
	how  flow.How // if it is a close
	end  bool
}

// play pushes events in pieces of at most size bytes.
func play(t testing.TB, rec *flow.Record, o Options, size int, events []event) []*collected {
	t.Helper()
	c := &collector{t: t}
	sink := Open(rec, flow.A, c, o)
	at := flow.Time(0)
	for _, e := range events {
		at++
		rec.Latest, rec.End = rec.Latest+1, at
		switch {
		case e.end:
			sink.Close(e.side, at, e.how)
		case e.gap != 0:
			sink.Gap(e.side, at, e.gap)
		}
		for p := bytes.Clone(e.p); len(p) > 0; p = p[min(size, len(p)):] {
			n := min(size, len(p))
			sink.Data(e.side, at, p[:n:n])
		}
	}
	sink.Finish()
	for _, f := range c.flows {
		if !f.finished {
			t.Errorf("%v was not finished", f.rec.Stack())
		}
	}
	return c.flows
}

// began is the record of a connection that is in the capture from the start.
func began() *flow.Record { return &flow.Record{Began: true, Start: 1} }

// talker writes frames of one direction, with the encoder and the framer of
// others.
type talker struct {
	side   flow.Side
	out    *[]event
	buf    bytes.Buffer
	fr     *http2.Framer
	enc    *hpack.Encoder
	fields bytes.Buffer
}

// talk is a connection that is made up. Each call is an event.
func newTalk() (client, server *talker, out *[]event) {
	out = &[]event{}
	client, server = newTalker(flow.A, out), newTalker(flow.B, out)
	client.buf.WriteString(preface)
	return client, server, out
}

func newTalker(side flow.Side, out *[]event) *talker {
	t := &talker{side: side, out: out}
	t.fr = http2.NewFramer(&t.buf, nil)
	t.fr.AllowIllegalWrites = true
	t.enc = hpack.NewEncoder(&t.fields)
	return t
}

// send makes what was written an event.
func (t *talker) send(err error) {
	if err != nil {
		panic(err)
	}
	*t.out = append(*t.out, event{side: t.side, p: bytes.Clone(t.buf.Bytes())})
	t.buf.Reset()
}

func (t *talker) close(how flow.How) {
	*t.out = append(*t.out, event{side: t.side, end: true, how: how})
}

// block encodes names and values, one after the other.
func (t *talker) block(nv ...string) []byte {
	t.fields.Reset()
	for i := 0; i < len(nv); i += 2 {
		t.enc.WriteField(hpack.HeaderField{Name: nv[i], Value: nv[i+1]})
	}
	return bytes.Clone(t.fields.Bytes())
}

func (t *talker) headers(id uint32, end bool, nv ...string) {
	t.send(t.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: t.block(nv...), EndHeaders: true, EndStream: end}))
}

func (t *talker) data(id uint32, end bool, p []byte) { t.send(t.fr.WriteData(id, end, p)) }

var tun = []string{
	":method", "POST", ":scheme", "http", ":path", "/CapService/Tun", ":authority", "h2.example.test",
	"content-type", "application/grpc", "user-agent", "grpc-go/1.81.1", "te", "trailers",
}

var put = []string{":authority", "h2.example.test", ":method", "PUT", ":path", "/cap", ":scheme", "https", "accept-encoding", "identity", "user-agent", "Go-http-client/2.0"}

// message wraps pieces in one message.
func message(pieces ...[]byte) []byte {
	var body []byte
	for _, p := range pieces {
		body = binary.AppendUvarint(append(body, 0x0a), uint64(len(p)))
		body = append(body, p...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
}

// noise gives n bytes that look random, without being so.
func noise(seed, n int) []byte {
	p, x := make([]byte, n), uint64(seed)*0x9e3779b97f4a7c15+1
	for i := range p {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		p[i] = byte(x >> 32)
	}
	return p
}

// one gives the only conversation.
func one(t *testing.T, flows []*collected) *collected {
	t.Helper()
	if len(flows) != 1 {
		t.Fatalf("%d conversations, want 1: %v", len(flows), flows)
	}
	return flows[0]
}

func wantBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got %d bytes, %.40x..., want %d, %.40x...", what, len(got), got, len(want), want)
	}
}
