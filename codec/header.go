package codec

import "vmesskit/codec/internal/wire"

// RequestHeader is the command section: the plaintext of both kinds of request
// header.
type RequestHeader struct {
	Version      uint8    // 1; Append writes 1 for 0
	BodyIV       [16]byte // stands before the key
	BodyKey      [16]byte
	ResponseAuth uint8 // V, which the server has to repeat
	Option       Option
	Security     Security
	Reserved     uint8
	Command      Command
	Address      Address  // absent for CommandMux
	Padding      []byte   // 0 to 15 bytes of anything
	Checksum     Checksum // FNV-1a; Append computes it
	Trailing     []byte   // bytes behind the checksum, which peers ignore
}

// Sizes of a command section.
const (
	MinSection = 42                          // mux, no padding
	MaxSection = 46 + 255 + maxHeaderPadding // the longest domain, all padding
	maxSealed  = 2048                        // what a reader accepts: room for trailing bytes

	maxHeaderPadding = 15
)

const version = 1

// Offsets of fields that are judged behind the visit.
const (
	offOption   = 34
	offSecurity = 35
	offCommand  = 37
	offDomain   = 42
)

// layout visits the fields of h in wire order.
func (h *RequestHeader) layout(c *wire.Cursor) {
	c.U8(wire.FieldVersion, &h.Version)
	if h.Version != version {
		c.Odd(wire.FieldVersion, ErrUnsupported, 0, wire.Want(int(h.Version), version, version))
	}
	c.Fixed(wire.FieldBodyIV, h.BodyIV[:])
	c.Fixed(wire.FieldBodyKey, h.BodyKey[:])
	c.U8(wire.FieldResponseAuth, &h.ResponseAuth)
	c.U8(wire.FieldOption, (*uint8)(&h.Option))
	padding := uint8(min(len(h.Padding), maxHeaderPadding+1)) // more does not fit the nibble, which refuses it
	c.Nibbles(wire.FieldPaddingLength, wire.FieldSecurity, &padding, (*uint8)(&h.Security))
	c.U8(wire.FieldReserved, &h.Reserved)
	c.U8(wire.FieldCommand, (*uint8)(&h.Command))
	h.layoutTarget(c)
	c.Bytes(wire.FieldHeaderPadding, int(padding), &h.Padding)
	c.Checksum32(wire.FieldHeaderChecksum, fnv1a, &h.Checksum)
}

// layoutTarget visits the address, which mux has none of.
func (h *RequestHeader) layoutTarget(c *wire.Cursor) {
	switch h.Command {
	case CommandTCP, CommandUDP:
		h.Address.Layout(c)
	case CommandMux:
		h.Address = Address{}
	default:
		c.Fail(wire.FieldCommand, ErrUnsupported, offCommand, wire.Want(int(h.Command), 1, 3))
	}
}

// judge refuses values that can be followed, and that one peer or another
// takes, but a careful server does not.
func (h *RequestHeader) judge(c *wire.Cursor) {
	if !h.Security.OnWire() {
		c.Odd(wire.FieldSecurity, ErrUnsupported, offSecurity, wire.Value(int(h.Security)))
	}
	if h.Option.Has(GlobalPadding) && !h.Option.Has(ChunkMasking) {
		c.Odd(wire.FieldOption, ErrUnsupported, offOption, wire.Detail("padding without masking"))
	}
	if h.Command == CommandUDP && !h.Option.Has(ChunkStream) && !h.Security.AEAD() {
		c.Odd(wire.FieldOption, ErrUnsupported, offOption, wire.Detail("datagrams without chunks"))
	}
	if h.Command != CommandMux && h.Address.Type == AddrDomain && !domainFits(h.Address.Domain) {
		c.Odd(wire.FieldAddrDomain, ErrMalformed, offDomain, badDomain)
	}
}

// Append appends the command section to dst. The version, if 0, and the
// checksum are filled in. The header has to be valid.
func (h *RequestHeader) Append(dst []byte) ([]byte, error) { return h.appendTraced(dst, nil) }

func (h *RequestHeader) appendTraced(dst []byte, t *Trace) ([]byte, error) {
	if h.Version == 0 {
		h.Version = version
	}
	c := wire.Appender(dst)
	c.TraceTo(t, t.Open(wire.FieldSection, nil, -1))
	h.layout(&c)
	h.judge(&c)
	return c.Done()
}

// Validate reports the first reason why a careful server would refuse h, or
// nil.
func (h *RequestHeader) Validate() error {
	v := *h
	_, err := v.Append(nil)
	return err
}

// ParseRequestHeader reads a command section and gives how many bytes it
// takes. It is strict: what a careful server refuses is an error. Padding
// points into b. The error is an *Error.
func ParseRequestHeader(b []byte) (h RequestHeader, n int, err error) {
	c := wire.Reader(b)
	h.parse(&c)
	return h, c.Len(), c.Err()
}

// ParseRequestHeaderLenient reads what can be followed and gives the oddities
// beside it: a wrong version or checksum, a security or options that no server
// takes, a name with strange characters.
func ParseRequestHeaderLenient(b []byte) (h RequestHeader, n int, odd []*Error, err error) {
	c := wire.Reader(b)
	c.Lenient()
	h.parse(&c)
	return h, c.Len(), c.Oddities(), c.Err()
}

func (h *RequestHeader) parse(c *wire.Cursor) {
	h.layout(c)
	h.judge(c)
}

// fnv1a is the 32-bit FNV-1a hash. VMess writes it big-endian.
func fnv1a(b []byte) uint32 {
	h := uint32(0x811C9DC5)
	for _, c := range b {
		h = (h ^ uint32(c)) * 0x01000193
	}
	return h
}
