package h2

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/net/http2"

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
