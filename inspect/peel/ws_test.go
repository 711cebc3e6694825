package peel_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
)

const (
	wsAsk    = "GET /tide HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	wsAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
	wsShown  = "ws agreed method=GET path=/tide host=a.test headers=Host, Upgrade, Connection, Sec-WebSocket-Key, Sec-WebSocket-Version"
)

// frames writes frames with another implementation, masked as a client's are.
func frames(masked bool, list ...ws.Frame) string {
	var b bytes.Buffer
	for _, f := range list {
		f.Payload = bytes.Clone(f.Payload)
		if masked {
			f = ws.MaskFrameWith(f, [4]byte{0xa1, 0xb2, 0xc3, 0xd4})
		}
		if err := ws.WriteFrame(&b, f); err != nil {
			panic(err)
		}
	}
	return b.String()
}

func binary(fin bool, p string) ws.Frame      { return ws.NewFrame(ws.OpBinary, fin, []byte(p)) }
func more(fin bool, p string) ws.Frame        { return ws.NewFrame(ws.OpContinuation, fin, []byte(p)) }
func control(op ws.OpCode, p string) ws.Frame { return ws.NewFrame(op, true, []byte(p)) }

func TestWebSocket(t *testing.T) {
	long := strings.Repeat(random, 500)
	for _, c := range []stageCase{
		{name: "frames", talk: []say{client(wsAsk), server(wsAnswer), client(frames(true, binary(true, random), binary(true, long))), server(frames(false, binary(true, "answer"), binary(true, long)))},
			want: want{random + long, "answer" + long, []string{wsShown}, [2]flow.How{}}},
		{name: "fragments, with a ping between", talk: []say{client(wsAsk), server(wsAnswer),
			client(frames(true, binary(false, "one "), control(ws.OpPing, "?"), more(false, "two "), more(true, "three"), binary(true, "")))},
			want: want{"one two three", "", []string{wsShown}, [2]flow.How{}}},
		{name: "close", talk: []say{client(wsAsk), server(wsAnswer), client(frames(true, binary(true, "x"), control(ws.OpClose, "\x03\xe8"))), {from: flow.A, end: flow.RST}, {from: flow.B, end: flow.FIN}},
			want: want{"x", "", []string{wsShown}, [2]flow.How{flow.FIN, flow.FIN}}},
		{name: "refused", talk: []say{client(wsAsk), server("HTTP/1.1 404 Not Found\r\nDate: Fri, 17 Jul 2026 09:59:58 GMT\r\n\r\n")},
			want: want{"", "", []string{strings.Replace(wsShown, "agreed", "turned-down", 1) + " says=HTTP/1.1 404 Not Found"}, [2]flow.How{}}},
		{name: "a frame of the client without a mask", talk: []say{client(wsAsk), server(wsAnswer), client(frames(false, binary(true, "x")))},
			want: want{"…", "", []string{wsShown + " stopped=WebSocket: a frame of the client without a mask"}, [2]flow.How{}}},
		{name: "a reserved kind", talk: []say{client(wsAsk), server(wsAnswer), client(frames(true, binary(true, "x")) + "\x83\x80"), server(frames(false, binary(true, "goes on")))},
			want: want{"x…", "goes on", []string{wsShown + " stopped=WebSocket: a frame of a kind that there is not"}, [2]flow.How{}}},
		{name: "a compressed frame that nobody agreed on", talk: []say{client(wsAsk), server(wsAnswer), server("\xc2\x01x")},
			want: want{"", "…", []string{wsShown + " stopped=WebSocket: a compressed frame, which was not agreed on"}, [2]flow.How{}}},
		{name: "a hole in a payload", talk: []say{client(wsAsk), server(wsAnswer), client(frames(true, binary(true, "0123456789"))[:9]), {from: flow.A, gap: 5}, client(frames(true, binary(true, "0123456789"), binary(true, "next"))[14:])},
			want: want{"012…89next", "", []string{wsShown}, [2]flow.How{}}},
		{name: "a hole over a head", talk: []say{client(wsAsk), server(wsAnswer), client(frames(true, binary(true, "before"))), {from: flow.A, gap: 5}, client("rest of a frame"), client(frames(true, binary(true, "behind"), binary(true, "it")))},
			want: want{"before…behindit", "", []string{wsShown}, [2]flow.How{}}, whole: true},
	} {
		c.check(t)
	}
}

// TestEarlyData: the first bytes of the stream in the request.
func TestEarlyData(t *testing.T) {
	begins := func(p []byte, _ flow.Time) bool { return strings.HasPrefix(string(p), random[:16]) }
	early := base64.RawURLEncoding.EncodeToString([]byte(random))
	ask := func(path, header string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhl\r\n" + header + "\r\n"
	}
	for _, c := range []struct{ name, ask, path, in string }{
		{"the usual header", ask("/tide", "Sec-WebSocket-Protocol: "+early+"\r\n"), "/tide", "Sec-WebSocket-Protocol"},
		{"another header", ask("/tide?ed=2048", "X-Early: "+early+"\r\n"), "/tide", "X-Early"},
		{"the path", ask("/tide/"+early, ""), "/tide/", "path"},
		{"the path without a border", ask("/tide"+early, ""), "/tide", "path"},
		{"no early data", ask("/tide", "Sec-WebSocket-Protocol: chat\r\n"), "/tide", ""},
	} {
		in := peeled(peel.Options{Begins: begins}, []say{client(c.ask), server(wsAnswer), client(frames(true, binary(true, " and more")))}, 1<<20)
		i := in.list[0]
		want := " and more"
		if c.in != "" {
			want = random + want
		}
		l := i.rec.Layers[0]
		if i.sides[flow.A] != want || l.Get("path") != c.path || l.Get("early_in") != c.in {
			t.Errorf("%s: got %q, path %q, in %q", c.name, i.sides[flow.A], l.Get("path"), l.Get("early_in"))
		}
	}
}

// TestDeflate: permessage-deflate as another implementation writes it, with and
// without one window for all messages.
func TestDeflate(t *testing.T) {
	ask := strings.Replace(wsAsk, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1)
	answer := strings.Replace(wsAnswer, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n", 1)
	noise := make([]byte, 5000)
	rand.NewChaCha8([32]byte{3}).Read(noise)
	texts := []string{"a first message", strings.Repeat("again and ", 20000), string(noise), ""}
	var list []ws.Frame
	for _, text := range texts {
		f, err := wsflate.CompressFrame(binary(true, text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	list = append(list, binary(true, "and a plain one"))
	in := peeled(peel.Options{}, []say{client(ask), server(answer), client(frames(true, list...)), server(frames(false, list...))}, 1000)
	want := strings.Join(texts, "") + "and a plain one"
	if i := in.list[0]; i.sides[flow.A] != want || i.sides[flow.B] != want {
		t.Errorf("%d and %d bytes, want %d (%s)", len(i.sides[flow.A]), len(i.sides[flow.B]), len(want), i.rec.Layers[0].Why)
	}
}
