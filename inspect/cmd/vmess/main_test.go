package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"vmess": main}) }

// TestProcess runs the command as a process: what it does there that package
// cli's own tests cannot see.
func TestProcess(t *testing.T) {
	captures, err := filepath.Abs("../../../testdata/captures")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("CAPTURES", captures)
			return nil
		},
	})
}
