package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/internal/fit"
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
			Flow:   record("192.0.2.7:50123", "203.0.113.1:10086", 0, 1, s),
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
			Findings: []verdict.Finding{{Verdict: s, Client: s, User: s, Server: s, Sessions: []int{1}, Total: 1, What: s, Next: s, Sure: s}},
		}
		var b bytes.Buffer
		w := NewText(&b, TextOptions{Width: 100, Others: true})
		for _, err := range []error{
			w.Capture(&sum.Capture), w.Session(one), w.Other(&Other{Flow: one.Facts.Flow}), w.Summary(sum),
			Detail(&b, one, TextOptions{Secrets: true}),
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
		if got := shorten(c.s, c.n); got != c.want || fit.Cells(got) > c.n {
			t.Errorf("%q in %d: got %q, want %q", c.s, c.n, got, c.want)
		}
	}
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"[2001:db8:5::80]:8443", 21, "[2001:db8:5::80]:8443"},
		{"[2001:db8:5::80]:8443", 16, "[2001…::80]:8443"},
		{"[2001:db8:5::80]:8443", 10, "[2…0]:8443"},
		{"[2001:db8:5::80]:8443", 8, "[200…443"},
		{"udp www.example.test:53", 16, "udp ww…e.test:53"},
		{"nothing-with-a-port", 9, "noth…port"},
	} {
		if got := shortenEndpoint(c.s, c.n); got != c.want || fit.Cells(got) > c.n {
			t.Errorf("%q in %d: got %q, want %q", c.s, c.n, got, c.want)
		}
	}
	for n := range 14 {
		if got := cut("日本語日本語", n); fit.Cells(got) > n {
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
	for d, want := range map[time.Duration]string{
		0: "0 s", 850 * time.Microsecond: "850 µs", 999_400 * time.Microsecond: "999 ms", 999_600 * time.Microsecond: "1 s",
		3_840 * time.Millisecond: "3.8 s", 2 * time.Second: "2 s", 61 * time.Second: "1 min 1 s", 3_599_600 * time.Millisecond: "1 h 0 min",
		28*time.Hour + 13*time.Minute: "28 h 13 min",
	} {
		if got := lasting(0, flow.Time(d)); got != want {
			t.Errorf("lasting %v: got %s, want %s", d, got, want)
		}
	}
	long := []int{1, 3, 5, 7, 9, 11, 13, 15, 17, 18}
	for want, list := range map[string][]int{"": nil, "4": {4}, "1-3, 7": {1, 2, 3, 7}, "1, 3, 5, 7, 9, 11, 13, 15 and 2 more": long} {
		if got := ranges(list); got != want {
			t.Errorf("ranges(%d): got %q, want %q", list, got, want)
		}
	}
}

// TestColumnsOfATable: what no row says has no column, what is least useful
// goes first, and the verdict is whole as long as another column stands.
func TestColumnsOfATable(t *testing.T) {
	heads := func(width int, texts ...string) string {
		tab := table{columns: sessionColumns(), rows: 1}
		for i := range tab.columns {
			tab.columns[i].add(texts[i], plain)
		}
		var out []string
		for _, c := range tab.fit(width) {
			out = append(out, c.head)
			if c.head == "VERDICT" && c.width < fit.Cells(c.text[0]) {
				out[len(out)-1] = "cut"
			}
		}
		return strings.Join(out, " ")
	}
	full := []string{"1", "09:00:00", "192.0.2.7:50000", "192.0.2.1:443", "ws", "alice", "aead", "+0 s", "aes-128-gcm", "SMP",
		"[2001:db8:5::80]:8443", "1.0 kB", "2.0 kB", "not-vmess: fewer than 16 bytes"}
	silent := []string{"1", "09:00:00", "192.0.2.7:50000", "192.0.2.1:443", "", "", "", "", "", "", "", "", "", "not-vmess: fewer than 16 bytes"}
	for _, c := range []struct {
		width int
		row   []string
		want  string
	}{
		{0, full, "# TIME CLIENT SERVER VIA USER HEADER SKEW SECURITY OPTIONS TARGET UP DOWN VERDICT"},
		{0, silent, "# TIME CLIENT SERVER VERDICT"},
		{120, full, "# CLIENT SERVER VIA USER TARGET UP DOWN VERDICT"},
		{80, full, "# CLIENT VIA USER TARGET VERDICT"},
		{80, silent, "# TIME CLIENT SERVER VERDICT"},
		{60, full, "# CLIENT USER VERDICT"},
		{40, full, "# CLIENT cut"},
	} {
		if got := heads(c.width, c.row...); got != c.want {
			t.Errorf("in %d columns: got %s, want %s", c.width, got, c.want)
		}
	}
}

// TestHeadingOfTheTable: what all sessions have in common stands above them, and of
// servers at one address the ports stay in the column.
func TestHeadingOfTheTable(t *testing.T) {
	to := func(client, server string, wrapping ...string) Session {
		return Session{Facts: &session.Facts{Flow: record(client, server, 0, time.Second, append(wrapping, "vmess")...)}}
	}
	for _, c := range []struct {
		list    []Session
		words   string
		servers [2]string
		via     [2]string
	}{
		{[]Session{to("192.0.2.7:1", "203.0.113.1:443", "tls1.3", "ws"), to("192.0.2.7:2", "203.0.113.1:443", "tls1.3", "ws")},
			"at 203.0.113.1:443, via tls1.3/ws, 2026-07-17, times in UTC", [2]string{}, [2]string{}},
		{[]Session{to("192.0.2.7:1", "203.0.113.1:443"), to("192.0.2.7:2", "203.0.113.1:80", "ws")},
			"at 203.0.113.1, 2026-07-17, times in UTC", [2]string{":443", ":80"}, [2]string{"tcp", "ws"}},
		{[]Session{to("192.0.2.7:1", "203.0.113.1:443"), to("192.0.2.7:2", "[2001:db8::1]:443")},
			"2026-07-17, times in UTC", [2]string{"203.0.113.1:443", "[2001:db8::1]:443"}, [2]string{}},
		{[]Session{to("192.0.2.7:1", "[2001:db8::1]:443"), to("192.0.2.7:2", "[2001:db8::1]:80")},
			"at [2001:db8::1], 2026-07-17, times in UTC", [2]string{":443", ":80"}, [2]string{}},
	} {
		rows, h := sessionRows(c.list)
		if got := h.words(true); got != c.words {
			t.Errorf("got %q, want %q", got, c.words)
		}
		if got := h.words(false) + ", times in UTC"; got != c.words {
			t.Errorf("without times: %q", h.words(false))
		}
		for i := range rows {
			if s, v := rows[i][colServer].text, rows[i][colVia].text; s != c.servers[i] || v != c.via[i] {
				t.Errorf("%s, row %d: got %q and %q, want %q and %q", c.words, i, s, v, c.servers[i], c.via[i])
			}
		}
	}
}

// TestPlaintextWithPieces: both parts of a direction with a hole are told.
func TestPlaintextWithPieces(t *testing.T) {
	with := func(front int64, pieces ...int64) *session.Stream {
		s := &session.Stream{Opened: true, Bytes: front}
		for _, n := range pieces {
			s.Pieces = append(s.Pieces, session.Piece{Bytes: n})
		}
		return s
	}
	for want, s := range map[string]*session.Stream{
		"": {}, "22.0 kB": with(22_036), "22.0+34.0 kB": with(22_036, 30_000, 4_032), "0+3.9 kB": with(0, 3_890),
		"700 B+3.9 kB": with(700, 3_890), "7+9 B": with(7, 9), "2.0 kB+0 B": with(2_000, 0),
	} {
		if got := plaintext(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSilence: of a direction without bytes it is said whether anybody could see them.
func TestSilence(t *testing.T) {
	open, shut := &flow.Layer{Name: "tls1.3"}, &flow.Layer{Name: "tls1.3"}
	shut.Stop(flow.NoKeys, "no secrets")
	for want, layers := range map[string][]*flow.Layer{
		"nothing on the wire": nil, "nothing inside the wrapping": {open}, "nothing inside the wrapping was opened": {open, shut},
	} {
		r := record("192.0.2.7:1", "203.0.113.1:443", 0, time.Second)
		for _, l := range layers {
			r.Add(l)
		}
		if got := silence(r); got != want {
			t.Errorf("%d layers: got %q, want %q", len(layers), got, want)
		}
	}
}

func TestDamage(t *testing.T) {
	for want, f := range map[string]capture.File{
		"": {Name: "a", Format: "pcap", Packets: 3},
		"a: ends early; the 2,000 packets before it were read": {Name: "a", Format: "pcap", Packets: 2000, Problem: "ends early"},
		"a: ends early; the packet before it was read":         {Name: "a", Format: "pcap", Packets: 1, Problem: "a: ends early"},
		"a: ends early; no packet could be read":               {Name: "a", Format: "pcap", Problem: "a: ends early"},
		"a: is no capture; the file was left out":              {Name: "a", Problem: "is no capture"},
	} {
		if got := Damage(&f); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
