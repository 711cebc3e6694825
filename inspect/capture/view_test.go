package capture

import (
	"fmt"
	"net/netip"
	"testing"

	"vmesskit/inspect/flow"
)

// view is what is innermost of a packet, as one of the readers sees it.
type view struct {
	network  flow.Network
	from, to netip.AddrPort
	seq      uint32 // of TCP
	payload  string
}

func (v *view) String() string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s %s > %s seq %d, %d bytes", v.network, v.from, v.to, v.seq, len(v.payload))
}

func (v *view) same(w *view) bool { return v == w || v != nil && w != nil && *v == *w }

// views reads a file and gives what is seen of each packet; nil is nothing.
func views(t testing.TB, file []byte) []*view {
	t.Helper()
	last := &datagramKeeper{}
	r := newReader(last, Options{})
	m, err := openAll([]Input{input("file", file)}, &r.o, make([]File, 1), &progress{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	var out []*view
	for f := m.first(); f != nil; f = m.next() {
		r.seg, last.last = segment{}, nil
		r.take(&f.head)
		if r.seg.data != nil {
			last.last = &view{
				network: flow.TCP, seq: r.seg.seq, payload: string(r.seg.data),
				from: netip.AddrPortFrom(r.ends.src.netip(r.ends.v6), r.seg.src),
				to:   netip.AddrPortFrom(r.ends.dst.netip(r.ends.v6), r.seg.dst),
			}
		}
		out = append(out, last.last)
	}
	return out
}

// datagramKeeper keeps the datagram that came last.
type datagramKeeper struct{ last *view }

func (k *datagramKeeper) Open(r *flow.Record) flow.Sink { return &datagramSink{k, r} }

type datagramSink struct {
	keeper *datagramKeeper
	rec    *flow.Record
}

func (s *datagramSink) Data(from flow.Side, _ flow.Time, p []byte) {
	if s.rec.Network == flow.UDP {
		s.keeper.last = &view{network: flow.UDP, from: s.rec.Ends[from], to: s.rec.Ends[from.Other()], payload: string(p)}
	}
}

func (s *datagramSink) Gap(flow.Side, flow.Time, int64)      {}
func (s *datagramSink) Close(flow.Side, flow.Time, flow.How) {}
func (s *datagramSink) Finish()                              {}

// differ compares packet by packet and logs where two readers do not see the
// same.
func differ(t *testing.T, got, want []*view, paths []string) (n int) {
	t.Helper()
	if len(got) != len(want) || len(got) != len(paths) {
		t.Fatalf("%d packets, want %d and the peer has %d", len(got), len(paths), len(want))
	}
	for i := range got {
		if !got[i].same(want[i]) {
			n++
			t.Logf("packet %d (%s): %s, the peer has %s", i+1, paths[i], got[i], want[i])
		}
	}
	return n
}
