package h2

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"vmesskit/inspect/flow"
)

// TestForms: padding, priorities, headers in several frames, promises and kinds
// of frames that nobody knows are all taken off.
func TestForms(t *testing.T) {
	client, server, out := newTalk()
	client.send(client.fr.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20}))
	server.send(server.fr.WriteSettings())
	block := client.block(put...)
	client.send(client.fr.WriteHeaders(http2.HeadersFrameParam{
		StreamID: 1, BlockFragment: block[:3], PadLength: 9, Priority: http2.PriorityParam{StreamDep: 0, Weight: 3},
	}))
	client.send(client.fr.WriteContinuation(1, false, nil))
	client.send(client.fr.WriteContinuation(1, true, block[3:]))
	client.send(client.fr.WriteDataPadded(1, false, noise(1, 100), make([]byte, 255)))
	client.send(client.fr.WriteDataPadded(1, false, nil, make([]byte, 7)))
	client.send(client.fr.WriteDataPadded(1, false, nil, []byte{}))
	client.send(client.fr.WriteRawFrame(0x42, 0xff, 1, noise(2, 50)))
	server.send(server.fr.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: server.block("x-new", "entry"), EndHeaders: true, PadLength: 3}))
	server.headers(1, false, ":status", "103", "x-new", "entry")
	server.headers(1, false, ":status", "200", "x-new", "entry", "content-type", "application/octet-stream")
	server.data(2, true, []byte("of the promised stream"))
	server.data(1, false, noise(3, 300_000)) // as long as the client allows
	client.data(1, true, noise(4, 10))
	server.headers(1, true, "x-trailer", "end")
	for _, size := range []int{1 << 20, 1, 7} {
		f := one(t, play(t, began(), Options{}, size, *out))
		wantBytes(t, "client", f.got[flow.A], append(noise(1, 100), noise(4, 10)...))
		wantBytes(t, "server", f.got[flow.B], noise(3, 300_000))
		h := f.layer("h2")
		want := []flow.Fact{
			{Key: "stream", Value: "1"}, {Key: "method", Value: "PUT"}, {Key: "path", Value: "/cap"}, {Key: "authority", Value: "h2.example.test"},
			{Key: "user_agent", Value: "Go-http-client/2.0"}, {Key: "status", Value: "200"},
		}
		if fmt.Sprint(h.Facts) != fmt.Sprint(want) || h.Answer != flow.Agreed || h.Halt != flow.Running {
			t.Errorf("got %+v, want facts %v", *h, want)
		}
		if f.how != [2]flow.How{flow.FIN, flow.FIN} || len(f.rec.Layers) != 1 {
			t.Errorf("closed %v with layers %v", f.how, f.rec.Stack())
		}
	}
}

