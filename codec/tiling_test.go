package codec

import (
	"bytes"
	"reflect"
	"testing"

	"vmesskit/codec/internal/wire"
)

// Every byte of a traced header belongs to one leaf.
func TestTilingOfRequests(t *testing.T) {
	for _, s := range schemes {
		for _, h := range testHeaders() {
			label := s.String() + " " + h.label()
			sealed := sealHeader(t, s, h)
			trace := new(Trace)
			r, n := openHeader(t, s, append(sealed, "body"...), trace)
			sameHeader(t, label, &r.Header, h)
			checkTiling(t, label, trace)
			if got := wireOf(trace, FieldClientWire); !bytes.Equal(got, sealed[:n]) {
				t.Fatalf("%s: the trace has %x of the wire, want %x", label, got, sealed)
			}
			section, err := h.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := wireOf(trace, FieldSection); !bytes.Equal(got, section) {
				t.Fatalf("%s: the trace has %x of the section, want %x", label, got, section)
			}
		}
	}
}

// A header that came byte by byte is traced as one that came at once.
func TestTraceOfAHeaderInPieces(t *testing.T) {
	for _, s := range schemes {
		sealed := sealHeader(t, s, httpHeader())
		whole, pieces := new(Trace), new(Trace)
		openHeader(t, s, sealed, whole)
		o := NewRequestOpener(testSender(s))
		o.Trace = pieces
		for n := range len(sealed) + 1 {
			_, _, _ = o.Open(sealed[:n])
		}
		sameTrace(t, s.String()+" request", pieces, whole)

		for label, h := range testResponses() {
			req := httpHeader()
			sealed, err := SealResponse(nil, req, s, h)
			if err != nil {
				t.Fatal(err)
			}
			traces := [2]Trace{}
			for i := range traces {
				o := NewResponseOpener(&Request{Sender: Sender{Scheme: s}, Header: *req})
				o.Trace = &traces[i]
				for n := range len(sealed) {
					if i == 0 {
						_, _, _ = o.Open(sealed[:n])
					}
				}
				if _, _, err := o.Open(sealed); err != nil {
					t.Fatal(err)
				}
			}
			checkTiling(t, label, &traces[0])
			sameTrace(t, s.String()+" response, "+label, &traces[0], &traces[1])
		}
	}
}

func sameTrace(t testing.TB, label string, got, want *Trace) {
	t.Helper()
	if !reflect.DeepEqual(got.Spans, want.Spans) {
		t.Errorf("%s: got spans %v, want %v", label, got.Spans, want.Spans)
	}
	if !reflect.DeepEqual(got.Buffers, want.Buffers) {
		t.Errorf("%s: got buffers %v, want %v", label, got.Buffers, want.Buffers)
	}
	if !reflect.DeepEqual(got.Notes, want.Notes) {
		t.Errorf("%s: got notes %v, want %v", label, got.Notes, want.Notes)
	}
}

// What appends a command section traces it as what parses it.
func TestTraceOfAppendIsTraceOfParse(t *testing.T) {
	for _, h := range testHeaders() {
		var appended, parsed Trace
		section, err := h.appendTraced([]byte("front"), &appended)
		if err != nil {
			t.Fatal(err)
		}
		section = section[len("front"):]
		c := wire.Reader(section)
		c.TraceTo(&parsed, parsed.Open(FieldSection, section, -1))
		var got RequestHeader
		got.parse(&c)
		if err := c.Err(); err != nil {
			t.Fatal(err)
		}
		sameTrace(t, h.label(), &appended, &parsed)
		checkTiling(t, h.label(), &appended)
	}
}

// Bodies: every cipher, option, direction and dialect, behind both headers.
func TestTilingOfBodies(t *testing.T) {
	payloads := [][]byte{[]byte("a"), random(1, 200), random(2, 17)}
	for _, b := range testBodies() {
		for _, s := range schemes {
			h := testHeader(CommandTCP, HostPort("192.0.2.7", 443), 1)
			h.Security, h.Option = b.Security, b.Option
			if b.Packets {
				h.Command = CommandUDP
			}
			label := b.label + " " + s.String()
			trace := new(Trace)
			lenient := NewRequestOpener(testSender(s))
			lenient.Lenient, lenient.Trace = true, trace
			r, _, err := lenient.Open(sealAny(t, s, h))
			if err != nil {
				t.Fatalf("%s: %v", label, err)
			}

			up := r.Body()
			up.Dialect = b.Dialect
			upWire := up.seal(t, payloads...)
			checkTraced(t, label+" request", up, upWire, payloads)

			down, downWire := respond(t, r, s, b.Dialect, payloads)
			checkTraced(t, label+" response", down, downWire, payloads)

			checkTiling(t, label, trace)
			if got := wireOf(trace, FieldClientWire); !bytes.HasSuffix(got, upWire) {
				t.Fatalf("%s: the trace lacks the request body", label)
			}
			if got := wireOf(trace, FieldServerWire); !bytes.HasSuffix(got, downWire) {
				t.Fatalf("%s: the trace lacks the response body", label)
			}
		}
	}
}

