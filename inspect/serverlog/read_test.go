package serverlog

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

const id = "3f1c9a52-6d0e-4b7a-9c41-8e2b5d7f0a16"

// all is asked for every client of the tests, and for two targets.
func all(clients ...string) *verdict.Asked {
	var list []*session.Facts
	for _, c := range append(clients, "192.0.2.7:44768") {
		for i, target := range []string{"www.example.test:443", "203.0.113.10:80"} {
			list = append(list, &session.Facts{
				Flow:   &flow.Record{Ends: [2]netip.AddrPort{netip.MustParseAddrPort(c)}, Start: at(i), End: at(i + 60)},
				Header: &session.Header{Target: target},
			})
		}
	}
	return verdict.Ask(list)
}

// at is so many seconds into the tests' morning.
func at(seconds int) flow.Time {
	return flow.Time(time.Date(2026, 7, 17, 9, 59, 58+seconds, 0, time.UTC).UnixNano())
}

func read(t *testing.T, text string, asked *verdict.Asked) *verdict.Testimony {
	t.Helper()
	var got verdict.Testimony
	if err := Read(strings.NewReader(text), asked, &got); err != nil {
		t.Fatal(err)
	}
	return &got
}

var client = netip.MustParseAddrPort("192.0.2.7:44768")

// TestLines reads lines of each program, each as the only one of its log.
func TestLines(t *testing.T) {
	const v4, v5 = "2026/07/17 09:59:58 [Info] [549822292] v2ray.com/core/app/proxyman/inbound: connection ends > v2ray.com/core/", "2026/07/17 09:59:58 [Info] [549822292] app/proxyman/inbound: connection ends > "
	const drained = "v2ray.com/core/proxy/vmess/encoding: failed to drain connection DrainSize = 643 36 29 > "
	for _, c := range []struct {
		name, line string
		want       verdict.Statement
	}{
		{"v2ray 4, no user", v4 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > " + drained + "v2ray.com/core/proxy/vmess/encoding: invalid user > v2ray.com/core/proxy/vmess: Not Found",
			verdict.Statement{Client: client, Means: verdict.NoUserOrTime, Says: "invalid user > Not Found"}},
		{"v2ray 4, access", "2026/07/17 09:59:58 192.0.2.7:44768 rejected  " + drained + "v2ray.com/core/proxy/vmess/encoding: invalid user > replayed request",
			verdict.Statement{Client: client, Means: verdict.Repeated, Says: "replayed request"}},
		{"v2ray 4, a legacy replay", v4 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > " + drained + "v2ray.com/core/proxy/vmess/encoding: duplicated session id, possibly under replay attack, userHash tainted",
			verdict.Statement{Client: client, Means: verdict.Repeated, Says: "duplicated session id, possibly under replay attack, userHash tainted"}},
		{"v2ray 4, insecure", v4 + "proxy/vmess/inbound: client is using insecure encryption: NONE",
			verdict.Statement{Means: verdict.InsecureRefused, Says: "client is using insecure encryption: NONE"}},
		{"v2ray 4, insecure, access", "2026/07/17 09:59:58 192.0.2.7:44768 rejected  Insecure encryption email: alice@example.net",
			verdict.Statement{Client: client, Means: verdict.InsecureRefused, Says: "Insecure encryption", User: "alice@example.net"}},
		{"v2ray 5, legacy", v5 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > common/drain: common/drain: unable to drain connection > read tcp 127.0.0.1:21536->192.0.2.7:44768: i/o timeout > proxy/vmess/encoding: invalid user: VMessAEAD is enforced and a non VMessAEAD connection is received. You can still disable this security feature",
			verdict.Statement{Client: client, Means: verdict.LegacyRefused, Says: "invalid user: VMessAEAD is enforced and a non VMessAEAD connection is received. You can still disable this security feature"}},
		{"Xray, microseconds", "2026/07/17 09:59:58.076854 from 192.0.2.7:44768 rejected  common/drain: common/drain: unable to drain connection > EOF > proxy/vmess/encoding: invalid user > user do not exist",
			verdict.Statement{Client: client, Means: verdict.NoUser, Says: "user do not exist"}},
		{"Xray, the time", v5 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > proxy/vmess/encoding: invalid user > invalid timestamp, perhaps unsynchronized time",
			verdict.Statement{Client: client, Means: verdict.WrongTime, Says: "invalid timestamp, perhaps unsynchronized time"}},
		{"accepted, v2ray 4", "2026/07/17 09:59:58 192.0.2.7:44768 accepted tcp:www.example.test:443 email: alice",
			verdict.Statement{Client: client, Means: verdict.Accepted, Target: "www.example.test:443", User: "alice", Says: "accepted tcp:www.example.test:443 email: alice"}},
		{"accepted, Xray", "2026/07/17 09:59:58.1 from tcp:192.0.2.7:44768 accepted tcp:www.example.test:443 [raw >> direct] email: alice",
			verdict.Statement{Client: client, Means: verdict.Accepted, Target: "www.example.test:443", User: "alice", Says: "accepted tcp:www.example.test:443 [raw >> direct] email: alice"}},
		{"accepted, the error log", "2026/07/17 09:59:58 [Info] [1] proxy/vmess/inbound: received request for tcp:www.example.test:443",
			verdict.Statement{Means: verdict.Accepted, Target: "www.example.test:443", Says: "received request for tcp:www.example.test:443", Began: at(0)}},
		{"TLS is wanted", v5 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > proxy/vmess/encoding: failed to read request header > tls: first record does not look like a TLS handshake",
			verdict.Statement{Client: client, Means: verdict.WrongTransport, Wants: "tls", Says: "tls: first record does not look like a TLS handshake"}},
		{"HTTP is wanted, and the client's bytes are left out", v5 + `proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > proxy/vmess/encoding: failed to read request header > malformed HTTP request "2\x9c > \xa4` + "\x00\xff" + `"`,
			verdict.Statement{Client: client, Means: verdict.WrongTransport, Wants: "http", Says: "malformed HTTP request"}},
		{"another path with a query", "2026/07/17 09:59:58 [Info] transport/internet/websocket: failed to validate path, request:/sea?ed=2048&key=secret, config:/tide",
			verdict.Statement{Means: verdict.WrongPath, Path: "/sea", Says: "failed to validate path, request:/sea, config:/tide"}},
		{"another path", "2026/07/17 09:59:58 [Info] transport/internet/websocket: failed to validate path, request:/sea, config:/tide",
			verdict.Statement{Means: verdict.WrongPath, Path: "/sea", Says: "failed to validate path, request:/sea, config:/tide"}},
		{"a damaged header", v5 + "proxy/vmess/inbound: invalid request from 192.0.2.7:44768 > proxy/vmess/encoding: AEAD read failed > cipher: message authentication failed",
			verdict.Statement{Client: client, Means: verdict.DamagedHeader, Says: "AEAD read failed > cipher: message authentication failed"}},
		{"a damaged body", v5 + "proxy/vmess/inbound: connection ends > proxy/vmess/inbound: failed to transfer request > cipher: message authentication failed",
			verdict.Statement{Means: verdict.DamagedBody, Says: "failed to transfer request > cipher: message authentication failed"}},
		{"nothing came", v5 + "proxy/vmess/encoding: failed to read request header > EOF",
			verdict.Statement{Means: verdict.TooShort, Says: "failed to read request header > EOF"}},
		{"sing-box, refused", "+0800 2026-07-17 17:59:58 ERROR [1234567890 2ms] inbound/vmess[vmess-in]: process connection from 192.0.2.7:44768: bad timestamp",
			verdict.Statement{Client: client, Zoned: true, Means: verdict.WrongTime, Says: "bad timestamp"}},
		{"sing-box, TLS", "\x1b[31mERROR\x1b[0m[0012] [\x1b[38;5;83m1234567890\x1b[0m 2ms] inbound/vmess[in]: process connection from 192.0.2.7:44768: TLS handshake: EOF",
			verdict.Statement{Client: client, Means: verdict.WrongTransport, Wants: "tls", Says: "TLS handshake: EOF"}},
		{"by Docker", `{"log":"2026/07/17 09:59:58 from 192.0.2.7:44768 rejected  proxy/vmess/encoding: invalid user \u003e user do not exist\n","stream":"stdout","time":"2026-07-17T10:00:00Z"}`,
			verdict.Statement{Client: client, Means: verdict.NoUser, Says: "user do not exist"}},
		{"by journald", `{"_PID": "12", "MESSAGE": "2026/07/17 09:59:58 192.0.2.7:44768 accepted tcp:203.0.113.10:80"}`,
			verdict.Statement{Client: client, Means: verdict.Accepted, Target: "203.0.113.10:80", Says: "accepted tcp:203.0.113.10:80"}},
		{"by syslog", "Jul 17 11:59:58 host xray[12]: 2026/07/17 09:59:58 from 192.0.2.7:44768 accepted udp:203.0.113.10:80",
			verdict.Statement{Client: client, Means: verdict.Accepted, Target: "203.0.113.10:80", Says: "accepted udp:203.0.113.10:80"}},
		{"IPv4 in IPv6, and a forwarded address without a port", "2026/07/17 09:59:58 [::ffff:192.0.2.7]:0 accepted tcp:203.0.113.10:80 email: " + id,
			verdict.Statement{Client: netip.MustParseAddrPort("192.0.2.7:0"), Means: verdict.Accepted, Target: "203.0.113.10:80", User: "(an id)", Says: "accepted tcp:203.0.113.10:80 email: (an id)"}},
	} {
		got := read(t, c.line+"\n", all())
		if got.Lines != 1 || got.Understood != 1 || len(got.Statements) != 1 {
			t.Errorf("%s: got %+v", c.name, got)
			continue
		}
		s := got.Statements[0]
		if want := at(0); s.At != want && !strings.Contains(c.line, "[0012]") {
			t.Errorf("%s: at %v, want %v", c.name, s.At.UTC(), want.UTC())
		}
		if s.Began != 0 {
			c.want.Began = at(0) // of every line with a number
		}
		if diff := cmp.Diff(c.want, s, cmpopts.IgnoreFields(s, "At"), cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}

// TestSilence: lines that say nothing of a VMess connection, or of none that
// was asked for.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		line       string
		understood int64
	}{
		{"2026/07/17 09:59:58 [Warning] core: V2Ray 5.52.0 started", 0},
		{"2026/07/17 09:59:58 [Info] [1] app/proxyman/inbound: connection ends > proxy/vmess/inbound: connection ends > context canceled", 0},
		{"2026/07/17 09:59:58 [Info] [1] proxy/vmess/inbound: failed to transfer request > read tcp: connection reset", 0},
		{"2026/07/17 09:59:58 [Info] [1] app/proxyman/outbound: failed to process outbound traffic > proxy/freedom: failed to open connection to tcp:203.0.113.10:80 > common/retry: [dial tcp: operation was canceled]", 0},
		{"2026/07/17 09:59:58 [Info] [1] proxy/vmess/inbound: received request for tcp:v1.mux.cool:0", 0},
		{"+0000 2026-07-17 09:59:58 INFO [1 0ms] inbound/vmess[in]: inbound connection from 192.0.2.7:44768", 0},
		{"192.0.2.7:44768 said something", 0},
		{"2026/07/17 09:59:58 192.0.2.8:1 accepted tcp:203.0.113.10:80", 1},
		{"2026/07/17 09:59:58 192.0.2.7:44769 accepted tcp:203.0.113.10:80", 1},
		{"2026/07/20 09:59:58 192.0.2.7:44768 accepted tcp:203.0.113.10:80", 1},
		{"2026/07/17 09:59:58 [Info] [1] proxy/vmess/inbound: received request for tcp:elsewhere.test:443", 1},
	} {
		if got := read(t, c.line, all()); len(got.Statements) > 0 || got.Understood != c.understood {
			t.Errorf("%s:\ngot %+v", c.line, got)
		}
	}
}

