package verdict

import (
	"math/rand/v2"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// TestWindow holds the edges: servers take 120 seconds, both ways.
func TestWindow(t *testing.T) {
	for _, c := range []struct {
		skew int64
		want string
	}{{0, "server-refused"}, {119, "server-refused"}, {120, "server-refused"}, {121, "clock-skew"}, {-120, "server-refused"}, {-121, "clock-skew"}} {
		if got := Judge(one(refused(skewed(c.skew))))[0]; got.ID != c.want {
			t.Errorf("%d s: got %s, want %s", c.skew, got.ID, c.want)
		}
	}
}

// TestSeconds: the client cuts its clock's seconds off, and so the difference
// to the nearest second does not depend on when in a second the packet came.
func TestSeconds(t *testing.T) {
	for _, part := range []flow.Time{-4e8, -1e8, 0, 3e8, 599_999_999} {
		for _, skew := range []int64{600, -600, 121, -121} {
			f := refused(skewed(skew), func(f *session.Facts) { f.FirstByte += part })
			if got := Judge(one(f))[0].Evidence.Get("seconds"); got != skew {
				t.Errorf("%d s, packet at %v: got %v", skew, f.FirstByte.UTC(), got)
			}
		}
	}
}

// TestCaptureClock holds when the capture's own clock is blamed: where all that
// servers took is out of their window, and agrees.
func TestCaptureClock(t *testing.T) {
	run := func(skews ...int64) (all []*session.Facts) {
		for _, s := range skews {
			all = append(all, works(skewed(s)))
		}
		return all
	}
	jittered := func(off int64) (all []*session.Facts) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 40 {
			all = append(all, works(byLegacy, skewed(off-30+r.Int64N(60))))
		}
		return all
	}
	for _, c := range []struct {
		name       string
		run        []*session.Facts
		low, high  int64 // of the clock's difference
		isTheClock bool
	}{
		{"one session", run(500), -500, -500, true},
		{"one session, inside the window", run(120), 0, 0, false},
		{"one session, just outside", run(131), -131, -131, true},
		{"one session, outside by a delay", run(-130), 0, 0, false},
		{"one of several is outside", run(100, 110, 160), -130, -130, true},
		{"legacy jitter, partly outside", jittered(125), -128, -122, true},
		{"agreement", run(3600, 3601, 3599, 3600), -3601, -3599, true},
		{"agreement, behind", run(-3600, -3590), 3590, 3600, true},
		{"as far apart as one server allows", run(500, 740), -620, -620, true},
		{"further apart", run(500, 741), 0, 0, false},
		{"one is right", run(500, 500, 3), 0, 0, false},
		{"both ways", run(121, -121), 0, 0, false},
		{"legacy jitter", jittered(600), -605, -595, true},
		{"legacy jitter at the edge", jittered(100), 0, 0, false},
		{"nobody answered", one(refused(skewed(500))), 0, 0, false},
	} {
		verdicts := Judge(c.run)
		for i, v := range verdicts {
			if c.run[i].Response == nil {
				continue
			}
			off, noted := v.Evidence.Get("capture_clock_s").(int64)
			if v.ID != "ok" || noted != c.isTheClock || off < c.low || off > c.high {
				t.Errorf("%s: session %d: got %s, capture_clock_s %d (%v), want %d to %d", c.name, i+1, v.ID, off, noted, c.low, c.high)
			}
		}
	}
}

// TestSkewIsCountedFromTheCaptureClock: where that is off, so is every skew.
func TestSkewIsCountedFromTheCaptureClock(t *testing.T) {
	for _, c := range []struct {
		skew int64
		want string
		off  any
	}{
		{1000, "server-refused", nil}, // its clock is that of all others
		{1120, "server-refused", nil},
		{1121, "clock-skew", int64(121)},
		{0, "clock-skew", int64(-1000)},
		{400, "clock-skew", int64(-600)},
	} {
		all := []*session.Facts{works(skewed(1000)), works(skewed(1000)), refused(skewed(c.skew))}
		got := Judge(all)[2]
		if got.ID != c.want || got.Evidence.Get("seconds") != c.off {
			t.Errorf("%d s: got %s of %v s, want %s of %v", c.skew, got.ID, got.Evidence.Get("seconds"), c.want, c.off)
		}
		if got.ID == "clock-skew" && got.Evidence.Get("capture_clock_s") != int64(-1000) {
			t.Errorf("%d s: capture_clock_s is %v", c.skew, got.Evidence.Get("capture_clock_s"))
		}
	}
}

