package h2

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// What another implementation encodes is decoded: each byte alone, and strings.
func TestHuffman(t *testing.T) {
	var all []string
	for b := range 256 {
		all = append(all, string([]byte{byte(b)}))
	}
	r := rand.New(rand.NewPCG(7541, 1))
	for range 500 {
		p := make([]byte, r.IntN(60))
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		all = append(all, string(p))
	}
	for _, s := range all {
		got, err := appendHuffman(nil, hpack.AppendHuffmanString(nil, s), maxString)
		if err != nil || string(got) != s {
			t.Errorf("%x: got %x, %v", s, got, err)
		}
	}
}

func TestHuffmanRefuses(t *testing.T) {
	good := hpack.AppendHuffmanString(nil, "www.example.com")
	long := hpack.AppendHuffmanString(nil, strings.Repeat("a", 11))
	for _, c := range []struct {
		name string
		p    []byte
		want error
	}{
		{"the sign for the end", []byte{0xff, 0xff, 0xff, 0xff}, errHuffman},
		{"a whole byte of filling", append(good, 0xff), errHuffman},
		{"filled with zeros", []byte{0x18}, errHuffman}, // "a" and 000
		{"too long", long, errLong},
	} {
		if _, err := appendHuffman(nil, c.p, 10); c.want == errLong && !errors.Is(err, errLong) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := appendHuffman(nil, c.p, maxString); c.want == errHuffman && !errors.Is(err, errHuffman) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