// TestNumbers: lines of one connection are put together by its number.
func TestNumbers(t *testing.T) {
	got := read(t, `
2026/07/17 09:59:58 [Info] [714551144] proxy/vmess/inbound: received request for tcp:203.0.113.10:80
2026/07/17 09:59:59 [Info] [714551145] proxy/vmess/inbound: received request for tcp:elsewhere.test:1
2026/07/17 10:00:03 [Info] [714551144] app/proxyman/outbound: failed to process outbound traffic > proxy/freedom: failed to open connection to tcp:203.0.113.10:80 > common/retry: [dial tcp 203.0.113.10:80: connect: connection refused] > common/retry: all retry attempts failed
+0000 2026-07-17 09:59:58 INFO [714551144 0ms] inbound/vmess[in]: inbound connection from 192.0.2.7:44768
+0000 2026-07-17 09:59:59 INFO [714551144 1ms] inbound/vmess[in]: [alice] inbound connection to www.example.test:443
`, all())
	if len(got.Statements) != 3 {
		t.Fatalf("got %d statements: %+v", len(got.Statements), got.Statements)
	}
	failed, taken := got.Statements[1], got.Statements[2]
	if failed.Means != verdict.TargetFailed || failed.Target != "203.0.113.10:80" || failed.Began != at(0) {
		t.Errorf("got %+v, want a failed target, and when the connection began", failed)
	}
	if taken.Means != verdict.Accepted || taken.Client != client || taken.User != "alice" || taken.Target != "www.example.test:443" {
		t.Errorf("got %+v, want alice from %v", taken, client)
	}
}

