package house

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// portable lists what has to build for WebAssembly, in the browser and under
// WASI. The first two must exist; the others are built as soon as they do.
var portable = []string{
	"codec/...",
	"inspect/flow",
	"inspect/capture/...",
	"inspect/peel/...",
	"inspect/session/...",
	"inspect/verdict/...",
	"inspect/report/...",
	"inspect",
	"inspect/config/...",
	"inspect/build/...",
	"inspect/vectors/...",
	"inspect/explain",
}

const portableMust = 2

// inspectorWithout lists what the inspector must not drag into the page: each
// would add a tenth or more to the WebAssembly.
var inspectorWithout = []string{
	"crypto/tls",
	"encoding/json",
	"github.com/google/uuid",
	"github.com/klauspost/compress/...",
	"html/template",
	"net/http/...",
}

// runGo runs the go command in the module for another target.
func runGo(t *testing.T, goos string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=wasm", "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("GOOS=%s GOARCH=wasm go %s: %v\n%s", goos, strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

func TestBuildsForWebAssembly(t *testing.T) {
	tree, _ := readTree(t)
	var there []string
	for i, pattern := range portable {
		n := 0
		for name, p := range tree {
			if match(pattern, name) && !matchAny(codecTools, name) {
				there = append(there, "./"+p.path)
				n++
			}
		}
		if n == 0 && i < portableMust {
			t.Errorf("nothing matches %s", pattern)
		}
	}
	slices.Sort(there)
	for _, goos := range []string{"js", "wasip1"} {
		t.Run(goos, func(t *testing.T) {
			runGo(t, goos, append([]string{"build"}, there...)...)
		})
	}
}

func TestInspectorStaysSmall(t *testing.T) {
	tree, _ := readTree(t)
	if tree["inspect"] == nil {
		t.Fatal("package inspect is missing, so that its dependencies cannot be checked")
	}
	deps := strings.Fields(runGo(t, "js", "list", "-deps", "./inspect"))
	if !slices.Contains(deps, module+"/codec") {
		t.Errorf("inspect does not depend on the codec; is the list right? %d packages", len(deps))
	}
	for _, dep := range deps {
		if matchAny(inspectorWithout, dep) {
			t.Errorf("inspect depends on %s", dep)
		}
	}
}

// TestExplainStaysSmall: the page has it besides the inspector, so that it must
// not bring anything that formats by reflection.
func TestExplainStaysSmall(t *testing.T) {
	for _, dep := range strings.Fields(runGo(t, "js", "list", "-deps", "./inspect/explain")) {
		if matchAny(append([]string{"text/template", "regexp"}, inspectorWithout...), dep) {
			t.Errorf("inspect/explain depends on %s", dep)
		}
	}
}
