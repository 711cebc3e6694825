package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// A contender is a command that takes turns with others.
type contender struct {
	name   string
	args   []string
	env    []string
	rounds int // it takes part in; 0 for all

	wall, cpu sample // seconds of each round
	rss       int64  // bytes, the most of all rounds
}

// turns runs all of them once in each round, in order, so that what else goes
// on in the machine meets all of them. Before the first round each runs once
// without being counted: files come into memory.
func turns(rounds int, all ...*contender) error {
	for i := -1; i < rounds; i++ {
		for _, c := range all {
			if c.rounds > 0 && (i < 0 || i >= c.rounds) {
				continue
			}
			if i >= 0 {
				say("round %d of %d: %s", i+1, rounds, c.name)
			}
			if err := c.turn(i >= 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *contender) turn(counts bool) error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", c.name, err, &stderr)
	}
	if counts {
		c.wall = append(c.wall, wall.Seconds())
		c.cpu = append(c.cpu, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
		c.rss = max(c.rss, maxRSS(cmd.ProcessState))
	}
	return nil
}
