package build

import "crypto/cipher"

// Piece is a part of what one side has to say: bytes, or a number of bytes to
// be drawn. In a session of datagrams each piece begins a new one.
type Piece struct {
	Data []byte
	Size int64 // where Data is nil
}

// source hands out pieces in parts.
type source struct {
	pieces []Piece
	draw   cipher.Stream
	at     int64 // in the first piece
	buf    []byte
}

// next gives the next part, of at most n bytes, and nothing at the end. It is
// valid until the next call.
func (s *source) next(n int) []byte {
	for len(s.pieces) > 0 {
		p := &s.pieces[0]
		size := p.Size
		if p.Data != nil {
			size = int64(len(p.Data))
		}
		if s.at == size {
			s.pieces, s.at = s.pieces[1:], 0
			continue
		}
		part := int(min(int64(n), size-s.at))
		s.at += int64(part)
		if p.Data != nil {
			return p.Data[s.at-int64(part) : s.at]
		}
		if cap(s.buf) < part {
			s.buf = make([]byte, n)
		}
		s.buf = s.buf[:part]
		clear(s.buf)
		s.draw.XORKeyStream(s.buf, s.buf)
		return s.buf
	}
	return nil
}
