package h2

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"vmesskit/inspect/flow"
)

// TestStreamsLimit: one stream too many is told, and the others go on.
func TestStreamsLimit(t *testing.T) {
	client, _, out := newTalk()
	for i := range uint32(maxStreams + 2) {
		client.headers(1+2*i, false, put...)
	}
	client.data(1, true, []byte("still here"))
	flows := play(t, began(), Options{}, 1<<20, *out)
	if len(flows) != maxStreams+2 {
		t.Fatalf("%d streams", len(flows))
	}
	for i, f := range flows {
		if over := i >= maxStreams; (f.rec.Limit == "h2-streams") != over || (f.layer("h2").Halt == flow.Unsupported) != over {
			t.Fatalf("stream %d: %v", i, f)
		}
	}
	wantBytes(t, "the first", flows[0].got[flow.A], []byte("still here"))
}

// TestHeaderLimit: a block that is too long is told. What comes next is read.
func TestHeaderLimit(t *testing.T) {
	for _, hold := range []int{1000, 1 << 20} {
		client, _, out := newTalk()
		long := client.block(append(slices.Clone(put), "x-long", strings.Repeat("~", maxBlock))...)
		client.send(client.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: long[:10]}))
		for p := long[10:]; ; p = p[1000:] {
			if len(p) <= 1000 {
				client.send(client.fr.WriteContinuation(1, true, p))
				break
			}
			client.send(client.fr.WriteContinuation(1, false, p[:1000]))
		}
		client.data(1, true, []byte("lost"))
		client.headers(3, true, tun...)
		flows := play(t, began(), Options{Hold: hold}, 1<<20, *out)
		if len(flows) != 2 || flows[0].rec.Limit != "h2-header-block" || flows[1].rec.Limit != "" {
			t.Fatalf("got %v", flows)
		}
		if flows[1].layer("h2").Get("path") != "/CapService/Tun" {
			t.Errorf("got %v", flows[1])
		}
	}
}

// TestSearchEnds: frames are not looked for for ever.
func TestSearchEnds(t *testing.T) {
	f := one(t, play(t, &flow.Record{}, Options{}, 1460, []event{{side: flow.A, p: noise(1, maxSearch+5000)}}))
	if h := f.layer("h2"); h.Halt != flow.Damaged || !strings.HasPrefix(h.Why, "no frame of HTTP/2 in 10") {
		t.Errorf("got %v", f)
	}
}

// TestDamagedForEver: a direction that is damaged again and again is given up.
func TestDamagedForEver(t *testing.T) {
	client, _, out := newTalk()
	client.headers(1, false, put...)
	for range maxLosses + 1 {
		client.buf.WriteString("\x00\x00\x05\x06\x00\x00\x00\x00\x00") // no PING is that long
		client.send(client.fr.WritePing(false, [8]byte{}))
		client.data(1, false, []byte("x"))
	}
	f := one(t, play(t, began(), Options{}, 1<<20, *out))
	if n := len(f.got[flow.A]); n != maxLosses {
		t.Errorf("%d bytes, want %d", n, maxLosses)
	}
}

// TestManyGoAways: streams are told of the first ones only; each costs all of
// them.
func TestManyGoAways(t *testing.T) {
	client, server, out := newTalk()
	client.headers(1, false, put...)
	for code := range http2.ErrCode(maxGoAways + 1) {
		server.send(server.fr.WriteGoAway(1, code, nil))
	}
	f := one(t, play(t, began(), Options{}, 1<<20, *out))
	if got, want := f.layer("h2").Get("goaway_by_server"), codeName(maxGoAways-1); got != want {
		t.Errorf("the last one that was told is %s, want %s", got, want)
	}
}

// TestLongValues: a value is looked at as far as it matters, and once in a block.
func TestLongValues(t *testing.T) {
	var h fields
	for _, name := range []string{":path", "referer"} {
		h.set(name, strings.Repeat("x", 1<<20))
		h.set(name, "/?x_padding=1")
	}
	if len(h.path) != maxValue || len(h.referer) != maxValue || h.padding {
		t.Errorf("%d and %d bytes, padding %v", len(h.path), len(h.referer), h.padding)
	}
	var mark fields
	if mark.set("referer", "https://a.test/?x_padding=1"); !mark.padding {
		t.Error("the mark of XHTTP is passed over")
	}
}
