package cli

import (
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
}

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
			if bar != nil {
				bar.Clear()
			}
			return
		}
		if waited < patience {
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
		p.show(bar)
	}
}

func (p *progress) show(bar *progressbar.ProgressBar) {
	n := p.read.Load()
	if p.size > 0 && n >= p.size {
		bar.Describe("judging")
		n = p.size - 1 // the end would finish the bar
	}
	bar.Set64(n)
	bar.RenderBlank()
}
