package interop

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"testing"

	"github.com/xtls/xray-core/common/buf"
	"github.com/xtls/xray-core/common/protocol"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

var (
	securities = []codec.Security{codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone}
	commands   = []codec.Command{codec.CommandTCP, codec.CommandUDP, codec.CommandMux}
	addresses  = []codec.Address{
		codec.HostPort("example.com", 443),
		{Port: 53, Type: codec.AddrIPv4, IP: netip.MustParseAddr("192.0.2.7")},
		{Port: 65535, Type: codec.AddrIPv6, IP: netip.MustParseAddr("2001:db8::1")},
	}
)

// headers gives a header for every security, set of options and command that
// both sides have. What is left out a careful server refuses: padding without
// masking, which Xray refuses, too, and datagrams without borders.
func headers() (out []*codec.RequestHeader) {
	for _, s := range securities {
		for o := range codec.Option(0x20) {
			if o.Has(codec.ConnectionReuse) {
				continue // means nothing
			}
			for _, c := range commands {
				n := len(out)
				h := &codec.RequestHeader{Security: s, Option: o, Command: c, ResponseAuth: byte(n), Padding: random(uint64(n), n%16)}
				if c != codec.CommandMux {
					h.Address = addresses[n%len(addresses)]
				}
				copy(h.BodyKey[:], random(uint64(n)+1, 16))
				copy(h.BodyIV[:], random(uint64(n)+2, 16))
				if h.Validate() == nil {
					out = append(out, h)
				}
			}
		}
	}
	return out
}

// payloads is what each side says: for a stream small and large pieces, more
// than one chunk holds among them; for datagrams what fits one.
func payloads(c codec.Command) [][]byte {
	sizes := []int{1, 15, 16, 17, 1400, 8192, 100_000}
	if c == codec.CommandUDP {
		sizes = []int{1, 15, 16, 17, 512, 1400, 1900}
	}
	var out [][]byte
	for i, n := range sizes {
		out = append(out, random(uint64(100+i), n))
	}
	return out
}

func eachHeader(t *testing.T, f func(t *testing.T, h *codec.RequestHeader)) {
	all := headers()
	if len(all) < 60 {
		t.Fatalf("only %d headers", len(all))
	}
	for _, h := range all {
		t.Run(fmt.Sprintf("%v/%02x/%v", h.Security, uint8(h.Option), h.Command), func(t *testing.T) { f(t, h) })
	}
}

// TestOursToXray: our client talks with Xray's server. It reads our request and
// body, we read its answer.
func TestOursToXray(t *testing.T) {
	server := newXrayServer(t, codec.ID{1}, testID, codec.ID{2})
	eachHeader(t, func(t *testing.T, h *codec.RequestHeader) {
		wire, err := codec.SealRequest(nil, testID.CmdKey(), h, now(), entropy(uint64(h.ResponseAuth)))
		if err != nil {
			t.Fatal(err)
		}
		sent := payloads(h.Command)
		up := bytes.NewReader(seal(t, wire, h.RequestBody(), sent))

		session := server.session()
		got, err := session.DecodeRequestHeader(up, false)
		if err != nil {
			t.Fatalf("Xray refuses our header: %v", err)
		}
		sameHeader(t, got, h)
		body, err := session.DecodeRequestBody(got, up)
		if err != nil {
			t.Fatalf("Xray has no body for our header: %v", err)
		}
		read, err := xrayRead(body)
		if err != nil {
			t.Fatalf("Xray reads our body: %v", err)
		}
		samePieces(t, h, read, sent)

		var down bytes.Buffer
		answer := payloads(h.Command)
		slices.Reverse(answer)
		session.EncodeResponseHeader(&protocol.ResponseHeader{}, &down)
		writeBody(t, h, answer)(session.EncodeResponseBody(got, &down))
		_, n, err := codec.OpenResponse(down.Bytes(), h, codec.AEAD)
		if err != nil {
			t.Fatalf("Xray's answer: %v", err)
		}
		samePieces(t, h, open(t, down.Bytes()[n:], h.ResponseBody(codec.AEAD)), answer)
	})
}