// TestAnswers: what the server says of a stream, in its own words.
func TestAnswers(t *testing.T) {
	cases := []struct {
		name   string
		answer func(s *talker)
		layer  string
		want   flow.Answer
		says   flow.Speech
	}{
		{"nothing", func(*talker) {}, "h2", flow.Unanswered, flow.Speech{}},
		{"only that a response follows", func(s *talker) { s.headers(1, false, ":status", "100") }, "h2", flow.Unanswered, flow.Speech{}},
		{"200", func(s *talker) { s.headers(1, false, ":status", "200", "content-type", "application/grpc") }, "grpc", flow.Agreed, flow.Speech{}},
		{"404", func(s *talker) { s.headers(1, true, ":status", "404") }, "h2", flow.TurnedDown, flow.Speech{Protocol: "h2", Detail: "HTTP/2 404", Status: 404}},
		{"wrong service", func(s *talker) {
			s.headers(1, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "12", "grpc-message", "unknown service")
		}, "grpc", flow.TurnedDown, flow.Speech{Protocol: "grpc", Detail: "grpc-status 12"}},
		{"refused behind the headers", func(s *talker) {
			s.headers(1, false, ":status", "200", "content-type", "application/grpc")
			s.headers(1, true, "grpc-status", "14")
		}, "grpc", flow.TurnedDown, flow.Speech{Protocol: "grpc", Detail: "grpc-status 14"}},
		{"an end that is in order", func(s *talker) {
			s.headers(1, true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0")
		}, "grpc", flow.Agreed, flow.Speech{}},
		{"failed later", func(s *talker) {
			s.headers(1, false, ":status", "200", "content-type", "application/grpc")
			s.data(1, false, message([]byte("x")))
			s.headers(1, true, "grpc-status", "2")
		}, "grpc", flow.Agreed, flow.Speech{}},
		{"a page", func(s *talker) { s.headers(1, false, ":status", "200", "content-type", "text/html") }, "grpc",
			flow.Foreign, flow.Speech{Protocol: "h2", Detail: "HTTP/2 200 text/html", Status: 200}},
		{"reset", func(s *talker) { s.send(s.fr.WriteRSTStream(1, http2.ErrCodeRefusedStream)) }, "h2",
			flow.TurnedDown, flow.Speech{Protocol: "h2", Detail: "RST_STREAM REFUSED_STREAM"}},
		{"reset for a reason that there is not", func(s *talker) { s.send(s.fr.WriteRSTStream(1, 1<<31)) }, "h2",
			flow.TurnedDown, flow.Speech{Protocol: "h2", Detail: "RST_STREAM code 2147483648"}},
		{"end of the connection", func(s *talker) { s.send(s.fr.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("debug"))) }, "h2",
			flow.TurnedDown, flow.Speech{Protocol: "h2", Detail: "GOAWAY ENHANCE_YOUR_CALM"}},
		{"end of the connection behind this stream", func(s *talker) { s.send(s.fr.WriteGoAway(1, http2.ErrCodeNo, nil)) }, "h2", flow.Unanswered, flow.Speech{}},
	}
	for _, c := range cases {
		client, server, out := newTalk()
		client.headers(1, false, tun...)
		server.send(server.fr.WriteSettings())
		c.answer(server)
		for _, size := range []int{1 << 20, 1} {
			l := one(t, play(t, began(), Options{}, size, *out)).layer(c.layer)
			if l.Answer != c.want || l.Says != c.says {
				t.Errorf("%s: %s: got %d %+v, want %d %+v", c.name, c.layer, l.Answer, l.Says, c.want, c.says)
			}
		}
	}
}

// TestForeign: a server that speaks something else is named, and the client's
// streams are there all the same.
func TestForeign(t *testing.T) {
	name := func(p []byte) flow.Speech {
		line, _, _ := bytes.Cut(p, []byte("\r\n"))
		return flow.Speech{Protocol: "named", Detail: string(line)}
	}
	for answer, detail := range map[string]string{
		"HTTP/1.1 400 Bad Request\r\n\r\n":      "HTTP/1.1 400 Bad Request",
		"\x15\x03\x03\x00\x02\x02\x28":          "\x15\x03\x03\x00\x02\x02\x28",
		"\x00\x00\x06\x01\x04\x00\x00\x00\x01x": "\x00\x00\x06\x01\x04\x00\x00\x00\x01x",
	} {
		for _, size := range []int{1 << 20, 1, 5} {
			client, server, out := newTalk()
			client.headers(1, false, put...)
			client.data(1, false, []byte("request"))
			server.buf.WriteString(answer)
			server.send(nil)
			client.headers(3, false, put...)
			flows := play(t, began(), Options{Name: name}, size, *out)
			if len(flows) != 2 {
				t.Fatalf("%d streams, want 2", len(flows))
			}
			for _, f := range flows {
				if h := f.layer("h2"); h.Answer != flow.Foreign || h.Says.Detail != detail || len(f.got[flow.B]) > 0 {
					t.Errorf("%q in pieces of %d: got %d %+v and %d bytes", answer, size, h.Answer, h.Says, len(f.got[flow.B]))
				}
			}
			wantBytes(t, "client", flows[0].got[flow.A], []byte("request"))
		}
	}
}

// TestNoStream: a connection in which there is none is a conversation itself.
func TestNoStream(t *testing.T) {
	client, server, out := newTalk()
	client.send(client.fr.WriteSettings())
	server.send(server.fr.WriteSettings())
	client.close(flow.RST)
	rec := began()
	f := one(t, play(t, rec, Options{}, 1, *out))
	if f.rec != rec || f.layer("h2").Answer != flow.Agreed || f.how[flow.A] != flow.RST || f.closed[flow.B] {
		t.Errorf("got %v", f)
	}
	f = one(t, play(t, began(), Options{}, 1, nil))
	if f.layer("h2").Answer != flow.Unanswered {
		t.Errorf("nothing at all: got %v", f)
	}
}

