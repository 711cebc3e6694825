package verdict

import "vmesskit/inspect/session"

// window is by how many seconds servers let a client's clock be off, both
// ways.
const window = 120

// jitter is by how much the times of legacy clients vary: v2ray's choose a
// second up to 30 away.
const jitter = 30

// bounds are the smallest and the largest of some numbers.
type bounds struct {
	n        int
	min, max int64
}

func (b *bounds) add(v int64) {
	if b.n == 0 || v < b.min {
		b.min = v
	}
	if b.n == 0 || v > b.max {
		b.max = v
	}
	b.n++
}

func (b *bounds) middle() int64 { return b.min + (b.max-b.min)/2 }

// captureClock gives the skew that all answered sessions agree on, if it is
// beyond the window: servers took them, so that it is the capturing machine's
// clock that is off, by as much the other way.
func captureClock(all []*session.Facts) int64 {
	var skews bounds
	for _, f := range all {
		if f.Response != nil {
			skews.add(f.Auth.Skew)
		}
	}
	if skews.n == 0 || skews.max-skews.min > 2*window || beyond(skews.min) == 0 || beyond(skews.max) == 0 {
		return 0
	}
	return skews.middle()
}

// beyond gives the sign of a skew that is out of the window, else 0.
func beyond(skew int64) int {
	switch {
	case skew > window:
		return 1
	case skew < -window:
		return -1
	}
	return 0
}

// seconds gives the difference of the clocks to the nearest second: the client
// sends its clock's seconds cut off, so the capture's are cut off too.
func (j *judge) seconds(f *session.Facts) int64 {
	return f.Auth.Time - f.FirstByte.Unix() - j.clock
}

// skew gives by how much the client's clock differs from true time, as far as
// the capture tells.
func (j *judge) skew(f *session.Facts) int64 { return f.Auth.Skew - j.clock }
