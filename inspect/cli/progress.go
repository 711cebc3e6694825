package cli

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	patience     = time.Second // how long a run may take without a bar
	progressStep = 200 * time.Millisecond
)

// progress is a bar on stderr for what takes long. There is none where stderr
// is no terminal. It goes on by the clock, since the search for a wrong clock
// stands still in the file.
type progress struct {
	size int64         // of what is read; -1 where that is not known
	read *atomic.Int64 // so far
	stop func()

	judging bool // all is read, and stderr says so
}

// judging is told once where all is read: how long it takes nobody knows.
const judging = "judging the sessions"

// newProgress starts the watch; done ends it.
func newProgress(env *Env, size int64, read *atomic.Int64) *progress {
	p := &progress{size: size, read: read, stop: func() {}}
	if size <= 0 {
		p.size = -1
	}
	if env.Columns(env.Stderr) == 0 {
		return p
	}
	ticks, stopTicks := env.Tick(progressStep)
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		p.watch(env, ticks, quit)
	}()
	p.stop = sync.OnceFunc(func() {
		close(quit)
		<-ended
		stopTicks()
	})
	return p
}

// done takes the bar away, for good.
func (p *progress) done() { p.stop() }

func (p *progress) watch(env *Env, ticks <-chan time.Time, quit <-chan struct{}) {
	var bar *progressbar.ProgressBar
	for waited := progressStep; ; waited += progressStep {
		select {
		case <-ticks:
		case <-quit:
			p.clear(env, bar)
			return
		}
		if waited < patience {
			continue
		}
		if p.judging {
			continue
		}
		if p.size > 0 && p.read.Load() >= p.size {
			p.clear(env, bar)
			io.WriteString(env.Stderr, judging)
			p.judging = true
			continue
		}
		if bar == nil {
			bar = progressbar.NewOptions64(p.size,
				progressbar.OptionSetWriter(env.Stderr),
				progressbar.OptionSetDescription("reading"),
				progressbar.OptionShowBytes(true),
				progressbar.OptionShowCount(),
				progressbar.OptionSetPredictTime(false),
				progressbar.OptionSetElapsedTime(false),
				progressbar.OptionSetWidth(24),
				progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
			)
		}
		bar.Set64(p.read.Load())
		bar.RenderBlank()
	}
}

// clear leaves an empty line.
func (p *progress) clear(env *Env, bar *progressbar.ProgressBar) {
	switch {
	case p.judging:
		io.WriteString(env.Stderr, "\r"+strings.Repeat(" ", len(judging))+"\r")
	case bar != nil:
		bar.Clear()
	}
}
