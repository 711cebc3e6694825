package session

import (
	"bytes"
	"fmt"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// damageSpecs are the kinds whose damage is tried place by place: each framing
// and each cipher once.
var damageSpecs = []spec{
	{scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: optS | optM | optP},
	{scheme: codec.AEAD, security: codec.SecurityChaCha20Poly1305, option: optS | optM | optP | optA},
	{scheme: codec.AEAD, security: codec.SecurityAES128CFB, option: optS},
	{scheme: codec.AEAD, security: codec.SecurityNone, option: optS | optM},
	{scheme: codec.AEAD, security: codec.SecurityNone},
	{scheme: codec.Legacy, security: codec.SecurityAES128GCM, option: optS, alter: 2},
	{scheme: codec.Legacy, security: codec.SecurityAES128CFB, option: optS, alter: 2},
}

func damaged(t *testing.T, run func(t *testing.T, c *conversation)) {
	for i, s := range damageSpecs {
		s.sizes, s.seed = []int{1, 30, 7, 60}, uint64(i)*10+5
		t.Run(s.String(), func(t *testing.T) { run(t, build(t, s)) })
	}
}

// half gives a direction of the conversation and what was read of it.
func (c *conversation) half(side flow.Side, f *Facts) (h *wireHalf, got, other *Stream) {
	if side == flow.A {
		return &c.up, &f.Up, &f.Down
	}
	return &c.down, &f.Down, &f.Up
}

// TestHoles leaves bytes out at every place of both directions: what is in
// front of the hole is decoded, nothing wrong behind it, and the other direction is
// not concerned as long as the keys are there.
func TestHoles(t *testing.T) {
	damaged(t, func(t *testing.T, c *conversation) {
		for _, side := range []flow.Side{flow.A, flow.B} {
			for _, told := range []int64{0, -1} { // how long the hole is said to be: as it is, or unknown
				wire := [2][]byte{c.up.wire, c.down.wire}[side]
				for at := 0; at < len(wire); at++ {
					if told < 0 && at%7 != 0 {
						continue
					}
					length := min(1+at%40, len(wire)-at)
					n := int64(length)
					if told < 0 {
						n = told
					}
					var events []event
					if at > 0 {
						events = append(events, data(side, wire[:at]))
					}
					events = append(events, gap(side, n))
					if rest := wire[at+length:]; len(rest) > 0 {
						events = append(events, data(side, rest))
					}
					other := data(side.Other(), [2][]byte{c.up.wire, c.down.wire}[side.Other()])
					if side == flow.A {
						events = append(events, other)
					} else {
						events = append([]event{other}, events...)
					}
					f := decode(then(events, both(flow.FIN)...)...)
					c.checkHole(t, f, side, at, n)
					if t.Failed() {
						t.Fatalf("with a hole of %d bytes at %d of %s", length, at, side)
					}
				}
			}
		}
	})
}

// checkHole holds the facts of a conversation that lacks n bytes at one place.
func (c *conversation) checkHole(t *testing.T, f *Facts, side flow.Side, at int, n int64) {
	t.Helper()
	h, got, other := c.half(side, f)
	if len(f.Faults) > 0 || f.Flow.Panic != "" {
		t.Errorf("faults %v, panic %q", f.Faults, f.Flow.Panic)
	}
	if got.GapCount != 1 || len(got.Gaps) != 1 || got.Gaps[0] != (Gap{Offset: int64(at), Len: n}) || got.Lost != (at == 0) {
		t.Errorf("gaps %v (%d), lost %v", got.Gaps, got.GapCount, got.Lost)
	}
	if at < h.head {
		if got.Opened || got.Bytes > 0 {
			t.Errorf("opened behind a hole in its header: %+v", got)
		}
		if side == flow.A && (other.Opened || f.Header != nil || (f.Auth != nil) != (at >= authSize)) {
			t.Errorf("auth %v, header %v; the answer opened: %v", f.Auth, f.Header, other.Opened)
		}
		if side == flow.A {
			return
		}
	} else {
		plain, chunks := h.before(at)
		checkStream(t, "damaged", got, h, plain, chunks, "cut")
		if !got.Broken {
			t.Error("not broken")
		}
		h.right(t, "behind the hole", got.Pieces)
	}
	o, _, _ := c.half(side.Other(), f)
	_, chunks := o.before(len(o.wire))
	end := "fin"
	if o.marked {
		end = "end-chunk"
	}
	checkStream(t, "the other side", other, o, o.all(), chunks, end)
}

// TestManyHoles lists the first few and counts all.
func TestManyHoles(t *testing.T) {
	c := build(t, damageSpecs[0])
	events := c.whole()
	for range 20 {
		events = append(events, gap(flow.B, 5), data(flow.B, []byte("x")))
	}
	f := decode(events...)
	if f.Down.GapCount != 20 || len(f.Down.Gaps) >= 20 || f.Up.GapCount != 0 {
		t.Errorf("%d gaps, %d listed", f.Down.GapCount, len(f.Down.Gaps))
	}
	if got, want := f.Down.Wire, int64(len(c.down.wire)+20*6); got != want {
		t.Errorf("wire: got %d, want %d", got, want)
	}
}

// TestFlips changes each byte of both directions. Where a tag or a checksum
// guards it, its layer refuses; nowhere is there wrong plaintext.
func TestFlips(t *testing.T) {
	damaged(t, func(t *testing.T, c *conversation) {
		for _, side := range []flow.Side{flow.A, flow.B} {
			wire := [2][]byte{c.up.wire, c.down.wire}[side]
			for at := range wire {
				bad := bytes.Clone(wire)
				bad[at] ^= 1 << (at % 8)
				events := []event{data(flow.A, bad), data(flow.B, c.down.wire)}
				if side == flow.B {
					events = []event{data(flow.A, c.up.wire), data(flow.B, bad)}
				}
				f := decode(then(events, both(flow.FIN)...)...)
				if side == flow.A {
					c.checkFlipUp(t, f, at)
				} else {
					c.checkFlipDown(t, f, at)
				}
				if t.Failed() {
					t.Fatalf("with byte %d of %s changed; faults %v", at, side, f.Faults)
				}
			}
		}
	})
}

func (c *conversation) checkFlipUp(t *testing.T, f *Facts, at int) {
	t.Helper()
	aead := c.spec.scheme == codec.AEAD
	switch {
	case at < authSize:
		if f.Auth != nil || f.Header != nil || f.Down.Opened {
			t.Errorf("auth %v, header %v", f.Auth, f.Header)
		}
	case at < c.up.head:
		where := "header"
		if aead && at < 42 { // the length's seal, and the nonce that goes into its key
			where = "header-length"
		}
		if f.Auth == nil || f.Header != nil || f.Up.Opened || f.Down.Opened {
			t.Errorf("auth %v, header %v", f.Auth, f.Header)
		}
		if len(f.Faults) > 1 || len(f.Faults) == 1 && (f.Faults[0].Where != where || f.Faults[0].Chunk != -1) {
			t.Errorf("faults %v, want one in %s", f.Faults, where)
		}
		if aead && len(f.Faults) != 1 { // a legacy header may seem to want more bytes
			t.Errorf("faults %v", f.Faults)
		}
	default:
		c.checkFlipBody(t, f, flow.A, at)
	}
}

func (c *conversation) checkFlipDown(t *testing.T, f *Facts, at int) {
	t.Helper()
	switch {
	case at >= c.down.head:
		c.checkFlipBody(t, f, flow.B, at)
	case c.spec.scheme == codec.AEAD || at == 0: // legacy: only the V is compared
		if f.Response != nil || f.Down.Opened || f.Fault("response-header") == nil {
			t.Errorf("response %v, faults %v", f.Response, f.Faults)
		}
	}
}

// checkFlipBody: bodies without tags change unnoticed, that is what they are;
// of the others nothing but the right plaintext comes.
func (c *conversation) checkFlipBody(t *testing.T, f *Facts, side flow.Side, at int) {
	t.Helper()
	h, got, other := c.half(side, f)
	o, _, _ := c.half(side.Other(), f)
	if other.Bytes != int64(len(o.all())) || other.Broken {
		t.Errorf("the other direction: %+v", other)
	}
	if !c.spec.security.AEAD() && c.spec.security != codec.SecurityAES128CFB {
		return
	}
	plain, chunks := h.before(at)
	if got.Bytes == int64(len(h.all())) { // padding, or the end chunk
		plain, chunks = h.all(), len(h.plain)
	}
	where := map[flow.Side]string{flow.A: "request-body", flow.B: "response-body"}[side]
	checkStream(t, "changed", got, h, plain, chunks, got.End)
	if fault := f.Fault(where); fault != nil {
		begins := h.head
		if chunks > 0 {
			begins = h.ends[chunks-1]
		}
		if fault.Chunk != int64(chunks) || fault.Offset != int64(begins) || !got.Broken || got.End != "cut" {
			t.Errorf("fault %+v, want chunk %d at %d; end %q", fault, chunks, begins, got.End)
		}
	} else if got.Bytes < int64(len(h.all())) && got.End == "fin" {
		t.Errorf("bytes are missing, and nothing tells so: %+v", got)
	}
}

// TestCuts ends the capture behind every byte: always a prefix.
func TestCuts(t *testing.T) {
	damaged(t, func(t *testing.T, c *conversation) {
		for at := range len(c.down.wire) {
			f := decode(data(flow.A, c.up.wire[:min(at+c.up.head, len(c.up.wire))]), data(flow.B, append([]byte{}, c.down.wire[:at]...)), closing(flow.A, flow.Cut), closing(flow.B, flow.Cut))
			for _, side := range []flow.Side{flow.A, flow.B} {
				h, got, _ := c.half(side, f)
				if !got.Opened {
					if side == flow.A || at >= h.head {
						t.Fatalf("%d: %s not opened", at, side)
					}
					continue
				}
				n := int(got.Wire)
				plain, chunks := h.before(n)
				if end := got.End; end != "cut" && end != "open" && end != "end-chunk" {
					t.Fatalf("%d: end %q", at, end)
				}
				boundary := n == h.head || !h.chunks || chunks > 0 && h.ends[chunks-1] == n
				if got.End == "open" != (boundary && got.End != "end-chunk") {
					t.Fatalf("%d: %s ends %q; at a chunk's end: %v", at, side, got.End, boundary)
				}
				checkStream(t, fmt.Sprintf("%d: %s", at, side), got, h, plain, chunks, got.End)
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	})
}

// TestHoleBehindTheEnd: a body that has ended lacks nothing. One end chunk of a
// response is no end yet: some servers send it first.
func TestHoleBehindTheEnd(t *testing.T) {
	for _, s := range []spec{plainSpec, plainSpec.with(func(s *spec) { s.sizes = longSpecs()[0].sizes })} {
		c := build(t, s)
		for _, workers := range []int{0, 2} {
			d := NewDecoder([]Account{alice}, Options{Hash: true, Limits: flow.DefaultLimits(), Workers: workers})
			events := append(pieces(c.up.wire), gap(flow.A, 10))
			for _, e := range pieces(c.down.wire) {
				events = append(events, data(flow.B, e.p))
			}
			f := push(d, newRecord(1), then(events, gap(flow.B, -1), data(flow.B, []byte("x")))...)
			d.Close()
			for _, got := range []*Stream{&f.Up, &f.Down} {
				if got.End != "end-chunk" || got.Broken || got.GapCount != 1 || got.Bytes != int64(len(c.up.all())) {
					t.Errorf("%d workers: end %q, broken %v, %d gaps, %d bytes", workers, got.End, got.Broken, got.GapCount, got.Bytes)
				}
			}
		}
	}
	c := build(t, plainSpec.with(func(s *spec) { s.sizes = []int{} }))
	f := decode(data(flow.A, c.up.wire), data(flow.B, c.down.wire), gap(flow.B, 100), data(flow.B, []byte("the middle of a chunk")))
	if f.Down.End != "cut" || !f.Down.Broken || len(f.Faults) > 0 {
		t.Errorf("behind an end chunk that may be the first: %+v, faults %v", f.Down, f.Faults)
	}
}

// TestFaultOffsets: the place of a fault is one on the wire, also where the
// part that holds it was opened first.
func TestFaultOffsets(t *testing.T) {
	for _, scheme := range schemes {
		c := build(t, plainSpec.with(func(s *spec) { s.scheme = scheme }))
		section := map[codec.Scheme]int64{codec.AEAD: 42, codec.Legacy: 16}[scheme]
		flip := func(at int) Fault {
			f := decode(data(flow.A, flipped(c.up.wire, at)), data(flow.B, c.down.wire))
			if len(f.Faults) != 1 {
				t.Fatalf("%s: byte %d: faults %v", scheme, at, f.Faults)
			}
			return f.Faults[0]
		}
		if scheme == codec.AEAD {
			if got := flip(17); got.Where != "header-length" || got.Offset != 18 {
				t.Errorf("length: %+v", got)
			}
			if got := flip(50); got.Where != "header" || got.Offset != int64(c.up.head-16) {
				t.Errorf("header: %+v", got)
			}
		} else if got := flip(16); got.Where != "header" || got.Offset != section { // the version, and CFB makes noise of the rest
			t.Errorf("version: %+v", got)
		}
		answer := flipped(c.up.wire, 0) // no answer to this request
		f := decode(data(flow.A, c.up.wire), data(flow.B, answer))
		if got := f.Fault("response-header"); got == nil || scheme == codec.AEAD && got.Offset != 2 || scheme == codec.Legacy && got.Offset != 0 {
			t.Errorf("%s: answer: %+v", scheme, got)
		}
	}
	bad := sealSection(aliceID, append(make([]byte, 37), 9, 1, 2, 3, 4, 5, 6, 7, 8)) // no such command, at 37
	if f := decode(data(flow.A, bad)); len(f.Faults) != 1 || f.Faults[0].Offset < 42+37 {
		t.Errorf("a command that is none: faults %+v", f.Faults)
	}
	short := sealSection(aliceID, make([]byte, 5))
	if f := decode(data(flow.A, short)); len(f.Faults) != 1 || f.Faults[0].Offset != 16 || f.Faults[0].Kind != codec.ErrLimit {
		t.Errorf("a header that is too short: faults %+v", f.Faults)
	}
}
