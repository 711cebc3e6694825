package peel_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
)

const captures = "../../testdata/captures"

// talk is a flow of a capture, and the calls that brought its bytes.
type talk struct {
	rec   *flow.Record
	calls []call
}

type call struct {
	side flow.Side
	p    []byte
}

// recorder keeps what a capture pushes.
type recorder struct{ talks []*talk }

func (r *recorder) Open(rec *flow.Record) flow.Sink {
	t := &talk{rec: rec}
	r.talks = append(r.talks, t)
	return t
}

func (t *talk) Data(from flow.Side, _ flow.Time, p []byte) {
	t.calls = append(t.calls, call{from, append([]byte(nil), p...)})
}
func (t *talk) Gap(flow.Side, flow.Time, int64)      {}
func (t *talk) Close(flow.Side, flow.Time, flow.How) {}
func (t *talk) Finish()                              {}

// listen gives the flows of a capture, with what both sides speak.
func listen(t *testing.T, name string) []*talk {
	t.Helper()
	var r recorder
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(captures, name)) }}
	if _, err := capture.Read([]capture.Input{in}, peel.Open(&r, peel.Options{}), capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		t.Fatal(err)
	}
	return r.talks
}

// named lists what is found in captures: the layers, with "!" where the server
// did not agree, and how both sides go on inside of them; and how many there are.
// "http+" has bytes behind its head that the head does not account for.
var named = map[string]map[string]int{}

// TestCorpus names what is in the captures, and nothing of what is VMess: of
// the captures that are not listed, all of it.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(captures + "/*.pcap")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	for _, f := range files {
		got := map[string]int{}
		talks := listen(t, filepath.Base(f))
		for _, x := range talks {
			if s := x.String(); s != "|" {
				got[s]++
			}
		}
		want := named[strings.TrimSuffix(filepath.Base(f), ".pcap")]
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s, -want +got:\n%s", filepath.Base(f), diff)
		}
	}
}

// String gives the layers and how both sides go on inside.
func (t *talk) String() string {
	out := ""
	for _, l := range t.rec.Layers {
		out += l.Name
		if l.Answer != flow.Agreed {
			out += "!"
		}
		if l.Says.Protocol != "" {
			out += fmt.Sprintf("(%s %d)", l.Says.Protocol, l.Says.Status)
		}
		out += " "
	}
	a, b := t.rec.Speaks[flow.A], t.rec.Speaks[flow.B]
	out += a.Protocol
	if a.Opaque {
		out += "+"
	}
	out += "|" + b.Protocol
	if b.Status >= 200 {
		out += fmt.Sprintf(" %d", b.Status)
	}
	return out
}

// TestSplits names the same in streams that come byte by byte, or in pieces.
func TestSplits(t *testing.T) {
	hear := func(calls []call, size int) (*flow.Record, *talk) {
		var r recorder
		rec := &flow.Record{Began: true}
		sink := peel.Open(&r, peel.Options{}).Open(rec)
		for _, c := range calls {
			for p := c.p; len(p) > 0; p = p[min(size, len(p)):] {
				sink.Data(c.side, 0, bytes.Clone(p[:min(size, len(p))]))
			}
		}
		sink.Finish()
		return rec, r.talks[0]
	}
	for name := range named {
		for _, x := range listen(t, name+".pcap") {
			if x.rec.Network == flow.UDP {
				continue // datagrams are not split
			}
			calls := beginnings(x.calls)
			want, all := hear(calls, 1<<20)
			for _, size := range []int{1, 7, 100} {
				got, passed := hear(calls, size)
				if got.Speaks != want.Speaks || !cmp.Equal(got.Layers, want.Layers) {
					t.Errorf("%s in pieces of %d: got %+v in %+v, want %+v in %+v", name, size, got.Speaks, got.Layers, want.Speaks, want.Layers)
				}
				if !slices.EqualFunc(join(passed.calls), join(all.calls), bytes.Equal) {
					t.Errorf("%s: in pieces of %d other bytes are inside", name, size)
				}
			}
		}
	}
}

// beginnings leaves the first KiB of each side.
func beginnings(calls []call) (out []call) {
	left := [2]int{1024, 1024}
	for _, c := range calls {
		c.p = c.p[:min(len(c.p), left[c.side])]
		left[c.side] -= len(c.p)
		out = append(out, c)
	}
	return out
}

// join gives the bytes of each side.
func join(calls []call) [][]byte {
	out := make([][]byte, 2)
	for _, c := range calls {
		out[c.side] = append(out[c.side], c.p...)
	}
	return out
}