// TestCloses: who ends a stream, and how. The story has the closes of both sides.
func TestCloses(t *testing.T) {
	cases := []struct {
		name string
		do   func(c, s *talker)
		want [2]flow.How
		down int // bytes of the server
	}{
		{"the connection ends", func(c, s *talker) { c.close(flow.FIN); s.close(flow.RST) }, [2]flow.How{flow.FIN, flow.RST}, 0},
		{"GOAWAY ends nothing", func(c, s *talker) {
			s.send(s.fr.WriteGoAway(1, 0, nil))
			s.data(1, true, make([]byte, 3))
			c.close(flow.Cut)
		}, [2]flow.How{flow.Cut, flow.FIN}, 3},
		{"the client resets, and more was under way", func(c, s *talker) {
			c.send(c.fr.WriteRSTStream(1, http2.ErrCodeCancel))
			s.data(1, false, make([]byte, 5))
			s.close(flow.FIN)
		}, [2]flow.How{flow.RST, flow.FIN}, 5},
		{"both reset", func(c, s *talker) {
			c.send(c.fr.WriteRSTStream(1, 8))
			s.send(s.fr.WriteRSTStream(1, 8))
			s.data(1, false, make([]byte, 5))
		}, [2]flow.How{flow.RST, flow.RST}, 0},
		{"the server ends, and resets", func(c, s *talker) {
			s.data(1, true, make([]byte, 5))
			s.send(s.fr.WriteRSTStream(1, 0))
			c.send(c.fr.WriteRSTStream(1, 8))
		}, [2]flow.How{flow.RST, flow.FIN}, 5},
		{"many resets", func(c, s *talker) {
			for i := range uint32(maxResets + 1) {
				c.headers(3+2*i, false, put...)
				c.send(c.fr.WriteRSTStream(1+2*i, 8))
			}
			s.data(1, false, make([]byte, 5))
		}, [2]flow.How{flow.RST, flow.Open}, 0},
		{"data behind the end", func(c, s *talker) {
			s.data(1, true, make([]byte, 5))
			s.data(1, true, make([]byte, 5))
			c.close(flow.FIN)
		}, [2]flow.How{flow.FIN, flow.FIN}, 5},
	}
	for _, c := range cases {
		client, server, out := newTalk()
		client.headers(1, false, put...)
		server.send(server.fr.WriteSettings())
		server.headers(1, false, ":status", "200")
		c.do(client, server)
		f := play(t, began(), Options{}, 1<<20, *out)[0]
		if f.how != c.want || f.closed != [2]bool{true, true} || len(f.got[flow.B]) != c.down {
			t.Errorf("%s: got %v %v and %d bytes, want %v and %d", c.name, f.how, f.closed, len(f.got[flow.B]), c.want, c.down)
		}
	}
}

