package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestReadmeHasEveryFlag of decode.
func TestReadmeHasEveryFlag(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range decodeCommand(&Env{}).Flags {
		name := "`--" + f.Names()[0]
		if takesValue(f) {
			name += " "
		} else {
			name += "`"
		}
		if !strings.Contains(string(text), name) {
			t.Errorf("README.md has no %s", name)
		}
	}
}

func takesValue(f cli.Flag) bool { d, ok := f.(cli.DocGenerationFlag); return ok && d.TakesValue() }
