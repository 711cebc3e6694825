package verdict

import (
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// suspicion is a fact that alone would give a verdict.
type suspicion struct {
	id   string
	fact change
}

// The orders of suspicion, the strongest first. Each fact is laid over a plain
// session together with a later one, which must not be heard.
var orders = []struct {
	name  string
	plain func(...change) *session.Facts
	chain []suspicion
	last  string // what the plain session is
}{
	{"answered", works, []suspicion{
		{"tool-fault", func(f *session.Facts) { f.Flow.Panic = "oops" }},
		{"corrupt", faulty("response-body", 3)},
		{"gap", lacking(flow.B, 300, 60)},
		{"corrupt", within(stopped(wrapped("ws", flow.Agreed), flow.Damaged, "a frame"))},
		{"ok", func(*session.Facts) {}},
		{"ok", skewed(119)},
		{"ok", byAlter(7)},
		{"ok", says(flow.B, "http", "HTTP/1.1 200 OK")}, // 38 random bytes may look like anything
		{"ok", hit("hold")},
		{"ok", hungUp},
	}, "ok"},
	{"refused", refused, []suspicion{
		{"tool-fault", func(f *session.Facts) { f.Flow.Panic = "oops" }},
		{"replay", headed(repeated)},
		{"transport-mismatch", says(flow.B, "http", "HTTP/1.1 400")},
		{"transport-mismatch", within(answering(wrapped("ws", flow.TurnedDown, tide...), "http", "HTTP/1.1 404", 404))},
		{"gap", lacking(flow.B, 0, 60)},
		{"one-way", packets(6, 0)},
		{"transport-mismatch", within(wrapped("http", flow.Unanswered, tide...))},
		{"corrupt", faulty("header", -1)},
		{"corrupt", within(stopped(wrapped("ws", flow.Agreed), flow.Damaged, "a frame"))},
		{"alterid-mismatch", byAlter(3)},
		{"clock-skew", skewed(-700)},
		{"server-clock-skew", within(dated(answering(wrapped("http", flow.TurnedDown), "http", "HTTP/1.1 400", 400), 900))},
		{"limit", hit("hold")},
		{"legacy-refused", byLegacy},
		{"insecure-refused", secured(codec.SecurityNone)},
	}, "server-refused"},
	{"silent", unanswered, []suspicion{
		{"replay", headed(repeated)},
		{"not-vmess-server", says(flow.B, "ssh", "SSH-2.0-x")},
		{"gap", lacking(flow.B, 0, 60)},
		{"one-way", packets(6, 0)},
		{"corrupt", faulty("request-body", 1)},
		{"alterid-mismatch", byAlter(3)},
		{"clock-skew", skewed(121)},
		{"limit", hit("hold")},
		{"gap", lacking(flow.A, 200, 60)},
		{"ok", byLegacy},
		{"ok", secured(codec.SecurityNone)},
	}, "ok"},
	{"unmatched", stranger, []suspicion{
		{"tool-fault", func(f *session.Facts) { f.Flow.Panic = "oops" }},
		{"one-way", packets(0, 5)},
		{"tls-keys-missing", within(stopped(wrapped("tls1.3", flow.Agreed), flow.NoKeys, "no key"))},
		{"gap-at-start", lacking(flow.A, 0, 60)},
		{"unsupported-transport", says(flow.A, "quic", "long header")},
		{"transport-mismatch", within(wrapped("ws", flow.Unanswered, tide...))},
		{"corrupt", within(stopped(wrapped("ws", flow.Agreed), flow.Damaged, "a frame"))},
		{"not-vmess", says(flow.A, "ssh", "SSH-2.0-x")},
		{"mid-stream", midway},
		{"limit", hit("hold")},
	}, "unknown-user"},
}

// repeated is a session whose header others repeat.
var repeated = works()

func TestOrderOfSuspicion(t *testing.T) {
	judge := func(f *session.Facts) string { return Judge([]*session.Facts{repeated, f})[1].ID }
	for _, o := range orders {
		if got := judge(o.plain()); got != o.last {
			t.Errorf("%s: plain: got %s, want %s", o.name, got, o.last)
		}
		for i, strong := range o.chain {
			if got := judge(o.plain(strong.fact)); got != strong.id {
				t.Errorf("%s: alone: got %s, want %s", o.name, got, strong.id)
			}
			for _, weak := range o.chain[i+1:] {
				// Both ways round: the later change may overwrite a fact of the first.
				if got := judge(o.plain(weak.fact, strong.fact)); got != strong.id {
					t.Errorf("%s: %s and %s: got %s, want the first", o.name, strong.id, weak.id, got)
				}
			}
		}
	}
}

// TestSnaplenBeforeGap holds that a packet cut by the capture is not taken for
// a lost one.
func TestSnaplenBeforeGap(t *testing.T) {
	for name, plain := range map[string]func(...change) *session.Facts{"answered": works, "refused": refused, "silent": unanswered} {
		if got := Judge(one(plain(snappedOff, lacking(flow.B, 10, 60))))[0].ID; got != "snaplen" {
			t.Errorf("%s: got %s, want snaplen", name, got)
		}
	}
}

// TestHolesInTheRequestHideNothing: what the request's first bytes and the
// silence of the server tell does not depend on the rest of the request.
func TestHolesInTheRequestHideNothing(t *testing.T) {
	hole := lacking(flow.A, 200, 60)
	for _, cut := range []change{hole, func(f *session.Facts) { hole(f); f.Flow.Snapped = true }} {
		for _, c := range []struct {
			f    *session.Facts
			want string
		}{
			{refused(skewed(600), cut), "clock-skew"},
			{unanswered(skewed(600), cut), "clock-skew"},
			{refused(byAlter(9), cut), "alterid-mismatch"},
			{refused(byLegacy, cut), "legacy-refused"},
			{refused(secured(codec.SecurityNone), cut), "insecure-refused"},
			{refused(cut), "server-refused"},
		} {
			if got := Judge(one(c.f))[0].ID; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		}
	}
}
