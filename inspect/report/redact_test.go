package report

import (
	"bytes"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
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
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := r.text("[2001:db8::1]:53 and 2001:db8::1"); got != "host-2.example:53 and host-2.example" {
		t.Errorf("IPv6: got %q", got)
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
		{Key: "suite", Value: "TLS_AES_128_GCM_SHA256"}, {Key: "sni", Value: "www.example.test"}, {Key: "path", Value: "/tide"},
		{Key: "user_agent", Value: "something"}, {Key: "source", Value: "192.0.2.7:50123"}, {Key: "unheard_of", Value: "a value"},
	}
	var got []string
	for _, f := range NewRedactor(nil).Session(s).Facts.Flow.Layers[0].Facts {
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