// sealAny seals a header that no careful server takes, too.
func sealAny(t testing.TB, s Scheme, h *RequestHeader) []byte {
	t.Helper()
	h.Version = 1
	c := wire.Appender(nil)
	h.layout(&c)
	section, err := c.Done()
	if err != nil {
		t.Fatal(err)
	}
	if s == AEAD {
		return sealSection(section)
	}
	return sealLegacySection(section)
}

// respond answers r: it opens the response header in r's trace and gives what
// the body behind it is sealed as, and sealed.
func respond(t testing.TB, r *Request, s Scheme, d Dialect, payloads [][]byte) (Body, []byte) {
	t.Helper()
	header, err := SealResponse(nil, &r.Header, s, &ResponseHeader{})
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := OpenResponse(header, &r.Header, s)
	if err != nil {
		t.Fatal(err)
	}
	sealing := plain.Body()
	sealing.Dialect = d
	sealed := sealing.seal(t, payloads...)

	response, n, err := NewResponseOpener(r).Open(append(header, sealed...))
	if err != nil || n != len(header) {
		t.Fatalf("response: got %d, %v, want %d", n, err, len(header))
	}
	b := response.Body()
	b.Dialect = d
	return b, sealed
}

// checkTraced opens a body in a trace and without one and compares.
func checkTraced(t testing.TB, label string, b Body, sealed []byte, payloads [][]byte) {
	t.Helper()
	once := func() int { return len(sealed) }
	traced := feed(b.opener(t), sealed, once, true)
	b.trace = nil
	plain := feed(b.opener(t), sealed, once, true)
	if diff := traced.diff(plain); diff != "" {
		t.Fatalf("%s: traced: %s", label, diff)
	}
	if want := bytes.Join(payloads, nil); !bytes.Equal(plain.plain, want) || plain.err != "" {
		t.Fatalf("%s: got %d bytes and %q, want %d", label, len(plain.plain), plain.err, len(want))
	}
}

// A response whose length has come and whose header has not leaves no group
// open: the request's chunks that come in between are not members of it.
func TestTraceOfBothDirectionsInterleaved(t *testing.T) {
	h := httpHeader()
	trace := new(Trace)
	r, _ := openHeader(t, AEAD, sealHeader(t, AEAD, h), trace)
	up := r.Body().opener(t)
	answer, err := SealResponse(nil, h, AEAD, &ResponseHeader{})
	if err != nil {
		t.Fatal(err)
	}
	down := NewResponseOpener(r)
	if _, _, err := down.Open(answer[:20]); err != ErrShort {
		t.Fatal(err)
	}
	if _, _, err := up.Open(nil, r.Body().seal(t, []byte("between"))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := down.Open(answer); err != nil {
		t.Fatal(err)
	}
	checkTiling(t, "interleaved", trace)
	for i, s := range trace.Spans {
		if s.Field == FieldChunk && s.Parent != -1 {
			t.Errorf("span %d: the chunk is a member of %s", i, trace.Spans[s.Parent].Field)
		}
	}
}

// A trace that was told a bound keeps headers, and chunks up to the first that
// does not fit.
func TestTraceWithABound(t *testing.T) {
	h := httpHeader()
	header := sealHeader(t, AEAD, h)
	trace := &Trace{MaxBytes: len(header) + 100}
	r, _ := openHeader(t, AEAD, header, trace)
	o := r.Body().opener(t)
	sealed := r.Body().seal(t, random(1, 50), random(2, 50), random(3, 10))
	got := feed(o, sealed, func() int { return 1 << 20 }, true)
	if got.err != "" || got.end != EndChunk {
		t.Fatalf("got %+v", got)
	}
	checkTiling(t, "bounded", trace)
	chunks := 0
	for _, s := range trace.Spans {
		if s.Field == FieldChunk {
			chunks++
		}
	}
	// 68 bytes, then 68 more that do not fit. The 28 and the end chunk's 18
	// behind them would fit, but where they stand would not be known.
	if chunks != 1 || trace.Skipped != 3 {
		t.Errorf("got %d chunks and %d skipped, want 1 and 3", chunks, trace.Skipped)
	}
}

// A chunk that refuses is in the trace up to where it refused.
func TestTraceOfADamagedChunk(t *testing.T) {
	for _, b := range testBodies() {
		if b.Security == SecurityNone || !b.opener(t).Chunked() {
			continue
		}
		sealed := b.seal(t, []byte("payload"))
		f := b.frameOf(t, sealed)
		sealed[f.Head+f.Sealed-1] ^= 1
		trace := new(Trace)
		b.trace, b.wire = trace, trace.Open(FieldClientWire, nil, -1)
		o := b.opener(t)
		_, _, first := o.Open(nil, sealed)
		if _, _, again := o.Open(nil, sealed); first == nil || again != first {
			t.Errorf("%s: got %v, then %v, want an error that stays", b.label, first, again)
		}
		checkTiling(t, b.label, trace)
		if got := wireOf(trace, FieldClientWire); !bytes.Equal(got, sealed[:f.Size()]) {
			t.Errorf("%s: the trace has %d bytes of the chunk, want %d", b.label, len(got), f.Size())
		}
	}
}
