package session

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// lack is a hole in a direction: the bytes from at to end are missing.
type lack struct{ at, end int }

// holed gives the wire with holes, in segments of up to most bytes, a fresh one
// behind each hole. Unless told, nobody knows how long the holes are.
func (h *wireHalf) holed(holes []lack, most int, told bool) (events []event) {
	at := 0
	for _, l := range append(slices.Clone(holes), lack{len(h.wire), len(h.wire)}) {
		for at < l.at {
			n := min(most, l.at-at)
			events = append(events, data(flow.A, h.wire[at:at+n]))
			at += n
		}
		if n := int64(l.end - l.at); n > 0 && told {
			events = append(events, gap(flow.A, n))
		} else if n > 0 {
			events = append(events, gap(flow.A, -1))
		}
		at = l.end
	}
	return events
}

// begin gives where chunk i begins on the wire.
func (h *wireHalf) begin(i int) int {
	if i == 0 {
		return h.head
	}
	return h.ends[i-1]
}

// wanted gives the pieces that there have to be: the chunks that are whole, in
// rows that a hole, or a chunk that refuses, parts.
func (h *wireHalf) wanted(holes []lack, refused []int, told bool) (list []Piece) {
	var row []byte
	offset, done := int64(0), h.head // of the plaintext, and where the decoded part ended on the wire
	skipped, lost := false, int64(0)
	var now *Piece
	flush := func() {
		if now != nil {
			now.Bytes, now.Sum = int64(len(row)), sha256.Sum256(row)
			list = append(list, *now)
		}
		now, row = nil, nil
	}
	for i, p := range h.plain {
		begin, end := h.begin(i), h.ends[i]
		torn := slices.ContainsFunc(holes, func(l lack) bool { return l.at < end && begin < l.end })
		if torn || slices.Contains(refused, i) {
			flush()
			skipped, lost = true, lost+1
		} else {
			if skipped && now == nil {
				now = &Piece{Offset: offset, At: int64(begin), Chunk: int64(i), Skipped: int64(begin - done), Lost: lost}
				if holesBefore := slices.ContainsFunc(holes, func(l lack) bool { return l.at < begin }); holesBefore && !told {
					now.Offset, now.At, now.Skipped = -1, now.At-lackedBefore(holes, begin), -1
				}
			}
			if now != nil {
				row = append(row, p...)
				now.Chunks++
			}
			done, lost = end, 0
		}
		offset += int64(len(p))
	}
	flush()
	return list
}

// right holds pieces against what was sent, and gives how many bytes they are.
func (h *wireHalf) right(t testing.TB, name string, list []Piece) (n int64) {
	t.Helper()
	all := h.all()
	for _, p := range list {
		at := p.Offset
		if at < 0 {
			at = int64(whereIs(all, p))
		}
		if at < 0 || at+p.Bytes > int64(len(all)) || sha256.Sum256(all[at:at+p.Bytes]) != p.Sum {
			t.Errorf("%s: %d bytes at %d that were not sent", name, p.Bytes, p.Offset)
		}
		n += p.Bytes
	}
	return n
}

func whereIs(all []byte, p Piece) int {
	for at := 0; at+int(p.Bytes) <= len(all); at++ {
		if sha256.Sum256(all[at:at+int(p.Bytes)]) == p.Sum {
			return at
		}
	}
	return -1
}

func bytesOf(list []Piece) (n int64) {
	for _, p := range list {
		n += p.Bytes
	}
	return n
}

func lackedBefore(holes []lack, at int) (n int64) {
	for _, l := range holes {
		if l.at < at {
			n += int64(l.end - l.at)
		}
	}
	return n
}

// piecesSpecs are the bodies whose chunks can be found again.
func piecesSpecs() (list []spec) {
	for _, security := range []codec.Security{codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityAES128CFB} {
		for _, option := range []codec.Option{0, optS, optS | optM, optS | optM | optP, optS | optM | optA, optS | optM | optP | optA} {
			if security == codec.SecurityAES128CFB && (option == 0 || option.Has(codec.AuthenticatedLength)) {
				continue
			}
			list = append(list, spec{scheme: codec.AEAD, security: security, option: option})
		}
	}
	return list
}

