package harness

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a child. Its output is its log.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended

	mu  sync.Mutex
	log strings.Builder
}

// start starts a program with stdin as its input, and waits until a line of its
// output contains ready.
func start(ctx context.Context, name, ready string, stdin []byte, env []string, argv ...string) (*process, error) {
	p := &process{name: name, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), "TZ=UTC"), env...)
	p.cmd.Stdin = bytes.NewReader(stdin)
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = in, in
	err = p.cmd.Start()
	in.Close()
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	up := make(chan struct{})
	go p.follow(out, ready, up)
	select {
	case <-up:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended before it was ready: %s", name, p.output())
	case <-ctx.Done():
		p.stop()
		return nil, fmt.Errorf("%s is not ready: %w: %s", name, ctx.Err(), p.output())
	}
}

// follow reads the output to its end.
func (p *process) follow(out io.ReadCloser, ready string, up chan struct{}) {
	defer close(p.done)
	defer out.Close()
	lines := bufio.NewScanner(out)
	for seen := false; lines.Scan(); {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if !seen && strings.Contains(lines.Text(), ready) {
			seen = true
			close(up)
		}
	}
	p.cmd.Wait()
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// stop asks the process to end, and after two seconds makes it.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}
