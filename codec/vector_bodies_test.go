package codec_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"vmesskit/codec"
)

// bodyWrite is what one write of a peer put on the wire.
type bodyWrite struct {
	Payload, Wire hexBytes
	End           bool `json:"end_of_stream"`
}

type bodyVectors struct {
	Vectors []struct {
		bodySecrets
		UUID     idText
		Near     int64  `json:"near_unix"`
		Header   string // "legacy" or "aead"
		Error    string
		Security codec.Security
		Option   codec.Option
		Command  codec.Command

		RequestHeader  hexBytes    `json:"request_header_wire"` // Xray's only
		ResponseHeader hexBytes    `json:"response_header_wire"`
		Requests       []bodyWrite `json:"request_writes"`
		Responses      []bodyWrite `json:"response_writes"`
	}
}

// fixedSecrets are those of Xray's file, which tells them in its note.
var fixedSecrets = bodySecrets{
	Key: hexBlock{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	IV:  hexBlock{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31},
}

const fixedV = 0x5a // the response authentication byte of v2fly's and Xray's files

func testBodies(t *testing.T, f bodyVectors) {
	for _, v := range f.Vectors {
		t.Run(bodyName(v.Security, v.Option, v.Command), func(t *testing.T) {
			secrets := v.bodySecrets
			if v.RequestHeader != nil {
				secrets = fixedSecrets
			}
			scheme := schemeOf(t, v.Header)
			h := codec.RequestHeader{
				BodyKey: secrets.Key, BodyIV: secrets.IV, ResponseAuth: fixedV,
				Option: v.Option, Security: v.Security, Command: v.Command,
			}
			if v.RequestHeader != nil {
				checkXrayHeader(t, v.RequestHeader, v.UUID.ID, v.Near, h)
			}
			if v.Error != "" {
				checkRefused(t, h.RequestBody())
				checkRefused(t, h.ResponseBody(scheme))
				return
			}
			request := func() codec.Body { return h.RequestBody() }
			checkOpening(t, "request", request, v.Requests)
			checkResuming(t, "request", request, v.Requests)
			checkSealing(t, "request", request, v.Requests)
			if v.Security == codec.SecurityAES128CFB { // v2ray reads the nibble of old clients so
				unknown := h
				unknown.Security = codec.SecurityUnknown
				checkOpening(t, "request of unknown security", func() codec.Body { return unknown.RequestBody() }, v.Requests)
			}

			sealed, err := codec.SealResponse(nil, &h, scheme, &codec.ResponseHeader{})
			noError(t, "response header", err)
			sameBytes(t, "response header", sealed, v.ResponseHeader)
			response := func() codec.Body {
				r, n, err := codec.OpenResponse(v.ResponseHeader, &h, scheme)
				noError(t, "response header", err)
				same(t, "response header: size", n, len(v.ResponseHeader))
				return r.Body()
			}
			checkOpening(t, "response", response, v.Responses)
			checkResuming(t, "response", response, v.Responses)
			checkSealing(t, "response", response, v.Responses)
		})
	}
}

func bodyName(s codec.Security, o codec.Option, c codec.Command) string {
	return fmt.Sprintf("%v option %#02x %v", s, uint8(o), c)
}

func schemeOf(t *testing.T, name string) codec.Scheme {
	t.Helper()
	for _, s := range []codec.Scheme{codec.Legacy, codec.AEAD} {
		if s.String() == name {
			return s
		}
	}
	t.Fatalf("scheme %q", name)
	return 0
}

// checkXrayHeader opens and seals the request header in front of a body. Those
// that no body follows are odd.
func checkXrayHeader(t *testing.T, wire []byte, id codec.ID, near int64, want codec.RequestHeader) {
	sender, ok := codec.NewUsers(codec.Account{ID: id}).Match([16]byte(wire), codec.Around(near, 2))
	if !ok {
		t.Fatal("request header: no user")
	}
	o := codec.NewRequestOpener(sender)
	o.Lenient = true
	r, n, err := o.Open(wire)
	noError(t, "request header", err)
	same(t, "request header: size", n, len(wire))
	h := r.Header
	same(t, "body key", h.BodyKey, want.BodyKey)
	same(t, "body IV", h.BodyIV, want.BodyIV)
	same(t, "V", h.ResponseAuth, want.ResponseAuth)
	same(t, "option", h.Option, want.Option)
	same(t, "security", h.Security, want.Security)
	same(t, "command", h.Command, want.Command)
	want.Address = h.Address
	same(t, "oddities", len(r.Oddities) > 0, want.Validate() != nil)
	if len(r.Oddities) > 0 {
		return
	}
	sealed, err := codec.SealRequest(nil, sender.Key, &h, sender.Time, filled(recorded))
	noError(t, "request header", err)
	sameBytes(t, "request header", sealed, wire)
}

// checkRefused wants a body that v2ray has no reading of.
func checkRefused(t *testing.T, b codec.Body) {
	t.Helper()
	want := refusal{codec.ErrUnsupported, "option"}
	_, err := codec.NewOpener(b)
	same(t, "opener", refusalOf(err), want)
	_, err = codec.NewSealer(b, filled(recorded))
	same(t, "sealer", refusalOf(err), want)
}

type singBodies struct {
	bodySecrets
	Vectors []struct {
		Direction string
		Security  codec.Security
		Option    codec.Option
		Writes    []bodyWrite
	}
}

// testSingBodies reads them as sing does, as a stream and as datagrams, for
// which its writers make the same bytes; and where the peers agree, also as
// v2ray does.
func testSingBodies(t *testing.T, f singBodies) {
	for _, v := range f.Vectors {
		for _, command := range []codec.Command{codec.CommandTCP, codec.CommandUDP} {
			t.Run(v.Direction+" "+bodyName(v.Security, v.Option, command), func(t *testing.T) {
				h := codec.RequestHeader{BodyKey: f.Key, BodyIV: f.IV, Option: v.Option, Security: v.Security, Command: command}
				var b codec.Body
				switch v.Direction {
				case "request":
					b = h.RequestBody()
				case "response-aead":
					b = h.ResponseBody(codec.AEAD)
				case "response-legacy":
					b = h.ResponseBody(codec.Legacy)
				default:
					t.Fatalf("direction %q", v.Direction)
				}
				if v.Option.Has(codec.GlobalPadding) && !v.Option.Has(codec.ChunkMasking) {
					checkRefused(t, b)
				} else if !b.Ambiguous() {
					body := func() codec.Body { return b }
					checkOpening(t, "as v2ray reads it", body, v.Writes)
				}
				b.Dialect = codec.DialectSing
				body := func() codec.Body { return b }
				checkOpening(t, "as sing reads it", body, v.Writes)
				checkSealing(t, "as sing writes it", body, v.Writes)
			})
		}
	}
}

// checkOpening opens the writes one after the other, in place and not, and
// with each beginning of a chunk offered before the whole.
func checkOpening(t *testing.T, name string, body func() codec.Body, writes []bodyWrite) {
	t.Helper()
	inPlace, err := codec.NewOpener(body())
	noError(t, name, err)
	appending, err := codec.NewOpener(body())
	noError(t, name, err)
	for i, w := range writes {
		what := fmt.Sprintf("%s, write %d", name, i)
		wantErr := error(nil)
		if w.End {
			wantErr = io.EOF
		}
		src := bytes.Clone(w.Wire)
		if inPlace.Chunked() {
			for cut := range len(src) {
				if _, n, err := inPlace.OpenInPlace(src[:cut]); n != 0 || err != codec.ErrShort {
					t.Fatalf("%s, %d of %d bytes: got %d used, %v, want short", what, cut, len(src), n, err)
				}
			}
			sameBytes(t, what+": offered and short", src, w.Wire)
			src = append(src, "what follows"...)
		}
		payload, n, err := inPlace.OpenInPlace(src)
		if err != wantErr || n != len(w.Wire) {
			t.Fatalf("%s: got %d bytes used, %v, want %d, %v", what, n, err, len(w.Wire), wantErr)
		}
		sameBytes(t, what+", in place", payload, w.Payload)

		src = bytes.Clone(w.Wire)
		dst := append(make([]byte, 0, 4+i*8), "dst:"...) // at times with room for the payload
		out, n, err := appending.Open(dst, src)
		if err != wantErr || n != len(w.Wire) {
			t.Fatalf("%s, appended: got %d bytes used, %v, want %d, %v", what, n, err, len(w.Wire), wantErr)
		}
		sameBytes(t, what+", appended", out, append([]byte("dst:"), w.Payload...))
		sameBytes(t, what+": source of what was appended", src, w.Wire)
	}
	end := codec.EndBoundary
	if writes[len(writes)-1].End {
		end = codec.EndChunk
	}
	same(t, name+": end", inPlace.Finish(nil), end)
	if inPlace.Chunked() {
		same(t, name+": chunks", inPlace.Chunks(), uint64(len(writes)))
	}
}

// checkSealing makes the same bytes out of the payloads. The recordings'
// padding has one value throughout.
func checkSealing(t *testing.T, name string, body func() codec.Body, writes []bodyWrite) {
	t.Helper()
	s, err := codec.NewSealer(body(), filled(recorded))
	noError(t, name, err)
	for i, w := range writes {
		what := fmt.Sprintf("%s, write %d", name, i)
		dst := []byte("dst:")
		if w.End {
			dst, err = s.End(dst)
		} else {
			dst, err = s.Seal(dst, w.Payload)
		}
		noError(t, what, err)
		sameBytes(t, what, dst, append([]byte("dst:"), w.Wire...))
	}
	if b := body(); !b.Option.Has(codec.ChunkStream) {
		end, err := s.End(nil)
		noError(t, name, err)
		sameBytes(t, name+": end chunk without the option", end, nil)
	}
}

// checkResuming holds that what a peer wrote can be read from any chunk on,
// without the ones in front of it.
func checkResuming(t *testing.T, what string, body func() codec.Body, writes []bodyWrite) {
	t.Helper()
	var wire []byte
	for _, w := range writes {
		wire = append(wire, w.Wire...)
	}
	o, err := codec.NewOpener(body())
	noError(t, what, err)
	if !o.Chunked() {
		return
	}
	var all []byte // the plaintext
	var begins [][2]int
	for at := 0; at < len(wire); {
		begins = append(begins, [2]int{at, len(all)})
		out, n, err := o.Open(all, wire[at:])
		if err != nil && err != io.EOF {
			t.Fatalf("%s: at %d: %v", what, at, err)
		}
		all, at = out, at+n
	}
	for k, begin := range begins {
		o, err := codec.NewOpener(body())
		noError(t, what, err)
		if !o.Resume(uint64(k), 0, wire[:begin[0]]) {
			continue // CFB is not in step yet
		}
		rest := resumed(t, o, wire[begin[0]:])
		sameBytes(t, fmt.Sprintf("%s: from chunk %d on", what, k), rest, all[begin[1]:])
	}
}

func resumed(t *testing.T, o *codec.Opener, wire []byte) (plain []byte) {
	t.Helper()
	for len(wire) > 0 {
		var n int
		var err error
		plain, n, err = o.Open(plain, wire)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		wire = wire[n:]
	}
	return plain
}
