package house

import (
	"strings"
	"testing"
)

// mayImport is the direction of the imports within the module. The first
// pattern that matches a package counts; a package that none matches has no
// place yet and fails the test.
var mayImport = []struct {
	pkg string
	own []string
}{
	// The protocol knows nothing of captures, sessions or commands.
	{"codec/internal/gen", []string{"codec/..."}},
	{"codec/handshake", []string{"codec"}},
	{"codec/...", []string{"codec/..."}},

	// How text is broken into lines.
	{"inspect/internal/fit", nil},

	// The stages share the leaf. Those before the session do not know VMess.
	{"inspect/flow", nil},
	{"inspect/capture/...", []string{"inspect/capture/...", "inspect/flow"}},
	{"inspect/speech", []string{"inspect/flow"}},
	{"inspect/peel/...", []string{"inspect/peel/...", "inspect/speech", "inspect/flow"}},
	{"inspect/session/...", []string{"inspect/session/...", "inspect/speech", "inspect/flow", "codec/..."}},
	{"inspect/verdict/...", []string{"inspect/verdict/...", "inspect/session", "inspect/flow", "codec"}},
	{"inspect/report/...", []string{"inspect/report/...", "inspect/internal/fit", "inspect/verdict", "inspect/session", "inspect/capture", "inspect/flow", "codec/..."}},
	{"inspect", []string{"inspect/report", "inspect/verdict", "inspect/session", "inspect/peel", "inspect/capture", "inspect/flow", "codec/..."}},

	// A server's log is a witness for the verdicts, and knows no more than they.
	{"inspect/serverlog", []string{"inspect/verdict", "inspect/flow"}},

	// Configurations stand beside the stages.
	{"inspect/config/...", []string{"inspect/config/...", "codec"}},

	// What an implementer got wrong: the codec, and a second reading of the protocol.
	{"inspect/explain", []string{"codec"}},

	// Traffic that is made here, for tests and benchmarks, and vectors.
	{"inspect/build/...", []string{"inspect/capture", "inspect/flow", "codec/..."}},
	{"inspect/vectors/...", []string{"codec/..."}},

	// The command stands on all of it, and nothing stands on the command.
	{"inspect/cli/...", []string{
		"inspect/cli/...", "inspect", "inspect/internal/fit", "inspect/config", "inspect/config/users", "inspect/report", "inspect/report/inner", "inspect/verdict", "inspect/serverlog",
		"inspect/session", "inspect/peel", "inspect/capture", "inspect/flow", "codec/...",
		"inspect/build", "inspect/vectors", "inspect/explain",
	}},
	{"inspect/cmd/vmess", []string{"inspect/cli"}},

	// What a page gets, and how JavaScript calls it.
	{"wasm/api/...", []string{
		"inspect", "inspect/config/users", "inspect/report", "inspect/session", "inspect/capture", "inspect/flow", "codec/...",
	}},
	{"wasm/inspector", []string{"wasm/api/inspector", "inspect/capture", "inspect/flow"}},

	// Conformance reads what the command prints.
	{"internal/conformance", []string{"inspect/cli", "codec", "internal/corpus"}},
	{"internal/corpus", nil},

	// Damage holds the decoder to its promises on files that are broken.
	{"internal/damage", []string{"inspect", "inspect/peel", "inspect/report", "inspect/session", "inspect/capture", "codec", "internal/corpus"}},

	// Bench runs the command, and reads packets itself where that is what it measures.
	{"internal/bench", []string{"inspect/capture", "inspect/flow"}},
	{"internal/joindata", nil},
	{"internal/house", nil},
}

// onlyIn names the libraries that belong to one package, and the packages that
// check it.
var onlyIn = map[string][]string{
	"github.com/urfave/cli":         {"inspect/cli/..."},
	"github.com/klauspost/compress": {"inspect/cli/...", "internal/damage"},
	"github.com/tailscale/hujson":   {"inspect/config/..."},
	"golang.org/x/net":              {"inspect/peel/h2"},
}

func TestDirectionOfImports(t *testing.T) {
	tree, _ := readTree(t)
	for _, must := range []string{"codec", "inspect/flow"} {
		if tree[must] == nil {
			t.Errorf("package %s is missing: the rules would hold for nothing", must)
		}
	}
	for name, p := range tree {
		rule := -1
		for i, r := range mayImport {
			if match(r.pkg, name) {
				rule = i
				break
			}
		}
		if rule < 0 {
			t.Errorf("package %s has no rule: add to mayImport what it may import of ours", name)
			continue
		}
		for _, own := range p.own() {
			if !matchAny(mayImport[rule].own, own) {
				t.Errorf("%s imports %s (in %s); of ours it may import %v",
					name, own, strings.Join(p.imports[module+"/"+own], ", "), mayImport[rule].own)
			}
		}
	}
}

func TestLibrariesInOnePlace(t *testing.T) {
	tree, _ := readTree(t)
	for name, p := range tree {
		for imp, files := range p.imports {
			for lib, place := range onlyIn {
				if match(lib+"/...", imp) && !matchAny(place, name) {
					t.Errorf("%s imports %s (in %s); only %v may", name, imp, strings.Join(files, ", "), place)
				}
			}
		}
	}
}
