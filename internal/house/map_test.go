package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"
)

// TestMap: each package stands in the house that ARCHITECTURE.md draws.
func TestMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	pkgs, _ := readTree(t)
	for _, p := range pkgs {
		name := regexp.QuoteMeta(path.Base(p.path)) + "/"
		if !regexp.MustCompile(`(?m)(^|[ /])` + name).Match(text) {
			t.Errorf("ARCHITECTURE.md: %s has no place in the house", p.path)
		}
	}
}
