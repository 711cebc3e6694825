package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A sample is one figure of all runs.
type sample []float64

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// String gives the median and, in brackets, how far the runs differ.
func (s sample) String() string {
	if len(s) == 0 {
		return "?"
	}
	low, high := short(slices.Min(s)), short(slices.Max(s))
	if low == high {
		return low
	}
	return short(s.median()) + " (" + low + "–" + high + ")"
}

func (s sample) times(f float64) (out sample) {
	for _, v := range s {
		out = append(out, v*f)
	}
	return out
}

// over divides each of s by what was measured in the same round.
func (s sample) over(t sample) (out sample) {
	for i := range min(len(s), len(t)) {
		out = append(out, s[i]/t[i])
	}
	return out
}

// short gives about three digits.
func short(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// figures are what benchmarks reported, by "package/Benchmark unit".
type figures map[string]sample

func (f figures) of(name, unit string) sample { return f[name+" "+unit] }

// benchmarks runs those of the codec and of interop, each package a process of
// its own for each run: where things lie in memory differs between processes,
// and counts.
func benchmarks(dir string, runs int) (figures, error) {
	packages := []struct{ name, dir, pattern string }{
		{"interop", "interop", "."},
		{"codec", "codec", "^BenchmarkOpen$/^cfb$|^BenchmarkMatchLegacy$/^new$|^Benchmark(MatchMiss|LegacyAuth|AlterIDs)$"},
	}
	f := figures{}
	for i := range runs {
		for _, p := range packages {
			binary, err := filepath.Abs(filepath.Join(dir, p.name+".test"))
			if err != nil {
				return nil, err
			}
			if i == 0 {
				say("building the benchmarks of %s", p.name)
				if err := goBuild(p.dir, "test", "-c", "-o", binary, "."); err != nil {
					return nil, err
				}
			}
			say("run %d of %d: %s", i+1, runs, p.name)
			cmd := exec.Command(binary, "-test.run=^$", "-test.bench="+p.pattern, "-test.benchtime=0.1s", "-test.timeout=30m")
			cmd.Dir, cmd.Stderr = p.dir, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", p.name, err, out)
			}
			f.read(p.name, bytes.NewReader(out))
		}
	}
	return f, nil
}

var benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// read takes the lines that go test prints: a name, a count, and figures with
// their units.
func (f figures) read(pkg string, r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		m := benchmarkLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		words := strings.Fields(m[2])
		for i := 0; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				key := pkg + "/" + m[1] + " " + words[i+1]
				f[key] = append(f[key], v)
			}
		}
	}
}
