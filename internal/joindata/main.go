// Joindata rewrites a WebAssembly module so that its data is in few segments.
//
// Go's linker leaves out every run of eight zero bytes and begins a new segment
// behind it. The table by which the runtime finds a function consists of such
// runs, so that the inspector has 70,000 segments. Their headers pack worse
// than zeros: they are a twelfth of the packed module.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "joindata:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%d arguments, wanted 2: the linker's module and the one to write", len(args))
	}
	module, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	joined, err := join(module)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return os.WriteFile(args[1], joined, 0o644)
}
