package cli

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		name     string
		read     int64
		size     int64
		columns  int
		ticks    int
		want, no string
	}{
		{"no terminal", 1 << 19, 1 << 20, 0, 0, "", "reading"},
		{"quick", 1 << 19, 1 << 20, 80, 4, "", "reading"},
		{"slow", 1 << 19, 1 << 20, 80, 6, "reading  50% |", "100%"},
		{"all read", 1 << 20, 1 << 20, 80, 9, "judging the sessions", "%"},
		{"of unknown size", 1 << 19, -1, 80, 6, "reading (524 kB", "%"},
		{"empty", 1 << 19, 0, 80, 6, "reading (524 kB", "%"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr strings.Builder
			ticks := make(chan time.Time)
			env := &Env{
				Stderr:  &stderr,
				Columns: func(any) int { return c.columns },
				Tick:    func(time.Duration) (<-chan time.Time, func()) { return ticks, func() {} },
			}
			var read atomic.Int64
			read.Store(c.read)
			p := newProgress(env, c.size, &read)
			for range c.ticks {
				ticks <- time.Time{}
			}
			p.done()
			p.done()
			got := stderr.String()
			if !strings.Contains(got, c.want) || strings.Contains(got, c.no) {
				t.Errorf("got %q, want %q in it, and not %q", got, c.want, c.no)
			}
			if strings.Count(got, judging) > 1 {
				t.Errorf("got %q, want it told once that all is read", got)
			}
			if c.want != "" && strings.Trim(got[strings.LastIndex(got[:len(got)-1], "\r"):], "\r ") != "" {
				t.Errorf("got %q, want an empty line at the end", got)
			}
		})
	}
}
