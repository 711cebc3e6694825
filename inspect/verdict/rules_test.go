package verdict

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// ruleCase is a run whose last session is judged.
type ruleCase struct {
	name     string
	run      []*session.Facts
	id       string
	reason   string // a part of it
	evidence Evidence
}

func one(f *session.Facts) []*session.Facts { return []*session.Facts{f} }

var (
	first  = works()
	oddity = "vmess: request header: version at 0: value 2, want 1"
)

var ruleCases = []ruleCase{
	{"ok", one(works()), "ok", "request and answer decode", Evidence{{"notes", []string{}}}},
	{"ok, a chunk is cut", one(works(ends("end-chunk", "cut"))), "ok", "ends early", Evidence{{"notes", []string{"cut"}}}},
	{"ok, a stream is reset", one(works(ends("end-chunk", "rst"))), "ok", "ends early", Evidence{{"notes", []string{"cut"}}}},
	{"ok, a stream stays open", one(works(ends("open", "end-chunk"))), "ok", "ends early", Evidence{{"notes", []string{"cut"}}}},
	{"ok, datagrams stay open", one(works(commands(codec.CommandUDP), ends("open", "rst"))), "ok", "decode", Evidence{{"notes", []string{}}}},
	{"ok, datagrams are cut", one(works(commands(codec.CommandUDP), ends("open", "cut"))), "ok", "ends early", Evidence{{"notes", []string{"cut"}}}},
	{"ok, sing just closes", one(works(ends("fin", "fin"))), "ok", "decode", Evidence{{"notes", []string{}}}},
	{"ok, end marker first", one(works(func(f *session.Facts) { f.Down.EndFirst = true })), "ok", "end mark in front of its data",
		Evidence{{"notes", []string{"end-marker-first"}}}},
	{"ok, the target refused", one(works(hungUp, func(f *session.Facts) { f.Down = session.Stream{Wire: 38, Opened: true, End: "fin"} })), "ok",
		"the target did not answer", Evidence{{"notes", []string{"destination-refused"}}}},
	{"ok, the target said nothing and closed", one(works(hungUp, func(f *session.Facts) { f.Down.Bytes = 0 })), "ok", "decode",
		Evidence{{"notes", []string{}}}},
	{"ok, announced", one(works(func(f *session.Facts) {
		f.Announced = &session.Announced{Host: "198.51.100.2", Port: 32000, AlterIDs: 4, Minutes: 5}
	})), "ok",
		"to go on at 198.51.100.2, port 32000 for 5 minutes, with another id", Evidence{{"notes", []string{"dynamic-account"}},
			{"announced", Evidence{{"port", 32000}, {"host", "198.51.100.2"}, {"alterId", 4}, {"minutes", 5}}}}},
	{"ok, announced by another", []*session.Facts{stranger(), first, works(func(f *session.Facts) { f.Auth.From, f.Auth.User = first, -1 })}, "ok",
		"its account is one that the server announced", Evidence{{"notes", []string{"dynamic-account"}}, {"announced_by", 2}}},
	{"ok, odd", one(works(func(f *session.Facts) { f.Header.Oddities = []string{oddity} })), "ok", "decode",
		Evidence{{"notes", []string{}}, {"oddities", []string{oddity}}}},
	{"ok, no answer", one(unanswered()), "ok", "no answer came before the client or the capture ended", Evidence{{"notes", []string{"no-answer"}}}},
	{"ok, no answer and no end", one(unanswered(func(f *session.Facts) { f.FirstOut = session.Closing{} })), "ok", "no answer came",
		Evidence{{"notes", []string{"no-answer"}}}},
	{"ok, the request is cut", one(unanswered(ends("cut", ""))), "ok", "ends early", Evidence{{"notes", []string{"cut", "no-answer"}}}},
	{"ok, the header is cut", one(unanswered(headless)), "ok", "as far as it goes", Evidence{{"notes", []string{"cut", "no-answer"}}}},

	{"ok, the answer's header is cut", one(unanswered(sent(400, 10))), "ok", "the answer ends within its header", Evidence{{"notes", []string{"cut"}}}},

	{"unknown user", one(stranger(hungUp)), "unknown-user", "the server did not answer: the client's id is not the server's",
		Evidence{{"ids_tried", 5}, {"ways", []string{"aead", "legacy"}}, {"answered", false}, {"request_bytes", int64(400)}, {"response_bytes", int64(0)}, {"hmacs_searched", int64(0)}}},
	{"unknown user, one id", one(stranger(hungUp, func(f *session.Facts) { f.Tried = 1 })), "unknown-user", "the one id that was tried did not make this request, and", nil},
	{"unknown user, answered", one(stranger(sent(400, 900))), "unknown-user", "the server answered 900 bytes: the server knows an id",
		Evidence{{"ids_tried", 5}, {"ways", []string{"aead", "legacy"}}, {"answered", true}, {"request_bytes", int64(400)}, {"response_bytes", int64(900)}, {"hmacs_searched", int64(0)}}},
	{"unknown user, answered by something else", one(stranger(sent(400, 900), says(flow.B, "ssh", "SSH-2.0-x"))), "unknown-user",
		`what answers is ssh ("SSH-2.0-x"), which is no VMess`, nil},
	{"unknown user, one way", one(stranger(packets(6, 0))), "unknown-user", "the capture has the client's packets only", nil},
	{"unknown user, search cut short", one(stranger(func(f *session.Facts) { f.Searched, f.Exhausted = 77, true })), "unknown-user", "did not answer",
		Evidence{{"ids_tried", 5}, {"ways", []string{"aead", "legacy", "legacy-search"}}, {"answered", false}, {"request_bytes", int64(400)}, {"response_bytes", int64(0)}, {"hmacs_searched", int64(77)}, {"search", "cut short by its budget"}}},
	{"unknown user, no ids", one(stranger(hungUp, func(f *session.Facts) { f.Tried = 0 })), "unknown-user", "no ids were given to try this request with", nil},
	{"unknown user, exactly 16 bytes", one(stranger(sent(16, 0))), "unknown-user", "", nil},

	{"alter id", one(refused(byAlter(41))), "alterid-mismatch", "used alter id 41 (counted from 0)", Evidence{{"alter", 41}, {"needs_alter_id", 42}, {"allowed", 0}}},
	{"alter id, client gave up", one(unanswered(byAlter(0))), "alterid-mismatch", "alter id 0", Evidence{{"alter", 0}, {"needs_alter_id", 1}, {"allowed", 0}}},
	{"alter id that the server takes", one(works(byAlter(41))), "ok", "decode", nil},

	{"clock skew", one(refused(skewed(600))), "clock-skew", "600 s ahead of the capture's; servers take 120 s", Evidence{{"seconds", int64(600)}, {"limit_s", window}, {"whose", clockUnsure}}},
	{"clock skew, behind", one(refused(skewed(-600))), "clock-skew", "600 s behind", Evidence{{"seconds", int64(-600)}, {"limit_s", window}, {"whose", clockUnsure}}},
	{"clock skew, legacy", one(refused(byLegacy, skewed(3600), func(f *session.Facts) { f.Searched = 5000 })), "clock-skew", "3600 s (1 h) ahead",
		Evidence{{"seconds", int64(3600)}, {"limit_s", window}, {"whose", clockUnsure}, {"jitter_s", jitter}, {"hmacs_searched", int64(5000)}}},
	{"clock skew, and others are in time", []*session.Facts{works(from(9)), refused(skewed(600))}, "clock-skew", "the server takes others that are in time",
		Evidence{{"seconds", int64(600)}, {"limit_s", window}, {"whose", clockOfClient}}},
	{"clock skew, and the answer is dated", one(refused(skewed(600), within(dated(answering(wrapped("http", flow.TurnedDown), "http", "HTTP/1.1 400", 400), 2)))), "clock-skew", "the date of the server's answer agrees",
		Evidence{{"seconds", int64(600)}, {"limit_s", window}, {"whose", clockOfClient}}},
	{"clock skew of several", []*session.Facts{refused(skewed(590), from(9)), refused(skewed(600))}, "clock-skew", "several clients are off by about the same",
		Evidence{{"seconds", int64(600)}, {"limit_s", window}, {"whose", clockOfOthers}}},
	{"clock skew beside the capture's", []*session.Facts{works(skewed(3600)), refused(skewed(4200), from(8)), refused(skewed(4200))}, "clock-skew", "by what its server takes, whose clock may itself be wrong",
		Evidence{{"seconds", int64(600)}, {"limit_s", window}, {"whose", clockUnsure}, {"capture_clock_s", int64(-3600)}}},
	{"clock skew, client gave up", one(unanswered(skewed(-121))), "clock-skew", "121 s behind", nil},
	{"clock skew in the year 36000", one(refused(skewed(1<<40 - 2e9))), "clock-skew", "s ahead", Evidence{{"seconds", int64(1<<40 - 2e9)}, {"limit_s", window}, {"whose", clockUnsure}}},

	{"server's clock", []*session.Facts{
		works(at(flow.B, "198.51.100.9:443")), works(skewed(500)), works(skewed(550)), refused()}, "server-clock-skew",
		"the sessions that this server accepts are 525 s ahead", Evidence{{"seconds", int64(525)}, {"accepted", 2}}},

	{"legacy refused", one(refused(byLegacy)), "legacy-refused", "it takes AEAD only",
		Evidence{{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}}},
	{"legacy refused, though AEAD is answered", []*session.Facts{works(), refused(byLegacy)}, "legacy-refused", "", nil},
	{"legacy refused, though another server answers", []*session.Facts{works(byLegacy, at(flow.B, "198.51.100.2:1")), refused(byLegacy)}, "legacy-refused", "", nil},
	{"legacy is taken elsewhere in the run", []*session.Facts{works(byLegacy), refused(byLegacy)}, "server-refused", "does not tell why",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user", "legacy-refused"}},
			{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}}},
	{"legacy, the header never came", one(refused(byLegacy, headless)), "server-refused", "the rest of the header never came", nil},

	{"insecure refused", one(refused(secured(codec.SecurityNone), wasReset)), "insecure-refused", "its security is none",
		Evidence{{"security", "none"}, {"closed_by", "rst"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}}},
	{"cfb refused", one(refused(secured(codec.SecurityAES128CFB))), "insecure-refused", "its security is aes-128-cfb", nil},
	{"no such cipher", one(refused(secured(9))), "insecure-refused", "its security is Security(9)", nil},
	{"insecure is taken elsewhere in the run", []*session.Facts{works(secured(codec.SecurityNone)), refused(secured(codec.SecurityNone))}, "server-refused", "",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user", "insecure-refused"}},
			{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}}},

	{"server refused", one(refused()), "server-refused", "the header is valid and in time; the server closed without an answer",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user"}},
			{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}}},
	{"server refused, odd", one(refused(func(f *session.Facts) { f.Header.Oddities = []string{oddity} })), "server-refused", "it is odd (" + oddity + ")",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user"}},
			{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}, {"oddities", []string{oddity}}}},

	{"server refused, with a few bytes", one(refused(byLegacy, secured(codec.SecurityNone), sent(400, 2))), "server-refused", "closed after 2 bytes, which are no whole answer",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user", "legacy-refused", "insecure-refused"}},
			{"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)}, {"did", "waited"}, {"means", waited.means}, {"response_bytes", int64(2)}}},

	{"server refused, at once, after a small first piece", one(refused(func(f *session.Facts) { f.Up.First = 42; f.FirstOut.At = f.FirstByte + 1e6 })), "server-refused", "",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user"}}, {"closed_by", "fin"}, {"after_ms", int64(1)}, {"request_bytes", int64(400)},
			{"did", "closed-at-once"}, {"means", closedAtOnce.means}, {"first_piece_bytes", int64(42)}}},
	{"server refused, after more", one(refused(func(f *session.Facts) { f.Up.Last = f.FirstOut.At - 1e6 })), "server-refused", "",
		Evidence{{"possible", []string{"server-clock-skew", "transport-mismatch", "unknown-user"}}, {"closed_by", "fin"}, {"after_ms", int64(2000)}, {"request_bytes", int64(400)},
			{"did", "read-on"}, {"means", readOn.means}}},

	{"replay", []*session.Facts{stranger(), first, refused(headed(first), later(90_500_000_000))}, "replay", "that of session 2",
		Evidence{{"of", 2}, {"after_ms", int64(90_500)}, {"same", "header"}, {"by", "192.0.2.7"}}},
	{"one connection, seen on both sides of a translator", []*session.Facts{refused(skewed(600), headed(first)), refused(skewed(600), headed(first), from(9), later(100_000))}, "clock-skew", "600 s ahead", nil},
	{"an altered copy", []*session.Facts{first, refused(faulty("header", -1), sameAuth(first), later(60_000_000_000))}, "replay", "the first 16 bytes are those of session 1, with something else behind them, from the same address", nil},
	{"the keys of another", []*session.Facts{first, refused(sameKeys(first), from(9), later(60_000_000_000))}, "replay", "it has the keys of session 1, from another address", nil},
	{"two legacy requests of one second", []*session.Facts{works(byLegacy), refused(byLegacy, sameAuth(first))}, "server-refused", "", nil},
	{"a replay that is answered works", []*session.Facts{first, works(headed(first))}, "ok", "", nil},

	{"auth length", one(refused(faulty("header-length", -1))), "corrupt", "the header length does not open at byte 159",
		Evidence{{"where", "header-length"}, {"offset", int64(159)}, {"kind", "auth"}, {"error", "tag refused"}}},
	{"header", one(refused(headless, faulty("header", -1))), "corrupt", "the header does not open", nil},
	{"request body", one(refused(faulty("request-body", 4))), "corrupt", "chunk 4 of the request body does not open, at byte 159",
		Evidence{{"where", "request-body"}, {"offset", int64(159)}, {"kind", "auth"}, {"error", "tag refused"}, {"chunk", int64(4)}}},
	{"request body, answered", one(works(faulty("request-body", 0))), "corrupt", "chunk 0 of the request body", nil},
	{"response body", one(works(faulty("response-body", 7))), "corrupt", "chunk 7 of the response body", nil},
	{"response header", one(unanswered(sent(400, 300), faulty("response-header", -1))), "corrupt", "the response header", nil},

	{"raw client, HTTP server", one(refused(sent(400, 99), says(flow.B, "http", "HTTP/1.1 400 Bad Request"), status(400))), "transport-mismatch",
		`the server answers "HTTP/1.1 400 Bad Request"`, Evidence{{"client", "raw"}, {"server", "http"}, {"status", 400}}},
	{"raw client, TLS server", one(refused(sent(400, 7), says(flow.B, "tls", "alert"))), "transport-mismatch", "", Evidence{{"client", "raw"}, {"server", "tls"}}},
	{"WebSocket inside of TLS, another HTTP answers", one(refused(within(wrapped("tls1.3", flow.Agreed)), sent(400, 99), says(flow.B, "http", "HTTP/1.1 400"), status(400))), "transport-mismatch",
		"inside TLS the client sends VMess as it is", Evidence{{"client", "raw"}, {"server", "http"}, {"status", 400}}},
	{"WebSocket client, silent server", one(stranger(sent(0, 0), within(wrapped("ws", flow.Unanswered, tide...)))), "transport-mismatch",
		"asks for WebSocket (GET /tide), and the server says nothing to it", Evidence{{"client", "ws"}, {"server", "raw"}}},
	{"WebSocket client with early data, silent server", one(unanswered(within(wrapped("ws", flow.Unanswered, tide...)))), "transport-mismatch", "lacks this transport", nil},
	{"WebSocket client, wrong path", one(stranger(sent(0, 0), within(answering(wrapped("ws", flow.TurnedDown, tide...), "http", "HTTP/1.1 404 Not Found", 404)))),
		"transport-mismatch", `turns down WebSocket (GET /tide) with "HTTP/1.1 404 Not Found": another path`, Evidence{{"client", "ws"}, {"server", "ws"}, {"status", 404}, {"asks", "/tide"}}},
	{"gRPC client, wrong service", one(stranger(sent(0, 0), within(wrapped("h2", flow.Agreed)), within(answering(wrapped("grpc", flow.TurnedDown), "grpc", "grpc-status 12", 0)))),
		"transport-mismatch", `turns down gRPC with "grpc-status 12"`, Evidence{{"client", "grpc"}, {"server", "grpc"}}},
	{"TLS client, raw server", one(stranger(sent(0, 0), within(wrapped("", flow.Unanswered, hello...)))), "transport-mismatch",
		"asks for TLS (to vpn.example.test)", Evidence{{"client", "tls"}, {"server", "raw"}}},
	{"TLS client, HTTP server", one(stranger(sent(0, 0), within(answering(wrapped("", flow.Foreign), "http", "HTTP/1.1 400 Bad Request", 400)))),
		"transport-mismatch", `the server answers "HTTP/1.1 400 Bad Request"`, Evidence{{"client", "tls"}, {"server", "http"}, {"status", 400}}},
	{"TLS, an alert", one(stranger(sent(0, 0), within(answering(wrapped("", flow.TurnedDown), "tls", "alert 40, handshake_failure", 0)))),
		"transport-mismatch", "another version, name or certificate", Evidence{{"client", "tls"}, {"server", "tls"}}},
	{"camouflaged client, the server hangs up", one(refused(within(wrapped("http", flow.Unanswered, tide...)))), "transport-mismatch", "",
		Evidence{{"client", "http"}, {"server", "raw"}}},
	{"camouflaged client, silence", one(unanswered(within(wrapped("http", flow.Unanswered, tide...)))), "ok", "", Evidence{{"notes", []string{"no-answer"}}}},
	{"camouflage, what is inside is refused", one(stranger(within(answering(wrapped("http", flow.TurnedDown, tide...), "http", "HTTP/1.1 400 Bad Request", 400)))),
		"unknown-user", `turns it down with "HTTP/1.1 400 Bad Request"`, nil},
	{"camouflage, a late client", one(refused(skewed(600), within(answering(wrapped("http", flow.TurnedDown), "http", "HTTP/1.1 400 Bad Request", 400)))), "clock-skew", "", nil},
	{"camouflage, another path", one(refused(within(answering(wrapped("http", flow.TurnedDown, tide...), "http", "HTTP/1.1 404 Not Found", 404)))), "transport-mismatch", "",
		Evidence{{"client", "http"}, {"server", "http"}, {"status", 404}, {"asks", "/tide"}}},
	{"a proxy refuses", one(stranger(sent(0, 0), within(answering(wrapped("socks5", flow.TurnedDown), "socks5", "reply 5", 0)))), "transport-mismatch",
		"the proxy in front turns the connection down", nil},
	{"server's clock by its date", one(refused(within(dated(answering(wrapped("http", flow.TurnedDown), "http", "HTTP/1.1 400", 400), -700)))), "server-clock-skew",
		"the date of the server's answer is 700 s behind", Evidence{{"seconds", int64(-700)}, {"date", true}}},
	{"a damaged wrapping", one(stranger(sent(0, 0), within(stopped(wrapped("ws", flow.Agreed), flow.Damaged, "WebSocket: a frame")))), "corrupt",
		"WebSocket around the session does not open: WebSocket: a frame", Evidence{{"where", "transport"}, {"transport", "ws"}, {"error", "WebSocket: a frame"}}},

	{"HTTP", one(stranger(says(flow.A, "http", "GET /"))), "not-vmess", `the client speaks http ("GET /")`, Evidence{{"looks_like", "http"}, {"detail", "GET /"}}},
	{"SOCKS", one(stranger(sent(0, 0), within(wrapped("socks5", flow.Unanswered)))), "not-vmess", "a SOCKS 5 proxy", Evidence{{"looks_like", "socks5"}}},
	{"nothing", one(stranger(sent(0, 0))), "not-vmess", "the connection was made and the client sent nothing", Evidence{{"looks_like", "nothing"}}},
	{"only a SYN", one(stranger(sent(0, 0), packets(1, 0))), "not-vmess", "nothing came back", Evidence{{"looks_like", "nothing"}}},
	{"1 byte", one(stranger(sent(1, 0))), "not-vmess", "the client sent 1 byte;", Evidence{{"looks_like", "fewer than 16 bytes"}}},
	{"15 bytes", one(stranger(sent(15, 0))), "not-vmess", "the client sent 15 bytes;", nil},

	{"another service answers", one(unanswered(sent(400, 40), says(flow.B, "ssh", "SSH-2.0-OpenSSH"))), "not-vmess-server", `what answers is ssh ("SSH-2.0-OpenSSH")`,
		Evidence{{"looks_like", "ssh"}, {"detail", "SSH-2.0-OpenSSH"}}},

	{"mid-stream", one(stranger(midway, sent(5000, 70000))), "mid-stream", "open before the capture began",
		Evidence{{"request_bytes", int64(5000)}, {"response_bytes", int64(70000)}}},
	{"mid-stream, nothing but a close", one(stranger(midway, sent(0, 0))), "mid-stream", "", nil},
	{"mid-stream, few bytes", one(stranger(midway, sent(7, 0))), "mid-stream", "", nil},
	{"no SYN, and the user matches", one(works(midway)), "ok", "", nil},

	{"gap in an answered session", one(works(lacking(flow.A, 300, 1460), lacking(flow.B, 400, 1, 9))), "gap", "lacks 1470 bytes in 3 places",
		Evidence{{"up", []Evidence{{{"offset", int64(300)}, {"bytes", int64(1460)}}}},
			{"down", []Evidence{{{"offset", int64(400)}, {"bytes", int64(1)}}, {{"offset", int64(501)}, {"bytes", int64(9)}}}}}},
	{"gap in the answer's header", one(unanswered(lacking(flow.B, 0, 38))), "gap", "lacks 38 bytes in 1 place;", nil},
	{"gap of unknown length", one(unanswered(lacking(flow.B, 0, -1))), "gap", "lacks an unknown number of bytes in 1 place;", nil},
	{"gap in the request's header", one(unanswered(headless, lacking(flow.A, 20, 60))), "gap", "lacks 60 bytes", nil},
	{"gap in the request's header, and the server closed", one(refused(headless, lacking(flow.A, 20, 60))), "gap", "lacks 60 bytes", nil},
	{"gap in the request's body, no answer", one(unanswered(lacking(flow.A, 200, 60), ends("cut", ""))), "gap", "lacks 60 bytes", nil},
	{"more gaps than are listed", one(works(lacking(flow.B, 400, 1, 1), func(f *session.Facts) { f.Down.GapCount = 30 })), "gap", "in 30 places",
		Evidence{{"down", []Evidence{{{"offset", int64(400)}, {"bytes", int64(1)}}, {{"offset", int64(501)}, {"bytes", int64(1)}}}}, {"down_gaps", 30}}},

	{"gap at the start", one(stranger(lacking(flow.A, 0, 100))), "gap-at-start", "the first bytes of the request are not in the capture",
		Evidence{{"up", []Evidence{{{"offset", int64(0)}, {"bytes", int64(100)}}}}}},
	{"gap at byte 15", one(stranger(lacking(flow.A, 15, 1))), "gap-at-start", "", nil},
	{"gap at byte 16", one(stranger(lacking(flow.A, 16, 1))), "unknown-user", "", nil},

	{"only the request", one(unanswered(packets(6, 0))), "one-way", "only the client's packets", Evidence{{"captured", "request-only"}}},
	{"only the request, and a wrapping", one(stranger(packets(6, 0), sent(0, 0), within(wrapped("ws", flow.Unanswered, tide...)))), "one-way", "", Evidence{{"captured", "request-only"}}},
	{"only the answer", one(stranger(packets(0, 6), sent(0, 900))), "one-way", "only the server's packets", Evidence{{"captured", "response-only"}}},

	{"snaplen", one(unanswered(snappedOff, lacking(flow.A, 54, 61), lacking(flow.B, 30, 8))), "snaplen", "at least 69 bytes are missing", nil},
	{"snaplen, answered", one(works(snappedOff, lacking(flow.B, 54, 1400))), "snaplen", "at least 1400 bytes",
		Evidence{{"down", []Evidence{{{"offset", int64(54)}, {"bytes", int64(1400)}}}}}},
	{"snaplen, request only", one(unanswered(snappedOff, lacking(flow.A, 200, 61), ends("cut", ""))), "snaplen", "at least 61 bytes", nil},
	{"snaplen, nothing of the auth", one(stranger(snappedOff, lacking(flow.A, 0, 400))), "snaplen", "", nil},
	{"snapped, and nothing is missing", one(works(snappedOff)), "ok", "", nil},

	{"TLS", one(stranger(sent(0, 0), within(stopped(wrapped("tls1.3", flow.Agreed, append(hello, flow.Fact{Key: "client_random", Value: "00ff"})...), flow.NoKeys, "the key log has nothing for the client random 00ff")))),
		"tls-keys-missing", "nothing for the client random 00ff", Evidence{{"client_random", "00ff"}, {"sni", "vpn.example.test"}}},

	{"mKCP without its seed", one(stranger(sent(0, 0), within(stopped(wrapped("mkcp", flow.Unanswered), flow.NoKeys, "no seed fits")))), "unsupported-transport",
		"the client speaks mKCP: no seed fits", Evidence{{"transport", "mkcp"}, {"missing", "seed"}}},
	{"compressed gRPC", one(stranger(sent(0, 0), within(stopped(wrapped("grpc", flow.Agreed), flow.Unsupported, "compressed messages")))), "unsupported-transport",
		"the client speaks gRPC: compressed messages", Evidence{{"transport", "grpc"}}},
	{"QUIC", one(stranger(says(flow.A, "quic", "long header"))), "unsupported-transport", "", Evidence{{"transport", "quic"}}},
	{"XHTTP", one(stranger(says(flow.A, "xhttp", "POST /x"))), "unsupported-transport", "", Evidence{{"transport", "xhttp"}}},
	{"UDP", one(stranger(func(f *session.Facts) { f.Flow.Network, f.Flow.Datagrams = flow.UDP, true })), "unsupported-transport", "", Evidence{{"transport", "udp"}}},
	{"a web server", one(stranger(sent(400, 900), says(flow.A, "http", "GET /"), says(flow.B, "http", "HTTP/1.1 200 OK"), status(200))), "not-vmess", "", nil},

	{"limit", one(stranger(hit("hold"))), "limit", `the limit "hold" was hit`, Evidence{{"limit", "hold"}}},
	{"limit, user known", one(refused(hit("reorder"))), "limit", `"reorder"`, nil},

	{"tool fault", one(stranger(func(f *session.Facts) { f.Flow.Panic = "index out of range" })), "tool-fault", "please report it", Evidence{{"error", "index out of range"}}},
	{"tool fault, user known", one(works(func(f *session.Facts) { f.Flow.Panic = "index out of range" })), "tool-fault", "please report it", nil},
}

