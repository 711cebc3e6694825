package kcp_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

const captures = "../../../testdata/captures"

// seeds are those of all captures, behind one that fits none.
var seeds = []string{"fits nothing", "shared seed", "another seed"}

// stage puts mKCP in front of a source, for each flow.
type stage struct {
	inside flow.Source
	o      kcp.Options
}

func (s stage) Open(rec *flow.Record) flow.Sink { return kcp.Open(rec, flow.A, s.inside, s.o) }

// readCapture pushes the flows of a capture to a source.
func readCapture(tb testing.TB, name string, to flow.Source) {
	tb.Helper()
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }}
	if _, err := capture.Read([]capture.Input{in}, to, capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		tb.Fatal(err)
	}
}

// decode gives the sessions of a capture.
func decode(tb testing.TB, name string, ids ...string) []*session.Facts {
	tb.Helper()
	d := decoder(tb, ids...)
	readCapture(tb, name, stage{d, kcp.Options{Seeds: seeds}})
	return d.Facts()
}

func decoder(tb testing.TB, ids ...string) *session.Decoder {
	tb.Helper()
	var accounts []session.Account
	for _, id := range ids {
		parsed, err := codec.ParseUUID(id)
		if err != nil {
			tb.Fatal(err)
		}
		accounts = append(accounts, session.Account{Account: codec.Account{ID: parsed}})
	}
	return session.NewDecoder(accounts, session.Options{Hash: true, Limits: flow.DefaultLimits()})
}

// cases are the captures of mKCP in the corpus.
func cases(tb testing.TB) (out []corpus.Case) {
	tb.Helper()
	m, err := corpus.Read(captures + "/manifest.json")
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range m.Cases {
		if c.Transport.Client.Kind == "kcp" {
			out = append(out, c)
		}
	}
	if len(out) < 6 {
		tb.Fatalf("%d captures of mKCP", len(out))
	}
	return out
}

// TestCorpus decodes the captures of other peers, to the byte as far as the
// manifest says that it is possible.
func TestCorpus(t *testing.T) {
	for _, c := range cases(t) {
		facts := decode(t, filepath.Join(captures, c.File[0]), c.Users[0].ID)
		if len(facts) != len(c.Connections) {
			t.Errorf("%s: %d sessions, want %d", c.Name, len(facts), len(c.Connections))
		}
		for _, n := range c.Connections {
			want := n.Destinations[0]
			target := fmt.Sprintf("%s:%d", want.Host, want.Port)
			i := slices.IndexFunc(facts, func(f *session.Facts) bool {
				return f.Header != nil && strings.NewReplacer("[", "", "]", "").Replace(f.Header.Target) == target
			})
			if i < 0 {
				t.Errorf("%s: no session to %s", c.Name, target)
				continue
			}
			up, down := n.Streams()
			if n.InCapture != nil {
				up, down = up[:n.InCapture.Up], down[:n.InCapture.Down]
			}
			compare(t, c.Name+" up", facts[i].Up, up)
			compare(t, c.Name+" down", facts[i].Down, down)
		}
	}
}

// compare holds a direction against its plaintext.
func compare(t *testing.T, name string, got session.Stream, want []byte) {
	t.Helper()
	if got.Bytes != int64(len(want)) || got.Sum != sha256.Sum256(want) {
		t.Errorf("%s: got %d bytes, want %d, or others", name, got.Bytes, len(want))
	}
}

// TestFacts holds what each capture shows beside the bytes.
func TestFacts(t *testing.T) {
	for name, want := range map[string]string{
		"kcp-dtls-loss-v5-xray":  "header=dtls protection=obfuscation conv=8046 segments=10 up, 52 down resent=26 down",
		"kcp-gap-response-v4-v5": "header=none protection=obfuscation conv=38504 segments=10 up, 26 down missing=1 down",
		"kcp-seed-utp-v5-v4":     "header=utp protection=seed #2 conv=42176 segments=2 up, 6 down",
		"kcp-srtp-v4-v5":         "header=srtp protection=obfuscation conv=58451 segments=2 up, 5 down",
		"kcp-v4-v5":              "header=none protection=obfuscation conv=16233 segments=2 up, 5 down",
		"kcp-v5-xray":            "header=none protection=obfuscation conv=24958 segments=2 up, 4 down",
	} {
		var got talks
		readCapture(t, filepath.Join(captures, name+".pcap"), stage{&got, kcp.Options{Seeds: seeds}})
		if facts := got[0].facts(); facts != want {
			t.Errorf("%s: got  %s\nwant %s", name, facts, want)
		}
	}
}

