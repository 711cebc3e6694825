package harness

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// recorder is tcpdump, whose packets are read as they come.
type recorder struct {
	cmd      *exec.Cmd
	errs     strings.Builder
	sentinel *net.UDPConn // what is sent to it ends the recording
	done     chan struct{}
	err      error

	mu      sync.Mutex
	packets []Packet
	ends    map[[2]int]byte // flags seen, by the ports of sender and receiver
	changed chan struct{}
}

// record starts to record what a filter of libpcap lets through.
func record(ctx context.Context, filter string) (*recorder, error) {
	sentinel, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	r := &recorder{
		sentinel: sentinel, done: make(chan struct{}), ends: map[[2]int]byte{}, changed: make(chan struct{}, 1),
	}
	filter = fmt.Sprintf("(%s) or udp dst port %d", filter, r.port())
	r.cmd = exec.Command("tcpdump", "-i", "lo", "-n", "-U", "--immediate-mode", "-B", "16384", "-w", "-", filter)
	r.cmd.Stderr = &r.errs
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		sentinel.Close()
		return nil, fmt.Errorf("tcpdump: %w", err)
	}
	go func() {
		defer close(r.done)
		r.err = readPCAP(out, r.take)
	}()
	return r, r.ready(ctx)
}

func (r *recorder) port() int { return r.sentinel.LocalAddr().(*net.UDPAddr).Port }

// ready waits until tcpdump sees what is sent: a first sentinel, which is sent
// again until it comes.
func (r *recorder) ready(ctx context.Context) error {
	for {
		r.knock("?")
		select {
		case <-r.changed:
			return nil
		case <-time.After(20 * time.Millisecond):
		case <-r.done:
			r.stop()
			return fmt.Errorf("tcpdump: %v: %s", r.err, strings.TrimSpace(r.errs.String()))
		case <-ctx.Done():
			r.stop()
			return fmt.Errorf("tcpdump: %w", ctx.Err())
		}
	}
}

func (r *recorder) knock(what string) {
	r.sentinel.WriteToUDP([]byte(what), r.sentinel.LocalAddr().(*net.UDPAddr))
}

// take keeps a packet. The sentinels are not part of the recording.
func (r *recorder) take(p Packet) (enough bool) {
	s, ok := p.Segment()
	if ok && s.UDP && s.DstPort == r.port() {
		r.signal()
		return string(p.Frame[s.Payload:s.Payload+s.Len]) == "."
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets = append(r.packets, p)
	if ok && !s.UDP {
		r.ends[[2]int{s.SrcPort, s.DstPort}] |= s.Flags
		r.signal()
	}
	return false
}

// seen is what is recorded so far.
func (r *recorder) seen() []Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.packets)
}

func (r *recorder) signal() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// settle waits until all connections are closed, at most for so long.
func (r *recorder) settle(ctx context.Context, most time.Duration) {
	limit := time.After(most)
	for !r.closed() {
		select {
		case <-r.changed:
		case <-limit:
			return
		case <-ctx.Done():
			return
		}
	}
}

// closed reports whether there are connections, and all are closed.
func (r *recorder) closed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for way, flags := range r.ends {
		back := r.ends[[2]int{way[1], way[0]}]
		if (flags|back)&RST == 0 && flags&back&FIN == 0 {
			return false
		}
	}
	return len(r.ends) > 0
}

// finish waits until everything that was sent is recorded.
func (r *recorder) finish(ctx context.Context) ([]Packet, error) {
	defer r.stop()
	r.knock(".")
	select {
	case <-r.done:
		return r.packets, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("tcpdump: %w", ctx.Err())
	}
}

func (r *recorder) stop() {
	r.sentinel.Close()
	r.cmd.Process.Signal(syscall.SIGTERM)
	<-r.done
	r.cmd.Wait()
}
