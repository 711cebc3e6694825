package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"vmesskit/internal/corpus"
)

const corpusDir = "../../testdata/captures"

// caseOf gives the case that a capture belongs to.
func caseOf(t *testing.T, file string) *corpus.Case {
	t.Helper()
	m, err := corpus.Read(filepath.Join(corpusDir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Cases {
		if slices.Contains(m.Cases[i].File, file) {
			return &m.Cases[i]
		}
	}
	t.Fatalf("the manifest has no %s", file)
	return nil
}

// usersOf gives the flags that name the users of a capture.
func usersOf(t *testing.T, file string) (flags []string) {
	t.Helper()
	for i, u := range caseOf(t, file).Users {
		flags = append(flags, "--id", fmt.Sprintf("%s %d user-%d", u.ID, u.AlterID, i+1))
	}
	return flags
}
