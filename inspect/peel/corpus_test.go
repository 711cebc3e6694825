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
	if _, err := capture.Read([]capture.Input{in}, peel.Recognise(&r, flow.Limits{}), capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		t.Fatal(err)
	}
	return r.talks
}

// named lists what is recognised in captures, by the ways of both sides and how
// many flows there are of each. "http+" has bytes behind its head that the head
// does not account for.
var named = map[string]map[string]int{
	"fail-alterid-ws-64-vs-1-v4-v4":        {"ws|ws": 4},
	"fail-clock-tls-plus900":               {"tls|tls": 2},
	"fail-clock-ws-minus600-legacy":        {"ws|ws": 2},
	"fail-mismatch-http-client-raw-server": {"http+|": 2},
	"fail-mismatch-raw-client-http-server": {"|http 400": 2},
	"fail-mismatch-raw-client-ws-server":   {"|http 400": 2},
	"fail-mismatch-ws-client-raw-server":   {"ws|": 6},
	"fail-mismatch-ws-path":                {"ws|http 404": 10},
	"fail-probes-v4":                       {"http|": 1, "socks5|": 1, "ssh|": 1, "tls|": 1, "vless|": 1},
	"fail-replay-tls12-v4-v4-legacy":       {"tls|tls": 3},
	"fail-wrong-id-grpc-v5-xray":           {"h2|h2": 1},
	"fail-wrong-id-http-v4-v4":             {"http+|http 400": 2},
	"fail-wrong-id-tls-xray-v5":            {"tls|tls": 2},
	"fail-wrong-id-ws-v4-xray":             {"ws|ws": 2},
	"grpc-multi-xray-xray":                 {"h2|h2": 1},
	"grpc-sb-v5":                           {"h2|h2": 1},
	"grpc-v5-xray":                         {"h2|h2": 1},
	"grpc-xray-sb":                         {"h2|h2": 1},
	"h2-tls-front-v5-v4":                   {"tls|tls": 1},
	"http-v4-v5":                           {"http+|http 200": 3},
	"http-v5-xray-chacha":                  {"http+|http 200": 3},
	"http-xray-v4":                         {"http+|http 200": 3},
	"httpupgrade-xray-sb":                  {"httpupgrade|httpupgrade": 3},
	"noise-onward-v5-xray":                 {"dns|": 1, "dns|dns": 1, "http+|http 200": 1},
	"noise-v4-v5":                          {"dns|": 1, "dns|dns": 2, "http|http 200": 2, "ssh|ssh": 1, "tls|tls": 1},
	"noise-wrong-id-v4-v5":                 {"dns|": 1, "dns|dns": 2, "http|http 200": 2},
	"tls-no-secrets":                       {"tls|tls": 2},
	"tls12-front-v5-v4":                    {"tls|tls": 3},
	"tls12-xray-sb":                        {"tls|tls": 3},
	"tls13-legacy-front-sb-v4":             {"tls|tls": 3},
	"tls13-xray-v5":                        {"tls|tls": 3},
	"ws-early-sb-xray-header":              {"ws|ws": 3},
	"ws-early-v5-sb-path":                  {"ws|ws": 3},
	"ws-sb-v4-legacy":                      {"ws|ws": 3},
	"ws-udp-v4-v5":                         {"ws|ws": 1},
	"ws-v4-xray":                           {"ws|ws": 3},
	"ws-v5-sb":                             {"ws|ws": 3},
	"wss-sb-xray-zero":                     {"tls|tls": 3},
	"wss-v4-xray":                          {"tls|tls": 3},
	"wss-xray-v4":                          {"tls|tls": 3},
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

// String gives what both sides speak.
func (t *talk) String() string {
	a, b := t.rec.Speaks[flow.A], t.rec.Speaks[flow.B]
	out := a.Protocol
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
		rec := &flow.Record{}
		sink := peel.Recognise(&r, flow.Limits{}).Open(rec)
		for _, c := range calls {
			for p := c.p; len(p) > 0; p = p[min(size, len(p)):] {
				sink.Data(c.side, 0, p[:min(size, len(p))])
			}
		}
		return rec, r.talks[0]
	}
	for name := range named {
		for _, x := range listen(t, name+".pcap") {
			if x.rec.Network == flow.UDP {
				continue // datagrams are not split
			}
			calls := beginnings(x.calls)
			want, _ := hear(calls, 1<<20)
			for _, size := range []int{1, 7, 100} {
				got, passed := hear(calls, size)
				if got.Speaks != want.Speaks {
					t.Errorf("%s in pieces of %d: got %+v, want %+v", name, size, got.Speaks, want.Speaks)
				}
				if !slices.EqualFunc(join(passed.calls), join(calls), bytes.Equal) {
					t.Errorf("%s: not all bytes are passed on as they are", name)
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
