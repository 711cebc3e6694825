package tls

import (
	"bytes"
	gotls "crypto/tls"
	mathrand "math/rand/v2"
	"slices"
	"testing"

	"vmesskit/inspect/flow"
)

// victims are short sessions of each form that a record can have. What the
// peers say is random, so that no part of it is like another.
func victims(t *testing.T) map[string]*recorded {
	turns := []int{40, 300, 700, 2000, 90, 1}
	out := map[string]*recorded{}
	for name, x := range map[string]talk{
		"tls1.3":        {version: gotls.VersionTLS13},
		"tls1.3 retry":  {version: gotls.VersionTLS13, server: func(c *gotls.Config) { c.CurvePreferences = []gotls.CurveID{gotls.CurveP521} }},
		"tls1.2 gcm":    {version: gotls.VersionTLS12, suite: gotls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
		"tls1.2 chacha": {version: gotls.VersionTLS12, suite: gotls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
		"tls1.2 cbc":    {version: gotls.VersionTLS12, suite: gotls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256},
		"tls1.0":        {version: gotls.VersionTLS10, suite: gotls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA},
	} {
		x.turns = turns
		out[name] = x.run(t)
	}
	return out
}

// true fails the test unless all that came out was said, in that order, and
// what is missing between was told as a gap.
func (i *inner) true(said [2][]byte, what string, at int) {
	i.t.Helper()
	for side := range said {
		rest := said[side]
		for n, run := range i.runs[side] {
			place := bytes.Index(rest, run)
			if place < 0 || n == 0 && place > 0 {
				i.t.Fatalf("%s %d: run %d of %s has %d bytes that were not said there\n%s", what, at, n, flow.Side(side), len(run), i)
			}
			rest = rest[place+len(run):]
		}
	}
}

// missing counts bytes of both sides that did not come out.
func (i *inner) missing(said [2][]byte) int {
	return len(said[0]) + len(said[1]) - len(i.got[0]) - len(i.got[1])
}

// change gives the session with another byte on the wire.
func (r *recorded) change(side flow.Side, at int, with byte) *recorded {
	c := &recorded{keys: r.keys, said: r.said, steps: slices.Clone(r.steps)}
	for i, s := range c.steps {
		if s.from != side {
			continue
		}
		if at < len(s.p) {
			c.steps[i].p = bytes.Clone(s.p)
			c.steps[i].p[at] ^= with
			break
		}
		at -= len(s.p)
	}
	return c
}

// TestEveryByte flips each byte of short sessions: nothing comes out that was
// not said, and a loss is told.
func TestEveryByte(t *testing.T) {
	for name, r := range victims(t) {
		t.Run(name, func(t *testing.T) {
			o := r.options(t)
			for side := range r.said {
				for at := range r.wire(flow.Side(side)) {
					for _, with := range []byte{1, 0x80} {
						o.Keys.tries = runTries
						in := r.change(flow.Side(side), at, with).play(t, o, 1<<20)
						in.true(r.said, flow.Side(side).String()+" flip at", at)
						l := in.layer()
						told := l.Halt != flow.Running || l.Answer == flow.Foreign || l.Answer == flow.TurnedDown || in.gaps[side] > 0
						if in.missing(r.said) > 0 && !told {
							t.Fatalf("flip of %#x at %d of %s: nothing is told\n%s", with, at, flow.Side(side), in)
						}
					}
				}
			}
		})
	}
}

// TestEveryCut ends the capture at each byte: what came out is the beginning
// of what was said.
func TestEveryCut(t *testing.T) {
	for name, r := range victims(t) {
		t.Run(name, func(t *testing.T) {
			o := r.options(t)
			for side := range r.said {
				whole := r.wire(flow.Side(side))
				for at := range whole {
					c := &recorded{keys: r.keys}
					left := at
					for _, s := range r.steps {
						if s.from == flow.Side(side) {
							s.p = s.p[:min(left, len(s.p))]
							left -= len(s.p)
						}
						c.steps = append(c.steps, s)
					}
					in := c.play(t, o, 1<<20)
					for s := range r.said {
						if !bytes.HasPrefix(r.said[s], in.got[s]) {
							t.Fatalf("cut at %d of %s: wrong bytes", at, flow.Side(side))
						}
					}
				}
			}
		})
	}
}

// TestHoles loses parts of a direction. What is not in the hole, and in the
// records at its ends, comes out all the same.
func TestHoles(t *testing.T) {
	for name, x := range talks {
		t.Run(name, func(t *testing.T) {
			r := x.run(t)
			random := mathrand.New(mathrand.NewPCG(3, 4))
			for side := range r.said {
				size := len(r.wire(flow.Side(side)))
				for range 60 {
					from := random.IntN(size)
					n := 1 + random.IntN(min(40_000, size-from))
					for _, known := range []bool{true, false} {
						in := r.playHole(t, flow.Side(side), from, n, known)
						in.true(r.said, "hole at", from)
						if !bytes.Equal(in.got[1-side], r.said[1-side]) && from > 2500 {
							t.Fatalf("hole of %d at %d of %s: the other direction has %d of %d bytes\n%s", n, from, flow.Side(side), len(in.got[1-side]), len(r.said[1-side]), in)
						}
						if lost := in.missing(r.said); from > 2500 && lost > n+2*maxPlain {
							t.Fatalf("hole of %d at %d of %s: %d bytes lost\n%s", n, from, flow.Side(side), lost, in)
						} else if lost > 0 && from > 2500 && in.gaps[side] == 0 {
							t.Fatalf("hole of %d at %d of %s: %d bytes lost and no gap\n%s", n, from, flow.Side(side), lost, in)
						}
					}
				}
			}
		})
	}
}

// playHole plays a session in segments of 1460 bytes, of which a part is lost.
func (r *recorded) playHole(t testing.TB, side flow.Side, from, n int, known bool) *inner {
	in := &inner{t: t}
	sink := Open(record(), flow.A, in, r.options(t))
	off, told := 0, false
	for i, s := range r.steps {
		for p := bytes.Clone(s.p); len(p) > 0; {
			b := p[:min(len(p), 1460)]
			p = p[len(b):]
			if s.from != side {
				sink.Data(s.from, flow.Time(i), b)
				continue
			}
			start, end := off, off+len(b)
			off = end
			if head := min(from, end) - start; head > 0 {
				sink.Data(side, flow.Time(i), b[:head:head])
			}
			if end > from && !told {
				told = true
				gap := int64(n)
				if !known {
					gap = -1
				}
				sink.Gap(side, flow.Time(i), gap)
			}
			if tail := end - max(from+n, start); tail > 0 && end > from {
				sink.Data(side, flow.Time(i), b[len(b)-tail:])
			}
		}
	}
	sink.Close(flow.A, 1, flow.FIN)
	sink.Close(flow.B, 1, flow.FIN)
	sink.Finish()
	return in
}
