package interop

import (
	"math"
	"testing"
	"time"
)

// A way is how somebody else does what we do.
type way struct {
	name string
	do   func()
}

// beside measures ours, and then all in turns. For each of the others it
// reports x-NAME: how many times as fast as theirs ours is, by the best rounds
// of both, which neighbours disturb least. The primitive is never slower, so
// that x-raw is below 1. best-ns is our best time, which it also gives.
func beside(b *testing.B, ours func(), others ...way) float64 {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		ours()
	}
	others = append([]way{{"ours", ours}}, others...)
	times, best := make([]int, len(others)), make([]float64, len(others))
	for i, w := range others {
		for times[i] = 1; took(w.do, times[i]) < time.Millisecond && times[i] < 1<<20; times[i] *= 2 {
		}
		best[i] = math.Inf(1)
	}
	for range 30 {
		for i, w := range others {
			best[i] = min(best[i], float64(took(w.do, times[i]))/float64(times[i]))
		}
	}
	b.ReportMetric(best[0], "best-ns")
	for i, w := range others[1:] {
		b.ReportMetric(best[i+1]/best[0], "x-"+w.name)
	}
	return best[0]
}

func took(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
