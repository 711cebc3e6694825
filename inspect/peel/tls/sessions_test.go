package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	gotls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"vmesskit/inspect/flow"
)

// tap is a connection between two ends in memory, and a record of what went
// over it, in order.
type tap struct {
	mu    sync.Mutex
	more  *sync.Cond
	steps []step
	read  [2]int    // bytes of each side that the other has read
	sent  [2][]byte // all that each side sent
	done  [2]bool
}

func newTap() (*tap, net.Conn, net.Conn) {
	t := &tap{}
	t.more = sync.NewCond(&t.mu)
	return t, &end{t: t, side: flow.A}, &end{t: t, side: flow.B}
}

type end struct {
	t    *tap
	side flow.Side
}

func (e *end) Read(p []byte) (int, error) {
	e.t.mu.Lock()
	defer e.t.mu.Unlock()
	from := e.side.Other()
	for e.t.read[from] == len(e.t.sent[from]) {
		if e.t.done[from] {
			return 0, io.EOF
		}
		e.t.more.Wait()
	}
	n := copy(p, e.t.sent[from][e.t.read[from]:])
	e.t.read[from] += n
	return n, nil
}

func (e *end) Write(p []byte) (int, error) {
	e.t.mu.Lock()
	defer e.t.mu.Unlock()
	e.t.steps = append(e.t.steps, step{e.side, bytes.Clone(p)})
	e.t.sent[e.side] = append(e.t.sent[e.side], p...)
	e.t.more.Broadcast()
	return len(p), nil
}

func (e *end) Close() error {
	e.t.mu.Lock()
	defer e.t.mu.Unlock()
	e.t.done[e.side] = true
	e.t.more.Broadcast()
	return nil
}

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }

func (e *end) LocalAddr() net.Addr              { return address{} }
func (e *end) RemoteAddr() net.Addr             { return address{} }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// certificates are one of each kind of key.
var certificates = sync.OnceValue(func() (out struct{ rsa, ecdsa gotls.Certificate }) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"www.example.test"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<36, 0),
	}
	for _, c := range []struct {
		to          *gotls.Certificate
		public, key any
	}{{&out.rsa, &r.PublicKey, r}, {&out.ecdsa, &e.PublicKey, e}} {
		der, err := x509.CreateCertificate(rand.Reader, template, template, c.public, c.key)
		if err != nil {
			panic(err)
		}
		*c.to = gotls.Certificate{Certificate: [][]byte{der}, PrivateKey: c.key}
	}
	return out
})

// talk is a session to be made: how the peers are set up, and what they say, in
// turns, the client first.
type talk struct {
	version        uint16
	suite          uint16
	client, server func(*gotls.Config)
	turns          []int // bytes said in each turn
}

// configs makes the setup of both peers. The suite is the only one that they
// know.
func (x *talk) configs(keys io.Writer) (client, server *gotls.Config) {
	c := certificates()
	client = &gotls.Config{
		ServerName: "www.example.test", InsecureSkipVerify: true, KeyLogWriter: keys,
		MinVersion: x.version, MaxVersion: x.version, NextProtos: []string{"h2", "http/1.1"},
	}
	server = &gotls.Config{
		Certificates: []gotls.Certificate{c.ecdsa, c.rsa}, MinVersion: x.version, MaxVersion: x.version, NextProtos: []string{"http/1.1"},
	}
	if x.suite != 0 {
		client.CipherSuites = []uint16{x.suite}
		server.CipherSuites = client.CipherSuites
	}
	if x.client != nil {
		x.client(client)
	}
	if x.server != nil {
		x.server(server)
	}
	return client, server
}

// run makes the session.
func (x *talk) run(t testing.TB) *recorded {
	t.Helper()
	var keys bytes.Buffer
	client, server := x.configs(&keys)
	r, err := converse(client, server, x.turns)
	if err != nil {
		t.Fatal(err)
	}
	r.keys = keys.Bytes()
	return r
}

var errWrong = errors.New("the peers did not understand each other")

// converse lets two peers talk.
func converse(client, server *gotls.Config, turns []int) (*recorded, error) {
	wire, a, b := newTap()
	ends := [2]*gotls.Conn{gotls.Client(a, client), gotls.Server(b, server)}
	r := &recorded{}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	var lines [][]byte
	for i, n := range turns {
		line := make([]byte, n)
		for j := range line {
			line[j] = byte(random.Uint32())
		}
		lines = append(lines, line)
		r.said[i&1] = append(r.said[i&1], line...)
	}
	errs := make(chan error, 2)
	for side, c := range ends {
		go func() {
			errs <- func() error {
				defer c.NetConn().Close()
				if err := c.Handshake(); err != nil {
					return err
				}
				for i, line := range lines {
					if i&1 == side {
						if _, err := c.Write(line); err != nil {
							return err
						}
						continue
					}
					got := make([]byte, len(line))
					if _, err := io.ReadFull(c, got); err != nil {
						return err
					}
					if !bytes.Equal(got, line) {
						return errWrong
					}
				}
				return c.Close()
			}()
		}()
	}
	err := errors.Join(<-errs, <-errs)
	r.steps = wire.steps
	return r, err
}

