package harness

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// OpenSSLServer takes TLS off one connection: "openssl s_server". Between two
// of openssl's the MAC of a CBC suite is over what is encrypted (RFC 7366),
// which Go does not do. The client writes the key log.
type OpenSSLServer struct{ Args []string }

func (h OpenSSLServer) start(ctx context.Context, port int, next address, s *secrets) (func(), error) {
	dir := filepath.Dir(s.keyLog)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := os.WriteFile(cert, []byte(s.certificate), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(key, []byte(s.key), 0o600); err != nil {
		return nil, err
	}
	// The server gives the connection a minute to say something.
	inner, err := net.Dial("tcp", next.String())
	if err != nil {
		return nil, err
	}
	args := append([]string{
		"s_server", "-quiet", "-naccept", "1", "-accept", address{loopback, port}.String(), "-cert", cert, "-key", key,
	}, h.Args...)
	cmd := exec.Command("openssl", args...)
	cmd.Stdin, cmd.Stdout = inner, inner
	if err := cmd.Start(); err != nil {
		inner.Close()
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		inner.Close()
		close(ended)
	}()
	stop := func() {
		cmd.Process.Signal(syscall.SIGTERM)
		inner.Close()
		<-ended
	}
	if err := listens(ctx, port); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// listens waits until somebody listens at a port. To dial it would be a
// connection too many.
func listens(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	const listen = "00000000:0000 0A " // no peer, and the state
	want := fmt.Sprintf(":%04X %s", port, listen)
	for {
		table, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			return err
		}
		if strings.Contains(string(table), want) {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("nobody listens at port %d: %w", port, ctx.Err())
		}
	}
}
