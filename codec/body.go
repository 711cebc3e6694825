package codec

import "vmesskit/codec/internal/wire"

// Dialect is a reading of the option bits where the peers disagree: padding
// and authenticated length with security none.
type Dialect uint8

const (
	// DialectV2Ray: v2ray and Xray ignore authenticated length with none, and
	// padding too unless the body carries datagrams. Padding without masking is
	// refused.
	DialectV2Ray Dialect = iota
	// DialectSing: sing and mihomo honour both with none; an authenticated
	// length there counts 16 bytes less, modulo 65536, although there is no
	// tag.
	DialectSing
)

// Body says how one direction of a session is sealed. RequestHeader.RequestBody
// and ResponseBody make it.
type Body struct {
	Security Security
	Option   Option
	Packets  bool    // one chunk is one datagram (CommandUDP)
	Dialect  Dialect // how to read options that the peers disagree about

	Key, IV             [16]byte // of this direction
	LengthKey, LengthIV [16]byte // of the request, for authenticated lengths both ways

	continues *cfb // legacy response with CFB: the header's stream goes on
	trace     *Trace
	wire      int // the trace's buffer of this direction's bytes
}

// RequestBody tells how the body behind the request header is sealed.
func (h *RequestHeader) RequestBody() Body {
	return Body{
		Security: h.Security, Option: h.Option, Packets: h.Command == CommandUDP,
		Key: h.BodyKey, IV: h.BodyIV, LengthKey: h.BodyKey, LengthIV: h.BodyIV,
	}
}

// ResponseBody tells how the body behind the response header is sealed. After
// a legacy header with CFB use Response.Body, or Request.Respond on the server's
// side, which know the stream that the body continues.
func (h *RequestHeader) ResponseBody(s Scheme) Body {
	b := h.RequestBody()
	b.Key, b.IV = h.ResponseKeys(s)
	return b
}

// Body tells how the request body is sealed; what its opener reads goes on in
// the request's trace.
func (r *Request) Body() Body {
	b := r.Header.RequestBody()
	b.trace, b.wire = r.trace, r.wire
	return b
}

// Untraced gives the body without the trace that its header is recorded in: for
// a second reading of the same bytes.
func (b Body) Untraced() Body {
	b.trace = nil
	return b
}

// Ambiguous reports whether the peers read b's options in different ways, so
// that both dialects should be tried on a recording.
func (b *Body) Ambiguous() bool {
	return b.Security == SecurityNone && b.Option.Has(ChunkStream) &&
		(b.Option.Has(AuthenticatedLength) || b.Option.Has(GlobalPadding) && !b.Packets)
}

// lengthForm is how a chunk's length stands on the wire.
type lengthForm uint8

const (
	lengthPlain lengthForm = iota
	lengthMasked
	lengthSealed     // less the tag's 16 bytes
	lengthSealedNone // the same modulo 65536: there is no tag to be less
)

// plan is the decision that all of a body's framing and sealing follows from.
// It is made once, here.
type plan struct {
	chunked  bool
	marksEnd bool // an end chunk is to be written
	padded   bool
	length   lengthForm
	overhead int // bytes that the cipher adds to each payload
}

// plan decides what security and options mean together.
func (b *Body) plan() (plan, error) {
	if !b.Security.OnWire() {
		return plan{}, &Error{Kind: ErrUnsupported, Field: wire.FieldSecurity, Off: offSecurity, Err: wire.Value(int(b.Security))}
	}
	o := b.Option
	sing := b.Dialect == DialectSing
	if o.Has(GlobalPadding) && !o.Has(ChunkMasking) && !sing {
		return plan{}, &Error{Kind: ErrUnsupported, Field: wire.FieldOption, Off: offOption, Err: wire.Detail("padding without masking")}
	}
	p := plan{
		chunked:  o.Has(ChunkStream) || b.Security.AEAD(), // a cipher with tags always has chunks
		marksEnd: o.Has(ChunkStream),
		padded:   o.Has(GlobalPadding),
	}
	if o.Has(ChunkMasking) {
		p.length = lengthMasked
	}
	switch {
	case b.Security.AEAD():
		p.overhead = tagSize
		if o.Has(AuthenticatedLength) {
			p.length = lengthSealed
		}
	case b.Security.cfb():
		p.overhead = checksumSize
	case sing && o.Has(AuthenticatedLength):
		p.length = lengthSealedNone
	case !sing && !b.Packets:
		p.padded = false
	}
	return p, nil
}
