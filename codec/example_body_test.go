package codec_test

import (
	"bytes"
	"fmt"
	"io"

	"vmesskit/codec"
)

// Security and options decide together what a body looks like on the wire.
func ExampleBody() {
	h := exampleHeader()
	for _, o := range []codec.Option{0, codec.ChunkStream, codec.ChunkStream | codec.ChunkMasking | codec.AuthenticatedLength} {
		for _, s := range []codec.Security{codec.SecurityNone, codec.SecurityAES128CFB, codec.SecurityAES128GCM} {
			h.Security, h.Option = s, o
			sealer, err := codec.NewSealer(h.RequestBody(), exampleEntropy)
			if err != nil {
				fmt.Println(err)
				return
			}
			sealed, _ := sealer.Seal(nil, []byte("ten bytes!"))
			whole, _ := sealer.End(sealed)
			fmt.Printf("%s %v: %d bytes, the end %d\n", s, o.Names(nil), len(sealed), len(whole)-len(sealed))
		}
	}
	// Output:
	// none []: 10 bytes, the end 0
	// aes-128-cfb []: 10 bytes, the end 0
	// aes-128-gcm []: 28 bytes, the end 0
	// none [chunk-stream]: 12 bytes, the end 2
	// aes-128-cfb [chunk-stream]: 16 bytes, the end 6
	// aes-128-gcm [chunk-stream]: 28 bytes, the end 18
	// none [chunk-stream chunk-masking authenticated-length]: 12 bytes, the end 2
	// aes-128-cfb [chunk-stream chunk-masking authenticated-length]: 16 bytes, the end 6
	// aes-128-gcm [chunk-stream chunk-masking authenticated-length]: 44 bytes, the end 34
}

// Finding the chunks is cheap and has an order; opening them is neither. So
// one goroutine can find them, and others, each with a cipher of its own, open
// them: here the last one first.
func ExampleChunkCipher() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	sealed, _ := sealer.Seal(nil, []byte("first"))
	sealed, _ = sealer.Seal(sealed, []byte("second"))

	opener, _ := codec.NewOpener(body)
	var frames []codec.Frame
	var chunks [][]byte
	for len(sealed) > 0 {
		f, err := opener.Frame(sealed)
		if err != nil {
			fmt.Println(err)
			return
		}
		frames, chunks = append(frames, f), append(chunks, sealed[:f.Size()])
		sealed = sealed[f.Size():]
	}
	worker := opener.Cipher()
	for i := len(frames) - 1; i >= 0; i-- {
		payload, err := worker.Open(&frames[i], chunks[i])
		fmt.Printf("%d %q %v\n", frames[i].Number, payload, err)
	}
	// Output:
	// 1 "second" <nil>
	// 0 "first" <nil>
}

// Where the peers disagree about options, a recording has to be tried both
// ways.
func ExampleDialect() {
	h := exampleHeader()
	h.Security, h.Option = codec.SecurityNone, codec.ChunkStream|codec.ChunkMasking|codec.AuthenticatedLength
	body := h.RequestBody()
	body.Dialect = codec.DialectSing
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	recorded, _ := sealer.Seal(nil, []byte("from sing"))

	fmt.Println("ambiguous:", body.Ambiguous())
	for _, d := range []codec.Dialect{codec.DialectV2Ray, codec.DialectSing} {
		body.Dialect = d
		opener, _ := codec.NewOpener(body)
		payload, _, err := opener.Open(nil, recorded)
		fmt.Printf("%q %v\n", payload, err)
	}
	// Output:
	// ambiguous: true
	// "" vmess: needs more bytes
	// "from sing" <nil>
}

// Three ways to stop: at the end chunk, where a chunk ends, and inside of one.
func ExampleEnd() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	data, _ := sealer.Seal(nil, []byte("data"))
	ended, _ := sealer.End(data)
	for _, received := range [][]byte{ended, data, data[:5]} {
		opener, _ := codec.NewOpener(body)
		for {
			_, n, err := opener.Open(nil, received)
			if received = received[n:]; err != nil {
				break
			}
		}
		fmt.Println(opener.Finish(received))
	}
	// Output:
	// end-chunk
	// boundary
	// cut
}

// A frame tells where the parts of a chunk are, without opening it.
func ExampleFrame() {
	h := exampleHeader()
	h.Option |= codec.GlobalPadding
	sealer, _ := codec.NewSealer(h.RequestBody(), exampleEntropy)
	sealed, _ := sealer.Seal(nil, []byte("ten bytes!"))

	opener, _ := codec.NewOpener(h.RequestBody())
	f, err := opener.Frame(sealed)
	fmt.Println(f.Head, f.Sealed, f.Padding, f.Size() == len(sealed), f.End, err)
	// Output: 2 26 37 true false <nil>
}

// A writer cuts what it is given into chunks that every peer takes.
func ExampleWriter() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	var stream bytes.Buffer
	w := codec.NewWriter(&stream, sealer)
	n, err := w.Write(make([]byte, 20000))
	fmt.Println(n, err, w.Close())

	opener, _ := codec.NewOpener(body)
	r := codec.NewReader(&stream, opener)
	for {
		chunk, err := r.Packet()
		if err == io.EOF {
			break
		}
		fmt.Println(len(chunk))
	}
	// Output:
	// 20000 <nil> <nil>
	// 8174
	// 8174
	// 3652
}
