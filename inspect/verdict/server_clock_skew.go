package verdict

import "vmesskit/inspect/session"

var serverClockSkewKind = Kind{
	ID:    "server-clock-skew",
	Title: "the request is right for its time; the server's own clock is off",
	Next:  "set the server's clock by NTP",
	Sure:  Likely,
	what: func(group []*judged) string {
		var skews bounds
		for _, s := range group {
			skews.add(s.seconds())
		}
		return "the server's clock is " + aheadBehind(skews.middle())
	},
}

// serverClockByDate: the server's refusal has its date, and by that clock the
// request is out of the window.
func serverClockByDate(j *judge, f *session.Facts) (Verdict, bool) {
	ahead, ok := byDate(f)
	if !ok || answered(f) || beyond(f.Auth.Skew-ahead) == 0 {
		return Verdict{}, false
	}
	off := ahead - j.clock
	return serverClockSkewKind.verdict(
		"the client's time is right, but the date of the server's answer is "+aheadBehind(off)+": its clock is off",
		Item{"seconds", off}, Item{"date", true},
	), true
}

// serverClockSkew: what this server accepted shows its clock, and by that
// clock this request is out of the window.
func serverClockSkew(j *judge, f *session.Facts) (Verdict, bool) {
	accepted := &j.server(f).skews
	if accepted.n == 0 || answered(f) || !serverClosedFirst(f) {
		return Verdict{}, false
	}
	// The clock is within the window of each accepted session.
	low, high := accepted.max-window, accepted.min+window
	if low > high || f.Auth.Skew >= low-window && f.Auth.Skew <= high+window {
		return Verdict{}, false
	}
	off := accepted.middle() - j.clock
	return serverClockSkewKind.verdict(
		"the client's time is right, but the sessions that this server accepts are "+aheadBehind(off)+": its clock is off",
		Item{"seconds", off}, Item{"accepted", accepted.n},
	), true
}
