package peel

import (
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// faulty is a stage that breaks its promise at the n-th call.
type faulty struct {
	n     *int
	inner flow.Sink
}

func (f faulty) step() {
	if *f.n--; *f.n == 0 {
		panic("internal error: on purpose")
	}
}
func (f faulty) Data(from flow.Side, at flow.Time, p []byte) { f.step(); f.inner.Data(from, at, p) }
func (f faulty) Gap(from flow.Side, at flow.Time, n int64)   { f.step(); f.inner.Gap(from, at, n) }
func (f faulty) Close(from flow.Side, at flow.Time, how flow.How) {
	f.step()
	f.inner.Close(from, at, how)
}
func (f faulty) Finish() { f.step(); f.inner.Finish() }

// counter counts the conversations that get to the sessions.
type counter struct{ opened, finished int }

func (c *counter) Open(*flow.Record) flow.Sink { c.opened++; return counted{flow.Discard, c} }

type counted struct {
	flow.Sink
	c *counter
}

func (c counted) Finish() { c.c.finished++ }

// TestGuard: whenever a stage breaks its promise, the conversation is counted
// once, says so, and the next one works.
func TestGuard(t *testing.T) {
	usual := wrappings["proxy"]
	defer func() { wrappings["proxy"] = usual }()
	for n := 1; n <= 5; n++ {
		left := n
		wrappings["proxy"] = func(p *peeler, rec *flow.Record, _ flow.Side) flow.Sink {
			if left == 1 {
				left = 0
				panic("internal error: on purpose")
			}
			return faulty{&left, p.hand(rec)}
		}
		var c counter
		stage := Open(&c, Options{})
		rec := &flow.Record{Began: true}
		s := stage.Open(rec)
		s.Data(flow.A, 0, []byte("PROXY UNKNOWN\r\n"))
		s.Data(flow.B, 0, []byte("answer"))
		s.Gap(flow.A, 0, 3)
		s.Close(flow.A, 0, flow.FIN)
		s.Finish()
		if c.opened != 1 || !strings.Contains(rec.Fault(), "on purpose") {
			t.Errorf("at call %d: opened %d, fault %q", n, c.opened, rec.Fault())
		}
		stage.Open(&flow.Record{Began: true}).Finish()
		if c.opened != 2 || c.finished < 1 {
			t.Errorf("at call %d: the next one does not work: %+v", n, c)
		}
	}
}
