package capture

import (
	"fmt"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// collector is a source that remembers everything, and fails the test where
// a sink is not called as flow.Sink promises. It overwrites what it gets, as
// a sink may.
type collector struct {
	t     testing.TB
	flows []*collected
}

// collected is one conversation. Lost bytes are '?' in got.
type collected struct {
	t        testing.TB
	rec      *flow.Record
	got      [2][]byte
	pieces   [2][][]byte
	gaps     [2][]gap
	closed   [2]bool
	how      [2]flow.How
	story    []string
	finished bool
}

type gap struct{ off, n int64 }

func (c *collector) Open(r *flow.Record) flow.Sink {
	f := &collected{t: c.t, rec: r}
	c.flows = append(c.flows, f)
	return f
}

func (f *collected) Data(from flow.Side, at flow.Time, p []byte) {
	f.check(from, "Data")
	f.tell("%s %q", from, p)
	f.got[from] = append(f.got[from], p...)
	f.pieces[from] = append(f.pieces[from], append([]byte{}, p...))
	for i := range p {
		p[i] = 0xdb
	}
}

func (f *collected) Gap(from flow.Side, at flow.Time, n int64) {
	f.check(from, "Gap")
	if n <= 0 {
		f.t.Errorf("Gap(%s, %d), want a positive length", from, n)
	}
	f.tell("%s gap %d", from, n)
	off := int64(len(f.got[from]))
	if gs := f.gaps[from]; len(gs) > 0 && gs[len(gs)-1].off+gs[len(gs)-1].n == off {
		gs[len(gs)-1].n += n
	} else {
		f.gaps[from] = append(gs, gap{off, n})
	}
	if n < 1<<24 {
		f.got[from] = append(f.got[from], strings.Repeat("?", int(n))...)
	}
}

func (f *collected) Close(from flow.Side, at flow.Time, how flow.How) {
	f.check(from, "Close")
	f.tell("%s %s", from, how)
	f.closed[from], f.how[from] = true, how
}

func (f *collected) Finish() {
	if f.finished {
		f.t.Error("Finish came twice")
	}
	if !f.closed[flow.A] || !f.closed[flow.B] {
		f.t.Errorf("Finish with closed sides %v, want both", f.closed)
	}
	f.finished = true
}

func (f *collected) check(from flow.Side, call string) {
	if f.closed[from] || f.finished {
		f.t.Errorf("%v: %s(%s) after the end", f.rec.Ends, call, from)
	}
}

// tell notes what happened; very long stories are not told.
func (f *collected) tell(format string, args ...any) {
	if len(f.story) < 200 {
		f.story = append(f.story, fmt.Sprintf(format, args...))
	}
}

func (f *collected) String() string { return strings.Join(f.story, ", ") }

// read reads files that must be captures.
func read(t testing.TB, o Options, files ...[]byte) ([]*collected, Summary) {
	t.Helper()
	var in []Input
	for i, b := range files {
		in = append(in, input(fmt.Sprint("file", i), b))
	}
	flows, sum, err := readInputs(t, o, in...)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return flows, sum
}

func readInputs(t testing.TB, o Options, in ...Input) ([]*collected, Summary, error) {
	t.Helper()
	c := &collector{t: t}
	sum, err := Read(in, c, o)
	for _, f := range c.flows {
		if !f.finished {
			t.Errorf("%v was not finished", f.rec.Ends)
		}
	}
	if n := int64(len(c.flows)); sum.TCP+sum.UDP != n {
		t.Errorf("summary has %d TCP and %d UDP flows, want %d together", sum.TCP, sum.UDP, n)
	}
	return c.flows, sum, err
}

// stories reads one file and gives what happened in each flow.
func stories(t testing.TB, file []byte) []string {
	t.Helper()
	flows, _ := read(t, Options{}, file)
	var out []string
	for _, f := range flows {
		out = append(out, f.String())
	}
	return out
}

func wantStories(t *testing.T, file []byte, want ...string) {
	t.Helper()
	got := stories(t, file)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