func sizesOf(r *rand.Rand, n int, kind int) (sizes []int) {
	for range n {
		switch kind {
		case 0: // like a download
			sizes = append(sizes, 1966)
		case 1: // like a conversation
			sizes = append(sizes, 1+r.IntN(120))
		default:
			sizes = append(sizes, 1+r.IntN(1<<r.IntN(13)))
		}
	}
	return sizes
}

// TestPieces: behind holes at random places every chunk that is whole comes
// again, at its place, whichever bytes are missing.
// Of CFB it is not quite so: its blocks have to come into step, and a checksum is
// no proof alone.
func TestPieces(t *testing.T) {
	sent, got := int64(0), int64(0) // of CFB
	for i, s := range piecesSpecs() {
		for round := range 12 {
			r := rand.New(rand.NewPCG(uint64(i), uint64(round)))
			s.sizes, s.seed = sizesOf(r, 10+r.IntN(40), round%3), uint64(i*100+round)
			c := build(t, s)
			h, at := &c.up, c.up.head
			var holes []lack
			for at < len(h.wire) && len(holes) < 1+round%4 {
				l := lack{at: at + 1 + r.IntN(len(h.wire)-at)}
				l.end = min(l.at+1+r.IntN(1448*(1+round%3)), len(h.wire))
				if l.at < l.end {
					holes = append(holes, l)
				}
				at = l.end
			}
			told := round%6 != 5 || s.security == codec.SecurityAES128CFB // whose blocks cannot be counted then
			f := decode(then(h.holed(holes, 1448, told), closing(flow.A, flow.FIN))...)
			name := fmt.Sprintf("%v, round %d, holes %v of %d, told %v", s, round, holes, len(h.wire), told)
			if len(f.Faults) > 0 || f.Flow.Panic != "" || f.Flow.Limit != "" {
				t.Errorf("%s: faults %v, panic %q, limit %q", name, f.Faults, f.Flow.Panic, f.Flow.Limit)
			}
			want := h.wanted(holes, nil, told)
			if s.security == codec.SecurityAES128CFB {
				sent, got = sent+bytesOf(want), got+h.right(t, name, f.Up.Pieces)
				continue
			}
			if diff := cmp.Diff(want, f.Up.Pieces); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			plain, chunks := h.before(holes[0].at)
			checkStream(t, name, &f.Up, h, plain, chunks, f.Up.End)
		}
	}
	t.Logf("CFB: %d bytes of %d whole chunks behind holes", got, sent)
	if got < sent*9/10 {
		t.Errorf("CFB: %d bytes of %d behind holes", got, sent)
	}
}

// TestPiecesOfDamage: a chunk that refuses is told, and those behind it are read,
// with and without workers. Behind too many nothing is.
func TestPiecesOfDamage(t *testing.T) {
	specs := []spec{longSpecs()[0], longSpecs()[3], plainSpec.with(func(s *spec) { s.sizes = slices.Repeat([]int{700}, 100) })}
	for _, s := range specs {
		c := build(t, s)
		for _, refused := range [][]int{{1}, {90}, {40, 41, 42}, {70, 72, 99}, {3, 4, 5, 6, 7}, {0, 2, 60, 61, 62, 63}} {
			wire := slices.Clone(c.up.wire)
			for _, i := range refused {
				length := 2
				if s.option.Has(codec.AuthenticatedLength) {
					length = 18
				}
				wire[c.up.begin(i)+length]++
			}
			want := c.up.wanted(nil, refused, true)
			if n := refused[len(refused)-1]; n == 7 || n == 63 { // four in a row
				want = slices.DeleteFunc(want, func(p Piece) bool { return p.Chunk > int64(n) })
			}
			if len(want) == 0 {
				want = nil
			}
			for _, workers := range []int{0, 1, 3} {
				got := bodies(workers, then(pieces(wire), closing(flow.A, flow.FIN)))
				if diff := cmp.Diff(want, got.Up.Pieces); diff != "" {
					t.Errorf("%v, refused %v, %d workers (-want +got):\n%s", s, refused, workers, diff)
				}
				if len(got.Faults) != 1 || got.Faults[0].Chunk != int64(refused[0]) || got.Faults[0].Offset != int64(c.up.begin(refused[0])) || got.Up.End != "cut" {
					t.Errorf("%v, refused %v, %d workers: faults %+v, end %q", s, refused, workers, got.Faults, got.Up.End)
				}
			}
		}
	}
}

