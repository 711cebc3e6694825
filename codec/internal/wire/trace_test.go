package wire

import (
	"errors"
	"math"
	"reflect"
	"testing"
)

// The traced path is the fast path: all of it works on a nil trace.
func TestNilTrace(t *testing.T) {
	var tr *Trace
	if tr.Admit(0, 1) || tr.Open(FieldPort, nil, -1) != -1 || tr.Extend(0, []byte("x")) != 0 || tr.Span(FieldPort, 0, 0, 1) != -1 {
		t.Error("a nil trace recorded something")
	}
	g := tr.Begin(FieldAddress, 0, 0)
	tr.Derive(FieldCmdKey, "formula", nil)
	tr.Note(&Error{})
	tr.Reopen(g)
	tr.End(g, 5)
	tr.Back(tr.Mark())
	if n := testing.AllocsPerRun(10, func() { tr.Span(FieldPort, 0, 0, 1) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func TestTraceGroups(t *testing.T) {
	tr := new(Trace)
	data := []byte("abcdef")
	b := tr.Open(FieldClientWire, data, -1)
	data[0] = 'x' // the trace has a copy
	outer := tr.Begin(FieldRequest, b, 0)
	inner := tr.Begin(FieldAddress, b, 1)
	port := tr.Span(FieldPort, b, 1, 2)
	other := tr.Open(FieldSection, []byte("zz"), port)
	tr.Span(FieldVersion, other, 0, 1) // a member of no group: it lies in another buffer
	tr.Derive(FieldCmdKey, "md5", []byte("key"))
	tr.End(inner, 3)
	tr.Span(FieldOption, b, 3, 1)
	tr.End(outer, 4)
	tr.Span(FieldTrailing, b, 5, 1)
	tr.Reopen(outer)
	tr.Span(FieldReserved, b, 4, 1)
	tr.End(outer, 5)

	want := []Span{
		{FieldRequest, b, 0, 5, -1},
		{FieldAddress, b, 1, 2, outer},
		{FieldPort, b, 1, 2, inner},
		{FieldVersion, other, 0, 1, -1},
		{FieldOption, b, 3, 1, outer},
		{FieldTrailing, b, 5, 1, -1},
		{FieldReserved, b, 4, 1, outer},
	}
	if !reflect.DeepEqual(tr.Spans, want) {
		t.Errorf("got spans %v, want %v", tr.Spans, want)
	}
	if string(tr.Buffers[b].Data) != "abcdef" || tr.Buffers[b].Derived() {
		t.Errorf("got wire buffer %+v", tr.Buffers[b])
	}
	if d := tr.Buffers[2]; !d.Derived() || d.From != inner || string(d.Data) != "key" {
		t.Errorf("got derived buffer %+v, want it for the inner group", d)
	}
	if off := tr.Extend(b, []byte("ghi")); off != 6 || string(tr.Buffers[b].Data) != "abcdefghi" {
		t.Errorf("extended at %d to %q", off, tr.Buffers[b].Data)
	}
}

func TestTraceBack(t *testing.T) {
	tr := new(Trace)
	b := tr.Open(FieldClientWire, []byte("ab"), -1)
	tr.Span(FieldPort, b, 0, 2)
	mark := tr.Mark()
	tr.Begin(FieldAddress, tr.Open(FieldSection, []byte("c"), 0), 0)
	tr.Derive(FieldCmdKey, "md5", nil)
	tr.Note(&Error{Kind: KindLimit})
	tr.Back(mark)
	if len(tr.Buffers) != 1 || len(tr.Spans) != 1 || len(tr.Notes) != 0 {
		t.Errorf("got %d buffers, %d spans, %d notes, want 1, 1, 0", len(tr.Buffers), len(tr.Spans), len(tr.Notes))
	}
	if s := tr.Spans[tr.Span(FieldOption, b, 0, 1)]; s.Parent != -1 {
		t.Errorf("a span behind it has parent %d, want none", s.Parent)
	}
}

// What was refused once is refused from then on: bytes behind a part that is
// missing would stand at the wrong place. The other direction is not concerned.
func TestTraceAdmits(t *testing.T) {
	tr := &Trace{MaxBytes: 10}
	up, down := tr.Open(FieldClientWire, nil, -1), tr.Open(FieldServerWire, nil, -1)
	for i, c := range []struct {
		buffer, n int
		want      bool
	}{{up, 6, true}, {up, 5, false}, {up, 4, false}, {down, 10, true}, {up, 0, false}, {down, 1, false}} {
		got := tr.Admit(c.buffer, c.n)
		if got != c.want {
			t.Errorf("%d: %d bytes: got %v, want %v", i, c.n, got, c.want)
		}
		if got {
			tr.Extend(c.buffer, make([]byte, c.n))
		}
	}
	if tr.Skipped != 4 {
		t.Errorf("got %d skipped, want 4", tr.Skipped)
	}
	free := new(Trace)
	if !free.Admit(free.Open(FieldClientWire, nil, -1), math.MaxInt) {
		t.Error("without a bound something was refused")
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err  *Error
		want string
	}{
		{&Error{Kind: KindAuth, Field: FieldHeaderTag, Off: 99}, "vmess: request: header-tag at 99: not authentic"},
		{&Error{Kind: KindLimit, Field: FieldPort, Err: Want(7, 1, 3)}, "vmess: request header: port at 0: over the limit value 7, want 1 to 3"},
		{&Error{}, "vmess: nothing at 0: Kind(0)"},
		{&Error{Kind: 99, Field: 9999, Off: 1, Err: Detail("detail")}, "vmess: nothing at 1: Kind(99) detail"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if !errors.Is(c.err, c.err.Kind) || errors.Is(c.err, KindChecksum) || errors.Is(c.err, errors.New("x")) {
			t.Errorf("%q: not of its kind", c.want)
		}
		if errors.Unwrap(c.err) != c.err.Err {
			t.Errorf("%q: unwraps to %v", c.want, errors.Unwrap(c.err))
		}
	}
	if got, want := Kind(9).Error(), "vmess: Kind(9)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFieldsOutsideOfTheTable(t *testing.T) {
	if got := Field(60000).Info(); got != FieldNone.Info() {
		t.Errorf("got %+v, want the row of nothing", got)
	}
}
