package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "vmesskit"
)

// pkg is one folder with Go files, under all build constraints at once.
type pkg struct {
	path    string               // below the module, "codec/mux"
	files   map[string]*ast.File // without tests, by path below the module
	imports map[string][]string  // what they import, and which files do
}

// own gives the imports that are packages of this module, without its name.
func (p *pkg) own() []string {
	var own []string
	for name := range p.imports {
		if rest, ok := strings.CutPrefix(name, module+"/"); ok {
			own = append(own, rest)
		}
	}
	slices.Sort(own)
	return own
}

// readTree parses the module's Go files itself. `go list` would apply the
// build constraints of this machine, and files that only a child process reads
// are not seen by the cache of test results.
func readTree(t *testing.T) (map[string]*pkg, *token.FileSet) {
	t.Helper()
	set := token.NewFileSet()
	tree := map[string]*pkg{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			return skipDir(file, rel, d.Name())
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(rel)
		p := tree[dir]
		if p == nil {
			p = &pkg{path: dir, files: map[string]*ast.File{}, imports: map[string][]string{}}
			tree[dir] = p
		}
		p.files[rel] = f
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			p.imports[name] = append(p.imports[name], rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree, set
}

// skipDir leaves out what the go command leaves out: hidden folders, testdata,
// and folders that are a module of their own.
func skipDir(file, rel, name string) error {
	if rel == "." {
		return nil
	}
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

// match is the go command's idea of a pattern: "codec/..." is codec and all
// below it.
func match(pattern, name string) bool {
	prefix, below := strings.CutSuffix(pattern, "/...")
	return name == prefix || below && strings.HasPrefix(name, prefix+"/")
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, name) })
}
