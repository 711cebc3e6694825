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

// check gives the differences of a case.
func check(folder string, c *testCase, schema *jsonschema.Schema) []string {
	r, err := decode(folder, c, schema, 1)
	if err != nil {
		return []string{err.Error()}
	}
	return append(c.compare(r), c.checkLimited(folder, schema)...)
}

// checkLimited decodes a case again with the small limits that it has.
func (c *testCase) checkLimited(folder string, schema *jsonschema.Schema) (diff []string) {
	l := c.Limited
	if l == nil {
		return nil
	}
	r, err := decode(folder, c, schema, l.ExitStatus, l.Args...)
	if err != nil {
		return []string{err.Error()}
	}
	say := func(format string, args ...any) {
		diff = append(diff, strings.Join(l.Args, " ")+": "+fmt.Sprintf(format, args...))
	}
	small := &testCase{corpus.Case{Sessions: l.Sessions, Accept: l.Accept}}
	small.compareVerdicts(r, say)
	if r.status != l.ExitStatus {
		say("exit status: got %d, want %d", r.status, l.ExitStatus)
	}
	return diff
}

// tally counts the cases.
type tally struct{ compared, passed int }

func (t *tally) add(c *testCase, diff []string, verbose bool) {
	t.compared++
	if len(diff) == 0 {
		t.passed++
		fmt.Printf("same    %s\n", c.Name)
		return
	}
	fmt.Printf("DIFFERS %-36s %s\n", c.Name, diff[0])
	if verbose {
		for _, d := range diff[1:] {
			fmt.Printf("        %-36s %s\n", "", d)
		}
	}
}

func (t *tally) report() bool {
	fmt.Printf("\n%d of %d captures are the same as their manifest\n", t.passed, t.compared)
	return t.passed == t.compared && t.compared > 0
}
