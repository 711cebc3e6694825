package harness

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

const loopback = "127.0.0.1"

// Servers listen below the range from which the kernel takes the ports of
// clients.
const firstPort, lastPort = 20000, 29999

// tried makes each run of this process look elsewhere; processes that run at
// the same time begin in different places.
var tried atomic.Int64

// freePort finds a port that nobody listens at, neither with TCP nor with UDP.
func freePort() (int, error) {
	const span = lastPort - firstPort + 1
	for range span {
		port := firstPort + int((int64(os.Getpid())*97+tried.Add(1))%span)
		addr := fmt.Sprintf("%s:%d", loopback, port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		l.Close()
		u, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		u.Close()
		return port, nil
	}
	return 0, fmt.Errorf("no free port between %d and %d", firstPort, lastPort)
}
