package peel_test

import (
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
)

// random is what VMess looks like.
const random = "\x9f\x1c\x00\xd2\x55\x90\xe4\x31\x07\x6e\xc8\x2b\x44\xfa\x10\x93\x77\x21"

// Heads as v2ray and Xray write them, shortened.
const (
	camouflage = "GET /tide HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: x\r\n\r\n"
	chunkedOK  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	bad        = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	upgrade    = "GET /up HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	switched   = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	connect    = "CONNECT vpn.example.test:10086 HTTP/1.1\r\nHost: vpn.example.test:10086\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n"
	pathHost   = "method=GET path=/tide host=www.example.test headers=Host, User-Agent"
)

var stageCases = []stageCase{
	{name: "nothing around it", talk: []say{client(random), server(random + "!")}, want: want{random, random + "!", nil, [2]flow.How{}}},
	{name: "nothing at all", want: want{}},
	{name: "camouflage", talk: []say{client(camouflage + random), server(chunkedOK + "answer")},
		want: want{random, "answer", []string{"http agreed " + pathHost}, [2]flow.How{}}},
	{name: "camouflage, the head on its own", talk: []say{client(camouflage), client(random), server(chunkedOK), server("answer"), {from: flow.A, end: flow.FIN}},
		want: want{random, "answer", []string{"http agreed " + pathHost}, [2]flow.How{flow.FIN, flow.Open}}},
	{name: "camouflage, refused", talk: []say{client(camouflage + random), server(bad), {from: flow.B, end: flow.FIN}},
		want: want{random, "", []string{"http turned-down " + pathHost + " says=HTTP/1.1 400 Bad Request"}, [2]flow.How{flow.Open, flow.FIN}}},
	{name: "camouflage, another answer", talk: []say{client(camouflage + random), server("SSH-2.0-x\r\n")},
		want: want{random, "", []string{"http foreign " + pathHost + " says=SSH-2.0-x"}, [2]flow.How{}}},
	{name: "camouflage, silence", talk: []say{client(camouflage + random), {from: flow.B, end: flow.RST}},
		want: want{random, "", []string{"http none " + pathHost}, [2]flow.How{flow.Open, flow.RST}}},
	{name: "camouflage, a hole in the answer's head", talk: []say{client(camouflage + random), server("HTTP/1.1 200 OK\r\n"), {from: flow.B, gap: 3}, server("x\r\n\r\n")},
		want: want{random, "…", []string{"http none " + pathHost + " says=HTTP/1.1 200 OK"}, [2]flow.How{}}, whole: true},
	{name: "HTTP upgrade", talk: []say{client(upgrade), server(switched), client(random), server("answer")},
		want: want{random, "answer", []string{"httpupgrade agreed method=GET path=/up host=a.test headers=Host, Connection, Upgrade"}, [2]flow.How{}}},
	{name: "an HTTP proxy", talk: []say{client(connect), server("HTTP/1.1 200 Connection established\r\n\r\n"), client(random), server("answer")},
		want: want{random, "answer", []string{"connect agreed method=CONNECT path=vpn.example.test:10086 host=vpn.example.test:10086 headers=Host, Proxy-Authorization target=vpn.example.test:10086"}, [2]flow.How{}}},
	{name: "an HTTP proxy that refuses", talk: []say{client(connect), server("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")},
		want: want{"", "", []string{"connect turned-down method=CONNECT path=vpn.example.test:10086 host=vpn.example.test:10086 headers=Host, Proxy-Authorization target=vpn.example.test:10086 says=HTTP/1.1 407 Proxy Authentication Required"}, [2]flow.How{}}},

	// RFC 1928 and RFC 1929.
	{name: "SOCKS 5, the request at once", talk: []say{client("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x27\x66"), server("\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), client(random), server("answer")},
		want: want{random, "answer", []string{"socks5 agreed target=192.0.2.1:10086"}, [2]flow.How{}}},
	{name: "SOCKS 5", talk: []say{client("\x05\x01\x00"), server("\x05\x00"), client("\x05\x01\x00\x01\xc0\x00\x02\x01\x27\x66"), server("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), client(random), server("answer")},
		want: want{random, "answer", []string{"socks5 agreed target=192.0.2.1:10086"}, [2]flow.How{}}},
	{name: "SOCKS 5 with a password", talk: []say{client("\x05\x02\x00\x02"), server("\x05\x02"), client("\x01\x03tom\x06secret"), server("\x01\x00"), client("\x05\x01\x00\x03\x06a.test\x27\x66"), server("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), client(random)},
		want: want{random, "", []string{"socks5 agreed target=a.test:10086"}, [2]flow.How{}}},
	{name: "SOCKS 5, refused", talk: []say{client("\x05\x01\x00"), server("\x05\x00"), client("\x05\x01\x00\x01\xc0\x00\x02\x01\x27\x66"), server("\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")},
		want: want{"", "", []string{"socks5 turned-down target=192.0.2.1:10086 says=reply 5"}, [2]flow.How{}}},
	{name: "SOCKS 5, no method", talk: []say{client("\x05\x01\x00"), server("\x05\xff")},
		want: want{"", "", []string{"socks5 turned-down says=no acceptable method"}, [2]flow.How{}}},
	{name: "SOCKS 5, no such address", talk: []say{client("\x05\x01\x00"), server("\x05\x00"), client("\x05\x01\x00\x09\xc0\x00\x02\x01\x27\x66")},
		want: want{"", "", []string{"socks5 none stopped=SOCKS 5: an address of type 9"}, [2]flow.How{}}},
	{name: "SOCKS 4", talk: []say{client("\x04\x01\x27\x66\xc0\x00\x02\x01tom\x00"), server("\x00\x5a\x00\x00\x00\x00\x00\x00"), client(random), server("answer")},
		want: want{random, "answer", []string{"socks4 agreed target=192.0.2.1:10086"}, [2]flow.How{}}},
	{name: "SOCKS 4A", talk: []say{client("\x04\x01\x27\x66\x00\x00\x00\x01tom\x00a.test\x00"), server("\x00\x5a\x00\x00\x00\x00\x00\x00"), client(random)},
		want: want{random, "", []string{"socks4 agreed target=a.test:10086"}, [2]flow.How{}}, whole: true},

	// HAProxy's proxy-protocol.txt, 2.1 and 2.2.
	{name: "PROXY", talk: []say{client("PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n" + random), server("answer")},
		want: want{random, "answer", []string{"proxy agreed source=192.0.2.7:50000"}, [2]flow.How{}}},
	{name: "PROXY over IPv6", talk: []say{client("PROXY TCP6 2001:db8::7 2001:db8::1 50000 443\r\n" + random)},
		want: want{random, "", []string{"proxy agreed source=[2001:db8::7]:50000"}, [2]flow.How{}}},
	{name: "PROXY UNKNOWN", talk: []say{client("PROXY UNKNOWN\r\n" + random)}, want: want{random, "", []string{"proxy agreed"}, [2]flow.How{}}},
	{name: "PROXY without an end", talk: []say{client("PROXY " + random + random + random + random + random + random + random)},
		want: want{"", "", []string{"proxy agreed stopped=PROXY protocol: no end of the line within 107 bytes"}, [2]flow.How{}}, whole: true},
	{name: "PROXY, version 2, too long", talk: []say{client("\r\n\r\n\x00\r\nQUIT\n\x21\x11\xff\xff" + random)},
		want: want{"", "", []string{"proxy agreed stopped=PROXY protocol: a head of 65551 bytes, want at most 16384"}, [2]flow.How{}}},
	{name: "PROXY, version 2", talk: []say{client("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\xc3\x50\x01\xbb" + random)},
		want: want{random, "", []string{"proxy agreed source=192.0.2.7:50000"}, [2]flow.How{}}},
	{name: "PROXY in front of camouflage", talk: []say{client("PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n" + camouflage + random), server(chunkedOK + "answer")},
		want: want{random, "answer", []string{"proxy agreed source=192.0.2.7:50000", "http agreed " + pathHost}, [2]flow.How{}}},
}

func TestStages(t *testing.T) {
	for i := range stageCases {
		stageCases[i].check(t)
	}
}

// TestDeepest: nobody stacks more than a few wrappings.
func TestDeepest(t *testing.T) {
	front := "PROXY UNKNOWN\r\n"
	text := ""
	for range 9 {
		text += front
	}
	in := peeled(peel.Options{}, []say{client(text + random)}, 1<<20)
	if i := in.list[0]; len(i.rec.Layers) != 8 || i.sides[flow.A] != front+random {
		t.Errorf("%d layers, and inside %q", len(i.rec.Layers), i.sides[flow.A])
	}
}

// TestWaiting: what waits for the client's first bytes is bounded, and nothing of
// it is lost.
func TestWaiting(t *testing.T) {
	o := peel.Options{Limits: flow.Limits{Hold: 4 << 10, HoldTotal: 6 << 10, Reorder: 1}}
	var in inside
	stage := peel.Open(&in, o)
	var sinks []flow.Sink
	for range 50 {
		sinks = append(sinks, stage.Open(&flow.Record{Began: true}))
	}
	for range 40 {
		for _, s := range sinks {
			s.Data(flow.B, 0, []byte(random)) // the server speaks, and the client does not
			s.Gap(flow.B, 0, 1)
		}
	}
	for _, s := range sinks {
		s.Close(flow.B, 0, flow.FIN)
		s.Finish()
	}
	if len(in.list) != 50 {
		t.Fatalf("%d conversations, want 50", len(in.list))
	}
	for n, i := range in.list {
		if len(i.sides[flow.B]) != 40*(len(random)+len("…")) || i.closed[flow.B] != flow.FIN || !i.done {
			t.Errorf("conversation %d: %d bytes", n, len(i.sides[flow.B]))
		}
	}
}
