package verdict

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// line is what the log says at the end of the plain sessions, in UTC.
func line(means Means, says string, changes ...func(*Statement)) Statement {
	s := Statement{At: began/second*second + 2*second, Client: netip.MustParseAddrPort("192.0.2.7:40001"), Means: means, Says: says}
	for _, c := range changes {
		c(&s)
	}
	return s
}

func moved(seconds int64) func(*Statement) {
	return func(s *Statement) { s.At += flow.Time(seconds) * second }
}

func nameless(s *Statement) { s.Client = netip.AddrPort{} }

func about(client string) func(*Statement) {
	return func(s *Statement) { s.Client = netip.MustParseAddrPort(client) }
}

func to(target string) func(*Statement) { return func(s *Statement) { s.Target = target } }

// consider judges a run with a log.
func consider(all []*session.Facts, lines ...Statement) ([]Verdict, *Hearing) {
	for _, f := range all {
		if f.Flow.End == 0 {
			f.Flow.End = f.FirstByte + 2*second
		}
	}
	verdicts := Judge(all)
	return verdicts, Consider(all, verdicts, &Testimony{Statements: lines, Lines: int64(len(lines)), Understood: int64(len(lines))})
}

// stand gives what the log has to do with a verdict.
func stand(v *Verdict) string { s, _ := v.Evidence.Get("log_says").(string); return s }

func possible(v *Verdict) string {
	list, _ := v.Evidence.Get("possible").([]string)
	return strings.Join(list, " ")
}

// TestLogExplains: what the capture alone cannot tell.
func TestLogExplains(t *testing.T) {
	for _, c := range []struct {
		name     string
		f        *session.Facts
		line     Statement
		id       string
		possible string
		reason   string
	}{
		{"no such user", refused(), line(NoUser, "user do not exist"), "server-refused", "unknown-user", "the server has no such user"},
		{"no such user, and the client went first", unanswered(), line(NoUser, "user do not exist"), "server-refused", "unknown-user", "the server has no such user"},
		{"v2ray's word for both", refused(), line(NoUserOrTime, "invalid user > Not Found"), "server-refused", "unknown-user server-clock-skew", "or not at this time"},
		{"the server's clock", refused(), line(WrongTime, "invalid timestamp"), "server-refused", "server-clock-skew", "the server's clock is off"},
		{"a replay of before", refused(), line(Repeated, "replayed request"), "replay", "", "had it before"},
		{"legacy", refused(byLegacy), line(LegacyRefused, "VMessAEAD is enforced"), "legacy-refused", "", "log agrees"},
		{"no legacy, some are answered", refused(byLegacy), line(InsecureRefused, "insecure encryption"), "insecure-refused", "", "refuses this security"},
		{"Xray and legacy, the client went first", unanswered(byLegacy), line(NoUser, "user do not exist"), "legacy-refused", "unknown-user", "take AEAD only"},
		{"insecure, the client went first", unanswered(secured(codec.SecurityNone)), line(InsecureRefused, "insecure encryption"), "insecure-refused", "", "refuses this security"},
		{"not for its security", refused(secured(codec.SecurityNone)), line(NoUser, "user do not exist"), "server-refused", "unknown-user", "no such user"},
		{"changed on the way", refused(), line(DamagedHeader, "AEAD read failed"), "server-refused", "corrupt", "changed on its way"},
		{"changed later", refused(), line(DamagedBody, "failed to transfer request"), "corrupt", "", "changed on its way"},
		{"TLS is wanted", refused(), line(WrongTransport, "tls: first record", func(s *Statement) { s.Wants = "tls" }), "transport-mismatch", "", "expects another transport"},
		{"cut short", refused(), line(TooShort, "unexpected EOF"), "server-refused", "transport-mismatch corrupt", "did not get all of it"},
		{"taken", refused(), line(Accepted, "accepted"), "ok", "", "the server took it"},
		{"taken, and the target failed", refused(), line(TargetFailed, "connection refused", to("example.com:443")), "ok", "", "could not be reached"},
	} {
		verdicts, h := consider(one(c.f), c.line)
		v := &verdicts[0]
		want := explains
		if strings.Contains(c.reason, "agrees") {
			want = agrees
		}
		if v.ID != c.id || possible(v) != c.possible || !strings.Contains(v.Reason, c.reason) || stand(v) != want || h.Sessions != 1 {
			t.Errorf("%s: got %s (%s), possible %q, %s\nwant %s, %q, %s", c.name, v.ID, v.Reason, possible(v), stand(v), c.id, c.possible, c.reason)
		}
	}
}

