package build_test

import (
	"fmt"
	"os"

	"vmesskit/codec"
	"vmesskit/inspect/build"
)

// A session is described and then told out, one write after the other.
func ExampleSession_Write() {
	id, err := codec.ParseID("66ad4540-b58c-4ad2-9926-ea63445a9b57")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	s := build.Session{
		ID: id, Scheme: codec.AEAD, Alter: codec.Primary, Time: 1_700_000_000,
		Security: codec.SecurityChaCha20Poly1305, Option: codec.ChunkStream | codec.ChunkMasking,
		Command: codec.CommandTCP, Target: codec.HostPort("example.com", 80), Padding: build.Drawn,
		Up:   []build.Piece{{Data: []byte("GET / HTTP/1.1\r\n\r\n")}},
		Down: []build.Piece{{Size: 1000}},
	}
	var sent build.Bytes
	if err := s.Write(build.NewSeed("a test"), &sent); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	request, _, err := codec.OpenRequest(sent[codec.Up], id.CmdKey())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(request.Header.Address, len(sent[codec.Down]))
	// Output: example.com:80 1074
}