// TestXrayToOurs: Xray's client talks with ours. We read its request and body,
// seal the same again and get the same bytes, and it reads our answer.
func TestXrayToOurs(t *testing.T) {
	users := codec.NewUsers(codec.Account{ID: codec.ID{1}}, codec.Account{ID: testID}, codec.Account{ID: codec.ID{2}})
	eachHeader(t, func(t *testing.T, want *codec.RequestHeader) {
		session, x := newXrayClient(), xrayHeader(want, testID)
		var up bytes.Buffer
		if err := session.EncodeRequestHeader(x, &up); err != nil {
			t.Fatal(err)
		}
		sent := payloads(want.Command)
		writeBody(t, want, sent)(session.EncodeRequestBody(x, &up))
		wire := up.Bytes()

		from, ok := users.Match([16]byte(wire), codec.Around(now(), 120))
		if !ok || from.User != 1 {
			t.Fatalf("user of Xray's request: %+v, %v", from, ok)
		}
		r, n, err := codec.NewRequestOpener(from).Open(wire)
		if err != nil {
			t.Fatalf("Xray's header: %v", err)
		}
		h := &r.Header
		sameHeader(t, x, h)
		samePieces(t, h, open(t, wire[n:], r.Body()), sent)
		sealedAlike(t, from, h, wire[:n])
		chunksAlike(t, h.RequestBody(), wire[n:])

		down, err := codec.SealResponse(nil, h, codec.AEAD, &codec.ResponseHeader{Auth: h.ResponseAuth})
		if err != nil {
			t.Fatal(err)
		}
		answer := payloads(h.Command)
		slices.Reverse(answer)
		reader := bytes.NewReader(seal(t, down, h.ResponseBody(codec.AEAD), answer))
		if _, err := session.DecodeResponseHeader(reader); err != nil {
			t.Fatalf("Xray refuses our answer: %v", err)
		}
		body, err := session.DecodeResponseBody(x, reader)
		if err != nil {
			t.Fatal(err)
		}
		read, err := xrayRead(body)
		if err != nil {
			t.Fatalf("Xray reads our answer: %v", err)
		}
		samePieces(t, h, read, answer)
	})
}

