package main

import (
	"os"
	"syscall"
)

// maxRSS is the most memory that a process had at once. Linux counts what its
// parent had when it started: some megabytes, here.
func maxRSS(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10
	}
	return 0
}
