package report

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/verdict"
)

func TestRedactText(t *testing.T) {
	r := NewRedactor(nil)
	r.address("client", "192.0.2.7:50123")
	r.address("host", "www.example.test:443")
	r.user("alice")
	r.user("the new phone")
	for in, want := range map[string]string{
		"":                                    "",
		"request and answer decode":           "request and answer decode",
		"192.0.2.7 (alice): 12 of 12 refused": "client-1 (user-1): 12 of 12 refused",
		"to www.example.test, port 443.":      "to host-1.example, port 443.",
		"at WWW.example.test:443":             "at host-1.example:443",
		"the user the new phone at 1.2":       "the user user-2 at 1.2",
		"malice is no user":                   "malice is no user",
		"found an HTTP GET for /tide?x=1: it": "found an HTTP GET for /path: it",
		"see http://intern.example.org/a b":   "see url b",
		"tls1.3 with chacha20-poly1305, v2ray-core 4.34.0 (0x5ced7dd2)": "tls1.3 with chacha20-poly1305, v2ray-core 4.34.0 (0x5ced7dd2)",
		"client random 00112233445566778899aabbccddeeff":                "client random hex",
		`answers "HTTP/1.1 404 Not here, alice" to it`:                  `answers "HTTP/1.1 404" to it`,
		`what answers is ssh ("SSH-2.0-of \"us\""), which is no VMess`:  `what answers is ssh ("…"), which is no VMess`,
		`the server took it as "alice", and said "accepted it": yes`:    `the server took it as "user-1", and said "…": yes`,
		`the limit "reorder" was hit`:                                   `the limit "reorder" was hit`,
		`a quote "without its end, secret`:                              `a quote "…`,
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := r.text("[2001:db8::1]:53 and 2001:db8::1"); got != "host-2.example:53 and host-2.example" {
		t.Errorf("IPv6: got %q", got)
	}
}

// TestRedactKnown: findings on configurations have names that no session shows.
func TestRedactKnown(t *testing.T) {
	r := NewRedactor(nil)
	r.Know(Names{
		Users: []string{"bob", "bob@intern", "#carol", "#7", ""},
		Hosts: []string{"Intranet:443", "[2001:db8::1]", "<my host>"}, Paths: []string{"/a (b)", "/tide", "/a (b), c"},
	})
	s := &Summary{Findings: []verdict.Finding{{
		Config: "configs/of-bob.json", Setting: "users",
		What: "3 users were never seen: bob@intern, #carol and #7", Next: "ask at intranet for /a (b), c and /tide, at <my host> for /a (b)",
	}}}
	got := r.Summary(s).Findings[0]
	if got.Config != "file-1" || got.What != "3 users were never seen: user-1, user-2 and #7" || got.Next != "ask at host-2.example for /path and /path, at host-1.example for /path" {
		t.Errorf("got %q, %q, %q", got.Config, got.What, got.Next)
	}
	if s.Findings[0].Config != "configs/of-bob.json" {
		t.Error("the summary itself was changed")
	}
}

// TestRedactLog: what a log says is another's, and it names users.
func TestRedactLog(t *testing.T) {
	s := sampleSessions()[0]
	s.Verdict = verdict.Verdict{ID: "unknown-user", Reason: `yet the server took it as "dave", by its log`, Evidence: verdict.Evidence{
		{Key: "log_user", Value: "dave"},
		{Key: "log", Value: []verdict.Evidence{{{Key: "means", Value: "accepted"}, {Key: "says", Value: "accepted tcp:intern:443 email: dave"}}}},
	}}
	got := NewRedactor(nil).Session(s).Verdict
	want := verdict.Evidence{{Key: "log_user", Value: "user-2"}, {Key: "log", Value: []verdict.Evidence{{{Key: "means", Value: "accepted"}}}}}
	if !reflect.DeepEqual(got.Evidence, want) || got.Reason != `yet the server took it as "user-2", by its log` {
		t.Errorf("got %q, %v", got.Reason, got.Evidence)
	}
}

// TestRedacted: one name has one pseudonym in all of an output, and none is there
// as it is.
func TestRedacted(t *testing.T) {
	var text, lines bytes.Buffer
	for _, w := range []Writer{
		NewText(&text, TextOptions{Others: true, Users: 3, Redacted: true}),
		NewNDJSON(&lines, JSONOptions{Redacted: true}),
	} {
		if err := tell(NewRedactor(nil).Writer(w)); err != nil {
			t.Fatal(err)
		}
	}
	for name, out := range map[string]string{"text": text.String(), "lines": lines.String()} {
		for _, hidden := range []string{"192.0.2.", "203.0.113.", "198.51.100.", "2001:db8", "example.test", "alice", "bob", "dave", "mallory", "monday", "tuesday", `sha256`} {
			if strings.Contains(out, hidden) {
				t.Errorf("%s: %s is there", name, hidden)
			}
		}
		for _, shown := range []string{"client-1:50123", "host-1.example:443", "user-1", "clock-skew"} {
			if !strings.Contains(out, shown) {
				t.Errorf("%s: %s is not there", name, shown)
			}
		}
	}
	if !strings.HasPrefix(text.String(), markRedacted) || !strings.Contains(lines.String(), `"redacted":true`) {
		t.Error("the output does not say that it is redacted")
	}
}

// TestRedactedWithAKey: the pseudonyms are those of the key.
func TestRedactedWithAKey(t *testing.T) {
	keyed := NewRedactor(func(name string) string { return "of" + strings.ReplaceAll(name, ".", "") })
	s := keyed.Session(sampleSessions()[0])
	if s.Client != "client-of192027:50123" || s.Facts.Header.Target != "host-ofwwwexampletest.example:443" || s.User != "user-ofalice" || s.ID != "" || s.Facts.Up.Hashed {
		t.Errorf("got %s, %s, %s, %q", s.Client, s.Facts.Header.Target, s.User, s.ID)
	}
	if again := sampleSessions()[0]; again.Facts.Header.Target != "www.example.test:443" || !again.Facts.Up.Hashed {
		t.Error("the session itself was changed")
	}
}

// TestRedactedLayers: of what a wrapping showed, the protocol's part stays.
func TestRedactedLayers(t *testing.T) {
	s := sampleSessions()[0]
	s.Facts.Flow.Layers[0].Facts = []flow.Fact{
		{Key: "suite", Value: "TLS_AES_128_GCM_SHA256"}, {Key: "sni", Value: "www.example.test"}, {Key: "path", Value: "/tide (x)"},
		{Key: "user_agent", Value: "something"}, {Key: "source", Value: "192.0.2.7:50123"}, {Key: "unheard_of", Value: "a value"},
	}
	s.Verdict.Reason = "the client asks for WebSocket (GET /tide (x))"
	redacted := NewRedactor(nil).Session(s)
	if redacted.Verdict.Reason != "the client asks for WebSocket (GET /path)" {
		t.Errorf("got %s", redacted.Verdict.Reason)
	}
	var got []string
	for _, f := range redacted.Facts.Flow.Layers[0].Facts {
		got = append(got, f.Key+"="+f.Value)
	}
	want := "suite=TLS_AES_128_GCM_SHA256 sni=host-1.example path=/path source=client-1:50123"
	if strings.Join(got, " ") != want || len(s.Facts.Flow.Layers[0].Facts) != 6 {
		t.Errorf("got %q, want %s", got, want)
	}
}

// TestRedactedTree: the target is not in the fields.
func TestRedactedTree(t *testing.T) {
	for name, c := range talks() {
		var b bytes.Buffer
		if err := TreeJSON(&b, c.trace(t), TreeOptions{Redact: true}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if strings.Contains(out, `"domain","offset"`) && !strings.Contains(out, `"secret":true`) || strings.Contains(out, "example") && !strings.Contains(out, `"formula"`) {
			t.Errorf("%s: the target is there", name)
		}
		if strings.Contains(squeezed(out), squeezed(hexOf([]byte("example")))) {
			t.Errorf("%s: the target's bytes are there", name)
		}
	}
}