// TestSameJudgement: what Xray's server takes our server takes, and what one
// refuses the other does, in this order.
func TestSameJudgement(t *testing.T) {
	xray := newXrayServer(t, testID)
	ours, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: testID})
	if err != nil {
		t.Fatal(err)
	}
	request := func(id codec.ID, at int64, session byte) []byte {
		h := *headers()[0]
		h.BodyKey[0] = session
		b, err := codec.SealRequest(nil, id.CmdKey(), &h, at, entropy(uint64(at)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	flip := func(b []byte, at int) []byte {
		b[at] ^= 1
		return b
	}
	again := request(testID, now()-1, 1)
	for _, c := range []struct {
		name string
		wire []byte
		ok   bool
	}{
		{"right", request(testID, now(), 2), true},
		{"90 seconds behind", request(testID, now()-90, 3), true},
		{"90 seconds ahead", request(testID, now()+90, 4), true},
		{"150 seconds behind", request(testID, now()-150, 5), false},
		{"150 seconds ahead", request(testID, now()+150, 6), false},
		{"a stranger", request(codec.ID{9}, now()-2, 7), false},
		{"a wrong auth id", flip(request(testID, now()-3, 8), 0), false},
		{"a wrong length", flip(request(testID, now()-4, 9), 16), false},
		{"a wrong nonce", flip(request(testID, now()-5, 10), 34), false},
		{"a wrong section", flip(request(testID, now()-6, 11), 42), false},
		{"for the first time", again, true},
		{"for the second time", again, false},
		{"a new header with the old keys", request(testID, now()-7, 1), false},
	} {
		if _, err := xray.session().DecodeRequestHeader(bytes.NewReader(c.wire), false); (err == nil) != c.ok {
			t.Errorf("%s: Xray says %v", c.name, err)
		}
		conn, err := ours.NewConn(entropy(4))
		if err != nil {
			t.Fatal(err)
		}
		if d := conn.Feed(c.wire, now()); (d.Action == handshake.Accept) != c.ok {
			t.Errorf("%s: ours says %v (%v)", c.name, d.Action, conn.Reason())
		}
	}
}

// seal appends a body with the pieces to dst. A stream's are cut to chunks that
// Xray reads.
func seal(t *testing.T, dst []byte, b codec.Body, pieces [][]byte) []byte {
	t.Helper()
	s, err := codec.NewSealer(b, entropy(2))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		for most := s.MaxPayload(codec.DefaultChunk); len(p) > 0 && err == nil; p = p[min(len(p), most):] {
			dst, err = s.Seal(dst, p[:min(len(p), most)])
		}
	}
	if err == nil {
		dst, err = s.End(dst)
	}
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return dst
}

// open opens a whole body.
func open(t *testing.T, wire []byte, b codec.Body) (pieces [][]byte) {
	t.Helper()
	o, err := codec.NewOpener(b)
	if err != nil {
		t.Fatal(err)
	}
	for rest := wire; len(rest) > 0; {
		payload, n, err := o.Open(nil, rest)
		rest = rest[n:]
		if err == io.EOF {
			if len(rest) > 0 {
				t.Fatalf("%d bytes behind the end chunk", len(rest))
			}
			return pieces
		}
		if err != nil {
			t.Fatalf("open at %d of %d: %v", len(wire)-len(rest), len(wire), err)
		}
		pieces = append(pieces, payload)
	}
	if b.Option.Has(codec.ChunkStream) {
		t.Fatal("no end chunk")
	}
	return pieces
}

// writeBody takes what Xray's sessions give for a body, and writes it.
func writeBody(t *testing.T, h *codec.RequestHeader, pieces [][]byte) func(buf.Writer, error) {
	return func(w buf.Writer, err error) {
		t.Helper()
		if err == nil {
			err = xrayWrite(w, h, pieces)
		}
		if err != nil {
			t.Fatalf("Xray writes a body: %v", err)
		}
	}
}

func sameHeader(t *testing.T, got *protocol.RequestHeader, h *codec.RequestHeader) {
	t.Helper()
	want := xrayHeader(h, testID)
	if got.Command != want.Command || got.Option != want.Option || got.Security != want.Security ||
		got.Address.String() != want.Address.String() || got.Port != want.Port || got.User.Email != want.User.Email {
		t.Errorf("header: got %+v, want %+v", got, want)
	}
}

// samePieces compares what was read with what was sent: datagrams one by one,
// of a stream all the bytes.
func samePieces(t *testing.T, h *codec.RequestHeader, got, want [][]byte) {
	t.Helper()
	if h.Command == codec.CommandUDP {
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%d datagrams that differ, want %d", len(got), len(want))
		}
		return
	}
	if g, w := bytes.Join(got, nil), bytes.Join(want, nil); !bytes.Equal(g, w) {
		t.Errorf("read %d bytes that differ, want %d", len(g), len(w))
	}
}

// sealedAlike seals a header that Xray sealed with the same randomness.
func sealedAlike(t *testing.T, from codec.Sender, h *codec.RequestHeader, wire []byte) {
	t.Helper()
	id, err := codec.OpenAuthID(from.Key, [16]byte(wire))
	if err != nil {
		t.Fatal(err)
	}
	drawn := append(id.Rand[:], wire[34:42]...) // and the connection nonce
	again, err := codec.SealRequest(nil, from.Key, h, id.Time, func(b []byte) error {
		drawn = drawn[copy(b, drawn):]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, wire) {
		t.Errorf("the same header sealed again:\n%x, Xray's is\n%x", again, wire)
	}
}

// chunksAlike seals each chunk of Xray's again. All but the padding, which is
// random, has to come out the same.
func chunksAlike(t *testing.T, b codec.Body, wire []byte) {
	t.Helper()
	o, err := codec.NewOpener(b)
	if err != nil {
		t.Fatal(err)
	}
	s, err := codec.NewSealer(b, entropy(3))
	if err != nil || !o.Chunked() {
		return
	}
	framer, err := codec.NewOpener(b)
	if err != nil {
		t.Fatal(err)
	}
	for chunks := 0; len(wire) > 0; chunks++ {
		f, err := framer.Frame(wire)
		if err != nil {
			t.Fatal(err)
		}
		var again []byte
		if payload, _, openErr := o.Open(nil, wire); openErr == io.EOF {
			again, err = s.End(nil)
		} else {
			again, err = s.Seal(nil, payload)
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(again) != f.Size() || !bytes.Equal(again[:f.Head+f.Sealed], wire[:f.Head+f.Sealed]) {
			t.Fatalf("chunk %d sealed again is not Xray's", chunks)
		}
		wire = wire[f.Size():]
	}
}
