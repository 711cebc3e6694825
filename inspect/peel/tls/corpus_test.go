package tls

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// TestCorpus opens every capture that has TLS in it, and compares with what is
// known of each connection. TestTshark compares the bytes.
func TestCorpus(t *testing.T) {
	files := tlsCaptures(t)
	var b strings.Builder
	for _, file := range slices.Sorted(maps.Keys(files)) {
		for i, in := range readCapture(t, file, files[file]) {
			fmt.Fprintf(&b, "%s %d: %s", filepath.Base(file), i, in)
		}
	}
	const golden = "testdata/corpus.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, golden)), b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
