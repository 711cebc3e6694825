package codec

import "io"

// End says how a direction's bytes stopped.
type End uint8

const (
	EndOpen     End = iota // nothing says that it has ended
	EndChunk               // the end chunk was read
	EndBoundary            // the bytes stop where a chunk does; a truncation there cannot be told
	EndCut                 // the bytes stop inside a chunk
)

var endNames = [...]string{EndOpen: "open", EndChunk: "end-chunk", EndBoundary: "boundary", EndCut: "cut"}

// String gives "open", "end-chunk", "boundary" or "cut".
func (e End) String() string { return name(endNames[:], "End", uint8(e)) }

// Opener opens the body of one direction, chunk by chunk. It does no I/O: the
// caller keeps the bytes that were not used and offers them again with more
// behind them.
type Opener struct {
	framer *framer // nil for a body without chunks
	cipher chunkCipher
	cfb    *cfb // nil unless the whole direction is one CFB stream
	trace  *Trace
	wire   int
	ended  bool
	err    error // what stopped it

	head [2]byte // a length field out of the CFB stream
}

// MaxChunk is the largest chunk that can be on the wire, its length field
// included. A buffer of this size always holds a whole one. An authenticated
// length is 16 more than the number that stands there.
const MaxChunk = lengthSize + 65535 + tagSize

// NewOpener makes the opener of a body. The error is ErrUnsupported for a
// security or options that have no body.
func NewOpener(b Body) (*Opener, error) {
	p, err := b.plan()
	if err != nil {
		return nil, err
	}
	o := &Opener{cipher: b.chunkCipher(), cfb: b.stream(), trace: b.trace, wire: b.wire}
	if p.chunked {
		o.framer = b.framer(p)
	}
	return o, nil
}

// stream makes the CFB stream of a body, or nil. A response behind a legacy
// header continues the header's.
func (b *Body) stream() *cfb {
	switch {
	case !b.Security.cfb():
		return nil
	case b.continues != nil:
		own := *b.continues
		return &own
	}
	return newCFB(b.Key[:], b.IV[:])
}

// OpenInPlace opens the next chunk of src, which begins where that chunk does.
// It gives the payload, a part of src that is overwritten, and how many bytes
// of src are used up. Of a body without chunks everything there is is opened.
//
// The error is ErrShort, with nothing used up and src unchanged, while the
// chunk is not whole; io.EOF for an end chunk, which is verified and used up
// (what stands behind it is ignored by readers, but may be asked for by
// calling again); else an *Error: ErrAuth or ErrChecksum for the payload,
// ErrAuth or ErrMalformed for the length. Nothing can be opened behind an
// error.
func (o *Opener) OpenInPlace(src []byte) (payload []byte, n int, err error) {
	return o.open(nil, src, true)
}

// Open is OpenInPlace for bytes that must not change: it appends the payload
// to dst, which must not overlap src.
func (o *Opener) Open(dst, src []byte) (out []byte, n int, err error) {
	return o.open(dst, src, false)
}

func (o *Opener) open(dst, src []byte, inPlace bool) ([]byte, int, error) {
	if o.framer == nil {
		return o.openStream(dst, src, inPlace)
	}
	if o.err != nil {
		return dst, 0, o.err
	}
	frame, err := o.next(src)
	if err != nil {
		return dst, 0, o.stop(err)
	}
	size := frame.Size()
	if len(src) < size {
		return dst, 0, ErrShort
	}
	traced := o.traceFrame(frame, src[:size])
	inside, dst := o.frameBytes(dst, src[:size], inPlace)
	o.tracePlain(traced, frame, inside)
	out, payload, err := o.payload(frame, dst, inside[frame.Head:frame.Head+frame.Sealed], inPlace)
	if err != nil {
		return dst, 0, o.stop(err)
	}
	o.traceOpened(traced, payload)
	o.framer.done()
	o.ended = frame.End
	if frame.End {
		return dst, size, io.EOF
	}
	return out, size, nil
}

// stop remembers an error behind which nothing can be opened.
func (o *Opener) stop(err error) error {
	if err != ErrShort {
		o.err = err
	}
	return err
}

// payload opens what a frame holds: in place, or behind dst. out is what Open
// gives, the payload with dst in front of it.
func (o *Opener) payload(f *Frame, dst, sealed []byte, inPlace bool) (out, payload []byte, err error) {
	if inPlace {
		out, err = o.cipher.open(f.Number, sealed)
		return out, out, err
	}
	out, err = o.cipher.openTo(f.Number, dst, sealed)
	return out, out[len(dst):], err
}

// next reads the length field, out of the CFB stream where there is one.
func (o *Opener) next(src []byte) (*Frame, error) {
	if o.cfb == nil || o.framer.known {
		return o.framer.next(src)
	}
	if len(src) < len(o.head) {
		return nil, ErrShort
	}
	o.cfb.peek(o.head[:], src[:len(o.head)])
	return o.framer.next(o.head[:])
}

// frameBytes gives the chunk's frame as it is inside the CFB stream, or as it
// came. Where src must not change, the stream is decrypted behind dst.
func (o *Opener) frameBytes(dst, src []byte, inPlace bool) (frame, back []byte) {
	if o.cfb == nil {
		return src, dst
	}
	into := src
	if !inPlace {
		dst = grow(dst, len(src))
		into = dst[len(dst) : len(dst)+len(src)]
	}
	o.cfb.decrypt(into, src)
	return into, dst
}

// grow gives b with room for n more bytes.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(b, make([]byte, n)...)[:len(b)]
}

// openStream opens all of src: a body without chunks has no borders.
func (o *Opener) openStream(dst, src []byte, inPlace bool) ([]byte, int, error) {
	if len(src) == 0 {
		return dst, 0, ErrShort
	}
	n := len(src)
	o.traceStream(src)
	out := src
	if !inPlace {
		out = append(dst, src...)
		src = out[len(dst):]
	}
	if o.cfb != nil {
		o.cfb.decrypt(src, src)
	}
	return out, n, nil
}

// Need tells how many bytes of the current chunk have to be there before Open
// can get on: the length field, or, once that was read, the whole chunk.
func (o *Opener) Need() int {
	switch {
	case o.framer == nil:
		return 1
	case o.framer.known:
		return o.framer.frame.Size()
	}
	return o.framer.head()
}

// Chunked reports whether the body has chunks on the wire.
func (o *Opener) Chunked() bool { return o.framer != nil }

// PlainLengths reports whether the lengths of chunks can be read at any place:
// there are no masks, no seals, no padding and no CFB stream.
func (o *Opener) PlainLengths() bool {
	return o.framer != nil && o.cfb == nil && o.framer.draws == nil && o.framer.aead == nil
}

// Chunks counts the chunks that were opened, end chunks included.
func (o *Opener) Chunks() uint64 {
	if o.framer == nil {
		return 0
	}
	return o.framer.k
}

// Finish judges where the direction stopped. rest is what was offered last and
// not used up. An end chunk counts from its length field on: peers do not wait
// for its tag.
func (o *Opener) Finish(rest []byte) End {
	switch {
	case o.framer == nil:
		return EndBoundary
	case len(rest) == 0 && o.ended:
		return EndChunk
	case len(rest) == 0:
		return EndBoundary
	}
	if frame, err := o.next(rest); o.ended || err == nil && frame.End {
		return EndChunk
	}
	return EndCut
}
