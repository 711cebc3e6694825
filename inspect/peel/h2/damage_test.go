package h2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"vmesskit/inspect/flow"
)

// tunnels is a connection with three streams of gRPC, and what is in each.
func tunnels() (events []event, want map[string][2][]byte) {
	client, server, out := newTalk()
	client.send(client.fr.WriteSettings())
	server.send(server.fr.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}))
	want = map[string][2][]byte{}
	for i := range 3 {
		id, up, down := uint32(1+2*i), noise(10+i, 700), noise(20+i, 5000)
		client.headers(id, false, tun...)
		client.data(id, false, message(up[:300]))
		server.send(server.fr.WriteWindowUpdate(0, 300))
		server.headers(id, false, ":status", "200", "content-type", "application/grpc")
		server.data(id, false, message(down[:4000]))
		server.send(server.fr.WritePing(false, [8]byte{1, 2}))
		client.data(id, false, message(up[300:]))
		server.data(id, false, message(down[4000:4001], down[4001:]))
		client.data(id, true, nil)
		server.headers(id, true, "grpc-status", "0", "grpc-message", "")
		want[fmt.Sprint(id)] = [2][]byte{up, down}
	}
	return *out, want
}

// without gives the events without bytes from off to off+n of a side, and
// with a Gap there: of n bytes, or of -1.
func without(events []event, side flow.Side, off, n int, told int64) (out []event) {
	for _, e := range events {
		if e.side != side || e.p == nil {
			out = append(out, e)
			continue
		}
		from, to := max(0, min(off, len(e.p))), max(0, min(off+n, len(e.p)))
		if from > 0 {
			out = append(out, event{side: side, p: e.p[:from]})
		}
		if off >= 0 && off < len(e.p) {
			out = append(out, event{side: side, gap: told})
		}
		if to < len(e.p) {
			out = append(out, event{side: side, p: e.p[to:]})
		}
		off -= len(e.p)
	}
	return out
}

func sizes(events []event) (n [2]int) {
	for _, e := range events {
		n[e.side] += len(e.p)
	}
	return n
}

// TestHoles takes bytes out at every place. What comes is always a piece of the
// truth, in its order, with a hole told between two pieces; and what is not near
// the hole comes whole.
func TestHoles(t *testing.T) {
	events, want := tunnels()
	total := sizes(events)
	for _, told := range []bool{true, false} {
		for _, n := range []int{1, 20, 1500} {
			whole, some := 0, 0
			for side := range total {
				for off := 0; off < total[side]-n; off += 11 + n/9 {
					gap := int64(-1)
					if told {
						gap = int64(n)
					}
					for _, f := range play(t, began(), Options{}, 1000, without(events, flow.Side(side), off, n, gap)) {
						w, ok := want[f.layer("h2").Get("stream")]
						if !ok {
							if len(f.got[0])+len(f.got[1]) > 0 {
								t.Errorf("side %d off %d: a stream that there is not: %.300s", side, off, f)
							}
							continue
						}
						for s := range w {
							wantPieces(t, fmt.Sprintf("hole of %d (told %v) at %d of side %d: stream %s side %d", n, told, off, side, f.layer("h2").Get("stream"), s), f, flow.Side(s), w[s])
							some++
							if bytes.Equal(f.got[s], w[s]) {
								whole++
							}
						}
					}
				}
			}
			t.Logf("holes of %d bytes, told %v: %d of %d directions are whole", n, told, whole, some)
			if whole*10 < some*6 {
				t.Errorf("holes of %d bytes, told %v: %d of %d directions are whole, want most", n, told, whole, some)
			}
		}
	}
}

// wantPieces looks for the pieces in the truth, in their order.
func wantPieces(t *testing.T, what string, f *collected, side flow.Side, truth []byte) {
	t.Helper()
	rest := truth
	for i, p := range f.pieces[side] {
		at := bytes.Index(rest, p)
		if at < 0 || at > 0 && i == 0 && f.rec.Began {
			t.Errorf("%s: piece %d of %v is not where it belongs: %.40x..., %d bytes", what, i, f.gaps[side], p, len(p))
			return
		}
		if i > 0 && f.gaps[side][i-1] > 0 && int64(at) != f.gaps[side][i-1] && len(p) > 8 {
			t.Errorf("%s: a hole of %d bytes is told as %d", what, at, f.gaps[side][i-1])
		}
		rest = rest[at+len(p):]
	}
}

