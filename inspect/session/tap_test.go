package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// teller is a tap that writes down what it is told.
type teller struct{ told []string }

func (l *teller) tell(format string, args ...any) {
	l.told = append(l.told, fmt.Sprintf(format, args...))
}

func (l *teller) Header(from codec.Direction, at flow.Time) { l.tell("%s header", from) }
func (l *teller) Open(sub int, at flow.Time)                { l.tell("open %d", sub) }
func (l *teller) Hole(from codec.Direction, at flow.Time)   { l.tell("%s hole", from) }
func (l *teller) Finish()                                   { l.tell("finish") }

func (l *teller) Data(p *Carried) {
	l.tell("%s %d %s", p.From, p.Sub, strings.TrimSpace(string(p.Data)+" "+p.Addr))
}

func (l *teller) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {
	l.tell("%s %d %s", from, sub, how)
}

// told gives what a tap hears of a conversation.
func told(events ...event) []string {
	l := &teller{}
	push(readingAgain(&Again{Tap: l}), newRecord(1), events...)
	return l.told
}

func readingAgain(a *Again) *Decoder {
	return NewDecoder([]Account{alice}, Options{Limits: flow.DefaultLimits(), Again: func(int) *Again { return a }})
}

func texts(list ...string) (out [][]byte) {
	for _, s := range list {
		out = append(out, []byte(s))
	}
	return out
}

func TestTap(t *testing.T) {
	plain := spec{scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: codec.ChunkStream | codec.ChunkMasking,
		up: texts("ask", "more"), down: texts("answer")}
	muxed := plain.with(func(s *spec) {
		s.command = codec.CommandMux
		fail := ending(1)
		fail.Option |= mux.WithError
		s.up = [][]byte{frames(t, opening(1, mux.TCP, "a", ""), opening(2, mux.UDP, "b", "q"), ending(2))}
		s.down = [][]byte{frames(t, keep(2, "late"), fail)}
	})
	c := build(t, plain)
	for _, test := range []struct {
		name   string
		events []event
		want   string
	}{
		{"whole", c.closed(flow.FIN), `up header, up -1 ask, up -1 more, up -1 fin, down header, down -1 answer, down -1 fin, up -1 fin, down -1 fin, finish`},
		{"reset", then(c.whole(), closing(flow.B, flow.RST)), `up header, up -1 ask, up -1 more, up -1 fin, down header, down -1 answer, down -1 fin, down -1 rst, finish`},
		{"no end chunk", build(t, plain.with(func(s *spec) { s.noEnd = true })).closed(flow.FIN),
			`up header, up -1 ask, up -1 more, down header, down -1 answer, up -1 fin, down -1 fin, finish`},
		{"an end chunk in front", build(t, plain.with(func(s *spec) { s.endFirst = true })).whole(),
			`up header, up -1 ask, up -1 more, up -1 fin, down header, down -1 answer, down -1 fin, finish`},
		{"a hole", []event{data(flow.A, c.up.wire[:c.up.ends[0]]), gap(flow.A, 5), data(flow.A, c.up.wire[c.up.ends[0]+5:]), data(flow.B, c.down.wire)},
			`up header, up -1 ask, up hole, down header, down -1 answer, down -1 fin, finish`},
		{"mux", build(t, muxed).whole(),
			`up header, open 0, open 1, up 1 q b:53, up 1 fin, up -1 fin, down header, down 1 late b:53, down 0 rst, down -1 fin, finish`},
	} {
		if got := strings.Join(told(test.events...), ", "); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A body that can be read in two ways is heard in the one that it is in.
func TestTapOfAnAmbiguousBody(t *testing.T) {
	for _, s := range ambiguous() {
		if s.command == codec.CommandMux {
			continue // its payload here is noise, no frames
		}
		c := build(t, s)
		f := decode(c.closed(flow.FIN)...)
		l := &teller{}
		again := f.Again()
		again.Tap = l
		second := push(readingAgain(again), newRecord(1), c.closed(flow.FIN)...)
		pieces := slices.DeleteFunc(l.told, func(s string) bool { return !strings.HasPrefix(s, "up -1 ") || s == "up -1 fin" })
		if f.Dialect != s.dialect || len(pieces) != len(c.up.plain) || second.Up.Bytes != f.Up.Bytes {
			t.Errorf("%v: read as %d; heard %d pieces, want %d", s, f.Dialect, len(pieces), len(c.up.plain))
		}
	}
}
