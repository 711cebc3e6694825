package peel_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
)

// TestLongUpgrade: early data may make a request longer than what is looked at
// of other beginnings.
func TestLongUpgrade(t *testing.T) {
	early := strings.Repeat(random, 4096/len(random))
	ask := strings.TrimSuffix(wsAsk, "\r\n") + "Sec-WebSocket-Protocol: " + base64.RawURLEncoding.EncodeToString([]byte(early)) + "\r\n\r\n"
	for _, size := range []int{1 << 20, 1400, 100} {
		in := peeled(peel.Options{}, []say{client(ask), server(wsAnswer + frames(false, binary(true, "answer")))}, size)
		if i := in.list[0]; i.sides[flow.A] != early || i.sides[flow.B] != "answer" {
			t.Errorf("in pieces of %d: %d and %d bytes inside, want %d and 6", size, len(i.sides[flow.A]), len(i.sides[flow.B]), len(early))
		}
	}
}

// TestEarlyPathBound: of a long path only some places are tried.
func TestEarlyPathBound(t *testing.T) {
	tries := 0
	o := peel.Options{Begins: func(p []byte, _ flow.Time) bool {
		if tries++; len(p) > 64 {
			t.Fatalf("tried with %d bytes", len(p))
		}
		return false
	}}
	for _, part := range []string{"A", "/A"} {
		ask := strings.Replace(wsAsk, "/tide", "/"+strings.Repeat(part, 1900), 1)
		if peeled(o, []say{client(ask)}, 1<<20); tries > 200 {
			t.Errorf("%q: %d tries", part, tries)
		}
		tries = 0
	}
}

// TestTheLimitIsTold: where nobody can wait any longer for how a client begins,
// the conversation says why it was not recognised.
func TestTheLimitIsTold(t *testing.T) {
	l := flow.DefaultLimits()
	l.Hold = 100
	in := peeled(peel.Options{Limits: l}, []say{client(wsAsk)}, 60)
	if i := in.list[0]; i.rec.Limit != "hold" || len(i.rec.Layers) > 0 {
		t.Errorf("limit %q with %d layers, want hold and none", i.rec.Limit, len(i.rec.Layers))
	}
}

// TestDeflateMemory: what compression remembers of many connections is taken
// from what all may hold.
func TestDeflateMemory(t *testing.T) {
	const flows, most = 400, 2 << 20
	l := flow.DefaultLimits()
	l.HoldTotal = most
	text := bytes.Repeat([]byte("a message that compresses well. "), 2000)
	answer := strings.Replace(wsAnswer, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1)
	packed, err := wsflate.CompressFrame(binary(true, string(text)))
	if err != nil {
		t.Fatal(err)
	}
	f := frames(true, packed)
	ms := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	source := peel.Open(dropAll{}, peel.Options{Limits: l})
	before := ms()
	var sinks []flow.Sink
	for range flows {
		s := source.Open(&flow.Record{Began: true})
		s.Data(flow.A, 0, []byte(wsAsk))
		s.Data(flow.B, 0, []byte(answer))
		s.Data(flow.A, 0, []byte(f))
		sinks = append(sinks, s)
	}
	if used := ms() - before; used > 2*most {
		t.Errorf("%d connections hold %d KiB, want at most %d", flows, used>>10, 2*most>>10)
	}
	for _, s := range sinks {
		s.Close(flow.A, 0, flow.FIN)
		s.Close(flow.B, 0, flow.FIN)
		s.Finish()
	}
	runtime.KeepAlive(source)
}

type dropAll struct{}

func (dropAll) Open(*flow.Record) flow.Sink { return flow.Discard }

// TestDeflateTakeover: messages refer to those before them, as far back as the
// window reaches.
func TestDeflateTakeover(t *testing.T) {
	answer := strings.Replace(wsAnswer, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 90_000)
	rand.NewChaCha8([32]byte{5}).Read(noise)
	talk, want := []say{client(wsAsk), server(answer)}, ""
	for _, text := range []string{"tide", "tide and tide", string(noise[:3000]), string(noise[:30_000]), string(noise), string(noise[60_000:]), string(noise[88_000:]) + "tide"} {
		packed.Reset()
		w.Write([]byte(text))
		w.Flush()
		f := binary(true, strings.TrimSuffix(packed.String(), "\x00\x00\xff\xff"))
		f.Header.Rsv = ws.Rsv(true, false, false)
		talk, want = append(talk, client(frames(true, f))), want+text
	}
	in := peeled(peel.Options{}, talk, 1000)
	if i := in.list[0]; i.sides[flow.A] != want {
		t.Errorf("%d bytes, want %d (%s)", len(i.sides[flow.A]), len(want), i.rec.Layers[0].Why)
	}
}

// TestAnswerFirst: where a capture begins with the answer to an upgrade, the
// request is not there. The answer is no request.
func TestAnswerFirst(t *testing.T) {
	var in inside
	sink := peel.Open(&in, peel.Options{}).Open(&flow.Record{})
	f := frames(true, binary(true, "abc"))
	sink.Data(flow.A, 0, []byte(wsAnswer))
	sink.Data(flow.B, 0, []byte(f))
	sink.Finish()
	if i := in.list[0]; len(i.rec.Layers) > 0 || i.sides[flow.A] != wsAnswer || i.sides[flow.B] != f {
		t.Errorf("layers %q, %d and %d bytes", layerTexts(i.rec), len(i.sides[flow.A]), len(i.sides[flow.B]))
	}
}
