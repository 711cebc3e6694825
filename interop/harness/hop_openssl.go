package harness

import (
	"context"
	"io"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// OpenSSL puts TLS around each connection: "openssl s_client", which can be told
// its suite, and to change its keys.
type OpenSSL struct {
	Args []string

	// KeyLog makes it write the key log, where the other end does not.
	KeyLog bool

	// KeyUpdate asks for new keys in both directions after the first piece of
	// each connection.
	KeyUpdate bool
}

// sClientRead is how much s_client reads at once. It looks for its commands in
// the first byte of what it reads.
const sClientRead = 8192

func (h OpenSSL) start(ctx context.Context, port int, next address, s *secrets) (func(), error) {
	return relay(ctx, port, func(ctx context.Context, c net.Conn) { h.carry(c, next, s) })
}

// carry runs one s_client. It takes one datagram of a socket for one reading,
// so that a command stays by itself.
func (h OpenSSL) carry(c net.Conn, next address, s *secrets) {
	// It is quiet. Commands it reads only if there is one: a stream that does not
	// begin each piece with the same bytes might look like some.
	args := append([]string{"s_client", "-quiet", "-connect", next.String(), "-servername", s.name}, h.Args...)
	if h.KeyLog {
		args = append(args, "-keylogfile", s.keyLog)
	}
	if h.KeyUpdate {
		args = append(args, "-no_ign_eof")
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return
	}
	defer ours.Close()
	cmd := exec.Command("openssl", args...)
	cmd.Stdin = theirs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	theirs.Close()
	if err != nil {
		return
	}
	ended := make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		defer close(ended)
		io.Copy(c, out)
		c.Close()
	})
	both.Go(func() {
		h.feed(ours, c)
		ours.Close()
		// What does not read commands does not end with its input either.
		late := time.AfterFunc(time.Second, func() { cmd.Process.Signal(syscall.SIGTERM) })
		defer late.Stop()
		<-ended
	})
	both.Wait()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
}

func (h OpenSSL) feed(to io.Writer, from io.Reader) {
	piece := make([]byte, sClientRead)
	for first := h.KeyUpdate; ; {
		n, err := from.Read(piece)
		if n > 0 && writeAll(to, piece[:n]) != nil || err != nil {
			return
		}
		if first && writeAll(to, []byte("K\n")) != nil {
			return
		}
		first = false
	}
}

func writeAll(w io.Writer, p []byte) error {
	_, err := w.Write(p)
	return err
}
