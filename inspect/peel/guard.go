package peel

import "vmesskit/inspect/flow"

// guard keeps a broken promise in one stage from ending the run: the
// conversation is given up, and its record says so.
type guard struct {
	door   *door
	broken bool
}

func (g *guard) Data(from flow.Side, at flow.Time, p []byte) {
	defer g.catch()
	if !g.broken {
		g.door.Data(from, at, p)
	}
}

func (g *guard) Gap(from flow.Side, at flow.Time, n int64) {
	defer g.catch()
	if !g.broken {
		g.door.Gap(from, at, n)
	}
}

func (g *guard) Close(from flow.Side, at flow.Time, how flow.How) {
	defer g.catch()
	if !g.broken {
		g.door.Close(from, at, how)
	}
}

// Finish ends the conversation. One that was given up before a session had it
// goes on to the sessions now, so that it is counted.
func (g *guard) Finish() {
	defer g.catch()
	if !g.broken {
		g.door.Finish()
	}
}

func (g *guard) catch() {
	r := recover()
	if r == nil {
		return
	}
	g.broken = true
	g.door.rec.Panic = flow.PanicText(r)
	if !g.door.rec.Handed {
		g.door.p.hand(g.door.rec).Finish()
	}
}