// TestHoleInData: a hole inside of DATA is told as it is, to that stream only,
// and no other notices.
func TestHoleInData(t *testing.T) {
	client, _, out := newTalk()
	client.headers(1, false, put...)
	client.headers(3, false, put...)
	skipped := len((*out)[0].p) + len((*out)[1].p) + headSize
	client.data(1, false, noise(1, 5000))
	client.data(3, true, noise(2, 50))
	client.data(1, true, noise(3, 50))
	for _, n := range []int{1, 100, 4900} {
		flows := play(t, began(), Options{}, 700, without(*out, flow.A, skipped+100, n, int64(n)))
		if len(flows) != 2 || !slices.Equal(flows[0].gaps[flow.A], []int64{int64(n)}) || len(flows[1].gaps[flow.A]) > 0 {
			t.Fatalf("got %v", flows)
		}
		truth := append(noise(1, 5000), noise(3, 50)...)
		wantBytes(t, "stream 1", flows[0].got[flow.A], append(bytes.Clone(truth[:100]), truth[100+n:]...))
		wantBytes(t, "stream 3", flows[1].got[flow.A], noise(2, 50))
		if flows[0].how[flow.A] != flow.FIN || flows[0].layer("h2").Halt != flow.Running {
			t.Errorf("got %v", flows[0])
		}
	}
}

// TestLostHeaders: where a request's headers are lost, later ones refer to
// entries that nobody knows. It is told, and the body is found nevertheless.
func TestLostHeaders(t *testing.T) {
	events, want := tunnels()
	first := len(events[0].p)
	for _, gap := range []int64{int64(len(events[2].p)), -1} {
		flows := play(t, began(), Options{}, 1000, without(events, flow.A, first, len(events[2].p), gap))
		if len(flows) != 3 {
			t.Fatalf("gap %d: %d streams, want 3", gap, len(flows))
		}
		for i, f := range flows {
			w := want[f.layer("h2").Get("stream")]
			wantBytes(t, "client", f.got[flow.A], w[flow.A])
			wantBytes(t, "server", f.got[flow.B], w[flow.B])
			if h := f.layer("h2"); f.layer("grpc").Name == "" || h.Get("headers") == "" || h.Get("status") != "200" {
				t.Errorf("gap %d, stream %d: %v with %v", gap, i, f.rec.Stack(), h.Facts)
			}
			if f.rec.Began != (i > 0) {
				t.Errorf("gap %d, stream %d began: %v", gap, i, f.rec.Began)
			}
		}
	}
}

// TestLateStart: a capture that begins anywhere in the connection shows the
// streams that begin later, whole.
func TestLateStart(t *testing.T) {
	events, want := tunnels()
	total := sizes(events)
	var up, down int // where stream 3 begins
	for _, e := range events[:12] {
		up, down = up+len(e.p)*int(1-e.side), down+len(e.p)*int(e.side)
	}
	for _, cut := range []int{1, 30, 200, up - 50, up - 1, up} {
		late := without(events, flow.A, 0, cut, -1)
		late = without(late, flow.B, 0, min(down, down*cut/up), -1)
		late = slices.DeleteFunc(late, func(e event) bool { return e.gap != 0 })
		for _, size := range []int{1 << 20, 1, 7} {
			whole := 0
			for _, f := range play(t, &flow.Record{}, Options{}, size, late) {
				id := f.layer("h2").Get("stream")
				if id == "1" {
					continue
				}
				w := want[id]
				wantBytes(t, fmt.Sprint("from ", cut, " of ", total[0], ": stream ", id, " client"), f.got[flow.A], w[flow.A])
				wantBytes(t, fmt.Sprint("from ", cut, " of ", total[0], ": stream ", id, " server"), f.got[flow.B], w[flow.B])
				if !f.rec.Began || f.layer("grpc").Name == "" || f.layer("h2").Answer != flow.Agreed {
					t.Errorf("from %d: got %.400s", cut, f)
				}
				whole++
			}
			if whole != 2 {
				t.Errorf("from %d: %d streams that began later, want 2", cut, whole)
			}
		}
	}
}

