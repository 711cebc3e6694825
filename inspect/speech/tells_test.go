package speech

import (
	"math/rand/v2"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// tellCase is the beginning of a side and its name.
type tellCase struct {
	name string
	p    string
	want flow.Speech
}

func named(protocol, detail string) flow.Speech {
	return flow.Speech{Protocol: protocol, Detail: detail}
}

// unnamed leaves out the host, which TestNames looks at.
func unnamed(s flow.Speech) flow.Speech {
	s.Name = ""
	return s
}

// TestNames: the host that a beginning names.
func TestNames(t *testing.T) {
	const hello = "\x16\x03\x01\x00\x4d\x01\x00\x00\x49\x03\x03" + // record, handshake, version
		"0123456789abcdef0123456789abcdef" + "\x00" + "\x00\x02\x13\x01" + "\x01\x00" + // random, session, suites, compression
		"\x00\x1e" + "\x00\x17\x00\x00" + "\x00\x00\x00\x16\x00\x14\x00\x00\x11" + "host.example.test"
	for _, c := range []struct {
		name, p   string
		datagrams bool
		want      string
	}{
		{"HTTP", "GET / HTTP/1.1\r\nHost: a.example.test:80\r\n\r\n", false, "a.example.test:80"},
		{"HTTP without its end", "GET / HTTP/1.1\r\nHost: a.example.test\r\n", false, ""},
		{"CONNECT", "CONNECT tom:pw@b.example.test:443 HTTP/1.1\r\n\r\n", false, "b.example.test:443"},
		{"what is no name", "GET / HTTP/1.1\r\nHost: a\x1b[2J\r\n\r\n", false, ""},
		{"TLS", hello, false, "host.example.test"},
		{"TLS, cut in the name", hello[:len(hello)-3], false, ""},
		{"DNS", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x04test\x00\x00\x01\x00\x01", true, "example.test"},
	} {
		for _, size := range []int{1 << 20, 1} {
			if size < len(c.p) && c.datagrams {
				continue
			}
			if got := hear(c.datagrams, c.p, size).Name; got != c.want {
				t.Errorf("%s, in pieces of %d: got %q, want %q", c.name, size, got, c.want)
			}
		}
	}
}

// Unless an RFC is named, the bytes are what the usual programs send.
var streamCases = []tellCase{
	{"nothing", "", flow.Speech{}},
	{"GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", named("http", "GET /")},
	{"HTTP/1.0", "OPTIONS * HTTP/1.0\r\n\r\n", named("http", "OPTIONS * HTTP/1.0")},
	{"unfinished head", "POST /x HTTP/1.1\r\nHost: a\r\n", named("http", "POST /x")},
	{"body that the head accounts for", "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nbytes", named("http", "POST /x")},
	{"chunked body", "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n", named("http", "POST /x")},
	{"body of a length that is none", "POST /x HTTP/1.1\r\nContent-Length: -5\r\n\r\n\x01", flow.Speech{Protocol: "http", Detail: "POST /x", Opaque: true}},
	{"camouflage", "GET /tide HTTP/1.1\r\nHost: a\r\n\r\n\x9f\x01\x02", flow.Speech{Protocol: "http", Detail: "GET /tide", Opaque: true}},
	{"next request behind a body", "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nbytesGET / HTTP/1.1\r\n", named("http", "POST /x")},
	{"more than the head says", "POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nby\x00", flow.Speech{Protocol: "http", Detail: "POST /x", Opaque: true}},
	{"two requests", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", named("http", "GET /")},
	{"WebSocket", "GET /ws HTTP/1.1\r\nHost: a\r\nupgrade: WebSocket\r\nSec-WebSocket-Key: eA==\r\n\r\n\x82\x85", named("ws", "GET /ws")},
	{"HTTP upgrade", "GET /up HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x99", named("httpupgrade", "GET /up")},
	{"XHTTP", "POST /x?x_padding=XXXX HTTP/1.1\r\nHost: a\r\n\r\n", named("xhttp", "POST /x")},
	{"XHTTP by its Referer", "POST /x HTTP/1.1\r\nReferer: https://a/?x_padding=XX\r\n\r\n", named("xhttp", "POST /x")},
	{"200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", flow.Speech{Protocol: "http", Detail: "HTTP/1.1 200 OK", Status: 200}},
	{"400 without a reason", "HTTP/1.0 400\r\n\r\n", flow.Speech{Protocol: "http", Detail: "HTTP/1.0 400", Status: 400}},
	{"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: eA==\r\n\r\n", flow.Speech{Protocol: "ws", Detail: "HTTP/1.1 101 Switching Protocols", Status: 101}},
	{"101 without a key", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", flow.Speech{Protocol: "httpupgrade", Detail: "HTTP/1.1 101 Switching Protocols", Status: 101}},
	{"XHTTP answer", "HTTP/1.1 200 OK\r\nX-Padding: XXXX\r\n\r\n", flow.Speech{Protocol: "xhttp", Detail: "HTTP/1.1 200 OK", Status: 200}},
	{"ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", named("tls", "ClientHello")},
	{"ServerHello", "\x16\x03\x03\x00\x7a\x02\x00\x00", named("tls", "ServerHello")},
	{"alert", "\x15\x03\x03\x00\x02\x02\x28", named("tls", "alert")},
	{"TLS of a version that there is not", "\x16\x03\x09\x02\x00\x01\x00", flow.Speech{}},
	{"TLS record that is too long", "\x16\x03\x01\xff\x00\x01\x00", flow.Speech{}},
	{"TLS in the middle", "\x17\x03\x03\x00\x50\x01\x00", flow.Speech{}},
	{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", named("ssh", "SSH-2.0-OpenSSH_9.2")},
	{"HTTP/2, client", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04", named("h2", "HTTP/2 preface")},
	{"HTTP/2, server", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00", named("h2", "SETTINGS frame")},
	{"HTTP/2, empty SETTINGS", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", named("h2", "SETTINGS frame")},
	{"HTTP/2, SETTINGS of a stream", "\x00\x00\x06\x04\x00\x00\x00\x00\x01", flow.Speech{}},
	{"PROXY protocol", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", named("proxy", "PROXY protocol")},
	{"SMTP", "220 mail.example.test ESMTP\r\n", named("smtp", "220 greeting")},
	{"SOCKS 5", "\x05\x01\x00", named("socks5", "greeting")},
	{"SOCKS 5, a request at once", "\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb", named("socks5", "greeting")},
	{"SOCKS 5, three methods", "\x05\x03\x00\x01\x02", named("socks5", "greeting")},
	{"SOCKS 5, a method of its own", "\x05\x02\x00\x80", named("socks5", "greeting")},
	{"SOCKS 5 without methods", "\x05\x00", flow.Speech{}},
	{"SOCKS 5, methods that there are not", "\x05\x02\x00\x20", flow.Speech{}},
	{"SOCKS 4", "\x04\x01\x00\x50\xc0\x00\x02\x01user\x00", named("socks4", "request")},
	{"SOCKS 4a", "\x04\x01\x00\x50\x00\x00\x00\x01\x00example.test\x00", named("socks4", "request")},
	{"SOCKS 4, no such command", "\x04\x07\x00\x50\xc0\x00\x02\x01\x00", flow.Speech{}},
	{"VLESS", "\x00sixteen bytes id\x00\x01\x01\xbb\x02\x07example", named("vless", "request")},
	{"VLESS, mux", "\x00sixteen bytes id\x00\x03\x9f\x9f\x9f", named("vless", "request")},
	{"VLESS, no such address", "\x00sixteen bytes id\x00\x01\x01\xbb\x09\x07", flow.Speech{}},
	{"VLESS, no such command", "\x00sixteen bytes id\x00\x08\x01\xbb\x01\x07", flow.Speech{}},
	{"Trojan", strings.Repeat("0123456789abcdef", 4)[:56] + "\r\n\x01", named("trojan", "request")},
	{"hexadecimal, and no end of line", strings.Repeat("0123456789abcdef", 4), flow.Speech{}},
	{"capitals", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", flow.Speech{}},
	{"capitals and a space", "ABC DEF\r\n", flow.Speech{}},
	{"lower case", "get / HTTP/1.1\r\n\r\n", flow.Speech{}},
	{"a line without an end", "GET /" + strings.Repeat("a", 5000), flow.Speech{}},
	{"what is not printable", "GET /\x01\xff" + strings.Repeat("a", 90) + " HTTP/1.1\r\n\r\n", named("http", "GET /.."+strings.Repeat("a", someSegment-2)+"...")},
	{"a query", "GET /login?user=tom&password=hunter2 HTTP/1.1\r\n\r\n", named("http", "GET /login")},
	{"a fragment", "GET /a#token=1 HTTP/1.1\r\n\r\n", named("http", "GET /a")},
	{"a session in the path", "GET /a;jsessionid=1234/b HTTP/1.1\r\n\r\n", named("http", "GET /a")},
	{"a long path", "GET /api/v1/users/tom HTTP/1.1\r\n\r\n", named("http", "GET /api/v1/...")},
	{"two segments and the end of the second", "GET /api/v1/ HTTP/1.1\r\n\r\n", named("http", "GET /api/v1/...")},
	{"long segments", "GET /a23456789-123456789-123/b23456789-123456789-123 HTTP/1.1\r\n\r\n", named("http", "GET /a23456789-123456789-123/...")},
	{"a token", "GET /bot8217365:AAHdqTcvCH1vGWJxfSeofSAs0K5PALD/send HTTP/1.1\r\n\r\n", named("http", "GET /bot82173...")},
	{"early data", "GET /ws" + strings.Repeat("AbC-_9", 100) + " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n", named("ws", "GET /wsAbC-_9...")},
	{"a URL with a user", "GET http://tom:hunter2@example.test/page?x HTTP/1.1\r\n\r\n", named("http", "GET http://example.test/page")},
	{"a URL without a path", "GET http://tom:p@ss@example.test HTTP/1.0\r\n\r\n", named("http", "GET http://example.test HTTP/1.0")},
	{"a password with a slash", "GET http://tom:hun/ter2@example.test/ HTTP/1.1\r\n\r\n", named("http", "GET http://...")},
	{"a password with a question mark", "GET http://tom:1?2@example.test/ HTTP/1.1\r\n\r\n", named("http", "GET http://example.test/")},
	{"a query without a path", "GET http://example.test?password=1 HTTP/1.1\r\n\r\n", named("http", "GET http://...")},
	{"an IPv6 host", "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", named("http", "CONNECT [2001:db8::1]:443")},
	{"more behind the version", "GET / HTTP/1.1?password=1\r\n\r\n", named("http", "GET / HTTP/1.1")},
	{"CONNECT", "CONNECT tom:hunter2@example.test:443 HTTP/1.1\r\n\r\n", named("http", "CONNECT example.test:443")},
	{"a URL in a path", "GET /to/http://tom:hunter2@example.test HTTP/1.1\r\n\r\n", named("http", "GET /to/http:/...")},
	{"random", "\x9f\x1c\x00\xd2\x55\x90\xe4\x31\x07\x6e\xc8\x2b\x44\xfa\x10\x93\x77\x21", flow.Speech{}},
}

var datagramCases = []tellCase{
	{"DNS question", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x04test\x00\x00\x01\x00\x01", named("dns", "question")},
	{"DNS answer", "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07example\x04test\x00\x00\x1c\x00\x01\xc0\x0c", named("dns", "question")},
	{"mDNS", "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05local\x00\x00\x0c\x80\x01", named("dns", "question")},
	{"DNS without a question", "\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07example\x04test\x00\x00\x01\x00\x01", flow.Speech{}},
	{"DNS, a name that does not end", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x3fexample\x04test", flow.Speech{}},
	{"DNS, a pointer", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01", flow.Speech{}},
	{"DNS, no class", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01", flow.Speech{}},
	{"DNS, no such class", "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x09", flow.Speech{}},
	{"QUIC 1", "\xc3\x00\x00\x00\x01\x08abcdefgh", named("quic", "long header")},
	{"QUIC 2", "\xd3\x6b\x33\x43\xcf\x08abcdefgh", named("quic", "long header")},
	{"QUIC draft 29", "\xc3\xff\x00\x00\x1d\x08abcdefgh", named("quic", "long header")},
	{"QUIC, short header", "\x43\x00\x00\x00\x01\x08abcdefgh", flow.Speech{}},
	{"QUIC, unknown version", "\xc3\x12\x34\x56\x78\x08abcdefgh", flow.Speech{}},
	{"an HTTP request in a datagram", "GET / HTTP/1.1\r\n\r\n", flow.Speech{}},
}

// hear gives what pieces of at most size bytes sound like.
func hear(datagrams bool, p string, size int) flow.Speech {
	m := flow.NewMeter(2 * Most)
	e := Ear{Datagrams: datagrams}
	for p := []byte(p); len(p) > 0; p = p[min(size, len(p)):] {
		e.Hear(p[:min(size, len(p))], m)
	}
	e.Leave(m)
	if !m.Take(2 * Most) {
		panic("not all is given back")
	}
	return e.Speech
}

func TestTells(t *testing.T) {
	for _, c := range streamCases {
		for _, size := range []int{1 << 20, 1, 3} {
			if got := unnamed(hear(false, c.p, size)); got != c.want {
				t.Errorf("%s, in pieces of %d: got %+v, want %+v", c.name, size, got, c.want)
			}
		}
	}
	for _, c := range datagramCases {
		if got := unnamed(hear(true, c.p, 1<<20)); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestTheNameStays: what a side says after its greeting does not unsay it.
func TestTheNameStays(t *testing.T) {
	for _, c := range streamCases {
		if c.want.Protocol == "" || strings.HasPrefix(c.want.Protocol, "http") {
			continue
		}
		m := flow.NewMeter(Most)
		var e Ear
		e.Hear([]byte(c.p), m)
		for range 100 {
			e.Hear([]byte(strings.Repeat("\x9f\x00 ", 100)), m)
		}
		if unnamed(e.Speech) != c.want {
			t.Errorf("%s: got %+v later, want %+v", c.name, e.Speech, c.want)
		}
	}
}

// TestLongBeginnings: however much comes, a few KiB of it are looked at.
func TestLongBeginnings(t *testing.T) {
	head := "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: "
	long := head + strings.Repeat("x", Most) + "\r\n\r\n\x01\x02"
	for _, size := range []int{len(long), 1000, 1} {
		if got := hear(false, long, size); got != named("http", "POST /x") {
			t.Errorf("in pieces of %d: got %+v", size, got)
		}
	}
	m := flow.NewMeter(Most)
	var e Ear
	for range 3 * Most {
		e.Hear([]byte("A"), m) // might be a method for a while
		if n := cap(e.seen); n > 2*Most {
			t.Fatalf("%d bytes are kept", n)
		}
	}
	if !e.Done() || e.seen != nil {
		t.Errorf("still listening, with %d bytes", len(e.seen))
	}
}

// TestLongFirstLine: the end of a line is not waited for for ever.
func TestLongFirstLine(t *testing.T) {
	for _, p := range []string{"GET /", "HTTP/1.1 200 "} {
		m := flow.NewMeter(Most)
		var e Ear
		e.Hear([]byte(p), m)
		for range longestLine - len(p) - 1 {
			e.Hear([]byte("a"), m)
		}
		if e.Done() {
			t.Errorf("%s: given up too early", p)
		}
		e.Hear([]byte("a"), m)
		if !e.Done() || e.seen != nil {
			t.Errorf("%s: %d bytes are kept", p, len(e.seen))
		}
	}
}

// TestMeter: what all ears remember is bounded. One that gets no more keeps the
// name it has, and what was taken is given back.
func TestMeter(t *testing.T) {
	const head = "GET /tide HTTP/1.1\r\nHost: a\r\nX: "
	m := flow.NewMeter(10_000)
	ears := make([]Ear, 100)
	for range 60 {
		for i := range ears {
			ears[i].Hear([]byte(head), m)
		}
	}
	held, listening := 0, 0
	for i := range ears {
		held += cap(ears[i].seen)
		if !ears[i].Done() {
			listening++
		}
		if ears[i].Speech != named("http", "GET /tide") {
			t.Errorf("ear %d: %+v", i, ears[i].Speech)
		}
	}
	if held > 10_000 || listening == 0 || listening == len(ears) {
		t.Errorf("%d of %d still listen and hold %d bytes, want some and at most 10000", listening, len(ears), held)
	}
	for i := range ears {
		ears[i].Leave(m)
	}
	if !m.Take(10_000) {
		t.Error("not all is given back")
	}
}

// TestRandomBytes: what looks random, as VMess does, has no name. By the tells
// about 1 in 4 million streams and 1 in 10 million datagrams has.
func TestRandomBytes(t *testing.T) {
	const n, most = 1_000_000, 3
	r := rand.NewChaCha8([32]byte{7})
	var p [64]byte
	got := map[string]int{}
	for i := range n {
		r.Read(p[:])
		s, _ := Identify(p[:], false)
		got[s.Protocol]++
		if i%4 == 0 {
			s, _ := Identify(p[:], true)
			got[s.Protocol]++
		}
	}
	delete(got, "")
	total := 0
	for _, k := range got {
		total += k
	}
	t.Logf("of %d random strings %d have a name: %v", n, total, got)
	if total > most {
		t.Errorf("%d of %d random strings have a name, want at most %d: %v", total, n, most, got)
	}
}