// TestRules judges one case after the other.
func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.run)
			v := got[len(got)-1]
			if v.ID != c.id {
				t.Fatalf("got %s (%s), want %s", v.ID, v.Reason, c.id)
			}
			if !strings.Contains(v.Reason, c.reason) {
				t.Errorf("reason: got %q, want %q in it", v.Reason, c.reason)
			}
			if c.evidence != nil {
				if diff := cmp.Diff(c.evidence, v.Evidence); diff != "" {
					t.Errorf("evidence, -want +got:\n%s", diff)
				}
			}
		})
	}
}

// TestEveryVerdictHasACase holds that no verdict is without a case.
func TestEveryVerdictHasACase(t *testing.T) {
	for _, k := range Kinds() {
		if !slices.ContainsFunc(ruleCases, func(c ruleCase) bool { return c.id == k.ID }) {
			t.Errorf("%s: no case", k.ID)
		}
	}
}

// TestWords holds that reasons are sentences without a full stop, and
// that evidence has each key once, and the page explains it.
func TestWords(t *testing.T) {
	for _, c := range ruleCases {
		for _, v := range Judge(c.run) {
			if v.Reason == "" || strings.HasSuffix(v.Reason, ".") || strings.TrimSpace(v.Reason) != v.Reason {
				t.Errorf("%s: reason %q", c.name, v.Reason)
			}
			seen := map[string]bool{}
			for _, i := range v.Evidence {
				if seen[i.Key] || i.Key == "" {
					t.Errorf("%s: key %q again", c.name, i.Key)
				}
				if kind, _ := Lookup(v.ID); !strings.Contains(kind.Page(), "`"+i.Key+"`") {
					t.Errorf("%s: the page of %s does not explain %q", c.name, v.ID, i.Key)
				}
				seen[i.Key] = true
			}
		}
	}
	for _, k := range Kinds() {
		if k.Title == "" || k.Sure == "" || k.Next == "" && k != &okKind {
			t.Errorf("%s: an entry without words", k.ID)
		}
		if found, ok := Lookup(k.ID); !ok || found != k {
			t.Errorf("Lookup(%s): got %v", k.ID, found)
		}
	}
	if k, ok := Lookup("unheard-of"); ok {
		t.Errorf("Lookup of no verdict: got %v", k)
	}
}
