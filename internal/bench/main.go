package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == orderCommand {
		check(order(os.Args[2]))
		return
	}
	var o options
	flag.StringVar(&o.bytes, "bytes", "1G", "how much the long session carries")
	flag.IntVar(&o.runs, "runs", 5, "runs of each benchmark")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds in which the commands take turns; tshark takes part in the first three")
	flag.StringVar(&o.only, "only", "", "codec or captures: only these tables")
	flag.StringVar(&o.dir, "dir", "", "where to put captures, and to leave them (a temporary folder)")
	flag.Parse()
	check(run(o))
}

type options struct {
	bytes, only, dir string
	runs, rounds     int
}

func run(o options) error {
	dir := o.dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "vmesskit-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if o.only != "captures" {
		figures, err := benchmarks(dir, o.runs)
		if err != nil {
			return err
		}
		figures.print(os.Stdout)
	}
	if o.only != "codec" {
		return captures(os.Stdout, dir, o)
	}
	return nil
}

// goBuild runs the go command in a folder of this repository.
func goBuild(dir string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = filepath.FromSlash(dir), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s in %s: %w", args[0], dir, err)
	}
	return nil
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
