package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// samplePage is a page with a detail for each of the samples.
func samplePage(t *testing.T) *HTMLPage {
	t.Helper()
	p := &HTMLPage{Sessions: sampleSessions(), Summary: sampleSummary(), Details: map[int]*HTMLDetail{}}
	talks := talks()
	names := []string{}
	for name := range talks {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, s := range p.Sessions {
		line := NewTimeline(s.Facts)
		line.Header(codec.Up, s.Facts.Flow.Start)
		for n := range flow.Time(100) {
			line.Data(&session.Carried{From: codec.Direction(n % 2), At: s.Facts.Flow.Start + n*flow.Time(time.Millisecond), Data: make([]byte, 1<<(n%14))})
			line.Hole(codec.Down, s.Facts.Flow.Start+n)
		}
		line.Close(codec.Up, session.NoSub, s.Facts.Flow.End+1, flow.RST)
		c := talks[names[i%len(names)]]
		p.Details[s.Index] = &HTMLDetail{Timeline: line, Trace: c.trace(t)}
	}
	return p
}

func pageOf(t *testing.T, p *HTMLPage, o HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var htmlTag = regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)([^<>]*)>`)

// htmlActive is an attribute that a page without script and network does not need.
var htmlActive = regexp.MustCompile(`\s((on[a-z]+|style|src|action)=|href="[^#])`)

// wantBalanced reads the page's tags: each is one of those that the page uses, in
// its order, and no text has a bracket of its own.
func wantBalanced(t *testing.T, page string) {
	t.Helper()
	known := strings.Fields("html head meta title style body main h1 h2 p ol li div table thead tbody tr th td a details summary span figure svg g rect figcaption dl dt dd br code")
	void := []string{"meta", "br", "rect"}
	var open []string
	for _, m := range htmlTag.FindAllStringSubmatch(strings.TrimPrefix(page, "<!DOCTYPE html>"), -1) {
		switch name := m[2]; {
		case !slices.Contains(known, name):
			t.Fatalf("the page has <%s>", name)
		case htmlActive.MatchString(m[3]):
			t.Fatalf("the page has %s", m[0])
		case slices.Contains(void, name):
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("</%s> closes %v", name, open)
		default:
			open = open[:len(open)-1]
		}
	}
	rest := htmlTag.ReplaceAllString(strings.TrimPrefix(page, "<!DOCTYPE html>"), "")
	rest = strings.Replace(rest, htmlStyle, "", 1)
	if len(open) > 0 || strings.ContainsAny(rest, "<>") {
		t.Errorf("%v stay open; brackets in texts: %v", open, strings.ContainsAny(rest, "<>"))
	}
}

func TestHTML(t *testing.T) {
	p := samplePage(t)
	page := pageOf(t, p, HTMLOptions{Users: 3})
	wantBalanced(t, page)
	sum := sha256.Sum256([]byte(htmlStyle))
	for _, want := range []string{
		"default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		"<style>" + htmlStyle + "</style>", "prefers-color-scheme:dark", "width=device-width",
		`<a href="#s1">1</a>`, `<details class="session" id="s8">`, "down 10.0+73.0 kB", `class="extra spare"`, "A timeline has bars", "www.example.test:443", "clock-skew +600 s", "marks more",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, id := range []string{aliceID, bobID} {
		if strings.Contains(squeezed(page), squeezed(id)) {
			t.Error("the page shows an id")
		}
	}
	for name, c := range talks() {
		for what, secret := range secretsOf(t, c.trace(t), &c) {
			if len(secret) <= 16 && strings.Contains(squeezed(page), squeezed(hexOf(secret))) {
				t.Errorf("the page shows %s of %s", what, name)
			}
		}
	}
	if shown := pageOf(t, p, HTMLOptions{Users: 3, Secrets: true}); !strings.Contains(shown, markSecrets) || !strings.Contains(shown, aliceID) {
		t.Error("a page with secrets lacks them, or does not say so")
	}
}

func hexOf(b []byte) string { return string(appendHex(nil, b, nil, "")) }

// TestHTMLOfHostileNames: nothing that others chose is markup or control.
func TestHTMLOfHostileNames(t *testing.T) {
	const hostile = `"><script>alert('x')</script>&amp;` + "\x1b]0;\x07\x00\u202e"
	p := samplePage(t)
	for _, s := range p.Sessions {
		s.User, s.Verdict.Reason = hostile, hostile
		if s.Facts.Header != nil {
			s.Facts.Header.Target = hostile
		}
	}
	for i := range p.Summary.Findings {
		p.Summary.Findings[i].What, p.Summary.Findings[i].User = hostile, hostile
	}
	p.Summary.Capture.Files[0].Name = hostile
	page := pageOf(t, p, HTMLOptions{Users: 1})
	wantBalanced(t, page)
	if strings.ContainsAny(page, "\x1b\x07\x00\u202e") || !strings.Contains(page, "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;") {
		t.Error("a hostile name is not as it should be")
	}
}

// TestHTMLIsBounded: of many sessions the table has the first, and says so.
func TestHTMLIsBounded(t *testing.T) {
	p := samplePage(t)
	one := p.Sessions[0]
	p.Sessions = nil
	for i := range HTMLRows + 5 {
		s := *one
		s.Index = i + 1
		p.Sessions = append(p.Sessions, &s)
	}
	page := pageOf(t, p, HTMLOptions{Users: 1})
	wantBalanced(t, page)
	if n := strings.Count(page, "<tr>"); n != HTMLRows+1 || !strings.Contains(page, "And 5 sessions more") || !strings.Contains(page, "of 2,005 sessions, the first "+strconv.Itoa(len(p.Details))+" are here") {
		t.Errorf("%d rows", n)
	}
	bad := HTML(failing{}, p, HTMLOptions{})
	if bad == nil {
		t.Error("the error of a full disk is gone")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

// TestTimeline: every byte is in its part of the time, and the bars are as tall as
// there is room for.
func TestTimeline(t *testing.T) {
	f := &session.Facts{Flow: &flow.Record{Start: 1000, End: 1000 + 240*10}}
	line := NewTimeline(f)
	for i := range timelineBins {
		line.Data(&session.Carried{From: codec.Up, At: flow.Time(1000 + 10*i + 5), Data: make([]byte, i)})
	}
	line.Data(&session.Carried{From: codec.Down, At: 900, Data: make([]byte, 1<<20)})
	line.Data(&session.Carried{From: codec.Down, At: 9999, Data: make([]byte, 1)})
	for i, n := range line.bins[codec.Up] {
		if n != int64(i) {
			t.Fatalf("part %d has %d bytes", i, n)
		}
	}
	if down := line.bins[codec.Down]; down[0] != 1<<20 || down[timelineBins-1] != 1 {
		t.Errorf("got %v", down)
	}
	if tall(1<<20, line.most()) != lineHalf || tall(1, line.most()) != 3 || tall(1, 1) < 3 {
		t.Errorf("heights: %d, %d, %d", tall(1<<20, line.most()), tall(1, line.most()), tall(1, 1))
	}
}