// TestLogAgreesOrNot: a verdict that stands for itself stays what it is.
func TestLogAgreesOrNot(t *testing.T) {
	for _, c := range []struct {
		name string
		f    *session.Facts
		line Statement
		id   string
		want string
	}{
		{"ok", works(), line(Accepted, "accepted"), "ok", agrees},
		{"ok, and it was refused", works(), line(NoUser, "user do not exist"), "ok", contradicts},
		{"a clock", refused(skewed(600)), line(WrongTime, "invalid timestamp"), "clock-skew", agrees},
		{"a clock, by v2ray", refused(skewed(600)), line(NoUserOrTime, "Not Found"), "clock-skew", agrees},
		{"a clock, by Xray", refused(skewed(600)), line(NoUser, "user do not exist"), "clock-skew", contradicts},
		{"a legacy clock, by Xray", refused(skewed(600), byLegacy), line(NoUser, "user do not exist"), "clock-skew", agrees},
		{"an alter id", refused(byAlter(9)), line(NoUser, "user do not exist"), "alterid-mismatch", agrees},
		{"taken all the same", refused(byAlter(9)), line(Accepted, "accepted"), "alterid-mismatch", contradicts},
		{"a stranger", stranger(), line(NoUser, "user do not exist"), "unknown-user", agrees},
		{"known there", stranger(), line(Accepted, "accepted", func(s *Statement) { s.User = "bob" }), "unknown-user", explains},
		{"known there, and late", stranger(), line(WrongTime, "invalid timestamp"), "unknown-user", explains},
		{"no VMess", stranger(sent(9, 0)), line(TooShort, "unexpected EOF"), "not-vmess", agrees},
	} {
		verdicts, _ := consider(one(c.f), c.line)
		if v := &verdicts[0]; v.ID != c.id || stand(v) != c.want {
			t.Errorf("%s: got %s (%s) %s, want %s %s", c.name, v.ID, v.Reason, stand(v), c.id, c.want)
		}
	}
}

// TestLogOffset: the log's zone is found, and with it a clock that is off.
func TestLogOffset(t *testing.T) {
	other := "203.0.113.5:999"
	run := func() []*session.Facts {
		return []*session.Facts{refused(), stranger(at(flow.A, other), later(60*second))}
	}
	for _, c := range []struct {
		seconds, offset, clock int64
	}{
		{0, 0, 0}, {8 * 3600, 8 * 3600, 0}, {-12600, -12600, 0}, {20700, 20700, 0},
		{600, 600, 600}, {1800, 1800, 1800}, {-900, -900, -900}, {4500, 4500, 900}, {-300, -300, -300}, {3*3600 + 400, 3*3600 + 400, 400}, {5*3600 + 1800 - 200, 5*3600 + 1800 - 200, -200},
	} {
		lines := []Statement{line(NoUser, "one", moved(c.seconds)), line(NoUser, "two", about(other), moved(c.seconds+60))}
		verdicts, h := consider(run(), lines...)
		if h.Sessions != 2 || abs(h.Offset-c.offset) > 5 || abs(h.Clock-c.clock) > 5 {
			t.Errorf("%d s: got %+v, want offset %d, clock %d", c.seconds, h, c.offset, c.clock)
		}
		if stand(&verdicts[0]) != explains || stand(&verdicts[1]) != agrees {
			t.Errorf("%d s: %v, %v", c.seconds, verdicts[0], verdicts[1])
		}
	}
	// Given, it is not looked for.
	all, hour := run(), int64(3600)
	verdicts, _ := consider(all)
	h := Consider(all, verdicts, &Testimony{Statements: []Statement{line(NoUser, "one")}, Offset: &hour})
	if h.Sessions != 0 || h.Offset != hour {
		t.Errorf("the wrong hour: %+v", h)
	}
	// A line that says its zone is right by itself.
	zoned := line(NoUser, "two", about(other), moved(60), func(s *Statement) { s.Zoned = true })
	if _, h := consider(run(), line(NoUser, "one", moved(3600)), zoned); h.Sessions != 2 || h.Offset != 3600 {
		t.Errorf("zoned: %+v", h)
	}
}

func abs(n int64) int64 { return max(n, -n) }

// TestServerClockByLog: a log that is ahead tells by how much the server's clock
// is, and why a right request was late.
func TestServerClockByLog(t *testing.T) {
	verdicts, h := consider(one(refused()), line(WrongTime, "invalid timestamp", moved(600)))
	if v := verdicts[0]; v.ID != "server-clock-skew" || abs(v.Evidence.Get("seconds").(int64)-600) > 5 || abs(h.Clock-600) > 5 {
		t.Errorf("got %+v, %+v", v, h)
	}
}

