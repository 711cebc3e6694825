package codec

import (
	"crypto/cipher"
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// Frame tells where the parts of one chunk are.
type Frame struct {
	Number  uint64 // of the chunk in its direction, from 0
	Head    int    // bytes of the length field
	Sealed  int    // bytes of the sealed payload behind it
	Padding int    // bytes of padding behind that
	End     bool   // the payload is empty: the end of the stream
}

// Size gives the bytes of the whole chunk.
func (f *Frame) Size() int { return f.Head + f.Sealed + f.Padding }

// framer finds or makes the borders of chunks. It is sequential and cheap; it
// knows nothing of payloads but how long they are.
//
// What has been drawn for a chunk is remembered until the chunk is done,
// however often one has to wait for more bytes.
type framer struct {
	plan  plan
	draws *draws      // masks and padding lengths; nil where there are none
	aead  cipher.AEAD // of sealed lengths
	nonce *nonces     // of sealed lengths
	trace *Trace

	k       uint64 // number of the current chunk
	drawn   bool
	padding uint16 // the current chunk's draws
	mask    uint16
	frame   Frame
	known   bool // frame is the current chunk's

	scratch [lengthSize]byte
}

// framer makes the framer of a body.
func (b *Body) framer(p plan) *framer {
	f := &framer{plan: p, trace: b.trace}
	if p.padded || p.length == lengthMasked {
		f.draws = newDraws(b.IV)
	}
	if p.length == lengthSealed || p.length == lengthSealedNone {
		d := newDeriver()
		key := d.derive16(&labelLengthKey, b.LengthKey[:])
		b.trace.Derive(wire.FieldLengthKey, "KDF16(request body-key, \""+saltAuthenticatedLengths+"\")", key[:])
		f.aead = bodyAEAD(b.Security, key, b.trace)
		f.nonce = newNonces(b.LengthIV)
	}
	return f
}

// head gives the bytes of a length field.
func (f *framer) head() int {
	if f.aead != nil {
		return lengthSize
	}
	return 2
}

// draw takes from the stream what the current chunk needs: the padding's
// length first, then the mask.
func (f *framer) draw() {
	if f.drawn {
		return
	}
	f.drawn, f.padding, f.mask = true, 0, 0
	if f.plan.padded {
		f.padding = f.draws.next()
	}
	if f.plan.length == lengthMasked {
		f.mask = f.draws.next()
	}
}

// maxPadding is the bound of a chunk's padding, exclusive.
const maxPadding = 64

// next reads the length field at the start of b. It gives ErrShort while that
// is not whole, and the same frame again until done is called.
func (f *framer) next(b []byte) (*Frame, error) {
	if f.known {
		return &f.frame, nil
	}
	head := f.head()
	if len(b) < head {
		return nil, ErrShort
	}
	f.draw()
	total, err := f.length(b[:head])
	if err != nil {
		return nil, err
	}
	padding := int(f.padding % maxPadding)
	least := f.plan.overhead + padding
	if total < least {
		return nil, &Error{Kind: ErrMalformed, Field: wire.FieldChunkLength, Err: wire.Want(total, least, 65535)}
	}
	f.frame = Frame{Number: f.k, Head: head, Sealed: total - padding, Padding: padding, End: total == least}
	f.known = true
	return &f.frame, nil
}

// length reads how many bytes follow the field.
func (f *framer) length(field []byte) (int, error) {
	if f.aead == nil {
		return int(binary.BigEndian.Uint16(field) ^ f.mask), nil
	}
	plain, err := f.aead.Open(f.scratch[:0], f.nonce.of(f.k), field, nil)
	if err != nil {
		return 0, &Error{Kind: ErrAuth, Field: wire.FieldChunkLengthTag, Off: 2}
	}
	n := int(binary.BigEndian.Uint16(plain)) + tagSize
	if f.plan.length == lengthSealedNone {
		n &= 0xFFFF
	}
	return n, nil
}

// appendHead appends the length field of a chunk with n sealed bytes and gives
// how much padding is to follow them.
func (f *framer) appendHead(dst []byte, n int) (out []byte, padding int) {
	f.draw()
	padding = int(f.padding % maxPadding)
	total := n + padding
	if f.aead == nil {
		return binary.BigEndian.AppendUint16(dst, uint16(total)^f.mask), padding
	}
	binary.BigEndian.PutUint16(f.scratch[:], uint16(total-tagSize))
	return f.aead.Seal(dst, f.nonce.of(f.k), f.scratch[:2], nil), padding
}

// done goes on to the next chunk.
func (f *framer) done() {
	f.k++
	f.drawn, f.known = false, false
}
