package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"vmesskit/interop/harness"
)

// serviceCases have a service that is no VMess server where the client expects
// one.
func serviceCases() []*recipe {
	return []*recipe{
		service("not-vmess-server-ssh", harness.V2Ray, sshService),
		service("not-vmess-server-smtp", harness.Xray, smtpService),
		service("not-vmess-server-http", harness.V2Ray, httpService),
	}
}

func service(name string, client harness.Program, answer harness.Service) *recipe {
	c := pair(name, client, "", raw)
	c.Service = answer
	c.Server.Transport = harness.Transport{}
	c.users = c.Clients[0].Users
	c.Server.Users = nil
	c.Transfers = refused(0)
	c.expected = "not-vmess-server"
	c.sessions = map[string]int{"not-vmess-server": 2}
	c.accept = map[string][]string{"not-vmess-server": {"transport-mismatch"}}
	return c
}

// sshService is x/crypto's SSH server.
func sshService(c net.Conn) {
	defer c.Close()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	c.SetDeadline(time.Now().Add(5 * time.Second))
	ssh.NewServerConn(c, config)
	io.Copy(io.Discard, c)
}

// smtpService greets, and does not understand.
func smtpService(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprint(c, "220 mail.example.test ESMTP\r\n")
	lines := bufio.NewReader(c)
	for range 3 {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "QUIT") {
			fmt.Fprint(c, "221 2.0.0 Bye\r\n")
			return
		}
		fmt.Fprint(c, "500 5.5.2 Error: command not recognized\r\n")
	}
	fmt.Fprint(c, "421 4.7.0 mail.example.test Error: too many errors\r\n")
}

// httpService is net/http's server.
func httpService(c net.Conn) {
	l := &oneConn{conn: make(chan net.Conn, 1), addr: c.LocalAddr()}
	l.conn <- &closing{Conn: c, after: l.Close}
	http.Serve(l, http.NotFoundHandler())
}

// oneConn is a listener of one connection.
type oneConn struct {
	conn chan net.Conn
	once sync.Once
	addr net.Addr
}

func (l *oneConn) Accept() (net.Conn, error) {
	c, ok := <-l.conn
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *oneConn) Close() error   { l.once.Do(func() { close(l.conn) }); return nil }
func (l *oneConn) Addr() net.Addr { return l.addr }

// closing is a connection that tells when it is closed.
type closing struct {
	net.Conn
	after func() error
}

func (c *closing) Close() error {
	defer c.after()
	return c.Conn.Close()
}