// TestPiecesOfADownload: a capture may lack every fifth packet, and yet all that
// is whole comes, at the usual price.
func TestPiecesOfADownload(t *testing.T) {
	for _, option := range []codec.Option{optS | optM | optP, optS | optM | optP | optA} {
		c := build(t, plainSpec.with(func(s *spec) { s.option, s.sizes = option, slices.Repeat([]int{1966}, 3000) }))
		var holes []lack
		for at := c.up.head + 1448*4; at+1448 < len(c.up.wire); at += 1448 * 5 {
			holes = append(holes, lack{at, at + 1448})
		}
		d := newDecoder()
		f := push(d, newRecord(1), c.up.holed(holes, 1448, true)...)
		if diff := cmp.Diff(c.up.wanted(holes, nil, true), f.Up.Pieces); diff != "" || f.Flow.Limit != "" {
			t.Errorf("%v: limit %q (-want +got):\n%s", option.Names(nil), f.Flow.Limit, diff)
		}
		if took := runSteps - d.budget.steps; len(holes) < 700 || took > sessionSteps/4 {
			t.Errorf("%v: %d steps for %d holes", option.Names(nil), took, len(holes))
		}
	}
}

// TestPiecesOfLongBodies: workers change nothing, and behind a hole they go on.
func TestPiecesOfLongBodies(t *testing.T) {
	for i, s := range longSpecs() {
		s.sizes = slices.Repeat([]int{1, 8100, 2000, 15000, 7, 16000, 13000}, 100) // 5 MB
		c := build(t, s)
		at := len(c.up.wire) / 3
		holes := []lack{{at, at + 3000}, {at + 9000, at + 9001}, {2*at + 70, 2*at + 90000}}
		events := then(c.up.holed(holes, 1448, true), closing(flow.A, flow.FIN))
		want := bodies(0, events)
		for _, workers := range []int{1, 3} {
			if diff := cmp.Diff(want, bodies(workers, events)); diff != "" {
				t.Errorf("%v, %d workers (-none +workers):\n%s", s, workers, diff)
			}
		}
		n := c.up.right(t, s.String(), want.Up.Pieces)
		if whole := bytesOf(c.up.wanted(holes, nil, true)); s.security.AEAD() && n != whole || i == 0 && n < 3<<20 {
			t.Errorf("%v: %d bytes behind the holes, want %d", s, n, whole)
		}
	}
}

// TestPiecesWithoutChunks: a hole of known length moves nothing, and CFB reads
// on behind the next whole block.
func TestPiecesWithoutChunks(t *testing.T) {
	for _, s := range []spec{
		{scheme: codec.AEAD, security: codec.SecurityNone},
		{scheme: codec.AEAD, security: codec.SecurityAES128CFB},
		{scheme: codec.Legacy, alter: 1, security: codec.SecurityAES128CFB},
	} {
		c := build(t, s)
		for _, side := range []flow.Side{flow.A, flow.B} {
			h, _, _ := c.half(side, &Facts{})
			for at := h.head; at < h.head+40; at++ {
				for _, length := range []int{1, 15, 16, 17, 500} {
					var events []event
					for _, e := range h.holed([]lack{{at, at + length}, {at + 600, at + 601}}, 100, true) {
						e.side = side
						events = append(events, e)
					}
					if side == flow.B {
						events = append([]event{data(flow.A, c.up.wire)}, events...)
					}
					f := decode(events...)
					_, got, _ := c.half(side, f)
					n := h.right(t, s.String(), got.Pieces)
					least := int64(len(h.all())-(at-h.head)-length-1) - got.Pieces[0].Skipped + int64(length)
					if s.security == codec.SecurityNone {
						least = int64(len(h.all()) - (at - h.head) - length - 1)
					} else {
						least -= 31
					}
					if len(got.Pieces) != 2 || n < least || got.Pieces[0].Chunk != -1 || got.Bytes != int64(at-h.head) || got.Pieces[0].Skipped > int64(length)+31 {
						t.Fatalf("%v, %d bytes at %d: %d in front, %d behind, want %d; %+v", s, length, at, got.Bytes, n, least, got.Pieces)
					}
				}
			}
		}
		f := decode(then(c.up.holed([]lack{{c.up.head + 50, c.up.head + 60}}, 100, false))...)
		switch {
		case s.security == codec.SecurityNone && (len(f.Up.Pieces) != 1 || f.Up.Pieces[0].Offset != -1 || c.up.right(t, "unknown", f.Up.Pieces) != int64(len(c.up.all())-60)):
			t.Errorf("a hole of unknown length: %+v", f.Up.Pieces)
		case s.security != codec.SecurityNone && len(f.Up.Pieces) != 0:
			t.Errorf("nobody knows where CFB's blocks begin: %+v", f.Up.Pieces)
		}
	}
}

