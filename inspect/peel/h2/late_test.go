package h2

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"vmesskit/inspect/flow"
)

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
