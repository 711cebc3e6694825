package inner

import (
	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Tee gives a tap that passes all on to each of several.
func Tee(taps ...session.Tap) session.Tap {
	if len(taps) == 1 {
		return taps[0]
	}
	return tee(taps)
}

type tee []session.Tap

func (t tee) Header(from codec.Direction, at flow.Time) {
	for _, to := range t {
		to.Header(from, at)
	}
}

func (t tee) Open(sub int, at flow.Time) {
	for _, to := range t {
		to.Open(sub, at)
	}
}

func (t tee) Data(p *session.Carried) {
	for _, to := range t {
		to.Data(p)
	}
}

func (t tee) Hole(from codec.Direction, at flow.Time) {
	for _, to := range t {
		to.Hole(from, at)
	}
}

func (t tee) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {
	for _, to := range t {
		to.Close(from, sub, at, how)
	}
}

func (t tee) Finish() {
	for _, to := range t {
		to.Finish()
	}
}
