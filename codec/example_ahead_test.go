package codec_test

import (
	"fmt"

	"vmesskit/codec"
)

// A recording lacks the second chunk of four. Nobody knows what is missing, but
// each chunk has a number, and the number gives its nonce: the first place and
// number at which a tag opens is the right one.
func ExampleAhead() {
	body := exampleHeader().RequestBody()
	sealer, _ := codec.NewSealer(body, exampleEntropy)
	var chunks [][]byte
	for _, text := range []string{"one", "two", "three", "four"} {
		chunk, _ := sealer.Seal(nil, []byte(text))
		chunks = append(chunks, chunk)
	}
	opener, _ := codec.NewOpener(body)
	opener.Open(nil, chunks[0])

	behind := append(chunks[2], chunks[3]...) // chunks[1] is lost
	ahead := opener.Ahead()
	var scratch []byte
	for number := uint64(1); number < 10; number++ {
		frame, ok := ahead.Frame(number, behind)
		if ok && frame.Size() <= len(behind) && ahead.Opens(&frame, behind[:frame.Size()], &scratch) {
			fmt.Printf("goes on with chunk %d, of %d bytes\n", frame.Number, frame.Size())
			break
		}
	}
	// Output:
	// goes on with chunk 2, of 23 bytes
}
