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

// slack is what a request may take to reach the server, and by how much v2ray's
// table of legacy times is late.
const slack = 10

// off reports whether no right clock explains skews that servers accepted.
func (b *bounds) off() bool { return b.max > window+slack || b.min < -(window+slack) }

// captureClock gives by how much the sessions' clock is ahead of the capture's.
// Servers take what is within the window of their own clock. So where every
// server answered a session beyond the window, and one clock explains all that
// was answered, it is the capturing machine's that is off. sure tells that more
// than one server says so: one alone may be wrong together with its clients.
func captureClock(servers map[string]*server) (ahead int64, sure bool) {
	var all bounds
	witnesses := 0
	for _, s := range servers {
		switch {
		case s.skews.n == 0:
		case !s.skews.off():
			return 0, false
		default:
			witnesses++
			all.add(s.skews.min)
			all.add(s.skews.max)
		}
	}
	if all.n == 0 || all.max-all.min > 2*window {
		return 0, false
	}
	return all.middle(), witnesses > 1
}

// narrow reports whether a legacy request is in time for v2ray and not for a
// sing server that has run for a while: its table begins 10 to 20 seconds in
// the past, and v2ray's clients go back 30.
func (j *judge) narrow(f *session.Facts) bool {
	return legacy(f) && (j.skew(f) < -10 || j.skew(f) > window-slack)
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