// TestPiecesWithoutTags: chunks that cannot be recognised are read on where
// their border was told in front of the hole, and nowhere else.
func TestPiecesWithoutTags(t *testing.T) {
	for _, option := range []codec.Option{optS, optS | optM} {
		c := build(t, spec{scheme: codec.AEAD, security: codec.SecurityNone, option: option})
		h := &c.up
		inside := []lack{{h.begin(3) + 2, h.begin(3) + 1000}}
		f := decode(h.holed(inside, 300, true)...)
		if diff := cmp.Diff(h.wanted(inside, nil, true), f.Up.Pieces); diff != "" {
			t.Errorf("%v, a hole inside of a chunk (-want +got):\n%s", option, diff)
		}
		for _, l := range []lack{{h.begin(3) + 1, h.begin(3) + 3}, {h.begin(2) + 3, h.begin(3) + 1}} {
			if f := decode(h.holed([]lack{l}, 300, true)...); len(f.Up.Pieces) > 0 || !f.Up.Broken {
				t.Errorf("%v, a length is lost: %+v", option, f.Up)
			}
		}
		if f := decode(h.holed(inside, 300, false)...); len(f.Up.Pieces) > 0 {
			t.Errorf("%v, an unknown number of bytes is lost: %+v", option, f.Up)
		}
	}
}

// TestPiecesByPlainLengths: chunks without tags are found again where plain
// lengths lead through a full window, and all that do meet. Plaintext that looks
// like lengths everywhere proves nothing.
func TestPiecesByPlainLengths(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fills := map[string]func([]byte){
		"random": func(p []byte) {
			for i := range p {
				p[i] = byte(r.Uint32())
			}
		},
		"zeros": func([]byte) {},
		"text": func(p []byte) {
			copy(p, bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog. "), len(p)/45+1))
		},
		"spaces": func(p []byte) { copy(p, bytes.Repeat([]byte{0x20, 0x20}, len(p)/2+1)) },
	}
	for name, fill := range fills {
		found := 0
		for round := range 20 {
			var plain [][]byte
			for range 120 {
				plain = append(plain, make([]byte, 1+r.IntN(8192)))
				fill(plain[len(plain)-1])
			}
			c := build(t, spec{scheme: codec.AEAD, security: codec.SecurityNone, option: optS, up: plain, seed: uint64(round)})
			h := &c.up
			at := h.begin(20) + r.IntN(8000)
			hole := lack{at, at + 9000}
			f := decode(h.holed([]lack{hole}, 1448, true)...)
			for _, p := range f.Up.Pieces {
				i := -1
				for k := range h.plain {
					if int64(h.begin(k)) == p.At {
						i = k
					}
				}
				if i < 0 || p.Sum != sha256.Sum256(bytes.Join(h.plain[i:], nil)) || p.Chunk >= 0 && p.Chunk != int64(i) {
					t.Errorf("%s, round %d: %d bytes at %d on the wire, which is no border", name, round, p.Bytes, p.At)
				}
				found++
			}
		}
		t.Logf("%s: %d of 20", name, found)
		if name != "spaces" && found < 12 {
			t.Errorf("%s: resumed in %d of 20", name, found)
		}
	}
}
