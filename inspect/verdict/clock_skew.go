package verdict

import (
	"strconv"

	"vmesskit/inspect/session"
)

const setClientsClock = "set the client's clock by NTP; servers take 120 seconds of difference"

var clockSkewKind = Kind{
	ID:    "clock-skew",
	Title: "the client's clock is too far off, so that the server refuses",
	Next:  setClientsClock,
	next: func(group []*judged) string {
		if each(group, "whose") == clockOfOthers {
			return "compare the clocks of the server and of the capturing machine with NTP first, then the clients'"
		}
		return setClientsClock
	},
	Sure: Likely,
	sure: func(group []*judged) string {
		if each(group, "whose") == clockOfClient {
			return Certain
		}
		return Likely
	},
	what: func(group []*judged) string {
		var skews bounds
		for _, s := range group {
			skews.add(s.seconds())
		}
		if legacy(group[0].facts) {
			return "its clock is about " + aheadBehind(skews.middle()) + ", give or take " + strconv.Itoa(jitter) + " s"
		}
		return "its clock is " + aheadBehind(skews.middle())
	},
}

// clockSkew: a good request, made at a time that no server takes, and no
// answer.
func clockSkew(j *judge, f *session.Facts) (Verdict, bool) {
	if beyond(j.skew(f)) == 0 || answered(f) {
		return Verdict{}, false
	}
	seconds := j.seconds(f)
	whose, why := j.whoseClock(f)
	e := Evidence{{"seconds", seconds}, {"limit_s", window}, {"whose", whose}}
	if legacy(f) {
		e = append(e, Item{"jitter_s", jitter}, Item{"hmacs_searched", f.Searched})
	}
	if j.clock != 0 {
		e = append(e, Item{"capture_clock_s", -j.clock})
	}
	return clockSkewKind.verdict("the client's clock is "+besideCapture(seconds)+"; servers take "+strconv.Itoa(window)+" s; "+why, e...), true
}

// Whose clock is wrong, in the evidence.
const (
	clockOfClient = "client"
	clockOfOthers = "capture-or-server"
	clockUnsure   = "client-probably"
)

// whoseClock tells whose clock is the wrong one, as far as other sessions or the
// date of an answer tell.
func (j *judge) whoseClock(f *session.Facts) (whose, why string) {
	s := j.server(f)
	if ahead, ok := byDate(f); ok && beyond(ahead-j.clock) == 0 {
		return clockOfClient, "the date of the server's answer agrees with the capture, so that the client's clock is the wrong one"
	}
	switch {
	case s.skews.n > 0 && j.clock != 0 && !j.clockSure:
		return clockUnsure, "that is by what its server takes, whose clock may itself be wrong: compare both with a third"
	case s.skews.n > 0 && (j.clock != 0 || !s.skews.off()):
		return clockOfClient, "the server takes others that are in time, so that the client's clock is the wrong one"
	case len(s.late) > 1 && s.lateBy.max-s.lateBy.min <= window:
		return clockOfOthers, "several clients are off by about the same, so that the capture's clock or the server's may be the wrong one"
	}
	return clockUnsure, "nothing else in the capture tells the time, so that it is probably the client's clock"
}

// seconds gives the skew that the verdict states.
func (s *judged) seconds() int64 {
	v, _ := s.verdict.Evidence.Get("seconds").(int64)
	return v
}