// TestOwnRecordings decodes the captures beside this file: headers, seals and
// ends that the corpus lacks.
func TestOwnRecordings(t *testing.T) {
	for name, want := range map[string]string{
		"v2ray-wechat-video": "wechat-video, obfuscation, B fin",
		"v2ray-wireguard":    "wireguard, obfuscation",
		"v2ray-dtls-seed":    "dtls, seed #3",
		"v2ray-closing":      "none, obfuscation, B fin, A fin",
		"v2ray-terminate":    "none, obfuscation, B fin, A fin",
		"xray-bare":          "none, none, B fin, A fin",
		"xray-utp-bare":      "utp, none",
		"xray-dns":           "dns, obfuscation",
	} {
		file := filepath.Join("testdata", name+".pcap")
		facts := decode(t, file, userID)
		if len(facts) != 1 || facts[0].Header == nil || facts[0].Header.Target != "192.0.2.1:80" {
			t.Errorf("%s: %d sessions, or another target", name, len(facts))
			continue
		}
		compare(t, name+" up", facts[0].Up, question)
		compare(t, name+" down", facts[0].Down, answer)
		var got talks
		readCapture(t, file, stage{&got, kcp.Options{Seeds: seeds}})
		l := got[0].layer()
		text := l.Get("header") + ", " + l.Get("protection") + got[0].ends(flow.FIN)
		if text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
		if !got[0].rec.Began || l.Answer != flow.Agreed || l.Halt != flow.Running {
			t.Errorf("%s: began %v, %+v", name, got[0].rec.Began, l)
		}
	}
}

// TestAuth looks at the first bytes themselves: they are a user's.
func TestAuth(t *testing.T) {
	for _, c := range cases(t) {
		id, err := codec.ParseUUID(c.Users[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		users := codec.NewUsers()
		users.Add(codec.Account{ID: id})
		var got talks
		readCapture(t, filepath.Join(captures, c.File[0]), stage{&got, kcp.Options{Seeds: seeds}})
		for _, k := range got {
			if _, ok := users.Match([16]byte(k.bytes[flow.A]), codec.AnyTime); !ok {
				t.Errorf("%s: the client of a conversation does not begin with an auth", c.Name)
			}
		}
	}
}

// TestNoSeed: what needs a seed is counted, and says so.
func TestNoSeed(t *testing.T) {
	for name, want := range map[string]string{
		captures + "/kcp-seed-utp-v5-v4.pcap": "datagrams with the header of utp have no checksum of mKCP, and no --kcp-seed fits (1 given)",
		"testdata/v2ray-dtls-seed.pcap":       "datagrams with the header of dtls have no checksum of mKCP, and no --kcp-seed fits (1 given)",
	} {
		var got talks
		readCapture(t, name, stage{&got, kcp.Options{Seeds: seeds[:1]}})
		for _, k := range got {
			l := k.layer()
			if l.Name != "mkcp" || l.Halt != flow.NoKeys || !strings.HasSuffix(l.Why, want) || len(k.bytes[flow.A]) > 0 || !k.finished {
				t.Errorf("%s: %+v, want %q", name, l, want)
			}
		}
	}
}

// talk is what a source was given of one conversation.
type talk struct {
	rec      *flow.Record
	bytes    [2][]byte
	calls    []string
	gaps     [2]int
	closed   [2]bool
	finished bool
	broken   string // a promise that was not kept
}

// talks collects conversations.
type talks []*talk

func (s *talks) Open(rec *flow.Record) flow.Sink {
	k := &talk{rec: rec}
	*s = append(*s, k)
	return k
}

func (k *talk) Data(from flow.Side, _ flow.Time, p []byte) {
	k.alive(from)
	k.bytes[from] = append(k.bytes[from], p...)
	k.calls = append(k.calls, fmt.Sprintf("%s %s", from, p))
	for i := range p {
		p[i] = 0xee // a sink may overwrite
	}
}

func (k *talk) Gap(from flow.Side, _ flow.Time, n int64) {
	k.alive(from)
	k.gaps[from]++
	k.calls = append(k.calls, fmt.Sprintf("%s gap %d", from, n))
}

func (k *talk) Close(from flow.Side, at flow.Time, how flow.How) {
	k.alive(from)
	k.closed[from] = true
	k.calls = append(k.calls, fmt.Sprintf("%s %s", strings.ToUpper(from.String()), how))
}

func (k *talk) Finish() {
	if k.finished {
		k.broken = "finished twice"
	}
	k.finished = true
}

func (k *talk) alive(from flow.Side) {
	if k.closed[from] || k.finished {
		k.broken = "a call after the end of side " + from.String()
	}
}

func (k *talk) layer() *flow.Layer { return k.rec.Layers[len(k.rec.Layers)-1] }

func (k *talk) facts() string {
	var out []string
	for _, f := range k.layer().Facts {
		out = append(out, f.Key+"="+f.Value)
	}
	return strings.Join(out, " ")
}

// ends lists the sides that closed in this way, in order.
func (k *talk) ends(how flow.How) (out string) {
	for _, c := range k.calls {
		if c == "A "+how.String() || c == "B "+how.String() {
			out += ", " + c
		}
	}
	return out
}
