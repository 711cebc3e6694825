package codec

import "vmesskit/codec/internal/wire"

// The constants of the fields first, which the rest of the generator needs to
// build.
//
//go:generate go run internal/gen/main.go
//go:generate go run ./internal/gen

// Field names a part of a wire structure or a derived value; Info describes
// it.
type Field = wire.Field

// Fields gives how many fields there are; they are numbered from 1, which is
// FieldClientWire.
func Fields() int { return wire.Fields() }

// FieldInfo is a field's row of the field table.
type FieldInfo = wire.Info

// Form says how the bytes of a field are to be read.
type Form = wire.Form

// The forms of fields.
const (
	FormBytes = wire.FormBytes // anything; shown in hex
	FormUint  = wire.FormUint  // big-endian number
	FormText  = wire.FormText  // UTF-8
	FormIP    = wire.FormIP    // 4 or 16 bytes
	FormUnix  = wire.FormUnix  // Unix seconds, 8 bytes, signed
	FormEnum  = wire.FormEnum  // number with names
	FormFlags = wire.FormFlags // bits with names
	FormGroup = wire.FormGroup // a structure with members
)

// Error tells which field was refused, and why. It never holds keys or
// plaintext.
type Error = wire.Error

// Kind is the sort of an error, and the target to ask errors.Is for.
type Kind = wire.Kind

// The kinds of errors. ErrShort stands alone on the streaming path and means
// that all is fine so far and more bytes are needed.
const (
	ErrShort       = wire.KindShort
	ErrMalformed   = wire.KindMalformed
	ErrAuth        = wire.KindAuth
	ErrChecksum    = wire.KindChecksum
	ErrUnsupported = wire.KindUnsupported
	ErrLimit       = wire.KindLimit
)

// Trace maps each byte of headers and chunk frames to its field and keeps the
// values that were derived. A nil *Trace records nothing.
type Trace = wire.Trace

// Buffer is a run of bytes in a Trace: those of the wire, those that came out
// of a sealed field, or a derived value.
type Buffer = wire.Buffer

// Span names a part of a Buffer.
type Span = wire.Span

// Checksum is a checksum as it was read and as it should be.
type Checksum = wire.Checksum

// Entropy fills a slice with random bytes. Use crypto/rand, or fixed bytes
// where a known answer is wanted.
type Entropy func([]byte) error
