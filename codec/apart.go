package codec

// ChunkCipher opens chunks that an Opener has framed: in any order, and on
// another goroutine than the framing. It is for one goroutine at a time; each
// one has its own.
type ChunkCipher struct{ chunks aeadChunks }

// Cipher gives a cipher for the chunks that Frame finds. It is nil where only
// the opener itself can open them: in a body without tags there is nothing to
// gain, and a CFB stream is one row.
func (o *Opener) Cipher() *ChunkCipher {
	c, ok := o.cipher.(*aeadChunks)
	if !ok {
		return nil
	}
	nonce := *c.nonce
	return &ChunkCipher{aeadChunks{aead: c.aead, nonce: &nonce}}
}

// Frame finds the chunk that src begins with and goes on behind it, without
// opening it. The errors are those of Open, but for a payload that does not
// open: that is for ChunkCipher to tell. Such chunks are not traced.
func (o *Opener) Frame(src []byte) (Frame, error) {
	if o.err != nil {
		return Frame{}, o.err
	}
	found, err := o.next(src)
	if err != nil {
		return Frame{}, o.stop(err)
	}
	if len(src) < found.Size() {
		return Frame{}, ErrShort
	}
	f := *found
	o.framer.done()
	o.ended = f.End
	return f, nil
}

// Open opens a whole chunk in place, its length field in front and its padding
// behind. The payload is a part of it, empty for an end chunk.
func (c *ChunkCipher) Open(f *Frame, chunk []byte) ([]byte, error) {
	return c.chunks.open(f.Number, chunk[f.Head:f.Head+f.Sealed])
}
