package house

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// bridge is where Go meets JavaScript. Everything else is ordinary Go, which
// can be tested without a browser.
const bridge = "wasm/inspector"

func TestOnlyTheBridgeMentionsJavaScript(t *testing.T) {
	tree, _ := readTree(t)
	if tree[bridge] == nil {
		t.Fatalf("package %s is missing: nothing would be checked", bridge)
	}
	for name, p := range tree {
		for _, file := range p.imports["syscall/js"] {
			if name != bridge || !strings.HasSuffix(file, "_js.go") {
				t.Errorf("%s imports syscall/js; only %s/*_js.go may", file, bridge)
			}
		}
	}
}

func TestBridgeBuildsForTheBrowser(t *testing.T) {
	runGo(t, "js", "build", "-o", t.TempDir()+"/inspector.wasm", "./"+bridge)
	runGo(t, "wasip1", "build", "./wasm/api/...")
}

// TestInspectorModuleStaysSmall asks for what is linked, which is more than
// inspect itself. `make size` weighs it.
func TestInspectorModuleStaysSmall(t *testing.T) {
	deps := strings.Fields(runGo(t, "js", "list", "-deps", "./"+bridge))
	if !slices.Contains(deps, module+"/inspect") {
		t.Errorf("%s does not depend on inspect; is the list right? %d packages", bridge, len(deps))
	}
	for _, dep := range deps {
		if matchAny(inspectorWithout, dep) {
			t.Errorf("%s depends on %s", bridge, dep)
		}
	}
}

// TestInspectorDoesNotFormat: packages may import fmt, as many of the library's do,
// but nothing that stays in the module may call it. With reflection it is a
// twentieth of the module.
func TestInspectorDoesNotFormat(t *testing.T) {
	cmd := exec.Command("go", "build", "-ldflags=-dumpdep", "-o", t.TempDir()+"/inspector.wasm", "./"+bridge)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	edges := 0
	for line := range strings.Lines(string(out)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " -> ")
		if !ok {
			continue
		}
		edges++
		if to == "fmt.Sprintf" || to == "fmt.Errorf" || strings.HasPrefix(to, "fmt.Fprint") || strings.HasPrefix(to, "fmt.Sprint") {
			t.Errorf("%s calls %s", from, to)
		}
	}
	if edges < 10000 {
		t.Errorf("the linker told %d references; would it tell those to fmt?", edges)
	}
}