// talks are sessions of all forms that Go's peers speak. Of TLS 1.3 they let
// nobody choose the suite: the captures in testdata have the others.
var talks = map[string]*talk{}

func init() {
	turns := []int{1, 2, 700, 3000, 20_000, 40_000, 5, 9}
	add := func(version uint16, list ...uint16) {
		for _, id := range list {
			name := gotls.CipherSuiteName(id)
			if version != gotls.VersionTLS12 {
				name = gotls.VersionName(version) + " " + name
			}
			talks[name] = &talk{version: version, suite: id, turns: turns}
		}
	}
	add(gotls.VersionTLS12,
		gotls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, gotls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		gotls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, gotls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		gotls.TLS_RSA_WITH_AES_128_GCM_SHA256, gotls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		gotls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, gotls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		gotls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, gotls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		gotls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, gotls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
		gotls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, gotls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		gotls.TLS_RSA_WITH_AES_128_CBC_SHA, gotls.TLS_RSA_WITH_AES_256_CBC_SHA, gotls.TLS_RSA_WITH_AES_128_CBC_SHA256,
	)
	add(gotls.VersionTLS11, gotls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, gotls.TLS_RSA_WITH_AES_256_CBC_SHA)
	add(gotls.VersionTLS10, gotls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, gotls.TLS_RSA_WITH_AES_128_CBC_SHA)
	talks["tls1.3"] = &talk{version: gotls.VersionTLS13, turns: turns}
	talks["tls1.3 retry"] = &talk{version: gotls.VersionTLS13, turns: turns, server: func(c *gotls.Config) {
		c.CurvePreferences = []gotls.CurveID{gotls.CurveP521}
	}}
	talks["tls1.3 client certificate"] = &talk{version: gotls.VersionTLS13, turns: turns,
		server: func(c *gotls.Config) { c.ClientAuth = gotls.RequireAnyClientCert },
		client: func(c *gotls.Config) { c.Certificates = []gotls.Certificate{certificates().rsa} },
	}
	talks["tls1.2 client certificate"] = &talk{version: gotls.VersionTLS12, turns: turns,
		server: func(c *gotls.Config) { c.ClientAuth = gotls.RequireAnyClientCert },
		client: func(c *gotls.Config) { c.Certificates = []gotls.Certificate{certificates().rsa} },
	}
}

// TestSessions opens real sessions of every form, in pieces of several sizes.
func TestSessions(t *testing.T) {
	for name, x := range talks {
		t.Run(name, func(t *testing.T) {
			r := x.run(t)
			for _, size := range []int{1 << 20, 1460, 7, 1} {
				in := r.play(t, r.options(t), size)
				in.whole(r.said)
				l := in.layer()
				if l.Halt != flow.Running || l.Answer != flow.Agreed || l.Get("sni") != "www.example.test" || l.Get("alpn") != "http/1.1" {
					t.Errorf("in pieces of %d: %s", size, in)
				}
				if want := version(x.version).String(); l.Name != want {
					t.Errorf("%s, want %s", l.Name, want)
				}
				if x.suite != 0 && l.Get("suite") != gotls.CipherSuiteName(x.suite) {
					t.Errorf("suite %s, want %s", l.Get("suite"), gotls.CipherSuiteName(x.suite))
				}
				if retry := l.Get("hello_retry") != ""; retry != (name == "tls1.3 retry") {
					t.Errorf("retry: %v", retry)
				}
				if l.Get("resumed") != "" {
					t.Error("resumed")
				}
			}
		})
	}
}

// TestResumed opens sessions that have no certificate in them.
func TestResumed(t *testing.T) {
	for _, v := range []uint16{gotls.VersionTLS10, gotls.VersionTLS12, gotls.VersionTLS13} {
		var keys bytes.Buffer
		o := Options{Keys: NewKeyLog()} // one for all: of a session that Go resumes it writes no secret again
		x := &talk{version: v, client: func(c *gotls.Config) { c.ClientSessionCache = gotls.NewLRUClientSessionCache(1) }}
		client, server := x.configs(&keys)
		for i := range 3 {
			r, err := converse(client, server, []int{100, 200, 300})
			if err != nil {
				t.Fatal(err)
			}
			readKeys(t, o.Keys, keys.Bytes())
			in := r.play(t, o, 1<<20)
			in.whole(r.said)
			if got, want := in.layer().Get("resumed"), []string{"", "yes", "yes"}[i]; got != want {
				t.Errorf("%s, session %d: resumed %q, want %q", gotls.VersionName(v), i, got, want)
			}
		}
	}
}

// TestSuiteTable holds the names against those of Go.
func TestSuiteTable(t *testing.T) {
	all := append(gotls.CipherSuites(), gotls.InsecureCipherSuites()...)
	known := 0
	for _, s := range all {
		if i := slices.IndexFunc(suites[:], func(x suite) bool { return x.id == s.ID }); i >= 0 {
			known++
			if suites[i].name != s.Name {
				t.Errorf("%s is %s", suites[i].name, s.Name)
			}
		}
	}
	if known < 20 {
		t.Errorf("%d of %d suites are known", known, len(all))
	}
	if s := suiteOf(0xfefe); s.name != "0xfefe" || s.form != unread {
		t.Errorf("%+v", s)
	}
}
