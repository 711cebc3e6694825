package tls

import (
	"bytes"
	gotls "crypto/tls"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// feed pushes what each side says, in turns, the client first.
func feed(t *testing.T, o Options, says ...string) *inner {
	in := &inner{t: t}
	sink := Open(record(), flow.A, in, o)
	for i, p := range says {
		if p != "" {
			sink.Data(flow.Side(i&1), flow.Time(i), []byte(p))
		}
	}
	sink.Close(flow.A, 9, flow.FIN)
	sink.Close(flow.B, 9, flow.RST)
	sink.Finish()
	if !in.finished || in.closed != [2]bool{true, true} {
		t.Errorf("closed %v", in.closed)
	}
	return in
}

// helloOf gives a real ClientHello.
func helloOf(t *testing.T) string {
	r := (&talk{version: gotls.VersionTLS13, turns: []int{1}}).run(t)
	return string(r.steps[0].p)
}

// TestAnswers tells how servers take a ClientHello.
func TestAnswers(t *testing.T) {
	hello := helloOf(t)
	name := func(p []byte) flow.Speech {
		return flow.Speech{Protocol: "named", Detail: string(p[:min(len(p), 12)])}
	}
	for _, x := range []struct {
		says   string
		answer flow.Answer
		speech flow.Speech
		halt   flow.Halt
		why    string
	}{
		{says: ""},
		{says: "HTTP/1.1 400 Bad Request\r\n\r\n", answer: flow.Foreign, speech: flow.Speech{Protocol: "named", Detail: "HTTP/1.1 400"}},
		{says: "S", answer: flow.Foreign, speech: flow.Speech{Protocol: "named", Detail: "S"}},
		{says: "\x16\x04", answer: flow.Foreign, speech: flow.Speech{Protocol: "named", Detail: "\x16\x04"}},
		{says: "\x16\x03\x03\xff\xff", answer: flow.Foreign, speech: flow.Speech{Protocol: "named", Detail: "\x16\x03\x03\xff\xff"}},
		{says: "\x15\x03\x01\x00\x02\x02\x28", answer: flow.TurnedDown, speech: flow.Speech{Protocol: "tls", Detail: "alert handshake_failure"}},
		{says: "\x15\x03\x03\x00\x02\x02\xfe", answer: flow.TurnedDown, speech: flow.Speech{Protocol: "tls", Detail: "alert 254"}},
		{says: "\x15\x03\x03\x00\x02\x01\x00", speech: flow.Speech{}},
		{says: "\x16\x03\x03\x00"},
		{says: "\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" + strings.Repeat("r", 32) + "\x00\x00\x05\x00", answer: flow.Agreed,
			halt: flow.Unsupported, why: "the server chose version 0x0300, want TLS 1.0 to 1.3"},
		{says: "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("r", 32) + "\x00\xfe\xfe\x00", answer: flow.Agreed,
			halt: flow.Unsupported, why: "the cipher suite 0xfefe is not read in tls1.2"},
		{says: "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("r", 32) + "\x09\x13\x01\x00",
			halt: flow.Damaged, why: "record 1 of the server at byte 0: a ServerHello whose lengths do not fit"},
		{says: "\x16\x03\x03\x00\x04\x02\x01\x00\x01" + strings.Repeat("\x16\x03\x03\x40\x00"+strings.Repeat("x", 1<<14), 5),
			halt: flow.Unsupported, why: "record 6 of the server at byte 65565: a handshake message of more than 65536 bytes"},
	} {
		in := feed(t, Options{Name: name}, hello, x.says)
		l := in.layer()
		if l.Answer != x.answer || l.Says != x.speech || l.Halt != x.halt || l.Why != x.why || l.Get("sni") != "www.example.test" || len(in.got[0])+len(in.got[1]) != 0 {
			t.Errorf("to %.20q: %s", x.says, in)
		}
	}
	if in := feed(t, Options{}, hello, "SSH-2.0"); in.layer().Answer != flow.Foreign || in.layer().Says != (flow.Speech{}) {
		t.Errorf("without Name: %s", in)
	}
}

// TestClientSays: who speaks no TLS at all is not opened, and not judged.
func TestClientSays(t *testing.T) {
	for _, p := range []string{"", "\x16", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", "GET / HTTP/1.1\r\n\r\n", "\x17\x03\x03\x00\x20" + strings.Repeat("x", 32)} {
		in := feed(t, Options{}, p)
		if len(in.got[0])+len(in.got[1]) != 0 || in.layer().Answer != flow.Unanswered {
			t.Errorf("%q: %s", p, in)
		}
	}
}

// TestPrintable: names of a peer do no harm, whatever they are.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"www.example.test": "www.example.test", "a\x1b[31m": `a\x1b[31m`, "\xff\n": `\xff\n`, "": "", "h2": "h2", "é": `\u00e9`,
		strings.Repeat("n", 300): strings.Repeat("n", 255),
	} {
		if got := printable([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	c := cursor{b: []byte("\x00\x09\x02\x1a\x1a\x02h2\x00\x01x")}
	if got := protocols(&c); got != "h2,x" {
		t.Errorf("ALPN %q", got)
	}
}

// TestRoom gives everything back that was held, also where a conversation ends
// anywhere, and tells the limit where it is hit.
func TestRoom(t *testing.T) {
	const most = 1 << 20
	for name, r := range victims(t) {
		for _, hold := range []int{0, 100, 700, 2000, 20_000, most} {
			for cut := range len(r.steps) + 1 {
				o := r.options(t)
				o.Meter, o.Hold = flow.NewMeter(most), hold
				if hold == 0 {
					o.Hold = 1
				}
				c := &recorded{keys: r.keys, steps: r.steps[:cut]}
				in := c.play(t, o, 333)
				in.true(r.said, name+" cut at step", cut)
				if !o.Meter.Take(most) {
					t.Fatalf("%s cut at step %d with room for %d: not all came back", name, cut, hold)
				}
				if all := len(in.got[0]) == len(r.said[0]) && len(in.got[1]) == len(r.said[1]); cut == len(r.steps) && all == (in.rec.Limit == "hold") {
					t.Errorf("%s with room for %d: %s", name, hold, in)
				}
			}
		}
	}
}

// TestOrder plays the client's side as it comes where the server's hello waits
// for lost packets.
func TestOrder(t *testing.T) {
	for name, r := range victims(t) {
		if name == "tls1.3 retry" {
			continue // its client's second hello needs the server's first
		}
		c := &recorded{keys: r.keys, said: r.said}
		for _, late := range []bool{false, true} {
			for _, s := range r.steps {
				if (s.from == flow.B) == late {
					c.steps = append(c.steps, s)
				}
			}
		}
		c.play(t, c.options(t), 50).whole(r.said)
		for i, s := range c.steps { // and the other way round
			if s.from == flow.B {
				c.steps = append(append([]step{}, c.steps[i:]...), c.steps[:i]...)
				break
			}
		}
		c.play(t, c.options(t), 50).whole(r.said)
	}
}

// TestNoise pushes bytes that mean nothing, and such as look like records.
func TestNoise(t *testing.T) {
	random := mathrand.New(mathrand.NewPCG(5, 6))
	r := (&talk{version: gotls.VersionTLS13, turns: []int{100}}).run(t)
	for range 3000 {
		in := &inner{t: t}
		sink := Open(record(), flow.A, in, r.options(t))
		for range random.IntN(12) {
			side := flow.Side(random.IntN(2))
			switch random.IntN(6) {
			case 0:
				sink.Gap(side, 0, int64(random.IntN(100)-1))
			case 1:
				sink.Data(side, 0, bytes.Clone(r.steps[random.IntN(len(r.steps))].p))
			default:
				p := make([]byte, random.IntN(200))
				for i := range p {
					p[i] = byte(random.Uint32())
				}
				if len(p) > 9 && random.IntN(4) > 0 {
					copy(p, []byte{byte(20 + random.IntN(5)), 3, byte(random.IntN(5)), 0, byte(random.IntN(len(p))), byte(random.IntN(25)), 0, 0, byte(random.IntN(len(p)))})
				}
				sink.Data(side, 0, p)
			}
		}
		if random.IntN(2) == 0 {
			sink.Close(flow.A, 1, flow.Cut)
			sink.Close(flow.B, 1, flow.Cut)
		}
		sink.Finish()
		for _, got := range in.got {
			if len(got) > 0 && !bytes.Equal(got, r.said[0]) { // its client's records, on whichever side
				t.Fatalf("%s", in)
			}
		}
	}
}

// TestSearchLimit ends a search that leads nowhere, and says so.
func TestSearchLimit(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS13, turns: []int{100, 100}}).run(t)
	in := &inner{t: t}
	o := r.options(t)
	sink := Open(record(), flow.A, in, o)
	for _, s := range r.steps {
		sink.Data(s.from, 0, bytes.Clone(s.p))
		if in.calls > 0 {
			break // both sides have their keys
		}
	}
	junk := "\x17\x03\x03\x00\x20" + strings.Repeat("x", 32)
	for range 2 * flowTries / maxAhead {
		sink.Data(flow.A, 0, []byte(junk))
	}
	spent := runTries - o.Keys.tries
	sink.Finish()
	if in.rec.Limit != "tls-search" || in.gaps[0] != 1 || spent > flowTries+maxAhead {
		t.Errorf("%d tries: %s", spent, in)
	}
}
