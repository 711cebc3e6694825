package mux

import (
	"vmesskit/codec"
	"vmesskit/codec/internal/wire"
)

// pieces finds structures in a stream that comes in pieces. A structure that
// one piece holds is read where it is; of one that is cut, the beginning is
// kept. No more is kept than the structure says that it takes, and nothing is
// allocated for bytes that have not come.
type pieces struct {
	cursor wire.Cursor
	held   []byte // of a structure that is cut
	need   int    // how many bytes of it have to be there to get on
	free   bool   // held was handed out, and is used again
	offset uint64 // of the current structure in the stream
	last   []byte // the structure that was handed out
	err    error
}

// next reads a structure and gives how many bytes of src are used up: all of
// them with any error. Visit is its layout.
func (p *pieces) next(src []byte, visit func(*wire.Cursor)) (n int, err error) {
	if p.err != nil {
		return len(src), p.err
	}
	p.release()
	for {
		b := src
		if len(p.held) > 0 {
			more := min(len(src)-n, p.need-len(p.held))
			p.held = append(p.held, src[n:n+more]...)
			b, n = p.held, n+more
		}
		if len(b) < p.need || len(b) == 0 {
			break
		}
		p.cursor = wire.Reader(b)
		visit(&p.cursor)
		switch err := p.cursor.Err(); kind(err) {
		case 0:
			return p.found(b, n), nil
		case codec.ErrShort:
			p.need = p.cursor.Need()
		default:
			p.err = err
			return len(src), err
		}
		if len(p.held) == 0 {
			break
		}
	}
	if len(p.held) == 0 {
		p.held = append(p.held, src...)
	}
	return len(src), codec.ErrShort
}

// found hands out the structure at the start of b, which is what is held or
// else the input. n bytes of the input were used up.
func (p *pieces) found(b []byte, n int) int {
	size := p.cursor.Len()
	p.last, p.need = b[:size], 0
	if p.free = len(p.held) > 0; p.free {
		return n
	}
	return size
}

// release forgets the structure that was handed out last.
func (p *pieces) release() {
	p.offset += uint64(len(p.last))
	p.last = nil
	if p.free {
		p.held, p.free = p.held[:0], false
	}
}

// finish judges where the stream stopped.
func (p *pieces) finish() codec.End {
	if p.err != nil || len(p.held) > 0 && !p.free {
		return codec.EndCut
	}
	return codec.EndBoundary
}

// kind gives the kind of an error of a visit, or 0 for none.
func kind(err error) codec.Kind {
	if e, ok := err.(*codec.Error); ok {
		return e.Kind
	}
	return 0
}
