package peel_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
)

// say is a step of a conversation: who says what, or what becomes of that side.
type say struct {
	from flow.Side
	p    string
	gap  int64 // bytes that are missing here
	end  flow.How
}

func client(p string) say { return say{from: flow.A, p: p} }
func server(p string) say { return say{from: flow.B, p: p} }

// inner is what a stage hands on of one conversation.
type inner struct {
	rec    *flow.Record
	sides  [2]string // "…" is a hole
	closed [2]flow.How
	done   bool
}

type inside struct{ list []*inner }

func (s *inside) Open(rec *flow.Record) flow.Sink {
	s.list = append(s.list, &inner{rec: rec})
	return s.list[len(s.list)-1]
}

func (i *inner) Data(from flow.Side, _ flow.Time, p []byte) { i.sides[from] += string(p) }
func (i *inner) Gap(from flow.Side, _ flow.Time, _ int64)   { i.sides[from] += "…" }
func (i *inner) Finish()                                    { i.done = true }
func (i *inner) Close(from flow.Side, _ flow.Time, how flow.How) {
	if i.closed[from] != flow.Open {
		panic("closed twice")
	}
	i.closed[from] = how
}

// peeled plays a conversation in pieces of at most size bytes.
func peeled(o peel.Options, talk []say, size int) *inside {
	var in inside
	sink := peel.Open(&in, o).Open(&flow.Record{Began: true})
	for _, s := range talk {
		for p := []byte(s.p); len(p) > 0; p = p[min(size, len(p)):] {
			sink.Data(s.from, 0, bytes.Clone(p[:min(size, len(p))]))
		}
		if s.gap != 0 {
			sink.Gap(s.from, 0, s.gap)
		}
		if s.end != flow.Open {
			sink.Close(s.from, 0, s.end)
		}
	}
	sink.Finish()
	return &in
}

// want is what is inside of a conversation, and what the layers showed.
type want struct {
	client, server string
	layers         []string // "ws agreed path=/tide"
	closed         [2]flow.How
}

// stageCase is a conversation that is played.
type stageCase struct {
	name string
	talk []say
	want want
	o    peel.Options
	// whole says that the pieces have to stay as they are: where a search goes
	// by the starts of segments.
	whole bool
}

func (c *stageCase) check(t *testing.T) {
	t.Helper()
	for _, size := range []int{1 << 20, 7, 1} {
		if c.whole && size < 1<<20 {
			return
		}
		in := peeled(c.o, c.talk, size)
		if len(in.list) != 1 || !in.list[0].done {
			t.Fatalf("%s, in pieces of %d: %d conversations inside, want one that ends", c.name, size, len(in.list))
		}
		i := in.list[0]
		got := want{i.sides[flow.A], i.sides[flow.B], layerTexts(i.rec), i.closed}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s, in pieces of %d, -want +got:\n%s", c.name, size, diff)
		}
	}
}

func layerTexts(r *flow.Record) (out []string) {
	for _, l := range r.Layers {
		words := []string{l.Name, l.Answer.String()}
		for _, f := range l.Facts {
			words = append(words, f.Key+"="+f.Value)
		}
		if l.Says.Protocol != "" {
			words = append(words, "says="+l.Says.Detail)
		}
		if l.Why != "" {
			words = append(words, "stopped="+l.Why)
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}
