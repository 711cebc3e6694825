package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// codecMayImport is everything that the packages of the codec import from
// outside the module. There is no clock, randomness, network, file, process,
// logging or reflection in it, and no package that formats text by
// reflection: bytes in, bytes out.
var codecMayImport = map[string][]string{
	"codec": {
		"bytes", "crypto/aes", "crypto/cipher", "crypto/hmac", "crypto/md5", "crypto/sha1", "crypto/sha256", "crypto/sha3",
		"crypto/subtle", "encoding", "encoding/binary", "errors", "golang.org/x/crypto/chacha20poly1305", "hash", "hash/crc32",
		"hash/fnv", "io", "math/bits", "net/netip", "slices", "strconv", "strings", "sync",
	},
	"codec/internal/wire": {
		"bytes", "encoding/binary", "errors", "net/netip", "slices", "strconv", "strings",
	},
	"codec/handshake": {
		"crypto/hmac", "crypto/sha256", "encoding/binary", "errors", "math", "strconv", "sync",
	},
	"codec/mux": {
		"bytes", "encoding/binary", "errors", "io", "net/netip", "slices", "strconv", "strings",
	},
}

// A generator is a program that runs on a developer's machine; nothing in the
// codec imports it.
var codecTools = []string{"codec/internal/gen"}

func codecPackages(t *testing.T, tree map[string]*pkg) []*pkg {
	t.Helper()
	var out []*pkg
	for name, p := range tree {
		if match("codec/...", name) && !matchAny(codecTools, name) {
			out = append(out, p)
		}
	}
	if !slices.ContainsFunc(out, func(p *pkg) bool { return p.path == "codec" }) {
		t.Fatal("package codec is missing: nothing would be checked")
	}
	return out
}

func TestCodecImports(t *testing.T) {
	tree, _ := readTree(t)
	for _, p := range codecPackages(t, tree) {
		may, ok := codecMayImport[p.path]
		if !ok {
			t.Errorf("package %s has no list of imports in codecMayImport", p.path)
			continue
		}
		for imp, files := range p.imports {
			if !strings.HasPrefix(imp, module+"/") && !slices.Contains(may, imp) {
				t.Errorf("%s imports %q (in %s), which is not on its list", p.path, imp, strings.Join(files, ", "))
			}
			for _, tool := range codecTools {
				if imp == module+"/"+tool {
					t.Errorf("%s imports the generator %s", p.path, tool)
				}
			}
		}
	}
}

func TestCodecStartsNothingAndPrintsNothing(t *testing.T) {
	tree, set := readTree(t)
	for _, p := range codecPackages(t, tree) {
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s: a go statement", set.Position(n.Pos()))
				case *ast.CallExpr:
					if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
						t.Errorf("%s: a call of %s", set.Position(n.Pos()), id.Name)
					}
				}
				return true
			})
		}
	}
}
