package explain

import "vmesskit/codec"

// chunkTrace records a chunk as the codec does.
type chunkTrace struct {
	r             *reading
	padding, mask uint16
	plain         []byte // of a sealed length
	payload       int    // the span that the payload is opened from
}

// frame records a chunk as it stands on the wire. It is false where the trace
// has enough.
func (t *chunkTrace) frame(c *chunkReader, fr *frame, chunk []byte) bool {
	if t == nil {
		return false
	}
	trace, wire := t.r.t, t.r.wire[t.r.k.dir]
	if !trace.Admit(wire, len(chunk)) {
		return false
	}
	off := trace.Extend(wire, chunk)
	group := trace.Begin(codec.FieldChunk, wire, off)
	if c.padded {
		trace.Derive(codec.FieldPaddingDraw, t.formula(codec.FieldPaddingDraw), be16(t.padding))
	}
	if c.masked {
		trace.Derive(codec.FieldMaskDraw, t.formula(codec.FieldMaskDraw), be16(t.mask))
	}
	if c.cfb != nil {
		t.payload = trace.Span(codec.FieldChunkEncrypted, wire, off, len(chunk))
	} else {
		t.head(c, wire, off)
		t.sealed(c, fr, wire, off+fr.head)
	}
	trace.End(group, off+len(chunk))
	return true
}

func (t *chunkTrace) formula(f codec.Field) string { return stepOf(f).formula(t.r.m, &t.r.k) }

// head records a length field.
func (t *chunkTrace) head(c *chunkReader, buffer, off int) {
	trace := t.r.t
	switch {
	case c.lengths != nil:
		nonce := c.rules.nonce.of(c.lengthIV, t.r.k.chunk)
		trace.Derive(codec.FieldLengthNonce, t.formula(codec.FieldLengthNonce), nonce[:])
		trace.Span(codec.FieldChunkLengthSealed, buffer, off, 2)
		tag := trace.Span(codec.FieldChunkLengthTag, buffer, off+2, tagSize)
		trace.Span(codec.FieldChunkLength, trace.Open(codec.FieldChunkLengthPlain, t.plain, tag), 0, 2)
	case c.masked && !c.rules.draw.unmasked:
		trace.Span(codec.FieldChunkLengthMasked, buffer, off, 2)
	default:
		trace.Span(codec.FieldChunkLength, buffer, off, 2)
	}
}

// sealed records what follows the length.
func (t *chunkTrace) sealed(c *chunkReader, fr *frame, buffer, off int) {
	trace := t.r.t
	switch {
	case c.payload != nil:
		nonce := c.rules.nonce.of(c.iv, t.r.k.chunk)
		trace.Derive(codec.FieldChunkNonce, t.formula(codec.FieldChunkNonce), nonce[:])
		if n := fr.sealed - tagSize; n > 0 {
			t.payload = trace.Span(codec.FieldPayloadSealed, buffer, off, n)
		}
		tag := trace.Span(codec.FieldPayloadTag, buffer, off+fr.sealed-tagSize, tagSize)
		if fr.sealed == tagSize {
			t.payload = tag
		}
	case fr.sealed > c.overhead || !c.summed && fr.sealed > 0:
		if c.summed {
			trace.Span(codec.FieldPayloadChecksum, buffer, off, 4)
		}
		t.payload = trace.Span(codec.FieldPayloadPlain, buffer, off+c.overhead, fr.sealed-c.overhead)
	case c.summed:
		trace.Span(codec.FieldPayloadChecksum, buffer, off, 4)
	}
	t.tail(fr, buffer, off+fr.sealed)
}

func (t *chunkTrace) tail(fr *frame, buffer, off int) {
	if fr.padding > 0 {
		t.r.t.Span(codec.FieldChunkPadding, buffer, off, fr.padding)
	}
}

// inside records a CFB chunk's frame out of the decrypted stream.
func (t *chunkTrace) inside(c *chunkReader, fr *frame, inside []byte) {
	if c.cfb == nil {
		return
	}
	buffer := t.r.t.Open(codec.FieldChunkPlain, inside, t.payload)
	t.head(c, buffer, 0)
	t.sealed(c, fr, buffer, fr.head)
}

// opened records what a sealed payload held.
func (t *chunkTrace) opened(c *chunkReader, fr *frame, payload []byte) {
	if c.payload == nil || len(payload) == 0 {
		return
	}
	buffer := t.r.t.Open(codec.FieldPayload, payload, t.payload)
	n := len(payload) - fr.inner
	if n > 0 {
		t.r.t.Span(codec.FieldPayloadPlain, buffer, 0, n)
	}
	if fr.inner > 0 {
		t.r.t.Span(codec.FieldChunkPadding, buffer, n, fr.inner)
	}
}
