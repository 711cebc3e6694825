package session

import (
	"vmesskit/inspect/flow"
)

// guard keeps a broken promise in one conversation from ending the run: the
// conversation is given up, and its facts say so.
type guard struct{ s *session }

func (g guard) Data(from flow.Side, at flow.Time, p []byte) {
	defer g.catch()
	g.s.Data(from, at, p)
}

func (g guard) Gap(from flow.Side, at flow.Time, n int64) {
	defer g.catch()
	g.s.Gap(from, at, n)
}

func (g guard) Close(from flow.Side, at flow.Time, how flow.How) { g.s.Close(from, at, how) }

func (g guard) Finish() {
	defer g.catch()
	g.s.Finish()
}

// catch gives the conversation up.
func (g guard) catch() {
	if r := recover(); r != nil {
		g.s.f.Flow.Panic = flow.PanicText(r)
		for i := range g.s.sides {
			h := &g.s.sides[i]
			for _, b := range h.bodies {
				b.abandon()
			}
			h.bodies = nil
			g.s.drop(h)
		}
	}
}
