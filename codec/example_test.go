package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"vmesskit/codec"
)

// What the examples are about: a user, the time, and randomness that is none,
// so that the output can be printed here.
var exampleID, _ = codec.ParseUUID("66ad4540-b58c-4ad2-9926-ea63445a9b57")

const exampleTime = 1700000000

func exampleEntropy(b []byte) error {
	for i := range b {
		b[i] = 0xAA
	}
	return nil
}

func exampleHeader() *codec.RequestHeader {
	return &codec.RequestHeader{
		BodyIV:       [16]byte([]byte("an iv of 16 byte")),
		BodyKey:      [16]byte([]byte("a key of 16 byte")),
		ResponseAuth: 0xAA,
		Option:       codec.ChunkStream | codec.ChunkMasking,
		Security:     codec.SecurityAES128GCM,
		Command:      codec.CommandTCP,
		Address:      codec.HostPort("example.com", 443),
	}
}

// unhex joins hexadecimal text that is spread over lines.
func unhex(lines ...string) []byte {
	b, err := hex.DecodeString(strings.Join(lines, ""))
	if err != nil {
		panic(err)
	}
	return b
}

// A request that sing made, opened with the user's key: the worked example of
// the vectors.
func ExampleOpenRequest() {
	received := unhex(
		"c8118f8549e35df1158c3d4df4e187aa", "d5012178cdd020e732b5711e2cd1cea98418", "aaaaaaaaaaaaaaaa",
		"64a1ee93c21d87ff5784874afb1f4583e412ebfa000f2383f5852662a9052e13b58287309276e2d8bc638b09f03d8327",
		"cb253b6104e47305c96ed5b570123c6a79341c55493a79b9ff291316ad2e0cac57c7876a41e0",
		"fcb18c36fc99c691f82a184424b20450abd564028cc05c8e44a69e696378c5475fc0")

	request, n, err := codec.OpenRequest(received, exampleID.CmdKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	h := request.Header
	fmt.Println(h.Command, h.Address, h.Security, h.Option.Names(nil))
	fmt.Println("sent at", request.Sender.Time)

	opener, err := codec.NewOpener(request.Body())
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, _, err := opener.Open(nil, received[n:])
	fmt.Printf("%q %v\n", payload, err)
	// Output:
	// tcp example.com:443 aes-128-gcm [chunk-stream chunk-masking]
	// sent at 1700000000
	// "GET / HTTP/1.1\r\n" <nil>
}

// The layer that refuses is in the error.
func ExampleOpenRequest_errors() {
	key := exampleID.CmdKey()
	sealed, _ := codec.SealRequest(nil, key, exampleHeader(), exampleTime, exampleEntropy)

	_, _, err := codec.OpenRequest(sealed[:30], key)
	fmt.Println(err == codec.ErrShort, err)

	_, _, err = codec.OpenRequest(sealed, codec.MapID("someone else").CmdKey())
	fmt.Println(errors.Is(err, codec.ErrChecksum), err)

	sealed[60] ^= 1
	_, _, err = codec.OpenRequest(sealed, key)
	fmt.Println(errors.Is(err, codec.ErrAuth), err)
	// Output:
	// true vmess: needs more bytes
	// true vmess: request: auth-checksum at 12: wrong checksum
	// true vmess: request: header-tag at 99: not authentic
}

// A client seals its header and the first chunk, and sends both in one write.
func ExampleSealRequest() {
	h := exampleHeader()
	out, err := codec.SealRequest(nil, exampleID.CmdKey(), h, exampleTime, exampleEntropy)
	if err != nil {
		fmt.Println(err)
		return
	}
	header := len(out)
	sealer, err := codec.NewSealer(h.RequestBody(), exampleEntropy)
	if err != nil {
		fmt.Println(err)
		return
	}
	if out, err = sealer.Seal(out, []byte("GET / HTTP/1.1\r\n")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("header: %d bytes, %x...\n", header, out[:16])
	fmt.Printf("chunk: %d bytes, %x...\n", len(out)-header, out[header:header+8])
	// Output:
	// header: 115 bytes, c8118f8549e35df1158c3d4df4e187aa...
	// chunk: 34 bytes, fc0528945291e280...
}

// What cannot be sent is not sealed.
func ExampleRequestHeader_Validate() {
	h := exampleHeader()
	fmt.Println(h.Validate())
	h.Security = codec.SecurityAuto
	fmt.Println(h.Validate())
	// Output:
	// <nil>
	// vmess: request header: security at 35: unsupported value 2
}

// The plaintext of a header is parsed and appended by its own methods.
func ExampleParseRequestHeader() {
	section, _ := exampleHeader().Append(nil)
	h, n, err := codec.ParseRequestHeader(section)
	fmt.Println(n, h.Address, err)

	section[35] = 0x09
	_, _, err = codec.ParseRequestHeader(section)
	fmt.Println(err)
	_, _, odd, err := codec.ParseRequestHeaderLenient(section)
	fmt.Println(len(odd), "oddities,", err)
	// Output:
	// 57 example.com:443 <nil>
	// vmess: request header: header-checksum at 53: wrong checksum
	// 2 oddities, <nil>
}

// An opener takes bytes as they come. What was not used up is offered again,
// with more behind it.
func ExampleNewOpener() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	sealed, _ := sealer.Seal(nil, []byte("first"))
	sealed, _ = sealer.Seal(sealed, []byte("second"))
	sealed, _ = sealer.End(sealed)

	opener, err := codec.NewOpener(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	var held []byte
	for _, piece := range [][]byte{sealed[:10], sealed[10:30], sealed[30:]} {
		held = append(held, piece...)
		for {
			payload, n, err := opener.OpenInPlace(held)
			if err == codec.ErrShort {
				fmt.Println("needs", opener.Need(), "bytes, has", len(held))
				break
			}
			held = held[n:]
			if err != nil {
				fmt.Println(err, "after", opener.Chunks(), "chunks:", opener.Finish(held))
				return
			}
			fmt.Printf("%q\n", payload)
		}
	}
	// Output:
	// needs 23 bytes, has 10
	// "first"
	// needs 24 bytes, has 7
	// "second"
	// EOF after 3 chunks: end-chunk
}

// With an io.Reader at hand, a Reader does the holding and waiting.
func ExampleNewReader() {
	body := exampleHeader().RequestBody()
	var stream bytes.Buffer

	sealer, _ := codec.NewSealer(body, exampleEntropy)
	w := codec.NewWriter(&stream, sealer)
	fmt.Fprint(w, "hello, ")
	fmt.Fprint(w, "server")
	w.Close() // writes the end chunk
	fmt.Println(stream.Len(), "bytes on the wire")

	opener, _ := codec.NewOpener(body)
	plain, err := io.ReadAll(codec.NewReader(&stream, opener))
	fmt.Printf("%q %v\n", plain, err)
	// Output:
	// 67 bytes on the wire
	// "hello, server" <nil>
}

// A stream that was cut is told from one that ended.
func ExampleReader() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	sealed, _ := sealer.Seal(nil, []byte("whole"))
	sealed, _ = sealer.Seal(sealed, []byte("cut"))

	opener, _ := codec.NewOpener(body)
	plain, err := io.ReadAll(codec.NewReader(bytes.NewReader(sealed[:30]), opener))
	fmt.Printf("%q %v\n", plain, err)
	// Output: "whole" unexpected EOF
}

// A server asks its users whose request it is, and answers.
func ExampleUsers() {
	users := codec.NewUsers(
		codec.Account{ID: codec.MapID("alice")},
		codec.Account{ID: exampleID, AlterIDs: 4},
	)
	aead, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	legacy, _ := codec.SealLegacyRequest(nil, exampleID.CmdKey(), codec.NextAlterID(exampleID), exampleHeader(), exampleTime)

	now := codec.Around(exampleTime+30, 120)
	for _, received := range [][]byte{aead, legacy} {
		auth := [16]byte(received)
		from, ok := users.Match(auth, now)
		if !ok {
			from, ok = users.MatchLegacy(auth, now)
		}
		if !ok {
			fmt.Println("nobody")
			continue
		}
		request, _, err := codec.NewRequestOpener(from).Open(received)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: user %d, alter id %d, to %s\n", from.Scheme, from.User, from.Alter, request.Header.Address)
	}
	_, ok := users.Match([16]byte(aead), codec.Around(exampleTime+600, 120))
	fmt.Println("ten minutes later:", ok)
	// Output:
	// aead: user 1, alter id -1, to example.com:443
	// legacy: user 1, alter id 0, to example.com:443
	// ten minutes later: false
}

// A UUID is taken as it is; any other short text is mapped, also a UUID that
// lost its end.
func ExampleParseID() {
	for _, text := range []string{"66ad4540-b58c-4ad2-9926-ea63445a9b57", "66AD4540B58C4AD29926EA63445A9B57", "example", "66ad4540-b58c"} {
		id, err := codec.ParseID(text)
		fmt.Println(id, err)
	}
	_, err := codec.ParseID("66ad4540-b58c-4ad2-9926-ea63445a9b5x")
	fmt.Println(err)
	// Output:
	// 66ad4540-b58c-4ad2-9926-ea63445a9b57 <nil>
	// 66ad4540-b58c-4ad2-9926-ea63445a9b57 <nil>
	// feb54431-301b-52bb-a6dd-e1e93e81bb9e <nil>
	// 03807021-967c-5371-a0e3-8c926cf37865 <nil>
	// vmess: user: id at 35: malformed character, want a hexadecimal digit
}

func ExampleNextAlterID() {
	for i, id := range codec.AlterIDs(nil, exampleID, 2) {
		fmt.Println(i, id)
	}
	// Output:
	// 0 545b50ec-11b7-6ed4-d9dd-09bb0b863af7
	// 1 7b6f4fab-1053-71bb-a097-55254bb675f2
}

// A client opens what the server answers, and then its body.
func ExampleOpenResponse() {
	h := exampleHeader()
	request := &codec.Request{Sender: codec.Sender{Scheme: codec.AEAD}, Header: *h}
	answer, body, err := request.Respond(nil, &codec.ResponseHeader{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	answer, _ = sealer.Seal(answer, []byte("HTTP/1.1 200 OK\r\n"))

	response, n, err := codec.OpenResponse(answer, h, codec.AEAD)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("header of", n, "bytes, command", response.Header.Command)
	opener, _ := codec.NewOpener(response.Body())
	payload, _, err := opener.Open(nil, answer[n:])
	fmt.Printf("%q %v\n", payload, err)
	// Output:
	// header of 38 bytes, command none
	// "HTTP/1.1 200 OK\r\n" <nil>
}

// A trace names every byte, here those of the command section.
func ExampleTrace() {
	sealed, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	opener := codec.NewRequestOpener(codec.Sender{Scheme: codec.AEAD, Key: exampleID.CmdKey(), Time: exampleTime})
	opener.Trace = new(codec.Trace)
	if _, _, err := opener.Open(sealed); err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range opener.Trace.Spans {
		buffer := opener.Trace.Buffers[span.Buffer]
		if buffer.Field != codec.FieldSection {
			continue
		}
		info := span.Field.Info()
		value := fmt.Sprintf("%x", buffer.Data[span.Off:span.Off+span.Len])
		switch {
		case info.Secret:
			value = "(secret)"
		case info.Mask != 0: // two fields in one byte
			value = fmt.Sprintf("%x of %08b", buffer.Data[span.Off]&info.Mask, info.Mask)
		}
		fmt.Printf("%2d %-15s %s\n", span.Off, info.Name, value)
	}
	// Output:
	//  0 version         01
	//  1 body-iv         (secret)
	// 17 body-key        (secret)
	// 33 response-auth   (secret)
	// 34 option          05
	// 35 padding-length  0 of 11110000
	// 35 security        3 of 00001111
	// 36 reserved        00
	// 37 command         01
	// 38 address         01bb020b6578616d706c652e636f6d
	// 38 port            01bb
	// 40 address-type    02
	// 41 domain-length   0b
	// 42 domain          6578616d706c652e636f6d
	// 53 header-checksum 161cd355
}

// A legacy auth is found by trying the seconds, and the ids.
func ExampleLegacyAuth() {
	fmt.Printf("%x\n", codec.LegacyAuth(exampleID, exampleTime))
	// Output: a906b6bf936720be548b26bfc17866f5
}

// The peers agree that the keys of the AEAD header are made like this.
func ExampleKDF() {
	key := exampleID.CmdKey()
	derived := codec.KDF(key[:], []byte("AES Auth ID Encryption"))
	fmt.Printf("%x\n", derived[:16])
	// Output: 814e1b82ddfb25aa9f3b94fbcdeba710
}

// The largest payload that fits a chunk of 2048 bytes, beyond which v2ray tears
// datagrams.
func ExampleSealer_MaxPayload() {
	h := exampleHeader()
	for _, o := range []codec.Option{0, codec.GlobalPadding, codec.GlobalPadding | codec.AuthenticatedLength} {
		h.Option = codec.ChunkStream | codec.ChunkMasking | o
		sealer, _ := codec.NewSealer(h.RequestBody(), exampleEntropy)
		fmt.Println(sealer.MaxPayload(2048))
	}
	// Output:
	// 2030
	// 1967
	// 1951
}
