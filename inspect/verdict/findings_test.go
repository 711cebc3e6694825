package verdict

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// names gives "user N" to who is known.
func names(f *session.Facts) string {
	if f.Auth == nil {
		return ""
	}
	return fmt.Sprintf("user %d", f.Auth.User)
}

func byUser(n int) change { return func(f *session.Facts) { f.Auth.User = n } }

func findings(all ...*session.Facts) []Finding { return Findings(all, Judge(all), names) }

// TestFindings groups by cause, client, user and server, and leaves out what
// is ok.
func TestFindings(t *testing.T) {
	port := func(p string) change { return at(flow.A, p) }
	got := findings(
		works(),                                            // 1
		refused(skewed(600), later(1e9)),                   // 2
		stranger(port("203.0.113.5:1"), hungUp),            // 3
		refused(skewed(602), later(2e9)),                   // 4
		refused(skewed(-900), byUser(1)),                   // 5: another user
		refused(skewed(600), port("[::ffff:192.0.2.7]:9")), // 6: the same client
		refused(skewed(600), at(flow.B, "198.51.100.1:7")), // 7: another server
		refused(byLegacy),                                  // 8: another cause
		works(skewed(20)),                                  // 9
		stranger(port("203.0.113.5:2"), sent(9, 0)),        // 10
	)
	want := []Finding{
		{Verdict: "clock-skew", Client: "192.0.2.7", User: "user 0", Server: "198.51.100.1:10086", Sessions: []int{2, 4, 6}, Total: 6,
			Since: began - 1e8 + 1e9, What: "its clock is 601 s ahead", Next: clockSkewKind.Next, Sure: Certain},
		{Verdict: "unknown-user", Client: "203.0.113.5", Server: "198.51.100.1:10086", Sessions: []int{3}, Total: 2,
			Since: began - 1e8, What: "its id is not among those given, and the server does not answer", Next: unknownUserKind.Next, Sure: Likely},
		{Verdict: "clock-skew", Client: "192.0.2.7", User: "user 1", Server: "198.51.100.1:10086", Sessions: []int{5}, Total: 1,
			Since: began - 1e8, What: "its clock is 900 s behind", Next: clockSkewKind.Next, Sure: Certain},
		{Verdict: "clock-skew", Client: "192.0.2.7", User: "user 0", Server: "198.51.100.1:7", Sessions: []int{7}, Total: 1,
			Since: began - 1e8, What: "its clock is 600 s ahead", Next: clockSkewKind.Next, Sure: Likely},
		{Verdict: "legacy-refused", Client: "192.0.2.7", User: "user 0", Server: "198.51.100.1:10086", Sessions: []int{8}, Total: 6,
			Since: began - 1e8, What: legacyRefusedKind.Title, Next: legacyRefusedKind.Next, Sure: Likely},
		{Verdict: "not-vmess", Client: "203.0.113.5", Server: "198.51.100.1:10086", Sessions: []int{10}, Total: 2,
			Since: began - 1e8, What: "what it sends is no VMess: fewer than 16 bytes", Next: notVMessKind.Next, Sure: Likely},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := findings(works(), unanswered(), works(byLegacy)); got != nil {
		t.Errorf("nothing is wrong: got %v", got)
	}
}

// TestFindingWords holds what each kind says of a group.
func TestFindingWords(t *testing.T) {
	for _, c := range []struct {
		run  []*session.Facts
		want string
	}{
		{[]*session.Facts{refused(byAlter(5)), refused(byAlter(41)), refused(byAlter(2))}, "its alterId is at least 42, more than the server's"},
		{[]*session.Facts{refused(skewed(590), byLegacy), refused(skewed(610), byLegacy)}, "its clock is about 600 s ahead, give or take 30 s"},
		{[]*session.Facts{works(at(flow.B, "198.51.100.9:1")), works(skewed(-500)), refused()}, "the server's clock is 500 s behind"},
		{[]*session.Facts{repeated, refused(headed(repeated)), refused(headed(repeated))}, "it repeats session 1"},
		{[]*session.Facts{refused(faulty("header", -1)), refused(faulty("header-length", -1)), refused(faulty("header", -1))}, "its header, header length does not open"},
		{one(refused(sent(400, 9), says(flow.B, "http", "HTTP/1.1 400"))), "it speaks plain VMess, the server HTTP"},
		{one(stranger(within(answering(wrapped("ws", flow.TurnedDown, tide...), "http", "HTTP/1.1 404 Not Found", 404)))), "the server turns its WebSocket request down: it asks for /tide, and gets 404"},
		{one(unanswered(says(flow.B, "ssh", "SSH-2.0-x"))), "the server is no VMess server, it speaks ssh"},
		{[]*session.Facts{stranger(says(flow.A, "ssh", "")), stranger(sent(0, 0)), stranger(says(flow.A, "ssh", ""))}, "what it sends is no VMess: ssh, nothing"},
		{[]*session.Facts{stranger(sent(400, 900)), stranger()}, "its id is not among those given; the server knows it (1 answered)"},
		{one(stranger(sent(400, 900), says(flow.B, "http", "HTTP/1.1 400"))), "its id is not among those given, and what answers is no VMess"},
		{one(stranger(says(flow.A, "quic", ""))), "its transport is quic, which this version does not open"},
		{one(works(lacking(flow.B, 400, 7))), gapKind.Title},
	} {
		got := findings(c.run...)
		if len(got) != 1 || got[0].What != c.want {
			t.Errorf("got %v, want %q", got, c.want)
		}
	}
}

// TestCaptureClockFinding: it comes once and first, and is nobody's fault.
func TestCaptureClockFinding(t *testing.T) {
	got := findings(stranger(), works(skewed(-90000), later(5e9)), works(skewed(-90000)), refused(skewed(-90000), secured(codec.SecurityNone)))
	if len(got) != 3 {
		t.Fatalf("got %d findings, want 3: %v", len(got), got)
	}
	want := Finding{
		Verdict: "ok", Sessions: []int{2, 3}, Total: 4, Since: began - 1e8 + 5e9, Sure: Likely,
		What: "the capture's clock is 90000 s (25 h) ahead, or those of the server and its clients are wrong by as much",
		Next: "compare the capturing machine's clock and the server's with a third one before you set either",
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if ids := []string{got[1].Verdict, got[2].Verdict}; !slices.Equal(ids, []string{"unknown-user", "insecure-refused"}) {
		t.Errorf("then: got %v", ids)
	}
}

// TestCaptureClockByTwoServers: two that agree are enough to be sure.
func TestCaptureClockByTwoServers(t *testing.T) {
	got := findings(works(skewed(-90000)), works(skewed(-90000), at(flow.B, "198.51.100.9:443")), refused(skewed(-80000)))
	if len(got) != 2 || got[0].Sure != Certain || got[0].What != "the capture's clock is 90000 s (25 h) ahead" || got[1].Sure != Certain {
		t.Errorf("got %+v", got)
	}
}

// TestNextStep: where the server answers a stranger, only the list of ids is
// wrong.
func TestNextStep(t *testing.T) {
	for _, c := range []struct {
		f    *session.Facts
		want string
	}{
		{stranger(), "compare the client's id with the server's, character by character"},
		{stranger(sent(400, 900)), "give this tool the id that the client uses"},
		{stranger(sent(400, 900), says(flow.B, "ssh", "SSH-2.0-x")), "compare the client's id with the server's, character by character"},
		{stranger(func(f *session.Facts) { f.Tried = 0 }), "give this tool the ids that the server has"},
		{works(), ""},
	} {
		v := Judge(one(c.f))[0]
		if got := NextStep(c.f, &v); got != c.want {
			t.Errorf("%s: got %q, want %q", v.Reason, got, c.want)
		}
	}
}

// TestFindingsOfStrangers: a server that many unknown clients come to has one
// finding for all of a kind; users keep their own.
func TestFindingsOfStrangers(t *testing.T) {
	var all []*session.Facts
	for i := range maxStrangers + 1 {
		all = append(all, stranger(from(i)), refused(skewed(600), from(i)))
	}
	found := Findings(all, Judge(all), func(f *session.Facts) string {
		if f.Auth == nil {
			return ""
		}
		return "alice"
	})
	if len(found) != 1+maxStrangers+1 {
		t.Fatalf("got %d findings, want one for the strangers and %d for alice", len(found), maxStrangers+1)
	}
	if f := found[0]; f.Client != "" || len(f.Sessions) != maxStrangers+1 || f.Total != maxStrangers+1 {
		t.Errorf("got %+v, want one for all", f)
	}
}

// from gives the client an address of its own.
func from(i int) change {
	return func(f *session.Facts) {
		f.Flow.Ends[f.Client] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 40000)
	}
}

// TestUnreachedFinding: a target that does not answer is nobody's fault, and told.
func TestUnreachedFinding(t *testing.T) {
	alone := func(f *session.Facts) { f.Down = session.Stream{Wire: 38, Opened: true, End: "fin"} }
	got := findings(works(), works(hungUp, alone), works(hungUp, alone))
	if len(got) != 1 || got[0].Verdict != "ok" || !slices.Equal(got[0].Sessions, []int{2, 3}) || got[0].Total != 3 ||
		got[0].What != "the server did not reach example.com:443, or got nothing from it" {
		t.Errorf("got %+v", got)
	}
}