// TestMessages: gRPC's messages as they may be, and what stops them.
func TestMessages(t *testing.T) {
	x := noise(1, 300)
	other := func(fields string) []byte {
		p := append([]byte(fields), 0x0a, 3, 'a', 'b', 'c')
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(p))), p...)
	}
	cases := []struct {
		name string
		body []byte
		want string
		halt flow.Halt
		why  string
	}{
		{"one", message(x), string(x), flow.Running, ""},
		{"several pieces in one", append(message(x[:9], nil, x[9:]), message([]byte("end"))...), string(x) + "end", flow.Running, ""},
		{"empty ones", append(append(message(), message(nil)...), message(x)...), string(x), flow.Running, ""},
		{"other fields", other("\x10\x96\x01\x19\x01\x02\x03\x04\x05\x06\x07\x08\x22\x02hi\x2d\x01\x02\x03\x04\x2a\x00"), "abc", flow.Running, ""},
		{"compressed", append(message([]byte("a")), 1, 0, 0, 0, 9), "a", flow.Unsupported, "gRPC at byte 8 of the client's body: the message is compressed"},
		{"another flag", []byte{7, 0, 0, 0, 9}, "", flow.Damaged, "gRPC at byte 0 of the client's body: flag 7, want 0 or 1"},
		{"too long", []byte{0, 1, 0, 0, 0}, "", flow.Damaged, "gRPC at byte 0 of the client's body: a message of 16777216 bytes, want at most 16777215"},
		{"a field that is longer", []byte{0, 0, 0, 0, 4, 0x0a, 3, 1, 2}, "", flow.Damaged, "gRPC at byte 6 of the client's body: a field of 3 bytes, and 2 are left of the message"},
		{"a number in field 1", []byte{0, 0, 0, 0, 2, 8, 1}, "", flow.Unsupported, "gRPC at byte 5 of the client's body: field 1 is of type 0, want bytes"},
		{"a group", []byte{0, 0, 0, 0, 2, 0x13, 1}, "", flow.Unsupported, "gRPC at byte 5 of the client's body: a field of type 3"},
		{"field 0", []byte{0, 0, 0, 0, 2, 2, 1}, "", flow.Damaged, "gRPC at byte 5 of the client's body: field 0, want 1 or more"},
		{"ends in a number", []byte{0, 0, 0, 0, 2, 0x0a, 0x80}, "", flow.Damaged, "gRPC at byte 6 of the client's body: the message ends in a number"},
		{"ends behind a tag", []byte{0, 0, 0, 0, 1, 0x0a}, "", flow.Damaged, "gRPC at byte 5 of the client's body: the message ends in a field"},
		{"ends in 4 bytes", []byte{0, 0, 0, 0, 2, 0x15, 1}, "", flow.Damaged, "gRPC at byte 5 of the client's body: the message ends in a field"},
		{"a long number", append([]byte{0, 0, 0, 0, 20}, bytes.Repeat([]byte{0xff}, 20)...), "", flow.Damaged, "gRPC at byte 14 of the client's body: a number of more than 64 bits"},
		{"the body ends early", message(x)[:100], string(x[:92]), flow.Damaged, "gRPC at byte 100 of the client's body: the body ends in a message"},
	}
	for _, c := range cases {
		for _, cut := range []int{1 << 20, 1, 3} { // bytes in each DATA
			client, _, out := newTalk()
			client.headers(1, false, tun...)
			for p := c.body; len(p) > 0; p = p[min(cut, len(p)):] {
				client.data(1, false, p[:min(cut, len(p))])
			}
			client.data(1, true, nil)
			f := one(t, play(t, began(), Options{}, 5, *out))
			wantBytes(t, c.name, f.got[flow.A], []byte(c.want))
			if g := f.layer("grpc"); g.Halt != c.halt || g.Why != c.why {
				t.Errorf("%s: got %d %q, want %d %q", c.name, g.Halt, g.Why, c.halt, c.why)
			}
		}
	}
}

// TestNotRead: forms of streams that are told apart, and not read.
func TestNotRead(t *testing.T) {
	request := func(more ...string) []string { return append(append([]string{}, put...), more...) }
	for _, c := range []struct {
		headers []string
		stack   string
	}{
		{request("content-type", "application/grpc", "referer", "https://h2.example.test/?x_padding=XXXX"), "[tcp h2 xhttp]"},
		{[]string{":method", "POST", ":path", "/x?x_padding=XXX", "content-type", "application/grpc"}, "[tcp h2 xhttp]"},
		{[]string{":method", "CONNECT", ":protocol", "websocket", ":path", "/"}, "[tcp h2]"},
	} {
		client, _, out := newTalk()
		client.headers(1, false, c.headers...)
		client.data(1, true, []byte("body"))
		f := one(t, play(t, began(), Options{}, 1, *out))
		last := f.rec.Layers[len(f.rec.Layers)-1]
		if fmt.Sprint(f.rec.Stack()) != c.stack || last.Halt != flow.Unsupported || last.Why == "" || len(f.got[flow.A]) > 0 || !f.closed[flow.A] {
			t.Errorf("got %v", f)
		}
	}
}

// TestNothingSecret: queries, users and what may be a token stay out of facts.
func TestNothingSecret(t *testing.T) {
	client, _, out := newTalk()
	client.headers(1, false, ":method", "POST", ":path", "/hunter2hunter2hunter2hunter2/b/c?hunter3", ":authority", "tom:hunter4@h2.example.test",
		"content-type", "application/grpc;"+strings.Repeat("x", 90), "user-agent", "a\x01b")
	f := one(t, play(t, began(), Options{}, 1<<20, *out))
	for _, l := range f.rec.Layers {
		if s := fmt.Sprint(l.Facts); strings.Contains(s, "hunter2h2") || strings.Contains(s, "hunter3") || strings.Contains(s, "hunter4") {
			t.Errorf("%s", s)
		}
	}
	h, g := f.layer("h2"), f.layer("grpc")
	for _, c := range [][2]string{
		{h.Get("path"), "/hunter2h..."}, {h.Get("authority"), "h2.example.test"}, {h.Get("user_agent"), "a.b"},
		{g.Get("service"), "hunter2h..."}, {h.Get("content_type"), "application/grpc;" + strings.Repeat("x", 43) + "..."},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}