// TestRecorded counts what real logs say.
func TestRecorded(t *testing.T) {
	for name, want := range map[string]map[verdict.Means]int{
		"v2ray-access.log": {verdict.Accepted: 14, verdict.NoUserOrTime: 6, verdict.Repeated: 2, verdict.InsecureRefused: 2, verdict.DamagedHeader: 2, verdict.TooShort: 1, verdict.WrongTransport: 3},
		"xray-access.log":  {verdict.Accepted: 12, verdict.NoUser: 9, verdict.WrongTime: 1, verdict.Repeated: 1, verdict.InsecureRefused: 1, verdict.DamagedHeader: 2, verdict.TooShort: 1, verdict.WrongTransport: 3},
	} {
		text := recorded(t, name)
		var clients []string
		for line := range strings.Lines(text) {
			for word := range strings.FieldsSeq(line) {
				if a, err := netip.ParseAddrPort(strings.TrimPrefix(word, "tcp:")); err == nil {
					clients = append(clients, a.String())
				}
			}
		}
		got := make(map[verdict.Means]int)
		said := read(t, text, verdict.Ask(anyTime(clients)))
		for i := range said.Statements {
			got[said.Statements[i].Means]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/logs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anyTime makes sessions of these clients that last for years.
func anyTime(clients []string) (list []*session.Facts) {
	for _, c := range clients {
		list = append(list, &session.Facts{Flow: &flow.Record{Ends: [2]netip.AddrPort{netip.MustParseAddrPort(c)}, End: 1 << 62}})
	}
	return list
}

// TestHostile: whatever a log holds, what is quoted is short, printable, and
// without ids; and how the bytes come makes no difference.
func TestHostile(t *testing.T) {
	text := recorded(t, "v2ray-error.log") + recorded(t, "xray-access.log") + recorded(t, "xray-error.log")
	seeded := rand.New(rand.NewPCG(1, 2))
	insert := []string{id, strings.ReplaceAll(id, "-", ""), "\x1b[2J", "\x00", "\u202e", "\xff\xfe", `"`, " > ", "\n", "[", "]", "{\"log\":\"", strings.Repeat("A", 70_000)}
	asked := verdict.Ask(anyTime([]string{"127.0.0.1:48880", "127.0.0.1:41190"}))
	for range 300 {
		damaged := []byte(text)
		for range 30 {
			i := seeded.IntN(len(damaged))
			damaged = append(damaged[:i:i], append([]byte(insert[seeded.IntN(len(insert))]), damaged[i:]...)...)
		}
		got := read(t, string(damaged), asked)
		for _, s := range got.Statements {
			for _, shown := range []string{s.Says, s.User} {
				if len(shown) > maxWords+len("…") || strings.Contains(shown, "9c41") || !printable(shown) {
					t.Fatalf("shown: %q", shown)
				}
			}
		}
	}
	whole := read(t, text, all())
	var bytewise verdict.Testimony
	if err := Read(iotest.OneByteReader(strings.NewReader(text)), all(), &bytewise); err != nil || fmt.Sprint(*whole) != fmt.Sprint(bytewise) {
		t.Errorf("byte by byte: %v\n got %+v\nwant %+v", err, bytewise, *whole)
	}
}

func printable(s string) bool {
	for _, r := range s {
		if !strconv.IsPrint(r) || r == '\ufffd' {
			return false
		}
	}
	return true
}

// TestLimits: no more than so many statements, and of numbers.
func TestLimits(t *testing.T) {
	line := "2026/07/17 09:59:58 192.0.2.7:44768 accepted tcp:203.0.113.10:80\n"
	got := read(t, strings.Repeat(line, maxStatements+7), all())
	if len(got.Statements) != maxStatements || !got.Limited || got.Understood != maxStatements+7 {
		t.Errorf("%d statements, %v, %d understood", len(got.Statements), got.Limited, got.Understood)
	}
	var n numbers
	for i := range 5 * mostNumbers {
		n.link(&entry{number: strconv.Itoa(i), at: 1}, &verdict.Statement{})
	}
	if len(n.now)+len(n.before) > 2*mostNumbers {
		t.Errorf("%d and %d numbers", len(n.now), len(n.before))
	}
}

// TestFailingReader: what came before an error counts.
func TestFailingReader(t *testing.T) {
	var got verdict.Testimony
	line := "2026/07/17 09:59:58 192.0.2.7:44768 accepted tcp:203.0.113.10:80\n"
	err := Read(io.MultiReader(strings.NewReader(line), iotest.ErrReader(os.ErrPermission)), all(), &got)
	if err != os.ErrPermission || len(got.Statements) != 1 {
		t.Errorf("%v, %+v", err, got)
	}
}
