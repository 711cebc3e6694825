package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vmesskit/internal/corpus"
)

// testCase is a case that is compared.
type testCase struct{ corpus.Case }

func main() {
	run := flag.String("run", "", "only captures whose name contains this")
	verbose := flag.Bool("v", false, "print every difference")
	flag.Parse()
	name := flag.Arg(0)
	m, err := corpus.Read(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	schema, err := lineSchema()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	var t tally
	for i := range m.Cases {
		if c := (&testCase{m.Cases[i]}); strings.Contains(c.Name, *run) {
			t.add(c, check(filepath.Dir(name), c, schema), *verbose)
		}
	}
	if !t.report() {
		os.Exit(1)
	}
}

// opened reports whether the case is compared: VMess over TCP with nothing
// around it, whatever is inside.
func (c *testCase) opened() bool {
	return c.wrapping() == "tcp" && !strings.HasPrefix(c.Expected, "unsupported-transport")
}

// check gives the differences of a case. What stands inside a wrapping is not
// compared.
func check(folder string, c *testCase, schema *jsonschema.Schema) []string {
	r, err := decode(folder, c, schema)
	switch {
	case err != nil:
		return []string{err.Error()}
	case c.opened():
		return c.compare(r)
	}
	return c.sane(r)
}

// tally counts the cases.
type tally struct{ compared, passed, wrapped, sane int }

func (t *tally) add(c *testCase, diff []string, verbose bool) {
	word := "same"
	if c.opened() {
		t.compared++
	} else {
		t.wrapped++
		word = "sane"
	}
	if len(diff) > 0 {
		fmt.Printf("DIFFERS %-36s %s\n", c.Name, diff[0])
		if verbose {
			for _, d := range diff[1:] {
				fmt.Printf("        %-36s %s\n", "", d)
			}
		}
		return
	}
	fmt.Printf("%-7s %s\n", word, c.Name)
	if word == "same" {
		t.passed++
	} else {
		t.sane++
	}
}

func (t *tally) report() bool {
	fmt.Printf("\n%d of %d captures over raw TCP are the same as their manifest\n", t.passed, t.compared)
	fmt.Printf("%d of %d captures with wrappings get a sane verdict\n", t.sane, t.wrapped)
	return t.passed == t.compared && t.sane == t.wrapped && t.compared > 0
}
