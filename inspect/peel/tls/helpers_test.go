package tls

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

const captures = "../../../testdata/captures"

// inner keeps what a stage pushes inside, and fails the test where it is not
// called as flow.Sink promises. It overwrites what it gets, as a sink may.
type inner struct {
	t        testing.TB
	rec      *flow.Record
	got      [2][]byte   // the bytes of each side
	runs     [2][][]byte // the same, cut at the gaps
	gaps     [2]int
	closed   [2]bool
	how      [2]flow.How
	finished bool
	calls    int
}

func (i *inner) Open(r *flow.Record) flow.Sink {
	if i.rec != nil {
		i.t.Error("opened twice")
	}
	i.rec, i.runs = r, [2][][]byte{{nil}, {nil}}
	return i
}

func (i *inner) check(from flow.Side, call string) {
	i.calls++
	if i.finished || i.closed[from] {
		i.t.Errorf("%s(%s) behind the end", call, from)
	}
}

func (i *inner) Data(from flow.Side, _ flow.Time, p []byte) {
	i.check(from, "Data")
	if len(p) == 0 {
		i.t.Error("no bytes")
	}
	i.got[from] = append(i.got[from], p...)
	last := len(i.runs[from]) - 1
	i.runs[from][last] = append(i.runs[from][last], p...)
	for j := range p {
		p[j] = 0xdb
	}
}

func (i *inner) Gap(from flow.Side, _ flow.Time, n int64) {
	i.check(from, "Gap")
	if n != -1 {
		i.t.Errorf("a gap of %d bytes", n)
	}
	i.gaps[from]++
	i.runs[from] = append(i.runs[from], nil)
}

func (i *inner) Close(from flow.Side, _ flow.Time, how flow.How) {
	i.check(from, "Close")
	i.closed[from], i.how[from] = true, how
}

func (i *inner) Finish() {
	if i.finished {
		i.t.Error("finished twice")
	}
	i.finished = true
}

// layer is what the stage said.
func (i *inner) layer() *flow.Layer { return i.rec.Layers[len(i.rec.Layers)-1] }

// String tells the layer and what was inside.
func (i *inner) String() string {
	l := i.layer()
	var b strings.Builder
	fmt.Fprintf(&b, "%s", l.Name)
	for _, f := range l.Facts {
		fmt.Fprintf(&b, " %s=%s", f.Key, f.Value)
	}
	fmt.Fprintf(&b, "\n  answer %d", l.Answer)
	if l.Says != (flow.Speech{}) {
		fmt.Fprintf(&b, ", says %s", strings.TrimSpace(l.Says.Protocol+" "+l.Says.Detail))
	}
	if l.Halt != flow.Running {
		fmt.Fprintf(&b, "\n  halt %d: %s", l.Halt, l.Why)
	}
	if i.rec.Limit != "" {
		fmt.Fprintf(&b, "\n  limit %s", i.rec.Limit)
	}
	for side := range i.got {
		sum := sha256.Sum256(i.got[side])
		fmt.Fprintf(&b, "\n  %s: %d bytes %s, %d gaps, %s", flow.Side(side), len(i.got[side]), hex.EncodeToString(sum[:8]), i.gaps[side], i.how[side])
	}
	return b.String() + "\n"
}

// reader opens a stage at every TCP connection of a capture.
type reader struct {
	t     testing.TB
	o     Options
	flows []*inner
}

func (r *reader) Open(rec *flow.Record) flow.Sink {
	if rec.Network != flow.TCP {
		return flow.Discard
	}
	in := &inner{t: r.t}
	r.flows = append(r.flows, in)
	return Open(rec, flow.A, in, r.o)
}

// readCapture gives the TLS connections of a capture. The secrets are those of
// the key log, or in the capture.
func readCapture(t testing.TB, file, keys string) []*inner {
	t.Helper()
	r := &reader{t: t, o: Options{Keys: NewKeyLog()}}
	if keys != "" {
		readKeys(t, r.o.Keys, readFile(t, keys))
	}
	readFlows(t, file, r)
	return r.flows
}

// readFlows reads a capture. Secrets in it go to the reader's key log.
func readFlows(t testing.TB, file string, to flow.Source) {
	t.Helper()
	in := capture.Input{Name: file, Open: func() (io.ReadCloser, error) { return os.Open(file) }}
	o := capture.Options{Limits: flow.DefaultLimits(), Secrets: func(kind uint32, data []byte) {
		if r, ok := to.(*reader); ok && kind == 0x544c534b { // "TLSK"
			readKeys(t, r.o.Keys, data)
		}
	}}
	if _, err := capture.Read([]capture.Input{in}, to, o); err != nil {
		t.Fatal(err)
	}
}

func readKeys(t testing.TB, k *KeyLog, text []byte) {
	t.Helper()
	if n, err := k.Read(text); err != nil || n == 0 && text[0] != '#' {
		t.Fatalf("%d secrets, %v", n, err)
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tlsCaptures are those with TLS in them, with their key logs.
func tlsCaptures(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{filepath.Join(captures, "tls-secrets-in-pcapng.pcapng"): "", filepath.Join(captures, "tls-no-secrets.pcap"): ""}
	for _, dir := range []string{captures, "testdata"} {
		logs, err := filepath.Glob(filepath.Join(dir, "*.keys"))
		if err != nil || len(logs) == 0 {
			t.Fatalf("%s: %d key logs, %v", dir, len(logs), err)
		}
		for _, keys := range logs {
			out[strings.TrimSuffix(keys, ".keys")+".pcap"] = keys
		}
	}
	return out
}

// step is what one side sent at once.
type step struct {
	from flow.Side
	p    []byte
}

// recorded is a TLS connection: what was on the wire, in order, with the
// secrets, and what the peers said inside.
type recorded struct {
	steps []step
	keys  []byte
	said  [2][]byte
}

// wire gives all that a side sent.
func (r *recorded) wire(side flow.Side) []byte {
	var b []byte
	for _, s := range r.steps {
		if s.from == side {
			b = append(b, s.p...)
		}
	}
	return b
}

func record() *flow.Record { return &flow.Record{Began: true, Packets: [2]int64{1, 1}} }

// play pushes the steps through a stage, in pieces of at most size bytes, and
// closes both sides.
func (r *recorded) play(t testing.TB, o Options, size int) *inner {
	in := &inner{t: t}
	sink := Open(record(), flow.A, in, o)
	for i, s := range r.steps {
		b := bytes.Clone(s.p)
		for len(b) > 0 {
			n := min(len(b), size)
			sink.Data(s.from, flow.Time(i), b[:n:n])
			b = b[n:]
		}
	}
	sink.Close(flow.A, 1, flow.FIN)
	sink.Close(flow.B, 1, flow.FIN)
	sink.Finish()
	return in
}

func (r *recorded) options(t testing.TB) Options {
	k := NewKeyLog()
	readKeys(t, k, r.keys)
	return Options{Keys: k}
}

// whole fails the test unless both sides came out as they were said.
func (i *inner) whole(said [2][]byte) {
	i.t.Helper()
	for side := range said {
		if !bytes.Equal(i.got[side], said[side]) || i.gaps[side] != 0 {
			i.t.Errorf("%s: %d bytes and %d gaps, want %d bytes\n%s", flow.Side(side), len(i.got[side]), i.gaps[side], len(said[side]), i)
		}
	}
	if !i.finished || !i.closed[flow.A] || !i.closed[flow.B] {
		i.t.Errorf("closed %v, finished %v", i.closed, i.finished)
	}
}
