package tls

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

var remake = flag.Bool("record", false, "make testdata/*.pcap again, with openssl")

// What the peers of the captures say.
var (
	clientLines = lines("the client says", 3)
	serverLines = lines("the server says", 4)
	earlyLines  = lines("before the handshake", 2)
)

func lines(what string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(what + " " + strconv.Itoa(i) + strings.Repeat(" and more of it", 10*i) + "\n")
	}
	return b.String()
}

// session is a capture in testdata: how openssl was run, and what is to be
// found in it.
type session struct {
	name   string
	both   string // arguments of s_client and s_server
	client string
	server string
	first  string // arguments of a connection in front of it, whose session it resumes, behind a "-"
	again  bool   // it resumes the session a second time
	keys   string // commands of the peers between their lines: k and K update keys, R renegotiates
	early  bool   // early data is sent
	fails  bool

	stack  string
	facts  map[string]string
	halt   flow.Halt
	answer flow.Answer
	up     string // the client's bytes, where they are not its lines
}

var sessions = []session{
	{name: "etm-sha1", both: "-tls1_2 -cipher ECDHE-RSA-AES128-SHA", stack: "tls1.2", facts: map[string]string{"suite": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"}},
	{name: "etm-sha256", both: "-tls1_2 -cipher AES256-SHA256", stack: "tls1.2", facts: map[string]string{"suite": "TLS_RSA_WITH_AES_256_CBC_SHA256"}},
	{name: "etm-sha384", both: "-tls1_2 -cipher ECDHE-RSA-AES256-SHA384", stack: "tls1.2", facts: map[string]string{"suite": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"}},
	{name: "mte-sha384", both: "-tls1_2 -no_etm -cipher ECDHE-RSA-AES256-SHA384", stack: "tls1.2", facts: map[string]string{"suite": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"}},
	{name: "dhe-gcm", both: "-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", stack: "tls1.2", facts: map[string]string{"suite": "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"}},
	{name: "dhe-chacha", both: "-tls1_2 -cipher DHE-RSA-CHACHA20-POLY1305", stack: "tls1.2", facts: map[string]string{"suite": "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}},
	{name: "dhe-cbc", both: "-tls1_2 -no_etm -cipher DHE-RSA-AES128-SHA256", stack: "tls1.2", facts: map[string]string{"suite": "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"}},
	{name: "tls10-etm", both: "-tls1 -cipher AES128-SHA:@SECLEVEL=0", stack: "tls1.0", facts: map[string]string{"suite": "TLS_RSA_WITH_AES_128_CBC_SHA"}},
	{name: "tls10-mte", both: "-tls1 -no_etm -cipher DHE-RSA-AES256-SHA:@SECLEVEL=0", stack: "tls1.0", facts: map[string]string{"suite": "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"}},
	{name: "tls11-etm", both: "-tls1_1 -cipher DHE-RSA-AES256-SHA:@SECLEVEL=0", stack: "tls1.1", facts: map[string]string{"suite": "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"}},
	{name: "ticket", both: "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", first: "-", stack: "tls1.2", facts: map[string]string{"resumed": "yes"}},
	{name: "session-id", both: "-tls1_2 -no_ticket -cipher ECDHE-RSA-AES128-GCM-SHA256", first: "-", stack: "tls1.2", facts: map[string]string{"resumed": "yes"}},
	{name: "renegotiation", both: "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", server: "-client_renegotiation", keys: "R", stack: "tls1.2", halt: flow.Unsupported, facts: map[string]string{"renegotiation": "yes"}},
	{name: "ccm", both: "-tls1_2 -cipher AES128-CCM", stack: "tls1.2", halt: flow.Unsupported, facts: map[string]string{"suite": "TLS_RSA_WITH_AES_128_CCM"}},

	{name: "tls13-aes128", both: "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", keys: "kK", stack: "tls1.3", facts: map[string]string{"suite": "TLS_AES_128_GCM_SHA256"}},
	{name: "tls13-aes256", both: "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384", keys: "Kk", stack: "tls1.3", facts: map[string]string{"suite": "TLS_AES_256_GCM_SHA384"}},
	{name: "tls13-chacha", both: "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", keys: "KK", stack: "tls1.3", facts: map[string]string{"suite": "TLS_CHACHA20_POLY1305_SHA256"}},
	{name: "tls13-retry", both: "-tls1_3", client: "-groups X25519:P-521", server: "-groups P-521", stack: "tls1.3", facts: map[string]string{"hello_retry": "yes"}},
	{name: "tls13-padded", both: "-tls1_3 -record_padding 512", stack: "tls1.3"},
	{name: "tls13-fragments", both: "-tls1_3", server: "-max_send_frag 512", stack: "tls1.3"},
	{name: "tls13-resumed", both: "-tls1_3", first: "-", stack: "tls1.3", facts: map[string]string{"resumed": "yes"}},
	{name: "tls13-early", both: "-tls1_3", server: "-early_data", first: "-", early: true, stack: "tls1.3", facts: map[string]string{"resumed": "yes", "early_data": "accepted"}, up: earlyLines + clientLines},
	{name: "tls13-early-chacha", both: "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", server: "-early_data", first: "-", early: true, stack: "tls1.3", facts: map[string]string{"resumed": "yes", "early_data": "accepted"}, up: earlyLines + clientLines},
	{name: "tls13-early-again", both: "-tls1_3", server: "-early_data", first: "-", again: true, early: true, stack: "tls1.3", facts: map[string]string{"early_data": "refused"}},
	{name: "tls13-early-retry", both: "-tls1_3", client: "-groups X25519:P-521", server: "-early_data -groups P-521", first: "--groups P-521", early: true, stack: "tls1.3", facts: map[string]string{"hello_retry": "yes", "early_data": "refused"}},

	{name: "alert-version", client: "-tls1_2", server: "-tls1_3", fails: true, stack: "tls", answer: flow.TurnedDown, facts: map[string]string{"alert": "server: protocol_version"}},
	{name: "alert-cipher", both: "-tls1_2", client: "-cipher AES128-SHA", server: "-cipher AES256-SHA", fails: true, stack: "tls", answer: flow.TurnedDown, facts: map[string]string{"alert": "server: handshake_failure"}},
	{name: "alert-client", both: "-tls1_3", client: "-verify_return_error", fails: true, stack: "tls1.3", facts: map[string]string{"alert": "client: unknown_ca"}},
	{name: "alert-certificate", both: "-tls1_3", server: "-Verify 1 -verify_return_error", fails: true, stack: "tls1.3", answer: flow.TurnedDown, facts: map[string]string{"alert": "server: certificate_required"}},
}

// TestOpenSSL opens what openssl's peers said to each other.
func TestOpenSSL(t *testing.T) {
	for _, x := range sessions {
		t.Run(x.name, func(t *testing.T) {
			name := filepath.Join("testdata", x.name)
			if *remake {
				x.record(t, name)
			}
			flows := readCapture(t, name+".pcap", name+".keys")
			if len(flows) != 1 {
				t.Fatalf("%d connections", len(flows))
			}
			in := flows[0]
			l := in.layer()
			answer := x.answer
			if answer == flow.Unanswered {
				answer = flow.Agreed
			}
			if l.Name != x.stack || l.Halt != x.halt || l.Answer != answer || l.Get("sni") != "www.example.test" {
				t.Errorf("got %s", in)
			}
			for key, want := range x.facts {
				if got := l.Get(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			switch {
			case x.fails:
				in.whole([2][]byte{})
			case x.halt == flow.Running:
				up := clientLines
				if x.up != "" {
					up = x.up
				}
				in.whole([2][]byte{[]byte(up), []byte(serverLines)})
			}
		})
	}
}

// record makes a capture: openssl's client talks to its server through a proxy
// that writes down what passes.
func (x *session) record(t *testing.T, name string) {
	dir := t.TempDir()
	cert, keys := writeCertificate(t, dir), filepath.Join(dir, "keys")
	port := freePort(t)
	server := start(t, "s_server", "-accept "+port+" -cert "+cert+" -key "+cert+" -keylogfile "+keys+" "+x.both+" "+x.server)
	p := newProxy(t, "127.0.0.1:"+port)
	args := "-servername www.example.test -connect " + p.addr + " " + x.both + " " + x.client
	saved := filepath.Join(dir, "session")
	if x.first != "" {
		start(t, "s_client", "-servername www.example.test -connect "+p.addr+" "+x.both+" "+strings.TrimPrefix(x.first, "-")+" -sess_out "+saved).stop()
		p.forget()
		args += " -sess_in " + saved
	}
	if x.early {
		early := filepath.Join(dir, "early")
		if err := os.WriteFile(early, []byte(earlyLines), 0o600); err != nil {
			t.Fatal(err)
		}
		args += " -early_data " + early
	}
	if x.again {
		start(t, "s_client", args).stop()
		p.forget()
	}
	client := start(t, "s_client", args)
	if !x.fails {
		c, s := strings.SplitAfter(clientLines, "\n"), strings.SplitAfter(serverLines, "\n")
		for i := range s {
			if i < len(c) {
				client.say(c[i])
			}
			server.say(s[i])
			switch {
			case i == 0 && len(x.keys) > 0:
				client.say(x.keys[:1] + "\n")
			case i == 1 && len(x.keys) > 1:
				server.say(x.keys[1:] + "\n")
			}
		}
	}
	client.stop()
	server.stop()
	p.write(t, name+".pcap")
	text, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".keys", p.own(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// settle waits until the peers have done what they do.
func settle() { time.Sleep(300 * time.Millisecond) }

func writeCertificate(t *testing.T, dir string) string {
	t.Helper()
	c := certificates().rsa
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	b = append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	name := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// peer is a running openssl.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func start(t *testing.T, what, args string) *peer {
	t.Helper()
	p := &peer{cmd: exec.Command("openssl", append([]string{what}, strings.Fields(args)...)...)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p.cmd.Stdout, p.cmd.Stderr = &out, &out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s: %s", what, &out)
		}
	})
	settle()
	return p
}

func (p *peer) say(line string) {
	io.WriteString(p.in, line)
	settle()
}

// stop lets it end by itself, or ends it.
func (p *peer) stop() {
	io.WriteString(p.in, "Q\n")
	p.in.Close()
	settle()
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// proxy passes on connections and remembers what they carry.
type proxy struct {
	addr  string
	mu    sync.Mutex
	steps []step
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{addr: l.Addr().String()}
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", to)
			if err != nil {
				a.Close()
				continue
			}
			go p.pipe(flow.A, a, b)
			go p.pipe(flow.B, b, a)
		}
	}()
	return p
}

func (p *proxy) pipe(from flow.Side, src, dst net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := src.Read(b)
		if n > 0 {
			p.mu.Lock()
			p.steps = append(p.steps, step{from, bytes.Clone(b[:n])})
			p.mu.Unlock()
			dst.Write(b[:n])
		}
		if err != nil {
			dst.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

func (p *proxy) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps = nil
}

// write makes a capture of what passed. Its times and addresses are made up.
func (p *proxy) write(t *testing.T, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := capture.NewWriter(f)
	c := w.Dial(1_700_000_000_000_000_000, netip.MustParseAddrPort("192.0.2.7:50000"), netip.MustParseAddrPort("203.0.113.5:443"), [2]uint32{1000, 2000})
	for _, s := range p.steps {
		c.Wait(time.Millisecond)
		if err := c.Send(s.from, s.p); err != nil {
			t.Fatal(err)
		}
	}
	c.Close(flow.A)
	c.Close(flow.B)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// own gives the lines of a key log that are of this connection.
func (p *proxy) own(text []byte) []byte {
	var out []byte
	var hello *clientHello
	for _, s := range p.steps {
		if s.from == flow.A && len(s.p) > 9 && hello == nil {
			hello, _ = parseClientHello(s.p[9:])
		}
	}
	for line := range bytes.Lines(text) {
		if hello != nil && bytes.Contains(line, []byte(hello.random.String())) {
			out = append(out, line...)
		}
	}
	if len(out) == 0 {
		out = []byte("# the handshake fails before there is a secret\n")
	}
	return out
}
