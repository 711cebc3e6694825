package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"vmesskit/internal/corpus"
)

// mostHeap is what the decoder may hold, with what this program holds itself:
// the largest captures and their plaintext, for each processor.
const mostHeap = 256 << 20

func main() {
	run := flag.String("run", "", "only captures whose name contains this")
	flag.Parse()
	m, err := corpus.Read(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "damage:", err)
		os.Exit(2)
	}
	var t tally
	cases := make(chan *corpus.Case)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for c := range cases {
				t.add(c, filepath.Dir(flag.Arg(0)))
			}
		})
	}
	for i := range m.Cases {
		if strings.Contains(m.Cases[i].Name, *run) {
			cases <- &m.Cases[i]
		}
	}
	close(cases)
	workers.Wait()
	if !t.report() {
		os.Exit(1)
	}
}

// tally counts what was read.
type tally struct {
	readings, bad atomic.Int64
	heap          atomic.Uint64
	printing      sync.Mutex
}

// mostPrinted is how much is said of one capture.
const mostPrinted = 3

// add reads one capture with every damage.
func (t *tally) add(c *corpus.Case, folder string) {
	s, err := open(c, folder)
	if err != nil {
		t.say("%s: %v", c.Name, err)
		return
	}
	x := learn(c, s.decode(s.files[0]))
	said := 0
	for d := range damages(s.files[0]) {
		wrong := x.check(s.decode(d.file))
		if t.readings.Add(1)%64 == 0 {
			t.weigh()
		}
		for _, w := range wrong {
			if said++; said <= mostPrinted {
				t.say("%s, %s: %s", c.Name, d.how, w)
			} else {
				t.bad.Add(1)
			}
		}
	}
}

func (t *tally) say(format string, args ...any) {
	t.bad.Add(1)
	t.printing.Lock()
	defer t.printing.Unlock()
	fmt.Printf(format+"\n", args...)
}

// weigh looks at the memory in use.
func (t *tally) weigh() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for {
		most := t.heap.Load()
		if m.HeapInuse <= most || t.heap.CompareAndSwap(most, m.HeapInuse) {
			return
		}
	}
}

func (t *tally) report() bool {
	heap := t.heap.Load()
	fmt.Printf("%d damaged readings, %d faults, at most %d MiB in use (%d allowed)\n", t.readings.Load(), t.bad.Load(), heap>>20, mostHeap>>20)
	return t.bad.Load() == 0 && t.readings.Load() > 0 && heap <= mostHeap
}
