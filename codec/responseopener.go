package codec

import (
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// ResponseOpener opens the response header of one connection as its bytes come
// in, and remembers what it derived between the calls.
type ResponseOpener struct {
	Trace *Trace // may be nil

	req    *Request
	keys   responseKeys
	length int // bytes of the header, once they are known
	wire   int
	group  int
}

// NewResponseOpener makes an opener for the answer to req. It goes on in the
// request's trace; the field says otherwise.
func NewResponseOpener(req *Request) *ResponseOpener {
	o := &ResponseOpener{req: req, Trace: req.trace}
	o.keys.key, o.keys.iv = req.Header.ResponseKeys(req.Sender.Scheme)
	return o
}

// Open reads the header out of b, which holds all bytes of the server so far.
// It gives ErrShort until the header is whole; then the response and where the
// body begins. b is not changed, and nothing points into it. Other errors are
// an *Error, ErrAuth where the bytes are not an answer to this request.
func (o *ResponseOpener) Open(b []byte) (*Response, int, error) {
	if o.req.Sender.Scheme == Legacy {
		return o.openLegacy(b)
	}
	if o.length == 0 {
		if len(b) < lengthSize {
			return nil, 0, ErrShort
		}
		if err := o.openLength(b); err != nil {
			return nil, 0, err
		}
	}
	if len(b) < lengthSize+o.length+tagSize {
		return nil, 0, ErrShort
	}
	return o.openHeader(b)
}

func (o *ResponseOpener) openLength(b []byte) error {
	o.keys.d, o.keys.trace = newDeriver(), o.Trace
	o.begin(b[:lengthSize], "SHA256(body-key)[0:16]", "SHA256(body-iv)[0:16]")
	defer o.Trace.End(o.group, lengthSize)
	o.Trace.Span(wire.FieldResponseLengthSealed, o.wire, 0, 2)
	sealed := o.Trace.Span(wire.FieldResponseLengthTag, o.wire, 2, tagSize)
	aead, nonce := o.keys.length()
	plain, err := aead.Open(o.keys.scratch[:0], nonce, b[:lengthSize], nil)
	if err != nil {
		return &Error{Kind: ErrAuth, Field: wire.FieldResponseLengthTag, Off: 2}
	}
	n := int(binary.BigEndian.Uint16(plain))
	o.Trace.Span(wire.FieldResponseLength, o.Trace.Open(wire.FieldResponseLengthPlain, plain, sealed), 0, 2)
	if n < responseSection || n > maxSealed {
		return &Error{Kind: ErrLimit, Field: wire.FieldResponseLength, Err: wire.Want(n, responseSection, maxSealed)}
	}
	o.length = n
	return nil
}

func (o *ResponseOpener) openHeader(b []byte) (*Response, int, error) {
	end := lengthSize + o.length + tagSize
	o.Trace.Extend(o.wire, b[lengthSize:end])
	o.Trace.Reopen(o.group)
	sealed := o.Trace.Span(wire.FieldResponseSealed, o.wire, lengthSize, o.length)
	o.Trace.Span(wire.FieldResponseTag, o.wire, end-tagSize, tagSize)
	aead, nonce := o.keys.header()
	o.Trace.End(o.group, end)
	plain, err := aead.Open(nil, nonce, b[lengthSize:end], nil)
	if err != nil {
		return nil, 0, &Error{Kind: ErrAuth, Field: wire.FieldResponseTag, Off: end - tagSize}
	}
	r := &Response{}
	if err := r.Header.parse(plain, true, o.Trace, sealed); err != nil {
		return nil, 0, err
	}
	return o.finish(r, end)
}

// openLegacy decrypts the header from the start of the CFB stream, which a CFB
// body then continues.
func (o *ResponseOpener) openLegacy(b []byte) (*Response, int, error) {
	if len(b) < responseSection {
		return nil, 0, ErrShort
	}
	stream := newCFB(o.keys.key[:], o.keys.iv[:])
	var plain [responseSection + 255]byte
	stream.decrypt(plain[:responseSection], b[:responseSection])
	if err := wrongEcho(plain[0], o.req.Header.ResponseAuth); err != nil {
		return nil, 0, err
	}
	end := responseSection
	if ResponseCommand(plain[2]) != ResponseNone {
		end += int(plain[3])
	}
	if len(b) < end {
		return nil, 0, ErrShort
	}
	stream.decrypt(plain[responseSection:end], b[responseSection:end])
	o.begin(b[:end], "MD5(body-key)", "MD5(body-iv)")
	sealed := o.Trace.Span(wire.FieldResponseEncrypted, o.wire, 0, end)
	o.Trace.End(o.group, end)
	r := &Response{}
	if err := r.Header.parse(plain[:end], false, o.Trace, sealed); err != nil {
		return nil, 0, err
	}
	r.body.continues = stream
	return o.finish(r, end)
}

// parse reads the plaintext of a response header. Data is a copy.
func (h *ResponseHeader) parse(plain []byte, trailing bool, t *Trace, sealed int) error {
	c := wire.Reader(append([]byte(nil), plain...))
	c.Whole()
	buffer := t.Open(wire.FieldResponsePlain, plain, sealed)
	c.TraceTo(t, buffer)
	h.layout(&c)
	if trailing {
		var rest []byte
		c.Rest(wire.FieldTrailing, &rest)
	}
	if c.Err() == nil && h.Command == ResponseSwitch {
		s, err := parseSwitchAccount(h.Data, t, buffer)
		if e, bad := err.(*Error); bad {
			t.Note(e)
		} else {
			h.Switch = &s
		}
	}
	return c.Err()
}

func (o *ResponseOpener) begin(b []byte, keyFormula, ivFormula string) {
	o.wire = o.Trace.Open(wire.FieldServerWire, b, -1)
	o.group = o.Trace.Begin(wire.FieldResponse, o.wire, 0)
	o.Trace.Derive(wire.FieldResponseKey, keyFormula, o.keys.key[:])
	o.Trace.Derive(wire.FieldResponseIV, ivFormula, o.keys.iv[:])
}

func (o *ResponseOpener) finish(r *Response, end int) (*Response, int, error) {
	if err := wrongEcho(r.Header.Auth, o.req.Header.ResponseAuth); err != nil {
		return nil, 0, err
	}
	stream := r.body.continues
	r.body = o.req.Header.ResponseBody(o.req.Sender.Scheme)
	r.body.continues = stream
	r.body.trace, r.body.wire = o.Trace, o.wire
	return r, end, nil
}