// TestServerClock: the sessions that a server takes tell its clock, as long as
// another server shows that it is not the capture's.
func TestServerClock(t *testing.T) {
	other := works(at(flow.B, "198.51.100.9:443"))
	for _, c := range []struct {
		name     string
		accepted []int64
		f        *session.Facts
		want     string
	}{
		{"behind", []int64{-500, -510}, refused(), "server-clock-skew"},
		{"ahead", []int64{400}, refused(), "server-clock-skew"},
		{"as far as one session can tell", []int64{241}, refused(), "server-clock-skew"},
		{"may still be in its window", []int64{240}, refused(), "server-refused"},
		{"two tell more than one", []int64{200, 400}, refused(skewed(-41)), "server-clock-skew"},
		{"it accepts what no one clock does", []int64{-200, 200, 900}, refused(), "server-refused"},
		{"the client gave up", []int64{500}, unanswered(), "ok"},
		{"the client is wrong by itself", []int64{500}, refused(skewed(-300)), "clock-skew"},
		{"of another server", nil, refused(), "server-refused"},
	} {
		all := []*session.Facts{other}
		for _, s := range c.accepted {
			all = append(all, works(skewed(s)))
		}
		if got := Judge(append(all, c.f)); got[len(all)].ID != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got[len(all)].ID, c.want)
		}
	}
}

// TestRefusalsAreJudgedByServer holds that what a server answers before or
// behind a refusal is no proof for another one, nor TCP's for UDP's.
func TestRefusalsAreJudgedByServer(t *testing.T) {
	legacy, none := refused(byLegacy), refused(secured(codec.SecurityNone))
	for _, c := range []struct {
		name string
		by   *session.Facts
		want [2]string
	}{
		{"legacy answered", works(byLegacy), [2]string{"server-refused", "insecure-refused"}},
		{"none answered", works(secured(codec.SecurityNone)), [2]string{"legacy-refused", "server-refused"}},
		{"zero is none", works(byLegacy, secured(codec.SecurityNone)), [2]string{"server-refused", "server-refused"}},
		{"AEAD answered", works(), [2]string{"legacy-refused", "insecure-refused"}},
		{"another port", works(byLegacy, secured(codec.SecurityNone), at(flow.B, "198.51.100.1:10087")), [2]string{"legacy-refused", "insecure-refused"}},
		{"another network", works(byLegacy, secured(codec.SecurityNone), func(f *session.Facts) { f.Flow.Network = flow.UDP }),
			[2]string{"legacy-refused", "insecure-refused"}},
	} {
		for _, all := range [][]*session.Facts{{c.by, legacy, none}, {legacy, none, c.by}} {
			got := map[*session.Facts]string{}
			for i, v := range Judge(all) {
				got[all[i]] = v.ID
			}
			if got[legacy] != c.want[0] || got[none] != c.want[1] {
				t.Errorf("%s: got %s and %s, want %v", c.name, got[legacy], got[none], c.want)
			}
		}
	}
}

// TestAheadBehind: hours stand beside the seconds, and minutes are rounded.
func TestAheadBehind(t *testing.T) {
	for seconds, want := range map[int64]string{
		0: "0 s ahead", 1: "1 s ahead", -600: "600 s behind", 3569: "3569 s ahead", 3570: "3570 s (1 h) ahead", 3600: "3600 s (1 h) ahead",
		-5400: "5400 s (1 h 30 min) behind", 7169: "7169 s (1 h 59 min) ahead", 7199: "7199 s (2 h) ahead", 28800: "28800 s (8 h) ahead",
	} {
		if got := aheadBehind(seconds); got != want {
			t.Errorf("%d: got %q, want %q", seconds, got, want)
		}
	}
}
