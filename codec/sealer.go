package codec

import "vmesskit/codec/internal/wire"

// Sealer seals the body of one direction, chunk by chunk. It does no I/O.
type Sealer struct {
	framer  *framer // nil for a body without chunks
	cipher  chunkCipher
	cfb     *cfb // nil unless the whole direction is one CFB stream
	plan    plan
	entropy Entropy

	pool [512]byte // random bytes for padding, drawn by the batch
	left int
}

// NewSealer makes the sealer of a body. Entropy fills the padding; it is not
// asked where there is none; Stretch makes the system's cheaper. The error is ErrUnsupported for a security or
// options that have no body.
func NewSealer(b Body, e Entropy) (*Sealer, error) {
	p, err := b.plan()
	if err != nil {
		return nil, err
	}
	s := &Sealer{cipher: b.chunkCipher(), cfb: b.stream(), plan: p, entropy: e}
	if p.chunked {
		s.framer = b.framer(p)
	}
	return s, nil
}

// MaxPayload gives the largest payload of a chunk that is to be at most limit
// bytes on the wire, all told and whatever padding is drawn: 8192, which every
// peer reads, or 2048, beyond which v2ray tears or drops a datagram. It is 0
// where none fits.
func (s *Sealer) MaxPayload(limit int) int {
	if s.framer == nil {
		return max(limit, 0)
	}
	most := min(limit-s.framer.head(), 65535) - s.plan.overhead
	if s.plan.padded {
		most -= maxPadding - 1
	}
	return max(most, 0)
}

// Seal appends one chunk with the payload to dst, or the sealed payload alone
// where the body has no chunks. payload must not overlap dst. An empty payload
// appends nothing: on the wire it would end the stream. The error is ErrLimit
// for a payload that no chunk holds, or that of the entropy; dst is then as it
// was.
func (s *Sealer) Seal(dst, payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return dst, nil
	}
	if s.framer != nil {
		return s.chunk(dst, payload)
	}
	out := append(dst, payload...)
	if s.cfb != nil {
		s.cfb.encrypt(out[len(dst):], out[len(dst):])
	}
	return out, nil
}

// End appends the end chunk, if this body has one: the half-close of v2ray and
// Xray. sing and bodies without the chunk-stream option just close.
func (s *Sealer) End(dst []byte) ([]byte, error) {
	if s.framer == nil || !s.plan.marksEnd {
		return dst, nil
	}
	return s.chunk(dst, nil)
}

// chunk appends a chunk: length field, sealed payload, padding.
func (s *Sealer) chunk(dst, payload []byte) ([]byte, error) {
	if most := s.MaxPayload(MaxChunk); len(payload) > most {
		return dst, &Error{Kind: ErrLimit, Field: wire.FieldPayloadPlain, Err: wire.Want(len(payload), 0, most)}
	}
	if err := s.fill(); err != nil {
		return dst, err
	}
	out, padding := s.framer.appendHead(dst, len(payload)+s.plan.overhead)
	out = s.cipher.seal(s.framer.k, out, payload)
	out = append(out, s.pool[s.left-padding:s.left]...)
	s.left -= padding
	s.framer.done()
	if s.cfb != nil {
		s.cfb.encrypt(out[len(dst):], out[len(dst):])
	}
	return out, nil
}

// fill makes sure of enough random bytes for one chunk's padding.
func (s *Sealer) fill() error {
	if !s.plan.padded || s.left >= maxPadding {
		return nil
	}
	if err := s.entropy(s.pool[:]); err != nil {
		return err
	}
	s.left = len(s.pool)
	return nil
}
