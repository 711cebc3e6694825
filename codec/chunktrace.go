package codec

import (
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// traced is where a chunk's spans are, while the chunk is being opened.
type traced struct {
	on      bool
	group   int
	payload int // the span that the payload is opened from
}

// traceFrame records a chunk as it stands on the wire.
func (o *Opener) traceFrame(f *Frame, chunk []byte) (t traced) {
	if !o.trace.Admit(o.wire, len(chunk)) {
		return t
	}
	off := o.trace.Extend(o.wire, chunk)
	t.on, t.group = true, o.trace.Begin(wire.FieldChunk, o.wire, off)
	o.framer.traceDraws()
	if o.cfb != nil {
		t.payload = o.trace.Span(wire.FieldChunkEncrypted, o.wire, off, len(chunk))
	} else {
		o.framer.traceHead(f, o.wire, off, chunk)
		t.payload = o.tracePayload(f, o.wire, off+f.Head)
	}
	o.trace.End(t.group, off+len(chunk))
	return t
}

// tracePlain records a CFB chunk's frame out of the decrypted stream.
func (o *Opener) tracePlain(t traced, f *Frame, inside []byte) {
	if !t.on || o.cfb == nil {
		return
	}
	buffer := o.trace.Open(wire.FieldChunkPlain, inside, t.payload)
	o.framer.traceHead(f, buffer, 0, inside)
	o.trace.Span(wire.FieldPayloadChecksum, buffer, f.Head, checksumSize)
	if n := f.Sealed - checksumSize; n > 0 {
		o.trace.Span(wire.FieldPayloadPlain, buffer, f.Head+checksumSize, n)
	}
	tracePadding(o.trace, f, buffer, f.Head+f.Sealed)
}

// tracePayload records the sealed payload and the padding behind it.
func (o *Opener) tracePayload(f *Frame, buffer, off int) (sealed int) {
	t := o.trace
	switch aead, ok := o.cipher.(*aeadChunks); {
	case ok:
		nonce := append([]byte(nil), aead.nonce.of(f.Number)...)
		t.Derive(wire.FieldChunkNonce, "BE16(chunk) || iv[2:12]", nonce)
		if n := f.Sealed - tagSize; n > 0 {
			sealed = t.Span(wire.FieldPayloadSealed, buffer, off, n)
		}
		tag := t.Span(wire.FieldPayloadTag, buffer, off+f.Sealed-tagSize, tagSize)
		if f.End {
			sealed = tag
		}
	case f.Sealed > 0:
		sealed = t.Span(wire.FieldPayloadPlain, buffer, off, f.Sealed)
	}
	tracePadding(t, f, buffer, off+f.Sealed)
	return sealed
}

func tracePadding(t *Trace, f *Frame, buffer, off int) {
	if f.Padding > 0 {
		t.Span(wire.FieldChunkPadding, buffer, off, f.Padding)
	}
}

// traceOpened records what a sealed payload held.
func (o *Opener) traceOpened(t traced, payload []byte) {
	if _, sealed := o.cipher.(*aeadChunks); t.on && sealed && len(payload) > 0 {
		buffer := o.trace.Open(wire.FieldPayload, payload, t.payload)
		o.trace.Span(wire.FieldPayloadPlain, buffer, 0, len(payload))
	}
}

// traceStream records bytes of a body without chunks.
func (o *Opener) traceStream(src []byte) {
	if o.trace.Admit(o.wire, len(src)) {
		o.trace.Span(wire.FieldStream, o.wire, o.trace.Extend(o.wire, src), len(src))
	}
}

// traceDraws records what was drawn for the current chunk.
func (f *framer) traceDraws() {
	if f.plan.padded {
		f.trace.Derive(wire.FieldPaddingDraw, "next 2 bytes of SHAKE128(iv); mod 64 is the padding", u16(f.padding))
	}
	if f.plan.length == lengthMasked {
		f.trace.Derive(wire.FieldMaskDraw, "next 2 bytes of SHAKE128(iv)", u16(f.mask))
	}
}

// traceHead records a length field.
func (f *framer) traceHead(frame *Frame, buffer, off int, field []byte) {
	switch f.plan.length {
	case lengthPlain:
		f.trace.Span(wire.FieldChunkLength, buffer, off, 2)
	case lengthMasked:
		f.trace.Span(wire.FieldChunkLengthMasked, buffer, off, 2)
	default:
		f.trace.Derive(wire.FieldLengthNonce, "BE16(chunk) || request body-iv[2:12]", append([]byte(nil), f.nonce.of(frame.Number)...))
		f.trace.Span(wire.FieldChunkLengthSealed, buffer, off, 2)
		tag := f.trace.Span(wire.FieldChunkLengthTag, buffer, off+2, tagSize)
		plain, err := f.aead.Open(nil, f.nonce.of(frame.Number), field[:lengthSize], nil)
		if err == nil {
			f.trace.Span(wire.FieldChunkLength, f.trace.Open(wire.FieldChunkLengthPlain, plain, tag), 0, 2)
		}
	}
}

func u16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