// TestWrongRoles: without a beginning, who is the client may be guessed wrong.
func TestWrongRoles(t *testing.T) {
	events, want := tunnels()
	for i := range events {
		events[i].side = events[i].side.Other()
	}
	flows := play(t, &flow.Record{}, Options{}, 1000, events)
	if len(flows) != 3 {
		t.Fatalf("%d streams, want 3", len(flows))
	}
	for _, f := range flows {
		w := want[f.layer("h2").Get("stream")]
		wantBytes(t, "client", f.got[flow.A], w[flow.A])
		wantBytes(t, "server", f.got[flow.B], w[flow.B])
	}
}

// TestLateTable: an entry that was not seen costs the fields that refer to it,
// and what is added by such a field still counts.
func TestLateTable(t *testing.T) {
	events, _ := tunnels()
	var up int
	for _, e := range events[:12] {
		if e.side == flow.A {
			up += len(e.p)
		}
	}
	late := slices.DeleteFunc(without(events, flow.A, 0, up, -1), func(e event) bool { return e.gap != 0 })
	f := play(t, &flow.Record{}, Options{}, 1000, late)
	i := slices.IndexFunc(f, func(f *collected) bool { return f.layer("h2").Get("stream") == "3" })
	if i < 0 {
		t.Fatalf("no stream 3: %v", f)
	}
	if h := f[i].layer("h2"); h.Get("method") != "POST" || h.Get("path") != "" || !strings.HasSuffix(h.Get("headers"), "fields are of an entry that was not seen") {
		t.Errorf("got %v", h.Facts)
	}

	var b bytes.Buffer
	enc := hpack.NewEncoder(&b)
	enc.WriteField(hpack.HeaderField{Name: "x-unseen", Value: "1"})
	b.Reset()
	enc.WriteField(hpack.HeaderField{Name: "x-unseen", Value: "2"})      // by the name of an entry that is missing, and a new one
	enc.WriteField(hpack.HeaderField{Name: "user-agent", Value: "seen"}) // a new entry
	enc.WriteField(hpack.HeaderField{Name: "x-unseen", Value: "2"})      // the entry whose name is missing
	enc.WriteField(hpack.HeaderField{Name: "x-unseen", Value: "1"})      // the missing one
	enc.WriteField(hpack.HeaderField{Name: "user-agent", Value: "seen"}) // the new one
	enc.WriteField(hpack.HeaderField{Name: ":path", Value: "/seen"})     //
	room := flow.NewRoom(flow.NewMeter(1000), 1000)
	table, h := newTable(&room), fields{}
	if table.read(b.Bytes(), &h); h.unknown != 2 || h.missing || h.userAgent != "seen" || h.path != "/seen" {
		t.Errorf("got %+v", h)
	}
}

// TestTableSize: an encoder may have as large a table as it says, up to a limit
// and to what there is room for.
func TestTableSize(t *testing.T) {
	for _, c := range []struct {
		hold int
		want bool // a large table is kept
	}{{1 << 20, true}, {0, false}} {
		var b bytes.Buffer
		enc := hpack.NewEncoder(&b)
		enc.SetMaxDynamicTableSizeLimit(1 << 20)
		enc.SetMaxDynamicTableSize(1 << 20)
		meter := flow.NewMeter(int64(c.hold))
		room := flow.NewRoom(meter, c.hold)
		table, h := newTable(&room), fields{}
		enc.WriteField(hpack.HeaderField{Name: "user-agent", Value: "first"})
		for i := range 100 {
			enc.WriteField(hpack.HeaderField{Name: "x-fill", Value: fmt.Sprintf("%0100d", i)})
		}
		table.read(b.Bytes(), &h)
		b.Reset()
		h = fields{}
		enc.WriteField(hpack.HeaderField{Name: "user-agent", Value: "first"})
		enc.WriteField(hpack.HeaderField{Name: "x-fill", Value: fmt.Sprintf("%0100d", 99)})
		if table.read(b.Bytes(), &h); (h.userAgent == "first") != c.want || h.missing || (h.unknown == 0) != c.want {
			t.Errorf("room of %d: got %+v", c.hold, h)
		}
		if table.leave(); !meter.Take(c.hold) {
			t.Error("not all was given back")
		}
	}
}

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

