package main

import (
	"strings"
	"testing"
)

const printed = `goos: linux
BenchmarkOpen/gcm/M/2K-2         	     204	   2322853 ns/op	1805.67 MB/s	       452.5 ns/chunk	         0.9397 x-raw	       9 allocs/op
BenchmarkOpen/gcm/M/2K-2         	     204	   2322853 ns/op	1805.67 MB/s	       440 ns/chunk	         0.9197 x-raw	       9 allocs/op
BenchmarkSerial	     3	   12 ns/op
PASS
`

func TestFigures(t *testing.T) {
	f := figures{}
	f.read("interop", strings.NewReader(printed))
	for _, c := range []struct{ name, unit, want string }{
		{"interop/Open/gcm/M/2K", "ns/chunk", "446 (440–452)"},
		{"interop/Open/gcm/M/2K", "x-raw", "0.93 (0.92–0.94)"},
		{"interop/Open/gcm/M/2K", "allocs/op", "9.00"},
		{"interop/Serial", "ns/op", "12.0"},
		{"interop/Serial", "x-raw", "?"},
	} {
		if got := f.of(c.name, c.unit).String(); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.name, c.unit, got, c.want)
		}
	}
}

func TestGoals(t *testing.T) {
	s := sample{0.9, 0.7, 0.8}
	for _, c := range []struct {
		goal
		want string
	}{
		{atLeast(0.8), "≥ 0.8"}, {atLeast(0.81), "≥ 0.81 **missed**"},
		{atMost(0.8), "≤ 0.8"}, {atMost(0.79), "≤ 0.79 **missed**"},
		{goal{}, ""},
	} {
		if got := c.of(s); got != c.want {
			t.Errorf("goal %v: got %q, want %q", c.goal, got, c.want)
		}
	}
	if got := atLeast(1).of(nil); !strings.Contains(got, "missed") {
		t.Errorf("what was not measured: got %q, want it missed", got)
	}
}

func TestTurns(t *testing.T) {
	long, brief := &contender{name: "go version", args: []string{"go", "version"}}, &contender{name: "go env", args: []string{"go", "env", "GOOS"}, rounds: 1}
	if err := turns(2, long, brief); err != nil {
		t.Fatal(err)
	}
	if len(long.wall) != 2 || len(long.cpu) != 2 || len(brief.wall) != 1 {
		t.Errorf("got %d, %d and %d rounds, want 2, 2 and 1", len(long.wall), len(long.cpu), len(brief.wall))
	}
	if err := turns(1, &contender{name: "wrong", args: []string{"go", "nonsense"}}); err == nil || !strings.Contains(err.Error(), "wrong: ") {
		t.Errorf("a command that fails: got %v", err)
	}
}
