package main

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// Types that need no example of their own, and why not.
var withoutExample = map[string]map[string]string{
	"codec": {
		"AddrType":        words,
		"Command":         words,
		"Direction":       words,
		"Form":            words,
		"Kind":            words,
		"ResponseCommand": words,
		"Scheme":          words,
		"Security":        words,
		"Span":            "in the example of Trace",
	},
	"mux": {
		"Ender":    words,
		"Network":  words,
		"Option":   words,
		"Status":   words,
		"Delivery": "in the example of Sessions",
		"Flow":     "in the example of Sessions",
		"Session":  "in the example of Sessions",
	},
	"handshake": {
		"Action":       words,
		"Cause":        words,
		"HeaderForm":   words,
		"LegacyAccess": words,
	},
}

const words = "a number with words"

// Every exported type has an example that runs: one of its own, of a method or
// of a function that makes it, which is where its documentation shows it.
func TestEveryTypeHasAnExample(t *testing.T) {
	for name, dir := range map[string]string{"codec": "../..", "mux": "../../mux", "handshake": "../../handshake"} {
		without := withoutExample[name]
		for _, typ := range documentation(t, name, dir).Types {
			_, excused := without[typ.Name]
			delete(without, typ.Name)
			if has := exampleOf(typ); has == excused {
				t.Errorf("%s.%s: has an example: %v; is on the list of those that need none: %v", name, typ.Name, has, excused)
			}
		}
		for gone := range without {
			t.Errorf("%s.%s is on the list of those that need no example, and is gone", name, gone)
		}
	}
}

// exampleOf reports whether a type has an example with output.
func exampleOf(t *doc.Type) bool {
	examples := t.Examples
	for _, f := range slices.Concat(t.Funcs, t.Methods) {
		examples = append(examples, f.Examples...)
	}
	return slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output != "" || e.EmptyOutput })
}

// documentation reads a package as go doc does.
func documentation(t *testing.T, name, dir string) *doc.Package {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, p := range paths {
		f, err := parser.ParseFile(set, p, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, "vmesskit/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
