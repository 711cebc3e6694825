package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// TestNothingIsWiderThanTheTerminal, whatever there is to say.
func TestNothingIsWiderThanTheTerminal(t *testing.T) {
	traces := map[string]*codec.Trace{"odd": oddTrace(t)}
	for name, c := range talks() {
		traces[name] = c.trace(t)
	}
	for width := 40; width <= 200; width++ {
		var b bytes.Buffer
		if err := tell(NewText(&b, TextOptions{Width: width, Others: true})); err != nil {
			t.Fatal(err)
		}
		if err := details(&b, TextOptions{Width: width, Secrets: true}); err != nil {
			t.Fatal(err)
		}
		for _, tr := range traces {
			if err := Tree(&b, tr, TreeOptions{Width: max(width, 60)}); err != nil {
				t.Fatal(err)
			}
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > max(width, 60) {
				t.Errorf("in %d columns a line takes %d: %s", width, n, line)
			}
			if line != strings.TrimRight(line, " ") {
				t.Errorf("blanks at the end of %q", line)
			}
		}
	}
}

// TestColourChangesNoText: without its sequences, coloured text is the plain
// one.
func TestColourChangesNoText(t *testing.T) {
	var plain, coloured bytes.Buffer
	for o, b := range map[bool]*bytes.Buffer{false: &plain, true: &coloured} {
		if err := tell(NewText(b, TextOptions{Width: 100, Color: o, Others: true})); err != nil {
			t.Fatal(err)
		}
		if err := details(b, TextOptions{Width: 100, Color: o}); err != nil {
			t.Fatal(err)
		}
		if err := Tree(b, oddTrace(t), TreeOptions{Width: 100, Color: o}); err != nil {
			t.Fatal(err)
		}
	}
	stripped := coloured.String()
	for {
		at := strings.Index(stripped, "\x1b[")
		if at < 0 {
			break
		}
		end := strings.IndexByte(stripped[at:], 'm')
		stripped = stripped[:at] + stripped[at+end+1:]
	}
	if stripped != plain.String() {
		t.Errorf("got\n%s\nwant\n%s", stripped, plain.String())
	}
}

// TestHostileNames puts awkward strings wherever a peer, a file or a
// configuration can: none reaches the terminal.
func TestHostileNames(t *testing.T) {
	for _, s := range awkward() {
		if len(s) > 1000 {
			s = s[:1000]
		}
		one := &Session{Index: 1, User: s, ID: s, Facts: &session.Facts{
			Flow:   record("192.0.2.7:50123", "203.0.113.1:10086", 0, 1, "tcp", s),
			Auth:   &session.Auth{Scheme: codec.AEAD},
			Header: &session.Header{Target: s, Command: codec.CommandTCP, Oddities: []string{s}},
			Faults: []session.Fault{{Where: s, Text: s}}, Announced: &session.Announced{Host: s},
			Up: session.Stream{Opened: true, End: s},
		}, Verdict: verdict.Verdict{ID: "corrupt", Reason: s, Evidence: verdict.Evidence{{Key: "where", Value: s}, {Key: s, Value: []string{s}}}}}
		one.Facts.Flow.Limit = s
		one.Facts.Flow.Speaks[flow.A] = flow.Speech{Protocol: s, Detail: s}
		sum := &Summary{
			Capture:  capture.Summary{Packets: 1, Files: []capture.File{{Name: s, Problem: s}}},
			Sessions: 1, Verdicts: []Count{{s, 1}}, Limits: []string{s},
			Findings: []verdict.Finding{{Verdict: s, Client: s, User: s, Server: s, Sessions: []int{1}, What: s, Next: s, Sure: s}},
		}
		var b bytes.Buffer
		w := NewText(&b, TextOptions{Width: 100, Others: true})
		for _, err := range []error{
			w.Capture(&sum.Capture), w.Session(one), w.Other(&Other{Flow: one.Facts.Flow}), w.Summary(sum),
			Detail(&b, one, sum.Findings, TextOptions{Secrets: true}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range b.String() {
			if r == utf8.RuneError && !strings.ContainsRune(s, r) || r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x202e || r == 0x200b {
				t.Errorf("%q: %U is printed", s, r)
				break
			}
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"www.example.test:443", 20, "www.example.test:443"},
		{"www.example.test:443", 11, "www.e…t:443"},
		{"www.example.test:443", 2, "w…"},
		{"www.example.test:443", 1, "…"},
		{"www.example.test:443", 0, ""},
		{"日本語日本語", 7, "日…本語"},
	} {
		if got := shorten(c.s, c.n); got != c.want || cells(got) > c.n {
			t.Errorf("%q in %d: got %q, want %q", c.s, c.n, got, c.want)
		}
	}
	for n := range 14 {
		if got := cut("日本語日本語", n); cells(got) > n {
			t.Errorf("cut to %d: %q", n, got)
		}
	}
}

func TestUnits(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 12_345: "12.3 kB", 999_949: "999.9 kB", 999_950: "1.0 MB",
		1_284_112: "1.3 MB", 9_223_372_036_854_775_807: "9.2 EB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d): got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123"} {
		if got := count(n); got != want {
			t.Errorf("count(%d): got %s, want %s", n, got, want)
		}
	}
	long := []int{1, 3, 5, 7, 9, 11, 13, 15, 17, 18}
	for want, list := range map[string][]int{"": nil, "4": {4}, "1-3, 7": {1, 2, 3, 7}, "1, 3, 5, 7, 9, 11, 13, 15 and 2 more": long} {
		if got := ranges(list); got != want {
			t.Errorf("ranges(%d): got %q, want %q", list, got, want)
		}
	}
}
