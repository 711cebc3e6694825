package codec

// What the vectors of single primitives need and users of the package do not.

// FNV1a is the checksum of headers and CFB payloads.
var FNV1a = fnv1a

// ChaChaKey stretches a key to 32 bytes.
var ChaChaKey = chachaKey

// ChunkNonce gives the nonce of chunk k.
func ChunkNonce(iv [16]byte, k uint64) []byte { return newNonces(iv).of(k) }

// MaskDraws takes n numbers from the SHAKE128 stream.
func MaskDraws(iv [16]byte, n int) []uint16 {
	d := newDraws(iv)
	out := make([]uint16, n)
	for i := range out {
		out[i] = d.next()
	}
	return out
}

// ChunkDraw is what a framer draws for a chunk.
type ChunkDraw struct {
	Padding int
	Mask    uint16
}

// ChunkDraws gives the draws of a body's first n chunks.
func ChunkDraws(b Body, n int) []ChunkDraw {
	f := mustFramer(b)
	out := make([]ChunkDraw, n)
	for i := range out {
		f.draw()
		f.draw() // once is what counts
		out[i] = ChunkDraw{int(f.padding % maxPadding), f.mask}
		f.done()
	}
	return out
}

// AppendLengthField gives the length field of chunk k.
func AppendLengthField(b Body, k uint64, total int) []byte {
	f := mustFramer(b)
	f.k = k
	out, _ := f.appendHead(nil, total)
	return out
}

// ReadLengthField reads the length field of chunk k.
func ReadLengthField(b Body, k uint64, field []byte) (total int, end bool, err error) {
	f := mustFramer(b)
	f.k = k
	frame, err := f.next(field)
	if err != nil {
		return 0, false, err
	}
	return frame.Sealed + frame.Padding, frame.End, nil
}

func mustFramer(b Body) *framer {
	p, err := b.plan()
	if err != nil {
		panic(err)
	}
	return b.framer(p)
}

// CFBStream is one direction's CFB, in place.
type CFBStream struct{ Encrypt, Decrypt, Peek func(dst, src []byte) }

// NewCFBStream starts a stream.
func NewCFBStream(key, iv []byte) CFBStream {
	c := newCFB(key, iv)
	return CFBStream{c.encrypt, c.decrypt, c.peek}
}
