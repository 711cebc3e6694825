package harness

import (
	"context"
	"crypto/tls"
	"net"
	"os"
)

// Terminator takes TLS off and writes the key log. It is Go's crypto/tls.
type Terminator struct {
	Version uint16        // of TLS; 0 is what the two agree on
	Suites  []uint16      // of TLS 1.2
	Curves  []tls.CurveID // another than the client's guess gives a HelloRetryRequest
	ALPN    []string
	RSA     bool // with an RSA certificate
	Again   bool // TLS towards the server, too
}

func (h Terminator) start(ctx context.Context, port int, next address, s *secrets) (func(), error) {
	pair := s.pair
	if h.RSA {
		var err error
		if pair, err = s.rsaPair(); err != nil {
			return nil, err
		}
	}
	log, err := os.OpenFile(s.keyLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, KeyLogWriter: log, NextProtos: h.ALPN,
		MinVersion: h.Version, MaxVersion: h.Version, CipherSuites: h.Suites, CurvePreferences: h.Curves,
	}
	stop, err := relay(ctx, port, func(_ context.Context, c net.Conn) {
		outer := tls.Server(c, config)
		if outer.Handshake() != nil {
			return
		}
		inner, err := h.dial(next, s)
		if err != nil {
			return
		}
		pass(outer, inner)
	})
	if err != nil {
		log.Close()
		return nil, err
	}
	return func() { stop(); log.Close() }, nil
}

func (h Terminator) dial(next address, s *secrets) (net.Conn, error) {
	if !h.Again {
		return net.Dial("tcp", next.String())
	}
	// The certificate is the one of this run, and the way is this machine's.
	return tls.Dial("tcp", next.String(), &tls.Config{ServerName: s.name, InsecureSkipVerify: true, NextProtos: h.ALPN})
}
