package verdict

import (
	"strconv"

	"vmesskit/inspect/session"
)

var clockSkewKind = Kind{
	ID:    "clock-skew",
	Title: "the client's clock is too far off, so that the server refuses",
	Next:  "set the client's clock by NTP; servers take 120 seconds of difference",
	Sure:  Certain,
	what: func(group []*judged) string {
		var skews bounds
		for _, s := range group {
			skews.add(s.seconds())
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
	e := Evidence{{"seconds", seconds}, {"limit_s", window}}
	if legacy(f) {
		e = append(e, Item{"jitter_s", jitter}, Item{"hmacs_searched", f.Searched})
	}
	if j.clock != 0 {
		e = append(e, Item{"capture_clock_s", -j.clock})
	}
	return clockSkewKind.verdict("the client's clock is "+aheadBehind(seconds)+" of the capture's; servers take "+strconv.Itoa(window)+" s", e...), true
}

// seconds gives the skew that the verdict states.
func (s *judged) seconds() int64 {
	v, _ := s.verdict.Evidence.Get("seconds").(int64)
	return v
}