// TestFrames tells frames from other things.
func TestFrames(t *testing.T) {
	events, _ := tunnels()
	for i, e := range events {
		if i > 0 && e.p[3] != byte(typeHeaders) && e.p[3] != byte(typeData) && !Frames(e.p) {
			t.Errorf("event %d, %x: not frames", i, e.p[:headSize])
		}
	}
	joined := slices.Concat(events[2].p, events[3].p)
	if !Frames(joined) || Frames(events[2].p) || !Frames([]byte(preface)) {
		t.Error("not frames")
	}
	if Frames(nil) || Frames(make([]byte, 100)) || Frames([]byte(strings.Repeat("GET / HTTP/1.1\r\n", 100))) {
		t.Error("frames in what is none")
	}
	for i := range 2000 {
		if Frames(noise(i, 4096)) {
			t.Fatalf("frames in noise %d", i)
		}
	}
}

// TestHoleInOther: a hole in a frame whose length is known costs that frame, and
// what it said; one in a frame that others hang on costs the borders.
func TestHoleInOther(t *testing.T) {
	window := func(c *talker) { c.send(c.fr.WriteWindowUpdate(0, 5)) }
	for name, c := range map[string]struct {
		frame func(c *talker)
		at    int // of the payload
		gaps  int // told to stream 1
		halt  string
	}{
		"WINDOW_UPDATE":           {window, 1, 0, ""},
		"SETTINGS":                {func(c *talker) { c.send(c.fr.WriteSettings(http2.Setting{ID: 4, Val: 1})) }, 1, 1, ""},
		"GOAWAY":                  {func(c *talker) { c.send(c.fr.WriteGoAway(0, 0, nil)) }, 1, 1, ""},
		"its debug data":          {func(c *talker) { c.send(c.fr.WriteGoAway(0, 0, []byte("debug"))) }, 9, 0, ""},
		"RST_STREAM":              {func(c *talker) { c.send(c.fr.WriteRSTStream(3, 0)) }, 1, 1, ""},
		"the length of a padding": {func(c *talker) { c.send(c.fr.WriteDataPadded(1, false, nil, []byte{0, 0})) }, 0, 1, ""},
	} {
		client, _, out := newTalk()
		client.headers(1, false, put...)
		client.data(1, false, []byte("before"))
		off := sizes(*out)[flow.A] + headSize + c.at
		c.frame(client)
		window(client)
		client.data(1, true, []byte("behind"))
		f := one(t, play(t, began(), Options{}, 1<<20, without(*out, flow.A, off, 1, 1)))
		wantBytes(t, name, f.got[flow.A], []byte("beforebehind"))
		if len(f.gaps[flow.A]) != c.gaps || f.how[flow.A] != flow.FIN || f.layer("h2").Why != "" {
			t.Errorf("%s: got %v", name, f)
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

// TestHoleInMessage: in a message's bytes a hole is told as it is; after another
// one, messages are looked for where frames begin.
func TestHoleInMessage(t *testing.T) {
	x, next := noise(5, 300), []byte("next")
	other := "\x00\x00\x00\x00\x0d\x22\x0bother field" // a message with field 4
	for _, c := range []struct {
		off, n int // in the body
		gaps   []int64
		want   []byte
	}{
		{9, 8, []int64{8}, slices.Concat(x[:1], x[9:], next)},
		{9, 299, []int64{299}, slices.Concat(x[:1], next)},
		{2, 1, []int64{-1}, next},
		{6, 50, []int64{-1}, next},
		{308 + 8, 1, nil, slices.Concat(x, next)},
		{308 + 3, 1, []int64{-1}, slices.Concat(x, next)},
	} {
		client, _, out := newTalk()
		client.headers(1, false, tun...)
		off := sizes(*out)[flow.A] + headSize + c.off
		client.data(1, false, append(message(x), other[:9]...))
		client.data(1, false, []byte(other[9:]))
		client.data(1, true, message(next))
		for _, size := range []int{1 << 20, 1} {
			f := one(t, play(t, began(), Options{}, size, without(*out, flow.A, off, c.n, int64(c.n))))
			if wantBytes(t, fmt.Sprint(c.n, " bytes from ", c.off), f.got[flow.A], c.want); !slices.Equal(f.gaps[flow.A], c.gaps) {
				t.Errorf("%d bytes from %d: holes %v, want %v", c.n, c.off, f.gaps[flow.A], c.gaps)
			}
		}
	}
}
