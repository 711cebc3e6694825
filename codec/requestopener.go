package codec

import (
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// RequestOpener opens the request header of one connection as its bytes come
// in. What it derived is remembered between the calls, so that a header that
// arrives byte by byte costs no more than one that comes at once.
type RequestOpener struct {
	Lenient bool   // let odd headers pass and note what is odd
	Trace   *Trace // may be nil

	from   Sender
	length int // bytes of the command section, once they are known
	keys   headerKeys
	wire   int
	group  int
	done   bool

	body struct { // what BodyKeys gives
		key, iv [16]byte
		known   bool
	}
}

// sessionSize is how much of a command section v2ray decrypts before it looks
// at anything: all up to the target.
const sessionSize = 38

// NewRequestOpener makes an opener for a request whose sender is known
// (Users.Match). The options are fields; set them before the first Open.
func NewRequestOpener(from Sender) *RequestOpener { return &RequestOpener{from: from} }

// Open reads the header out of b, which holds all bytes of the connection so
// far. It gives ErrShort until the header is whole; then the request and
// where the body begins. b is not changed, and nothing points into it.
//
// Other errors are an *Error: ErrAuth for a tag that refuses, at
// header-length-tag or header-tag; ErrLimit for a length that no header has;
// anything else for the command section.
func (o *RequestOpener) Open(b []byte) (*Request, int, error) {
	if o.done {
		panic("internal error: request opened twice")
	}
	if o.from.Scheme == Legacy {
		return o.openLegacy(b)
	}
	if o.length == 0 {
		if len(b) < sealedAt {
			return nil, 0, ErrShort
		}
		if err := o.openLength(b); err != nil {
			return nil, 0, err
		}
	}
	if len(b) < sealedAt+o.length+tagSize {
		return nil, 0, ErrShort
	}
	return o.openSection(b)
}

// BodyKeys gives the key and IV of the body as soon as Open has seen them: in
// a legacy header behind 54 bytes, in an AEAD header once its tag is right. They
// are known then even if Open refuses what follows, so that a server can
// remember a session before it judges it. (A strict opener that refuses the
// version, which stands in front of them, has not seen them.)
func (o *RequestOpener) BodyKeys() (key, iv [16]byte, ok bool) {
	return o.body.key, o.body.iv, o.body.known
}

// see keeps the body's keys of a section, if the visit came that far.
func (o *RequestOpener) see(h *RequestHeader, visited int) {
	if visited >= sessionSize {
		o.body.key, o.body.iv, o.body.known = h.BodyKey, h.BodyIV, true
	}
}

// openLength derives the keys and opens the length of an AEAD header.
func (o *RequestOpener) openLength(b []byte) error {
	o.keys = headerKeys{
		d: newDeriver(), key: o.from.Key, trace: o.Trace,
		auth: [authSize]byte(b), nonce: [nonceSize]byte(b[sealedAt-nonceSize:]),
	}
	o.begin(b[:sealedAt])
	defer o.Trace.End(o.group, sealedAt)
	o.traceAuthID()
	o.Trace.Span(wire.FieldHeaderLengthSealed, o.wire, authSize, 2)
	sealed := o.Trace.Span(wire.FieldHeaderLengthTag, o.wire, authSize+2, tagSize)
	o.Trace.Span(wire.FieldConnectionNonce, o.wire, sealedAt-nonceSize, nonceSize)

	aead, nonce := o.keys.length()
	plain, err := aead.Open(o.keys.scratch[:0], nonce, b[authSize:authSize+lengthSize], o.keys.auth[:])
	if err != nil {
		return &Error{Kind: ErrAuth, Field: wire.FieldHeaderLengthTag, Off: authSize + 2}
	}
	n := int(binary.BigEndian.Uint16(plain))
	buffer := o.Trace.Open(wire.FieldHeaderLengthPlain, plain, sealed)
	o.Trace.Span(wire.FieldHeaderLength, buffer, 0, 2)
	if n < MinSection || n > maxSealed {
		return &Error{Kind: ErrLimit, Field: wire.FieldHeaderLength, Err: wire.Want(n, MinSection, maxSealed)}
	}
	o.length = n
	return nil
}

// openSection opens and parses the command section of an AEAD header.
func (o *RequestOpener) openSection(b []byte) (*Request, int, error) {
	end := sealedAt + o.length + tagSize
	o.Trace.Extend(o.wire, b[sealedAt:end])
	o.Trace.Reopen(o.group)
	sealed := o.Trace.Span(wire.FieldHeaderSealed, o.wire, sealedAt, o.length)
	o.Trace.Span(wire.FieldHeaderTag, o.wire, end-tagSize, tagSize)
	aead, nonce := o.keys.section()
	o.Trace.End(o.group, end)
	section, err := aead.Open(nil, nonce, b[sealedAt:end], o.keys.auth[:])
	if err != nil {
		return nil, 0, &Error{Kind: ErrAuth, Field: wire.FieldHeaderTag, Off: end - tagSize}
	}
	r := o.request(b)
	c := o.visit(section, sealed)
	c.Whole()
	r.Header.layout(&c)
	o.see(&r.Header, c.Len())
	c.Rest(wire.FieldTrailing, &r.Header.Trailing)
	return o.finish(r, &c, end)
}

// openLegacy decrypts as much of the command section as there is and parses
// it: there is no length, each field tells where the next one is.
func (o *RequestOpener) openLegacy(b []byte) (*Request, int, error) {
	if len(b) < authSize {
		return nil, 0, ErrShort
	}
	cipher := b[authSize:min(len(b), authSize+MaxSection)]
	section := make([]byte, len(cipher))
	iv := legacyIV(o.from.Time)
	newCFB(o.from.Key[:], iv[:]).decrypt(section, cipher)

	mark := o.Trace.Mark()
	o.begin(b[:authSize])
	o.Trace.Span(wire.FieldLegacyAuth, o.wire, 0, authSize)
	o.Trace.Derive(wire.FieldCmdKey, cmdKeyFormula, o.from.Key[:])
	o.Trace.Derive(wire.FieldLegacyIV, "MD5(time || time || time || time)", iv[:])
	encrypted := o.Trace.Span(wire.FieldHeaderEncrypted, o.wire, authSize, 0)
	o.Trace.End(o.group, authSize)

	r := o.request(b)
	c := o.visit(section, encrypted)
	r.Header.layout(&c)
	o.see(&r.Header, c.Len())
	if short(c.Err()) && len(section) < MaxSection {
		o.Trace.Back(mark)
		return nil, 0, ErrShort
	}
	end := authSize + c.Len()
	if o.Trace != nil {
		o.Trace.Extend(o.wire, b[authSize:end])
		o.Trace.Spans[encrypted].Len = c.Len()
		o.Trace.Spans[o.group].Len = end
		o.Trace.Buffers[len(o.Trace.Buffers)-1].Data = section[:c.Len()]
	}
	return o.finish(r, &c, end)
}

const cmdKeyFormula = "MD5(id || \"" + cmdKeySalt + "\")"

// begin opens the trace's buffer of the wire and the group of the request.
func (o *RequestOpener) begin(b []byte) {
	o.wire = o.Trace.Open(wire.FieldClientWire, b, -1)
	o.group = o.Trace.Begin(wire.FieldRequest, o.wire, 0)
}

// traceAuthID records the auth id and what is inside it.
func (o *RequestOpener) traceAuthID() {
	if o.Trace == nil {
		return
	}
	sealed := o.Trace.Span(wire.FieldAuthID, o.wire, 0, authSize)
	key := o.keys.d.derive16(&labelAuthID, o.from.Key[:])
	o.Trace.Derive(wire.FieldCmdKey, cmdKeyFormula, o.from.Key[:])
	o.Trace.Derive(wire.FieldAuthIDKey, "KDF16(cmd-key, \""+saltAuthID+"\")", key[:])
	var plain [16]byte
	mustAES(key[:]).Decrypt(plain[:], o.keys.auth[:])
	c := wire.Reader(plain[:])
	c.Lenient()
	c.TraceTo(o.Trace, o.Trace.Open(wire.FieldAuthIDPlain, plain[:], sealed))
	new(AuthID).layout(&c)
}

// visit starts a visit of the command section.
func (o *RequestOpener) visit(section []byte, sealed int) wire.Cursor {
	c := wire.Reader(section)
	if o.Lenient {
		c.Lenient()
	}
	c.TraceTo(o.Trace, o.Trace.Open(wire.FieldSection, section, sealed))
	return c
}

func (o *RequestOpener) request(b []byte) *Request {
	return &Request{Sender: o.from, Auth: [16]byte(b), trace: o.Trace, wire: o.wire}
}

// finish judges the header and hands it over.
func (o *RequestOpener) finish(r *Request, c *wire.Cursor, end int) (*Request, int, error) {
	r.Header.judge(c)
	if err := c.Err(); err != nil {
		return nil, 0, err
	}
	o.done = true
	r.Oddities = c.Oddities()
	return r, end, nil
}

// short reports whether a structure has ended before its fields did.
func short(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Kind == ErrShort
}
