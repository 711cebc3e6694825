package explain

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vmesskit/codec"
)

// byCodec opens a conversation with the codec. ok is false where the codec
// stops in front of the end.
func byCodec(t testing.TB, c *conversation) (trace *codec.Trace, ok bool) {
	t.Helper()
	trace = &codec.Trace{}
	users := codec.NewUsers(codec.Account{ID: c.id, AlterIDs: c.alterIDs})
	from, found := users.Match([16]byte(c.request), codec.AnyTime)
	if !found {
		from, found = users.MatchLegacy([16]byte(c.request), codec.Around(c.time, 120))
	}
	if !found {
		t.Fatal("the codec finds no user")
	}
	o := codec.NewRequestOpener(from)
	o.Lenient, o.Trace = true, trace
	req, n, err := o.Open(c.request)
	if err != nil {
		return trace, false
	}
	if !openBody(t, req.Body(), c.request[n:]) {
		return trace, false
	}
	if len(c.response) == 0 {
		return trace, true
	}
	answer, n, err := codec.NewResponseOpener(req).Open(c.response)
	if err != nil {
		return trace, false
	}
	return trace, openBody(t, answer.Body(), c.response[n:])
}

func openBody(t testing.TB, b codec.Body, src []byte) bool {
	t.Helper()
	o, err := codec.NewOpener(b)
	for err == nil && len(src) > 0 {
		var n int
		_, n, err = o.Open(nil, src)
		src = src[n:]
		if err == io.EOF {
			err = nil
		}
	}
	return err == nil
}

var traceOnly = cmpopts.IgnoreUnexported(codec.Trace{}, codec.Error{})

// TestModelIsTheCodec holds the model without mistakes to the codec: the same
// buffers, spans and formulas, byte for byte, on all that other implementations
// made.
func TestModelIsTheCodec(t *testing.T) {
	opened := 0
	for _, c := range vectors(t) {
		t.Run(c.name, func(t *testing.T) {
			want, ok := byCodec(t, &c)
			in := c.input()
			got := &codec.Trace{}
			j := newJob(&in)
			j.lookForLegacy()
			r := j.read(&right, got, 0)
			if ok != (r.first(0) == nil) {
				t.Fatalf("the codec opens it: %v; the model fails at %+v", ok, r.first(0))
			}
			if !ok {
				return
			}
			opened++
			want.Notes = nil // the model judges in its checks
			if diff := cmp.Diff(want, got, traceOnly); diff != "" {
				t.Errorf("trace of the codec and of the model (-codec +model):\n%s", diff)
			}
		})
	}
	if opened < 200 {
		t.Errorf("%d conversations were opened, want at least 200", opened)
	}
}

// TestStepsAreTheTrace holds the table of derivations to what was derived while
// reading.
func TestStepsAreTheTrace(t *testing.T) {
	seen := map[codec.Field]bool{}
	for _, c := range vectors(t) {
		in := c.input()
		trace := &codec.Trace{}
		j := newJob(&in)
		j.lookForLegacy()
		r := j.read(&right, trace, 0)
		dir, chunks, chunk := codec.Up, 0, -1
		for _, b := range trace.Buffers {
			if b.Field == codec.FieldServerWire {
				dir, chunks, chunk = codec.Down, 0, -1
			}
			if b.From >= 0 && trace.Spans[b.From].Field == codec.FieldChunk && chunk != b.From {
				chunk = b.From
				chunks++
			}
			if !b.Derived() || b.Field == codec.FieldChaChaKey && seenIn(trace, b) {
				continue // the second one is that of the length key
			}
			k := r.k
			k.dir, k.chunk = dir, uint64(max(chunks-1, 0))
			s := stepOf(b.Field)
			if s == nil {
				t.Fatalf("no step for %v", b.Field)
			}
			seen[b.Field] = true
			if !k.has(s.needs) || s.used != nil && !s.used(&k) {
				t.Errorf("%s: %v was derived, and the table says that this conversation has none", c.name, b.Field)
			}
			if got := s.value(&right, &k); !bytes.Equal(got, b.Data) {
				t.Errorf("%s: %v of chunk %d is %x in the table, %x in the trace", c.name, b.Field, chunks-1, got, b.Data)
			}
		}
	}
	for _, s := range steps {
		if !seen[s.field] {
			t.Errorf("no vector has %v", s.field)
		}
	}
}

// seenIn reports whether the ChaCha key is one of a length key.
func seenIn(t *codec.Trace, b codec.Buffer) bool {
	for _, other := range t.Buffers {
		if other.Field == codec.FieldLengthKey {
			long := chachaRight.stretch(other.Data)
			if bytes.Equal(long, b.Data) {
				return true
			}
		}
	}
	return false
}
