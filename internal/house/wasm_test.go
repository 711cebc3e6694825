package house

import (
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
