package report

import (
	"testing"

	"vmesskit/codec"
)

// talk is a conversation that a trace is made from: with fixed inputs, so
// that its bytes are always the same.
type talk struct {
	scheme codec.Scheme
	header codec.RequestHeader
	up     []string
	answer codec.ResponseHeader
	down   []string
	end    bool // write end chunks
	max    int  // bytes of body to trace, 0 for all
}

const talkTime = 1_784_282_400 // 2026-07-17 10:00:00 UTC

// count fills with ascending bytes.
func countingEntropy() codec.Entropy {
	next := byte(0xA0)
	return func(p []byte) error {
		for i := range p {
			p[i] = next
			next++
		}
		return nil
	}
}

func talkHeader(s codec.Security, o codec.Option, target codec.Address) codec.RequestHeader {
	h := codec.RequestHeader{
		Option: o, Security: s, Command: codec.CommandTCP, Address: target,
		ResponseAuth: 0xE7, Padding: []byte{0x91, 0x92, 0x93},
	}
	for i := range 16 {
		h.BodyIV[i], h.BodyKey[i] = byte(0x10+i), byte(0x30+i)
	}
	return h
}

func talkID(t testing.TB) codec.ID {
	t.Helper()
	id, err := codec.ParseID(aliceID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// trace seals the conversation and opens it again.
func (c talk) trace(t testing.TB) *codec.Trace {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id := talkID(t)
	key := id.CmdKey()
	var request []byte
	var err error
	if c.scheme == codec.AEAD {
		request, err = codec.SealRequest(nil, key, &c.header, talkTime, countingEntropy())
	} else {
		request, err = codec.SealLegacyRequest(nil, key, id, &c.header, talkTime)
	}
	must(err)
	request = c.seal(t, request, c.header.RequestBody(), c.up)

	tr := &codec.Trace{MaxBytes: c.max}
	opener := codec.NewRequestOpener(codec.Sender{Scheme: c.scheme, Key: key, Time: talkTime, Alter: codec.Primary})
	opener.Lenient, opener.Trace = true, tr
	req, n, err := opener.Open(request)
	must(err)
	c.open(t, req.Body(), request[n:])
	if c.down == nil {
		return tr
	}
	answer, err := codec.SealResponse(nil, &c.header, c.scheme, &c.answer)
	must(err)
	answer = c.seal(t, answer, c.header.ResponseBody(c.scheme), c.down)
	resp, n, err := codec.NewResponseOpener(req).Open(answer)
	must(err)
	c.open(t, resp.Body(), answer[n:])
	return tr
}

func (c talk) seal(t testing.TB, dst []byte, b codec.Body, payloads []string) []byte {
	t.Helper()
	s, err := codec.NewSealer(b, countingEntropy())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range payloads {
		if dst, err = s.Seal(dst, []byte(p)); err != nil {
			t.Fatal(err)
		}
	}
	if c.end {
		if dst, err = s.End(dst); err != nil {
			t.Fatal(err)
		}
	}
	return dst
}

func (c talk) open(t testing.TB, b codec.Body, src []byte) {
	t.Helper()
	o, err := codec.NewOpener(b)
	if err != nil {
		t.Fatal(err)
	}
	for len(src) > 0 {
		_, n, err := o.Open(nil, src)
		if n == 0 {
			t.Fatalf("%d bytes do not open: %v", len(src), err)
		}
		src = src[n:]
	}
}

// The payload, which no tree may show unless secrets are asked for.
const (
	secretUp   = "GET /the-secret-path HTTP/1.1\r\nHost: origin.example.test\r\n\r\n"
	secretDown = "HTTP/1.1 200 OK\r\n\r\nthe secret answer"
)

// talks has a conversation for each shape that a tree can take.
func talks() map[string]talk {
	domain := codec.HostPort("www.example.test", 443)
	const framed = codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding
	return map[string]talk{
		"aead-gcm": {
			scheme: codec.AEAD, header: talkHeader(codec.SecurityAES128GCM, framed, domain),
			up: []string{secretUp, "more of it"}, down: []string{secretDown}, end: true,
		},
		"aead-chacha-authlen": {
			scheme: codec.AEAD, header: talkHeader(codec.SecurityChaCha20Poly1305, framed|codec.AuthenticatedLength, codec.HostPort("2001:db8::99", 22)),
			up: []string{secretUp}, down: []string{secretDown},
		},
		"legacy-cfb": {
			scheme: codec.Legacy, header: talkHeader(codec.SecurityAES128CFB, codec.ChunkStream, codec.HostPort("198.51.100.1", 80)),
			up: []string{secretUp, secretUp}, end: true,
		},
		"aead-none": {
			scheme: codec.AEAD, header: talkHeader(codec.SecurityNone, codec.ChunkStream, domain),
			up: []string{secretUp, secretUp, secretUp}, down: []string{secretDown}, end: true, max: 260,
		},
		"aead-zero": {
			scheme: codec.AEAD, header: talkHeader(codec.SecurityNone, 0, domain),
			up: []string{secretUp}, down: []string{secretDown},
		},
		"legacy-switch": {
			scheme: codec.Legacy, header: talkHeader(codec.SecurityAES128GCM, codec.ChunkStream, domain),
			up:     []string{secretUp},
			answer: codec.ResponseHeader{Switch: &codec.SwitchAccount{Host: "new.example.test", Port: 32000, ID: codec.ID{0x5E, 0xC8, 0xE7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, AlterIDs: 4, Level: 1, Minutes: 5}},
			down:   []string{secretDown},
		},
	}
}

// oddTrace is of a header that a strict server refuses: its name has strange
// characters, and it ends with bytes that no field has.
func oddTrace(t testing.TB) *codec.Trace {
	t.Helper()
	h := talkHeader(codec.SecurityAES128GCM, codec.ChunkStream|codec.ChunkMasking, codec.HostPort("www.example.test", 443))
	id := talkID(t)
	request, err := codec.SealLegacyRequest(nil, id.CmdKey(), id, &h, talkTime)
	if err != nil {
		t.Fatal(err)
	}
	request[16+42] ^= 'w' ^ 0x1b // CFB: the byte turns, and the block behind it
	tr := &codec.Trace{}
	opener := codec.NewRequestOpener(codec.Sender{Scheme: codec.Legacy, Key: id.CmdKey(), Time: talkTime, Alter: codec.Primary})
	opener.Lenient, opener.Trace = true, tr
	if _, _, err := opener.Open(request); err != nil {
		t.Fatal(err)
	}
	return tr
}
