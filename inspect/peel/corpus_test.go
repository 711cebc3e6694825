package peel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	read(t, name, peel.Open(&r, secrets(t, name)))
	return r.talks
}

// bare gives the flows of a capture as they are.
func bare(t *testing.T, name string) []*talk {
	t.Helper()
	var r recorder
	read(t, name, &r)
	return r.talks
}

func read(t *testing.T, name string, to flow.Source) {
	t.Helper()
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(captures, name)) }}
	if _, err := capture.Read([]capture.Input{in}, to, capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		t.Fatal(err)
	}
}

// secrets gives what opens a capture: the key log beside it, and the seed.
func secrets(t *testing.T, name string) peel.Options {
	t.Helper()
	o := peel.Options{Keys: peel.NewKeyLog(), Seeds: []string{"shared seed"}}
	text, err := os.ReadFile(filepath.Join(captures, strings.TrimSuffix(name, ".pcap")+".keys"))
	if errors.Is(err, fs.ErrNotExist) {
		return o
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := o.Keys.Read(text); n == 0 || err != nil {
		t.Fatalf("%s: %d secrets, %v", name, n, err)
	}
	return o
}

// named lists what is found in captures: the layers, with "!" where the server
// did not agree, and how both sides go on inside of them; and how many there are.
// "http+" has bytes behind its head that the head does not account for.
var named = map[string]map[string]int{
	"fail-alterid-ws-64-vs-1-v4-v4":        {"ws |": 4},
	"fail-clock-tls-plus900":               {"tls1.3 |": 2},
	"fail-clock-ws-minus600-legacy":        {"ws |": 2},
	"fail-mismatch-http-client-raw-server": {"http! |": 2},
	"fail-mismatch-raw-client-http-server": {"|http 400": 2},
	"fail-mismatch-raw-client-ws-server":   {"|http 400": 2},
	"fail-mismatch-ws-client-raw-server":   {"ws! |": 6},
	"fail-mismatch-ws-path":                {"ws!(http 404) |": 10},
	"fail-probes-v4":                       {"http|": 1, "socks5! |": 1, "ssh|": 1, "tls! |": 1, "vless|": 1},
	"fail-replay-tls12-v4-v4-legacy":       {"tls1.2 |": 3},
	"fail-wrong-id-grpc-v5-xray":           {"h2 grpc |": 2},
	"fail-wrong-id-http-v4-v4":             {"http!(http 400) |": 2},
	"fail-wrong-id-tls-xray-v5":            {"tls1.3 |": 2},
	"fail-wrong-id-ws-v4-xray":             {"ws |": 2},
	"grpc-multi-xray-xray":                 {"h2 grpc |": 3},
	"grpc-sb-v5":                           {"h2 grpc |": 3},
	"grpc-v5-xray":                         {"h2 grpc |": 3},
	"grpc-xray-sb":                         {"h2 grpc |": 3},
	"h2-tls-front-v5-v4":                   {"tls1.3 h2 |": 3},
	"http-v4-v5":                           {"http |": 3},
	"http-v5-xray-chacha":                  {"http |": 3},
	"http-xray-v4":                         {"http |": 3},
	"httpupgrade-xray-sb":                  {"httpupgrade |": 3},
	"kcp-dtls-loss-v5-xray":                {"mkcp |": 1},
	"kcp-gap-response-v4-v5":               {"mkcp |": 1},
	"kcp-seed-utp-v5-v4":                   {"mkcp |": 3},
	"kcp-srtp-v4-v5":                       {"mkcp |": 3},
	"kcp-v4-v5":                            {"mkcp |": 3},
	"kcp-v5-xray":                          {"mkcp |": 3},
	"noise-onward-v5-xray":                 {"dns|": 1, "dns|dns": 1, "http |": 1},
	"noise-v4-v5":                          {"dns|": 1, "dns|dns": 2, "http|http 200": 2, "ssh|ssh": 1, "tls1.3 |": 1},
	"noise-wrong-id-v4-v5":                 {"dns|": 1, "dns|dns": 2, "http|http 200": 2},
	"tls-no-secrets":                       {"tls1.3 |": 2},
	"tls12-front-v5-v4":                    {"tls1.2 |": 3},
	"tls12-xray-sb":                        {"tls1.2 |": 3},
	"tls13-legacy-front-sb-v4":             {"tls1.3 |": 3},
	"tls13-xray-v5":                        {"tls1.3 |": 3},
	"ws-early-sb-xray-header":              {"ws |": 3},
	"ws-early-v5-sb-path":                  {"ws |": 3},
	"ws-sb-v4-legacy":                      {"ws |": 3},
	"ws-udp-v4-v5":                         {"ws |": 1},
	"ws-v4-xray":                           {"ws |": 3},
	"ws-v5-sb":                             {"ws |": 3},
	"wss-sb-xray-zero":                     {"tls1.3 ws |": 3},
	"wss-v4-xray":                          {"tls1.3 ws |": 3},
	"wss-xray-v4":                          {"tls1.3 ws |": 3},
	"xhttp-xray-xray":                      {"xhttp|xhttp 200": 3},
}

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
	hear := func(o peel.Options, calls []call, size int) []*talk {
		var r recorder
		sink := peel.Open(&r, o).Open(&flow.Record{Began: true})
		for _, c := range calls {
			for p := c.p; len(p) > 0; p = p[min(size, len(p)):] {
				sink.Data(c.side, 0, bytes.Clone(p[:min(size, len(p))]))
			}
		}
		sink.Finish()
		return r.talks
	}
	for name := range named {
		o := secrets(t, name+".pcap")
		for _, x := range bare(t, name+".pcap") {
			if x.rec.Network == flow.UDP {
				continue // datagrams are not split
			}
			want := hear(o, x.calls, 1<<20)
			for _, size := range []int{1, 7, 100} {
				got := hear(o, x.calls, size)
				for i := range max(len(got), len(want)) {
					if i >= len(got) || i >= len(want) || got[i].String() != want[i].String() {
						t.Errorf("%s in pieces of %d: got %v, want %v", name, size, got, want)
						break
					}
					if !slices.EqualFunc(join(got[i].calls), join(want[i].calls), bytes.Equal) {
						t.Errorf("%s: in pieces of %d other bytes are inside", name, size)
					}
				}
			}
		}
	}
}

// join gives the bytes of each side.
func join(calls []call) [][]byte {
	out := make([][]byte, 2)
	for _, c := range calls {
		out[c.side] = append(out[c.side], c.p...)
	}
	return out
}
