package h2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/net/http2"

	"vmesskit/inspect/flow"
)

// TestFlips flips bits: nothing panics, nothing is called out of order, and
// nothing comes that was not carried.
func TestFlips(t *testing.T) {
	events, want := tunnels()
	plain := fmt.Sprint(play(t, began(), Options{}, 1<<20, events))
	for i := range events {
		for off := range events[i].p {
			if off > 40 && off%29 != 0 {
				continue // far inside of what is carried, some are enough
			}
			for bit := byte(1); bit != 0; bit <<= 1 {
				events[i].p[off] ^= bit
				flows := play(t, began(), Options{}, 1<<20, events)
				events[i].p[off] ^= bit
				for _, f := range flows {
					id := f.layer("h2").Get("stream")
					for side := range f.got {
						if w, ok := want[id]; ok && len(f.got[side]) > len(w[side]) && f.layer("grpc").Name != "" {
							t.Errorf("event %d, byte %d, bit %x: %d bytes of %d", i, off, bit, len(f.got[side]), len(w[side]))
						}
					}
				}
			}
		}
	}
	if fmt.Sprint(play(t, began(), Options{}, 1<<20, events)) != plain {
		t.Error("the events were changed")
	}
}

// TestCuts: what was decoded before an end is a prefix of all.
func TestCuts(t *testing.T) {
	events, want := tunnels()
	total := sizes(events)
	for side := range total {
		for cut := 0; cut < total[side]; cut += 3 {
			short := slices.DeleteFunc(without(events, flow.Side(side), cut, total[side], -1), func(e event) bool { return e.gap != 0 })
			short = append(short, event{side: flow.Side(side), end: true, how: flow.Cut})
			for _, f := range play(t, began(), Options{}, 1<<20, short) {
				for s := range f.got {
					if w := want[f.layer("h2").Get("stream")]; !bytes.HasPrefix(w[s], f.got[s]) || len(f.gaps[s]) > 0 {
						t.Fatalf("cut at %d of side %d: stream %s side %d is no prefix", cut, side, f.layer("h2").Get("stream"), s)
					}
				}
			}
		}
	}
}

// TestAnything: whatever comes, the calls are in order, and all that was held
// is given back.
func TestAnything(t *testing.T) {
	events, _ := tunnels()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var mess []event
		for range 1 + r.IntN(60) {
			e := events[r.IntN(len(events))]
			e.p = bytes.Clone(e.p[r.IntN(len(e.p)+1):])
			for range r.IntN(3) {
				if len(e.p) > 0 {
					e.p[r.IntN(min(len(e.p), 20))] = byte(r.Uint32())
				}
			}
			switch r.IntN(12) {
			case 0:
				e = event{side: e.side, gap: int64(r.IntN(3000)) - 1}
			case 1:
				e.side = e.side.Other()
			}
			if e.p != nil || e.gap != 0 {
				mess = append(mess, e)
			}
		}
		meter := flow.NewMeter(int64(r.IntN(1 << 17)))
		free := *meter
		play(t, &flow.Record{Began: r.IntN(2) == 0}, Options{Meter: meter, Hold: 1 << 16}, 1+r.IntN(3000), mess)
		if *meter != free {
			t.Fatal("not all that was held is given back")
		}
	}
}

// TestDamage says where a connection is damaged, what was seen and what was
// wanted, and goes on behind it.
func TestDamage(t *testing.T) {
	raw := func(p string) func(c *talker) { return func(c *talker) { c.buf.WriteString(p); c.send(nil) } }
	for _, c := range []struct {
		do  func(c *talker)
		why string
	}{
		{raw("\x00\x00\x05\x06\x00\x00\x00\x00\x00xxxxx"), "PING at byte 91 of the client: length 5, want 8"},
		{raw("\x01\x00\x00\x00\x00\x00\x00\x00\x01"), "DATA at byte 91 of the client: length 65536, want at most 16384"},
		{raw("\x00\x00\x01\x00\x00\x00\x00\x00\x00x"), "DATA at byte 91 of the client: stream 0, want another"},
		{raw("\x00\x00\x00\x04\x00\x00\x00\x00\x07"), "SETTINGS at byte 91 of the client: stream 7, want 0"},
		{raw("\x00\x00\x05\x04\x00\x00\x00\x00\x00xxxxx"), "SETTINGS at byte 91 of the client: length 5, want a multiple of 6"},
		{raw("\x00\x00\x05\x07\x00\x00\x00\x00\x00xxxxx"), "GOAWAY at byte 91 of the client: length 5, want 8 or more"},
		{raw("\x00\x00\x00\x00\x08\x00\x00\x00\x01"), "DATA at byte 91 of the client: no room for the length of its padding"},
		{raw("\x00\x00\x02\x00\x08\x00\x00\x00\x01\x02x"), "DATA before byte 100 of the client: padding of 2 bytes, want at most 1"},
		{func(c *talker) {
			c.send(c.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: []byte{0x82}}))
			c.send(c.fr.WritePing(false, [8]byte{}))
		}, "PING at byte 101 of the client: amid the headers of stream 3"},
	} {
		client, _, out := newTalk()
		client.headers(1, false, ":method", "PUT", ":path", "/", ":authority", "h2.example.test", "x-fill", "01234567890123456789012345678")
		client.data(1, false, []byte("x"))
		if n := sizes(*out)[flow.A]; n != 91 {
			t.Fatalf("%d bytes in front of the damage", n)
		}
		c.do(client)
		client.send(client.fr.WritePing(false, [8]byte{}))
		client.data(1, true, []byte("behind"))
		for _, size := range []int{1 << 20, 1} {
			f := one(t, play(t, began(), Options{}, size, *out))
			wantBytes(t, c.why, f.got[flow.A], []byte("xbehind"))
			if h := f.layer("h2"); h.Halt != flow.Damaged || h.Why != c.why || len(f.gaps[flow.A]) != 1 {
				t.Errorf("got %q with %v, want %q", h.Why, f.gaps[flow.A], c.why)
			}
		}
	}
	f := one(t, play(t, began(), Options{}, 1, []event{{side: flow.A, p: []byte("PRI * HTTP/1.1\r\n")}}))
	if why := f.layer("h2").Why; why != "no preface, but another byte at 11" {
		t.Errorf("got %q", why)
	}
}
