package codec

import "io"

// Reader reads the payload of a body from a stream. For datagrams use Packet:
// Read joins them.
type Reader struct {
	r       io.Reader
	o       *Opener
	buf     []byte // [start:end] is what was read and not used up
	start   int
	end     int
	payload []byte // opened, not yet handed out; a part of buf
	err     error
}

// NewReader makes a Reader of what stands behind the header in r.
func NewReader(r io.Reader, o *Opener) *Reader { return &Reader{r: r, o: o} }

// Read gives payload as it comes. It ends with io.EOF at an end chunk or where
// the stream stops at a chunk's end, and with io.ErrUnexpectedEOF inside one.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.payload) == 0 {
		if err := r.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.payload)
	r.payload = r.payload[n:]
	return n, nil
}

// Packet gives the payload of the next chunk: a datagram, if the body carries
// such. It is valid until the next call.
func (r *Reader) Packet() ([]byte, error) {
	if err := r.advance(); err != nil {
		return nil, err
	}
	p := r.payload
	r.payload = nil
	return p, nil
}

// advance opens the next chunk.
func (r *Reader) advance() error {
	for r.err == nil {
		payload, n, err := r.o.OpenInPlace(r.buf[r.start:r.end])
		if err == nil {
			r.start += n
			r.payload = payload
			return nil
		}
		if err != ErrShort {
			r.err = err
			break
		}
		r.fill()
	}
	return r.err
}

// fill reads more, in front of which it makes room for what the chunk needs.
// The buffer grows with what is there, not with what a length promises.
func (r *Reader) fill() {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, max(4096, len(r.buf)))...)
	}
	n, err := r.r.Read(r.buf[r.end:])
	r.end += n
	if n > 0 || err == nil {
		return
	}
	if r.err = err; err == io.EOF && r.o.Finish(r.buf[r.start:r.end]) == EndCut {
		r.err = io.ErrUnexpectedEOF
	}
}

// DefaultChunk is the size of the chunks that a Writer makes: all peers read
// it.
const DefaultChunk = 8192

// Writer writes payload to a stream as a body.
type Writer struct {
	w   io.Writer
	s   *Sealer
	max int
	buf []byte
	err error
}

// NewWriter makes a Writer that puts the body into w, in chunks of at most
// DefaultChunk bytes on the wire.
func NewWriter(w io.Writer, s *Sealer) *Writer {
	return &Writer{w: w, s: s, max: s.MaxPayload(DefaultChunk)}
}

// Write seals p, in several chunks if need be, each in one write of the stream
// below.
func (w *Writer) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 && w.err == nil {
		n := min(len(p), w.max)
		w.buf, w.err = w.s.Seal(w.buf[:0], p[:n])
		if w.err == nil {
			_, w.err = w.w.Write(w.buf)
		}
		if w.err == nil {
			written += n
			p = p[n:]
		}
	}
	return written, w.err
}

// Close writes the end chunk, if the body has one. It does not close the
// stream below: the other direction may go on.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.buf, w.err = w.s.End(w.buf[:0])
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	if w.err == nil {
		w.err = io.ErrClosedPipe
		return nil
	}
	return w.err
}
