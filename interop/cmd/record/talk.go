package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/net/dns/dnsmessage"
)

// talk lets two sides talk and gives what each of them said, at most so much:
// the first flights are enough.
func talk(most int, client, server func(net.Conn)) (up, down []byte) {
	a, b := connected()
	said := [2]*hearing{{Conn: a}, {Conn: b}}
	var both sync.WaitGroup
	for i, side := range []func(net.Conn){client, server} {
		both.Go(func() {
			said[i].SetDeadline(time.Now().Add(5 * time.Second))
			side(said[i])
			said[i].Close()
		})
	}
	both.Wait()
	up, down = said[0].said.Bytes(), said[1].said.Bytes()
	return up[:min(most, len(up))], down[:min(most, len(down))]
}

// connected are two ends of a connection. It holds what is not read yet: both
// sides of SSH speak first.
func connected() (a, b net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		defer l.Close()
		if a, err = net.Dial("tcp", l.Addr().String()); err == nil {
			b, err = l.Accept()
		}
	}
	if err != nil {
		panic(err) // there is no loopback
	}
	return a, b
}

// hearing is a connection that keeps what is written.
type hearing struct {
	net.Conn
	said bytes.Buffer
}

func (h *hearing) Write(p []byte) (int, error) {
	h.said.Write(p)
	return h.Conn.Write(p)
}

func newKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return key
}

// tlsTalk is a handshake of TLS with a server's name.
func tlsTalk(name string) (up, down []byte) {
	key := newKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err) // the key and the template are made here
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return talk(3000,
		func(c net.Conn) {
			tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}).Handshake()
		},
		func(c net.Conn) { tls.Server(c, config).Handshake() })
}

// sshTalk is the beginning of a conversation of SSH.
func sshTalk() (up, down []byte) {
	signer, err := ssh.NewSignerFromKey(newKey())
	if err != nil {
		panic(err) // the key is made here
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	return talk(2000,
		func(c net.Conn) {
			ssh.NewClientConn(c, "", &ssh.ClientConfig{User: "nobody", HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		},
		func(c net.Conn) { ssh.NewServerConn(c, config) })
}

// dnsQuery asks for a name.
func dnsQuery(name string, kind dnsmessage.Type) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 0x2a00 + uint16(kind), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	p, err := m.Pack()
	if err != nil {
		panic(err) // the names are made here
	}
	return p
}
