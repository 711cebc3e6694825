package kcp_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
)

const (
	a = flow.A
	b = flow.B
)

// TestOrder plays conversations and holds what comes out against the story.
func TestOrder(t *testing.T) {
	d := func(number, first uint32, payload string) []byte { return cover(data(9, number, first, payload)) }
	for _, c := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"in order", steps(sent(a, 0, d(0, 0, "one")), sent(b, 0, d(0, 0, "two")), sent(a, 0, d(1, 1, "three"))), "a one, b two, a three"},
		{"several in a datagram", steps(sent(a, 0, cover(data(9, 0, 0, "one"), ack(9, 0), data(9, 1, 0, "two")))), "a one, a two"},
		{"swapped", steps(sent(a, 0, d(1, 0, "two")), sent(a, 0, d(2, 0, "three")), sent(a, 0, d(0, 0, "one"))), "a one, a two, a three"},
		{"resent", steps(sent(a, 0, d(0, 0, "one")), sent(a, 0, d(0, 0, "one")), sent(a, 0, d(1, 0, "two"))), "a one, a two"},
		{"an empty payload", steps(sent(a, 0, d(0, 0, "")), sent(a, 0, d(1, 0, "two"))), "a two"},

		{"lost, acknowledged, and its sender goes on", steps(
			sent(a, 0, d(0, 0, "one")), sent(b, 0, cover(ack(9, 3, 0, 1, 2))), sent(a, 0, d(2, 0, "three")),
			sent(a, 0, d(3, 3, "four")), many(13, a, 0, cover(ping(9, 3, 0))), sent(b, .1, d(0, 0, "answer"))),
			"a one, b answer, a gap -1, a three, a four"},
		{"lost and acknowledged", steps(
			sent(a, 0, d(0, 0, "one")), sent(a, 0, d(2, 0, "three")), sent(b, 0, cover(ack(9, 3, 1))),
			sent(b, .9, d(0, 0, "answer")), sent(b, 1.1, d(1, 0, "more"))),
			"a one, b answer, b more, a gap -1, a three"},
		{"lost, and comes again though it was acknowledged", steps(
			sent(a, 0, d(0, 0, "one")), sent(a, 0, d(2, 0, "three")), sent(b, 0, cover(ack(9, 3, 1))),
			many(30, b, .1, cover(ping(9, 0, 3))), sent(a, .5, d(1, 0, "two"))),
			"a one, a two, a three"},
		{"lost on its way, and comes late", steps(
			sent(a, 0, d(0, 0, "one")), sent(a, 0, d(2, 0, "three")), sent(b, 0, cover(ack(9, 1, 2))),
			many(30, b, 3, cover(ping(9, 0, 1))), sent(a, 9, d(1, 0, "two"))),
			"a one, a two, a three"},
		{"acknowledged before it is seen", steps(sent(b, 0, cover(ack(9, 0, 0))), sent(a, 0, d(0, 0, "one")), sent(a, 0, d(1, 1, "two"))), "a one, a two"},
		{"never acknowledged", steps(sent(a, 0, d(0, 0, "one")), sent(a, 0, d(2, 0, "three")), many(40, b, 5, cover(ping(9, 0, 1)))), "a one, a gap -1, a three"},
		{"the last is lost", steps(sent(a, 0, d(0, 0, "one")), sent(b, 0, cover(ack(9, 1, 0, 1)))), "a one, a gap -1"},
		{"two holes", steps(sent(a, 0, d(1, 0, "two")), sent(a, 0, d(3, 0, "four"))), "a gap -1, a two, a gap -1, a four"},

		{"the capture begins late", steps(sent(a, 0, d(70, 70, "one")), many(16, b, 0, cover(ping(9, 5, 71))), sent(a, .1, d(71, 71, "two"))),
			"a gap -1, a one, a two, b gap -1"},
		{"it begins very late", steps(sent(a, 0, d(0xfffffffe, 0xfffffffe, "one")), sent(a, 0, d(0xffffffff, 0xfffffffe, "two")), sent(a, 0, d(1, 0xfffffffe, "four")), sent(a, 0, d(0, 0xfffffffe, "three"))),
			"a gap -1, a one, a two, a three, a four"},

		{"terminate", steps(sent(a, 0, d(0, 0, "one")), sent(b, 1, cover(terminate(9, 0, 1))), sent(a, 5, cover(terminate(9, 1, 0))), sent(b, 6, cover(terminate(9, 0, 1)))), "a one, B fin, A fin"},
		{"closing, and more to come", steps(sent(a, 0, d(0, 0, "one")), sent(a, 0, cover(closing(data(9, 2, 0, "three")))), sent(a, 1, cover(closing(data(9, 1, 0, "two")))), step{a, 2, nil, flow.Open}, step{b, 2, nil, flow.Open}), "a one, a two, a three, A fin, B open"},
		{"one closes first, and the other is through first", steps(sent(a, 0, cover(closing(data(9, 0, 0, "one")))), sent(b, 1, cover(terminate(9, 0, 1))), sent(a, 5, cover(terminate(9, 1, 0)))), "a one, A fin, B fin"},
		{"cut", steps(sent(a, 0, d(0, 0, "one")), step{a, 2, nil, flow.Cut}, step{b, 2, nil, flow.Cut}), "a one, A cut, B cut"},

		{"a client that is side B", steps(sent(b, 0, d(0, 0, "one")), sent(a, 0, d(0, 0, "answer"))), "a one, b answer"},
		{"the client is told by the answer", steps(sent(a, 0, cover(ack(9, 0, 0))), sent(a, 0, d(0, 0, "answer"))), "b answer, a gap -1"},

		{"two conversations", steps(sent(a, 0, d(0, 0, "one")), sent(a, 0, cover(data(10, 0, 0, "two"))), sent(b, 0, d(0, 0, "answer")), sent(a, 0, d(1, 1, "three"))), "a one, b answer, a three | a two"},
		{"a number is used again after an end", steps(sent(a, 0, d(0, 0, "one")), sent(a, 1, cover(terminate(9, 1, 0))), sent(a, 2, d(0, 0, "one")), sent(a, 3, d(0, 0, "two"))), "a one, A fin | a two"},
		{"and after both ends", steps(sent(a, 0, d(0, 0, "one")), sent(a, 1, cover(terminate(9, 1, 0))), sent(b, 1, cover(terminate(9, 0, 1))), sent(a, 2, d(0, 0, "one")), sent(a, 3, d(0, 0, "two"))), "a one, A fin, B fin | a two"},
		{"and after silence", steps(sent(a, 0, d(0, 0, "one")), sent(a, 40, d(0, 0, "two"))), "a one | a two"},
		{"not soon", steps(sent(a, 0, d(0, 0, "one")), sent(a, 10, d(0, 0, "two"))), "a one"},

		{"all forms at once", steps(
			sent(a, 0, d(0, 0, "one")), sent(a, 0, seal("second", data(9, 1, 0, "two"))), sent(a, 0, seal("first", data(9, 2, 0, "three"))),
			sent(a, 0, append([]byte{4, 0, 0, 0}, seal("first", data(9, 3, 0, "four"))...)), sent(a, 0, data(9, 4, 0, "five")), sent(a, 0, d(5, 0, "six"))),
			"a one, a two, a three, a four, a five, a six"},
	} {
		if got := play(t, kcp.Options{Seeds: []string{"first", "second"}}, c.steps...).text(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestCounts: what came twice, differently, late or never is told.
func TestCounts(t *testing.T) {
	d := func(number, first uint32, payload string) step {
		return sent(a, 0, cover(data(9, number, first, payload)))
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"the same again", steps(d(0, 0, "one"), d(0, 0, "one"), d(2, 0, "three"), d(2, 0, "three"), d(1, 0, "two")), "segments=5 up resent=2 up"},
		{"another payload", steps(d(0, 0, "one"), d(0, 0, "eno"), d(2, 0, "three"), d(2, 0, "eerht"), d(1, 0, "two")), "segments=5 up resent=2 up differing=2 up"},
		{"late", steps(d(0, 0, "one"), d(2, 0, "three"), d(3, 3, "four"), many(20, a, 0, cover(ping(9, 3, 0))), d(1, 0, "two")), "segments=4 up resent=1 up missing=1 up late=1 up"},
		{"both sides", steps(d(0, 0, "one"), sent(b, 0, cover(data(9, 1, 0, "two")))), "segments=1 up, 1 down missing=1 down"},
		{"another seal", steps(d(0, 0, "one"), sent(a, 0, data(9, 1, 0, "two"))), "also=none, none segments=2 up"},
		{"strangers", steps(d(0, 0, "one"), sent(a, 0, []byte("no mKCP")), sent(b, 0, []byte{})), "segments=1 up unopened=2"},
	} {
		got := play(t, kcp.Options{}, c.steps...)
		facts, ok := strings.CutPrefix(got[0].facts(), "header=none protection=obfuscation conv=9 ")
		parts, want := strings.Fields(facts), strings.Fields(c.want)
		if !ok || len(parts) != len(want) || !sameWords(parts, want) {
			t.Errorf("%s: got %s, want %s", c.name, got[0].facts(), c.want)
		}
	}
}

// sameWords compares without order.
func sameWords(x, y []string) bool {
	for _, w := range x {
		if !strings.Contains(" "+strings.Join(y, " ")+" ", " "+w+" ") {
			return false
		}
	}
	return true
}

// TestRecordOfConversation holds what the record of a conversation says.
func TestRecordOfConversation(t *testing.T) {
	got := play(t, kcp.Options{}, sent(b, 1, cover(data(9, 0, 0, "one"))), sent(a, 2, cover(ack(9, 0, 0))), sent(b, 3, cover(ping(9, 1, 0), ping(9, 1, 0))), sent(b, 9, []byte("other")))
	r := got[0].rec
	if !r.Began || r.Start != seconds(1) || r.End != seconds(3) || r.Packet != 1 || r.Latest != 3 || r.Packets != [2]int64{2, 1} || r.Datagrams || r.Limit != "" {
		t.Errorf("%+v", r)
	}
	if got = play(t, kcp.Options{}, sent(a, 0, cover(data(9, 5, 5, "six")))); got[0].rec.Began {
		t.Error("a conversation from its middle has begun")
	}
}

// TestRoom: with no room to wait, holes are given up at once, and it is told.
func TestRoom(t *testing.T) {
	var all []step
	for n := uint32(1); n < 100; n++ {
		if n != 50 {
			all = append(all, sent(a, 0, cover(data(9, n, 0, strings.Repeat("x", 100)))))
		}
	}
	got := play(t, kcp.Options{Hold: 2000}, all...)
	if k := got[0]; k.gaps[a] != 2 || len(k.bytes[a]) != 9800 || k.rec.Limit != "reorder" {
		t.Errorf("%d gaps, %d bytes, limit %q", k.gaps[a], len(k.bytes[a]), k.rec.Limit)
	}
	got = play(t, kcp.Options{Hold: 1}, all...)
	if k := got[0]; k.gaps[a] != 2 || len(k.bytes[a]) != 9800 || k.rec.Limit != "reorder" {
		t.Errorf("without any room: %d gaps, %d bytes, limit %q", k.gaps[a], len(k.bytes[a]), k.rec.Limit)
	}
	got = play(t, kcp.Options{Hold: 1 << 20}, all...)
	if k := got[0]; k.gaps[a] != 2 || len(k.bytes[a]) != 9800 || k.rec.Limit != "" {
		t.Errorf("with room: %d gaps, %d bytes, limit %q", k.gaps[a], len(k.bytes[a]), k.rec.Limit)
	}
}

// TestNumberOfPieces: what is held is bounded by number, too.
func TestNumberOfPieces(t *testing.T) {
	var all []step
	for n := uint32(3000); n > 0; n-- {
		all = append(all, sent(a, 0, cover(data(9, n, 0, "x"))))
	}
	if k := play(t, kcp.Options{Hold: 1 << 20}, all...)[0]; k.rec.Limit != "reorder" || len(k.bytes[a]) < 1024 {
		t.Errorf("%d bytes, limit %q", len(k.bytes[a]), k.rec.Limit)
	}
}

// TestManyConversations: a flow has at most so many at a time, those that are
// over make place, and it is told when there is none.
func TestManyConversations(t *testing.T) {
	var all []step
	for n := range uint16(300) {
		all = append(all, sent(a, 0, cover(data(n, 0, 0, "one"))))
	}
	got := play(t, kcp.Options{}, all...)
	if len(got) != 257 || got[256].rec.Limit != "conversations" || len(got[256].calls) > 0 {
		t.Errorf("%d conversations, the last with limit %q", len(got), got[len(got)-1].rec.Limit)
	}
	all = all[:0]
	for n := range uint16(600) {
		all = append(all, sent(a, 0, cover(data(n, 0, 0, "one"))), sent(a, 0, cover(terminate(n, 1, 0))), sent(b, 0, cover(terminate(n, 0, 1))))
	}
	if got = play(t, kcp.Options{}, all...); len(got) != 600 || got[599].rec.Limit != "" {
		t.Errorf("one after the other: %d conversations", len(got))
	}
}

// TestNothing: a flow without a conversation is opened itself, once.
func TestNothing(t *testing.T) {
	wechat := append([]byte("\xa1\x08\x00\x00\x66\x86\x00\x10\x11\x18\x30\x22\x30"), seal("unknown", data(9, 0, 0, "one"))...)
	for _, c := range []struct {
		steps []step
		want  string
	}{
		{steps(sent(a, 0, wechat), sent(a, 0, wechat), step{a, 1, nil, flow.Open}), "2 datagrams with the header of wechat-video have no checksum of mKCP, and no --kcp-seed fits (1 given)"},
		{steps(sent(a, 0, []byte("what?"))), "1 datagrams have no checksum of mKCP, and no --kcp-seed fits (1 given)"},
	} {
		got := play(t, kcp.Options{Seeds: []string{"other"}}, c.steps...)
		if l := got[0].layer(); len(got) != 1 || got[0].rec.Parent != nil || l.Halt != flow.NoKeys || l.Why != c.want {
			t.Errorf("%+v, want %q", l, c.want)
		}
		if strings.Contains(fmt.Sprintf("%+v", got[0].layer()), "other") {
			t.Error("a seed is shown")
		}
	}
}

// TestSnapped: datagrams that the capture cut do not open, and it is not a
// seed that is missing.
func TestSnapped(t *testing.T) {
	var got talks
	whole := cover(data(9, 0, 0, "one"))
	rec := &flow.Record{Network: flow.UDP, Datagrams: true, Snapped: true}
	sink := kcp.Open(rec, flow.A, &got, kcp.Options{})
	sink.Data(a, 0, whole[:20])
	sink.Gap(a, 0, int64(len(whole)-20))
	sink.Finish()
	want := "the capture cut the datagrams: none of 1 is whole and opens as mKCP"
	if l := got[0].layer(); len(got) != 1 || l.Halt != flow.Damaged || l.Why != want || len(got[0].calls) > 0 {
		t.Errorf("%+v, want %q", l, want)
	}
}

// TestRecognise names the forms, and keeps the datagram.
func TestRecognise(t *testing.T) {
	segment := data(9, 0, 0, "one")
	dns := "\x91\x22\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01"
	for header, kind := range map[string]kcp.Header{
		"": kcp.Bare, "\xb5\xe8\x01\x00": kcp.SRTP, "\x60\x71\x01\x00": kcp.UTP, "\x04\x00\x00\x00": kcp.WireGuard, "what": kcp.Other,
		"\xa1\x08\x00\x00\x66\x86\x00\x10\x11\x18\x30\x22\x30": kcp.WeChatVideo, "\x17\xfe\xfd\x70\x51\x00\x00\x00\x00\x00\x00\x00\x11": kcp.DTLS,
		"thirteen byte": kcp.Other, dns: kcp.DNS,
	} {
		for inner, form := range map[string]kcp.Form{
			string(cover(segment)):          {Header: kind},
			string(seal("second", segment)): {Header: kind, Seal: kcp.Seeded, Seed: 2},
			string(segment):                 {Header: kind, Seal: kcp.Unsealed},
		} {
			p := []byte(header + inner)
			got, ok := kcp.Recognise(p, []string{"first", "second"})
			if kind == kcp.Other && form.Seal == kcp.Unsealed { // too little to tell
				form, ok = kcp.Form{}, !ok
			}
			if got != form || !ok {
				t.Errorf("%q: got %+v %v, want %+v", header, got, ok, form)
			}
			if !bytes.Equal(p, []byte(header+inner)) {
				t.Errorf("%q: the datagram was changed", header)
			}
		}
		if got := kcp.Disguise([]byte(header + "sealed bytes, whose number is none of sixteen")); got != kind && kind != kcp.Other {
			t.Errorf("%q: looks like %s, want %s", header, got, kind)
		}
	}
}

// TestOthers: what is no mKCP is not called so, and not every prefix or change
// of what is.
func TestOthers(t *testing.T) {
	for name, p := range map[string]string{
		"empty":         "",
		"a question":    "\x91\x22\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01",
		"zeros":         strings.Repeat("\x00", 34),
		"zeros, longer": strings.Repeat("\x00", 340),
		"STUN":          "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl",
		"RTP":           "\x80\x00\x00\x01\x00\x00\x00\x01abcdabcdabcdabcd",
		"a lone ping":   string(ping(9, 0, 0)),
		"far numbers":   string(data(9, 1<<20, 0, "one")),
		"far acks":      string(ack(9, 1<<20, 0)),
		"two":           string(data(9, 0, 0, "one")) + string(data(10, 0, 0, "one")),
		"an option":     string(front(9, 1, 2)) + string(data(9, 0, 0, "one")[4:]),
	} {
		if form, ok := kcp.Recognise([]byte(p), []string{"seed"}); ok {
			t.Errorf("%s is taken for mKCP: %+v", name, form)
		}
	}
	for _, whole := range [][]byte{cover(data(9, 0, 0, "one"), ack(9, 0, 0)), seal("seed", data(9, 0, 0, "one")), data(9, 0, 0, "one")} {
		for n := range whole {
			if form, ok := kcp.Recognise(whole[:n], []string{"seed"}); ok {
				t.Errorf("%d of %d bytes are taken for mKCP: %+v", n, len(whole), form)
			}
		}
		if bytes.Equal(whole, data(9, 0, 0, "one")) {
			continue // nothing vouches for its bytes
		}
		for n := range whole {
			flipped := bytes.Clone(whole)
			flipped[n] ^= 1
			if form, ok := kcp.Recognise(flipped, []string{"seed"}); ok {
				t.Errorf("byte %d changed, and taken for mKCP: %+v", n, form)
			}
		}
	}
	for name, p := range map[string]string{
		"DTLS":      "\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x01\x00\x04data",
		"WireGuard": "\x04\x00\x00\x00" + strings.Repeat("x", 28),
		"DNS":       "\x91\x22\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01",
		"DNS, AAAA": "\x91\x22\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x03www\x07example\x00\x00\x1c\x00\x01",
		"nothing":   "",
	} {
		if h := kcp.Disguise([]byte(p)); h != kcp.Bare {
			t.Errorf("%s is taken for the header of %s", name, h)
		}
	}
}
