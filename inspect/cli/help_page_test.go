package cli

import (
	"strings"
	"testing"

	"vmesskit/inspect/internal/fit"
	"vmesskit/inspect/verdict"
)

// TestPagesFit: the page of a verdict has its words, fits the terminal, and nothing
// of Markdown is left in it.
func TestPagesFit(t *testing.T) {
	bare := func(s string) string {
		return strings.Join(strings.Fields(strings.NewReplacer("`", "", "#", "", `"`, "").Replace(s)), " ")
	}
	for _, k := range verdict.Kinds() {
		for _, width := range []int{60, 80, 100} {
			p := &page{width: width}
			p.markdown(k.Page())
			got := p.b.String()
			if bare(got) != bare(k.Page()) {
				t.Errorf("%s in %d columns lacks words:\n%s", k.ID, width, got)
			}
			for l := range strings.Lines(got) {
				l = strings.TrimSuffix(l, "\n")
				if fit.Cells(l) > width && strings.Contains(strings.TrimSpace(l), " ") || strings.ContainsRune(l, '`') || strings.HasPrefix(l, "#") {
					t.Errorf("%s in %d columns: %s", k.ID, width, l)
				}
			}
		}
	}
}

// TestPageIsSet: lines of a paragraph and of an item are joined and broken anew.
func TestPageIsSet(t *testing.T) {
	p := &page{width: 24}
	p.markdown("# gap\n\nOne line,\nand `another` one.\n\n## What to do\n\n1. Read\n   the log of `two words`.\n2. Or\n- so on and on and on and on.\n")
	want := "gap\n\nOne line, and another\none.\n\nWhat to do\n\n1. Read the log of \"two\n   words\".\n2. Or\n- so on and on and on\n  and on.\n"
	if got := p.b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
