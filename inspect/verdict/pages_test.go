package verdict_test

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
	"vmesskit/internal/corpus"
)

const captures = "../../testdata/captures"

// page is a verdict's documentation, cut at its headings.
type page struct {
	kind     *verdict.Kind
	lines    []string
	intro    string
	sections map[string]string
}

var sections = []string{"How it comes about", "What to do", "Evidence", "Capture"}

func readPages(t *testing.T) map[string]*page {
	t.Helper()
	pages := make(map[string]*page)
	for _, k := range verdict.Kinds() {
		p := &page{kind: k, lines: strings.Split(strings.TrimSuffix(k.Page(), "\n"), "\n"), sections: map[string]string{}}
		parts := strings.Split(k.Page(), "\n## ")
		var titles []string
		for i, part := range parts {
			title, text, _ := strings.Cut(part, "\n")
			text = strings.TrimSpace(text)
			if i == 0 {
				p.intro = text
				continue
			}
			titles = append(titles, title)
			p.sections[title] = text
		}
		if p.lines[0] != "# "+k.ID {
			t.Errorf("%s: the page begins with %q", k.ID, p.lines[0])
		}
		if !slices.Equal(titles, sections) {
			t.Errorf("%s: sections %q, want %q", k.ID, titles, sections)
		}
		pages[k.ID] = p
	}
	return pages
}

// TestPages holds the form of the pages.
func TestPages(t *testing.T) {
	step := regexp.MustCompile(`(?m)^\d\. `)
	for id, p := range readPages(t) {
		if n := len(p.lines); n < 15 || n > 45 {
			t.Errorf("%s: %d lines, want 15 to 45", id, n)
		}
		if p.intro == "" || strings.Contains(p.intro, "\n\n") {
			t.Errorf("%s: want one paragraph of what it means, got %q", id, p.intro)
		}
		for title, text := range p.sections {
			if text == "" {
				t.Errorf("%s: %s is empty", id, title)
			}
		}
		if !step.MatchString(p.sections["What to do"]) {
			t.Errorf("%s: what to do has no steps", id)
		}
		for i, l := range p.lines {
			if len(l) > 112 || strings.TrimRight(l, " \t") != l {
				t.Errorf("%s:%d: too long, or spaces at its end", id, i+1)
			}
			if strings.Contains(l, "../") {
				t.Errorf("%s:%d: points out of the repository: %s", id, i+1, l)
			}
		}
		if !strings.Contains(p.sections["How it comes about"], "v2ray") && !strings.Contains(p.sections["How it comes about"], "rogram") {
			t.Errorf("%s: how it comes about names no program", id)
		}
	}
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) != len(verdict.Kinds()) {
		t.Errorf("%d pages for %d verdicts (%v)", len(files), len(verdict.Kinds()), err)
	}
}

// names reports whether the page's evidence section explains a key.
func (p *page) names(key string) bool { return strings.Contains(p.sections["Evidence"], "`"+key+"`") }

func (p *page) checkEvidence(t *testing.T, where string, e verdict.Evidence) {
	t.Helper()
	for _, i := range e {
		if !p.names(i.Key) {
			t.Errorf("%s: %s has evidence %q, which the page does not explain", where, p.kind.ID, i.Key)
		}
		switch v := i.Value.(type) {
		case verdict.Evidence:
			p.checkEvidence(t, where, v)
		case []verdict.Evidence:
			for _, e := range v {
				p.checkEvidence(t, where, e)
			}
		}
	}
}

// keep is a report.Writer that keeps the verdicts.
type keep []verdict.Verdict

func (k *keep) Capture(*capture.Summary) error { return nil }
func (k *keep) Other(*report.Other) error      { return nil }
func (k *keep) Summary(*report.Summary) error  { return nil }
func (k *keep) Session(s *report.Session) error {
	*k = append(*k, s.Verdict)
	return nil
}

// searchBudget is enough to find the clocks that are wrong in the corpus.
const searchBudget = 400_000

// decode judges the sessions of a case.
func decode(t *testing.T, folder string, c *corpus.Case) keep {
	t.Helper()
	var inputs []capture.Input
	for _, name := range c.File {
		inputs = append(inputs, capture.Input{Name: name, Open: func() (io.ReadCloser, error) {
			return os.Open(filepath.Join(folder, name))
		}})
	}
	var accounts []session.Account
	for _, u := range c.Users {
		id, err := codec.ParseID(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, session.Account{Account: codec.Account{ID: id, AlterIDs: u.AlterID}})
	}
	o := inspect.Options{Accounts: accounts, NoHash: true, Budget: searchBudget, Unpack: map[string]func(io.Reader) (io.Reader, error){
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}}
	o.Keys, o.Limits = peel.NewKeyLog(), flow.DefaultLimits()
	if c.Transport.KeyLog != "" {
		text, err := os.ReadFile(filepath.Join(folder, c.Transport.KeyLog))
		if err != nil {
			t.Fatal(err)
		}
		o.Keys.Read(text)
	}
	if seed := c.Transport.Server.Seed; seed != "" {
		o.Seeds = []string{seed}
	}
	if c.Limited != nil {
		o.Limits.Reorder = 4 << 10
	}
	var k keep
	if _, err := inspect.Decode(inputs, o, &k); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return k
}

// TestPagesOverTheCorpus holds that pages explain all the evidence that the
// captures give rise to, and that the capture a page names shows its verdict.
func TestPagesOverTheCorpus(t *testing.T) {
	pages := readPages(t)
	shown := map[string][]string{} // verdicts by file
	for _, folder := range []string{captures, captures + "-own"} {
		m, err := corpus.Read(filepath.Join(folder, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Cases {
			c := &m.Cases[i]
			for _, v := range decode(t, folder, c) {
				pages[v.ID].checkEvidence(t, c.Name, v.Evidence)
				for _, f := range c.File {
					shown[f] = append(shown[f], v.ID)
				}
			}
		}
	}
	for id, p := range pages {
		name := strings.Trim(p.sections["Capture"], "`")
		some := false
		for _, ids := range shown {
			some = some || slices.Contains(ids, id)
		}
		switch {
		case strings.HasPrefix(name, "none: "):
			if some {
				t.Errorf("%s: there is a capture of it by now", id)
			}
		case !slices.Contains(shown[name], id):
			t.Errorf("%s: the capture %q shows %v", id, name, shown[name])
		}
	}
}
