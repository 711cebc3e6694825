package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
)

// Hop stands between the clients and the server: it listens at port and
// carries what comes to the next address.
type Hop interface {
	start(ctx context.Context, port int, next address, s *secrets) (stop func(), err error)
}

// relay listens at port and runs carry for each connection, in a goroutine of
// its own. What it gives back closes all of them, and waits.
func relay(ctx context.Context, port int, carry func(ctx context.Context, c net.Conn)) (stop func(), err error) {
	l, err := net.Listen("tcp", address{loopback, port}.String())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				closeLater := context.AfterFunc(ctx, func() { c.Close() })
				defer closeLater()
				carry(ctx, c)
			})
		}
	})
	return func() { cancel(); l.Close(); all.Wait() }, nil
}

// pass carries both directions until both have ended. Each hands its end on.
func pass(a, b io.ReadWriteCloser) {
	var both sync.WaitGroup
	for _, way := range [][2]io.ReadWriteCloser{{a, b}, {b, a}} {
		both.Go(func() {
			from, to := way[0], way[1]
			_, err := io.Copy(to, from)
			if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
				half.CloseWrite()
				return
			}
			a.Close()
			b.Close()
		})
	}
	both.Wait()
	a.Close()
	b.Close()
}

// Proxy is a program that clients dial through.
type Proxy struct {
	Program Program
	Kind    string // "socks" or "http"
}

// start starts the proxy at port.
func (p *Proxy) start(ctx context.Context, port int) (*process, error) {
	return startPlain(ctx, p.Program, object{"listen": loopback, "port": port, "protocol": p.Kind, "settings": object{}},
		object{"protocol": "freedom", "settings": object{}})
}

// PROXY writes a header of the PROXY protocol in front of each connection. It
// is a program that can, Xray.
type PROXY struct {
	Version int // 1 is the line, 2 the binary header
}

func (h PROXY) start(ctx context.Context, port int, next address, _ *secrets) (func(), error) {
	p, err := startPlain(ctx, Xray,
		object{"listen": loopback, "port": port, "protocol": "dokodemo-door",
			"settings": object{"address": next.host, "port": next.port, "network": "tcp"}},
		object{"protocol": "freedom", "settings": object{"proxyProtocol": h.Version}})
	if err != nil {
		return nil, err
	}
	return p.stop, nil
}

// startPlain starts a program that has nothing to do with VMess.
func startPlain(ctx context.Context, program Program, inbound, outbound object) (*process, error) {
	p := Peer{Program: program}
	config := object{"log": object{"loglevel": "warning"}, "inbounds": []object{inbound}, "outbounds": []object{outbound}}
	return p.launch(ctx, fmt.Sprintf("%s as %v", program, inbound["protocol"]), config)
}