// TestLogMatching: whose line is it?
func TestLogMatching(t *testing.T) {
	same := func(f *session.Facts) { f.Header.Target = "www.example.test:80" }
	run := []*session.Facts{
		refused(),                            // 0
		refused(later(100 * second)),         // 1: the same port again
		refused(same, at(flow.A, "[::1]:7")), // 2
		refused(secured(codec.SecurityNone), at(flow.A, "[::1]:8"), later(300*second)),  // 3
		refused(secured(codec.SecurityNone), at(flow.A, "[::1]:9"), later(301*second)),  // 4
		refused(secured(codec.SecurityNone), at(flow.A, "[::1]:10"), later(400*second)), // 5
		refused(secured(codec.SecurityNone), at(flow.A, "[::1]:11"), later(401*second)), // 6
	}
	for _, f := range run {
		f.FirstOut.At = f.FirstByte + 2*second
	}
	verdicts, h := consider(run,
		line(NoUser, "first"), line(NoUser, "again", moved(100)),
		line(Accepted, "asked", nameless, to("www.example.test:80"), moved(-2)),
		line(InsecureRefused, "insecure 1", nameless, moved(300)), line(InsecureRefused, "insecure 2", nameless, moved(301)),
		line(InsecureRefused, "which of two?", nameless, moved(400)),
		line(NoUser, "nobody's", about("203.0.113.9:1")), line(NoUser, "too late", moved(4000)),
	)
	var got []string
	for i := range verdicts {
		said := ""
		if list, _ := verdicts[i].Evidence.Get("log").([]Evidence); len(list) > 0 {
			said, _ = list[0].Get("says").(string)
		}
		got = append(got, said)
	}
	want := []string{"first", "again", "asked", "insecure 1", "insecure 2", "", ""}
	if !slices.Equal(got, want) || h.Sessions != 5 {
		t.Errorf("got %q, want %q; %+v", got, want, h)
	}
}

// TestLogInFindings: how sure a finding is, and the next step.
func TestLogInFindings(t *testing.T) {
	find := func(f *session.Facts, s Statement) Finding {
		all := one(f)
		verdicts, _ := consider(all, s)
		got := Findings(all, verdicts, names)
		if len(got) != 1 {
			t.Fatalf("got %v", got)
		}
		return got[0]
	}
	f := find(refused(), line(NoUser, "user do not exist"))
	if f.Sure != Certain || f.Next != "give the server this user's id, or the client one that the server has" ||
		f.What != `a right header, and the server refuses it; the server's log says why: "user do not exist"` {
		t.Errorf("got %+v", f)
	}
	f = find(refused(byLegacy), line(LegacyRefused, "VMessAEAD is enforced"))
	if f.Sure != Certain || f.What != legacyRefusedKind.Title+"; the server's log agrees" {
		t.Errorf("got %+v", f)
	}
	f = find(refused(skewed(600)), line(Accepted, "accepted tcp:a:1"))
	if f.What != `its clock is 600 s ahead; the server's log says otherwise: "accepted tcp:a:1"` {
		t.Errorf("got %+v", f)
	}
	f = find(stranger(), line(Accepted, "accepted", func(s *Statement) { s.User = "bob" }))
	if f.Next != `give this tool the id that the server has for "bob"` || f.Sure != Certain {
		t.Errorf("got %+v", f)
	}
	f = find(refused(), line(WrongTransport, "tls: first record", func(s *Statement) { s.Wants = "tls" }))
	if f.Verdict != "transport-mismatch" || f.Next != "set TLS for the client, or take it off the server" {
		t.Errorf("got %+v", f)
	}
	f = find(refused(), line(Repeated, "replayed request"))
	if f.Verdict != "replay" || !strings.HasPrefix(f.What, "it repeats a session of before this capture; the server's log says why") {
		t.Errorf("got %+v", f)
	}
}

// TestLogNextSteps: each refusal that only a log explains has a step.
func TestLogNextSteps(t *testing.T) {
	for _, means := range []Means{NoUser, NoUserOrTime, WrongTime, DamagedHeader, TooShort} {
		verdicts, _ := consider(one(refused()), line(means, "x"))
		if verdicts[0].ID != "server-refused" || nextByLog[possible(&verdicts[0])] == "" {
			t.Errorf("%s: %s, possible %q: no step", means, verdicts[0].ID, possible(&verdicts[0]))
		}
	}
}
