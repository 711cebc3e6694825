package inspect_test

import (
	"crypto/sha256"
	"hash"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// heard is what a tap was told of one direction, of the session or of one
// sub-connection.
type heard struct {
	parts []*part
	apart bool // what comes is behind a hole
}

// part is what was heard in a row.
type part struct {
	hash      hash.Hash
	offset    int64
	bytes     int64
	datagrams []session.Datagram
}

// part gives the one that goes on, or begins one.
func (h *heard) part(offset int64) *part {
	if h.apart || len(h.parts) == 0 {
		h.apart = false
		h.parts = append(h.parts, &part{hash: sha256.New(), offset: offset})
	}
	return h.parts[len(h.parts)-1]
}

type way struct {
	sub  int
	from codec.Direction
}

// listener is a tap that keeps what tells two streams apart.
type listener struct {
	t        *testing.T
	s        *report.Session
	heard    map[way]*heard
	headers  [2]int
	opened   int
	finished int
	last     flow.Time
}

// time looks that time only goes on, and within the session.
func (l *listener) time(at flow.Time) {
	if at < l.last || at < l.s.Facts.Flow.Start || at > l.s.Facts.Flow.End {
		l.t.Errorf("session %d: told of %v behind %v, and it lasts from %v to %v", l.s.Index, at, l.last, l.s.Facts.Flow.Start, l.s.Facts.Flow.End)
	}
	l.last = at
}

func (l *listener) Header(from codec.Direction, at flow.Time) { l.time(at); l.headers[from]++ }
func (l *listener) Hole(from codec.Direction, at flow.Time)   { l.of(way{session.NoSub, from}).hole() }
func (l *listener) Finish()                                   { l.finished++ }

func (l *listener) Open(sub int, at flow.Time) {
	if l.time(at); sub != l.opened {
		l.t.Errorf("session %d: sub-connection %d opens, want %d", l.s.Index, sub, l.opened)
	}
	l.opened++
}

func (l *listener) Data(p *session.Carried) {
	l.time(p.At)
	if p.Sub >= l.opened {
		l.t.Errorf("session %d: data of sub-connection %d, which is not open", l.s.Index, p.Sub)
	}
	h := l.of(way{p.Sub, p.From}).part(p.Offset)
	h.hash.Write(p.Data)
	h.bytes += int64(len(p.Data))
	h.datagrams = append(h.datagrams, session.Datagram{Bytes: len(p.Data), Sum: sha256.Sum256(p.Data), Addr: p.Addr})
}

func (l *listener) of(w way) *heard {
	if l.heard[w] == nil {
		l.heard[w] = &heard{}
	}
	return l.heard[w]
}

// hole ends the part that goes on. In front of the first one nothing is missing.
func (h *heard) hole() {
	if len(h.parts) == 0 {
		h.part(0)
	}
	h.apart = true
}

func (l *listener) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {}

// check compares with what the facts say of a direction.
func (l *listener) check(w way, s *session.Stream) {
	h := l.of(w)
	if len(h.parts) == 0 {
		h.part(0)
	}
	first := h.parts[0]
	if !s.Opened {
		first.hash.Reset()
	}
	l.checkPart(w, first, 0, s.Bytes, s.Sum, s.Opened, s.Datagrams)
	if len(h.parts) != 1+len(s.Pieces) {
		l.t.Errorf("session %d, %s: heard %d parts, want %d", l.s.Index, w.from, len(h.parts), 1+len(s.Pieces))
		return
	}
	for i := range s.Pieces {
		p := &s.Pieces[i]
		l.checkPart(w, h.parts[1+i], p.Offset, p.Bytes, p.Sum, true, p.Datagrams)
	}
}

func (l *listener) checkPart(w way, h *part, offset, bytes int64, sum [32]byte, hashed bool, datagrams []session.Datagram) {
	if h.bytes != bytes || hashed && [32]byte(h.hash.Sum(nil)) != sum || w.sub == session.NoSub && bytes > 0 && h.offset != offset {
		l.t.Errorf("session %d, sub-connection %d, %s: heard %d bytes at %d, want %d at %d, of the same hash", l.s.Index, w.sub, w.from, h.bytes, h.offset, bytes, offset)
	}
	for i, d := range datagrams {
		if h.datagrams[i] != d {
			l.t.Errorf("session %d, sub-connection %d, %s: datagram %d is %+v, want %+v", l.s.Index, w.sub, w.from, i, h.datagrams[i], d)
		}
	}
}

// TestAgain: what a tap hears in the second reading of every capture is what the
// facts of the first one count, to the byte, in the order of time.
func TestAgain(t *testing.T) {
	subs, bytes := 0, int64(0)
	for name, c := range readCorpus(t) {
		t.Run(name, func(t *testing.T) {
			var files [][]byte
			for _, f := range c.File {
				if strings.HasSuffix(f, ".zst") {
					t.Skip("no unpacker for zstd here")
				}
				files = append(files, load(t, f))
			}
			o, inputs := optionsFor(t, c), inMemory(files...)
			var k keeper
			if _, err := inspect.Decode(inputs, o, &k); err != nil {
				t.Fatal(err)
			}
			taps := make(map[int]*listener)
			for _, s := range k.sessions {
				taps[s.Facts.Ordinal] = &listener{t: t, s: s, heard: make(map[way]*heard)}
			}
			err := inspect.Again(inputs, o, func(ordinal int) *session.Again {
				tap := taps[ordinal]
				if tap == nil {
					return nil
				}
				again := tap.s.Facts.Again()
				again.Tap = tap
				return again
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range taps {
				f := l.s.Facts
				if l.finished != 1 || (l.headers[codec.Up] == 1) != f.Up.Opened || (l.headers[codec.Down] == 1) != f.Down.Opened || l.opened != len(f.Mux) {
					t.Errorf("session %d: %d ends, headers %v, %d sub-connections; up opened: %v, down: %v, %d sub-connections",
						l.s.Index, l.finished, l.headers, l.opened, f.Up.Opened, f.Down.Opened, len(f.Mux))
				}
				for i := range f.Mux {
					l.check(way{i, codec.Up}, &f.Mux[i].Up)
					l.check(way{i, codec.Down}, &f.Mux[i].Down)
					subs++
				}
				if f.Header != nil && f.Header.Command != codec.CommandMux {
					l.check(way{session.NoSub, codec.Up}, &f.Up)
					l.check(way{session.NoSub, codec.Down}, &f.Down)
					bytes += f.Up.Bytes + f.Down.Bytes
				}
			}
		})
	}
	if subs < 30 || bytes < 5<<20 {
		t.Errorf("only %d sub-connections and %d bytes were compared", subs, bytes)
	}
}
