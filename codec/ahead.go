package codec

// Ahead knows what the chunks to come are sealed with, without having read the
// ones between: the number gives the nonce, and the draws stand in a row. So a
// recording can be taken up again behind a hole, where nobody knows which chunk
// begins at which byte. Reading at a wrong place gives a wrong length, and at
// last a tag that refuses.
type Ahead struct {
	framer framer // its draws and its nonces are its own
	cipher chunkCipher
	cfb    *cfb

	first uint64 // the number of drawn[0]
	drawn []drawn
	total int64 // overhead of all that are drawn
}

// drawn is what is known of a chunk in advance.
type drawn struct {
	padding, mask uint16
	before        int64 // overhead of the chunks between the first and this one
}

// Ahead looks at the chunks from the current one on; the opener stays where it
// is. It is nil for a body whose chunks have nothing to be recognised by:
// neither tags nor checksums, of the length or of the payload.
func (o *Opener) Ahead() *Ahead {
	if o.framer == nil {
		return nil
	}
	a := &Ahead{framer: *o.framer, cipher: o.cipher, first: o.framer.k}
	switch c := o.cipher.(type) {
	case *aeadChunks:
		nonce := *c.nonce
		a.cipher = &aeadChunks{aead: c.aead, nonce: &nonce}
	case checksumChunks:
		own := *o.cfb
		a.cfb = &own
	default:
		if o.framer.aead == nil {
			return nil
		}
	}
	f := &a.framer
	f.trace, f.known = nil, false
	if f.draws != nil {
		f.draws = f.draws.clone()
	}
	if f.nonce != nil {
		nonce := *f.nonce
		f.nonce = &nonce
	}
	f.draw()
	a.keep()
	return a
}

// keep notes what is drawn for the framer's chunk.
func (a *Ahead) keep() {
	f := &a.framer
	a.drawn = append(a.drawn, drawn{padding: f.padding, mask: f.mask, before: a.total})
	a.total += int64(f.head() + f.plan.overhead + int(f.padding%maxPadding))
}

// to draws up to chunk k, which is not in front of the first, and gives what it
// needs. Each chunk on the way takes some bytes of memory.
func (a *Ahead) to(k uint64) *drawn {
	f := &a.framer
	for uint64(len(a.drawn)) <= k-a.first {
		f.drawn = false
		f.draw()
		a.keep()
	}
	return &a.drawn[k-a.first]
}

// Overhead tells how many bytes the chunks from the first to the one in front
// of k take on the wire besides their payloads.
func (a *Ahead) Overhead(k uint64) int64 { return a.to(k).before }

// Least is the size of the smallest chunk with a payload.
func (a *Ahead) Least() int { return a.framer.head() + a.framer.plan.overhead + 1 }

// Frame reads src as the beginning of chunk k. It reports false where it cannot
// be that: the length is too small, or its tag refuses. A length without a tag
// proves nothing.
func (a *Ahead) Frame(k uint64, src []byte) (Frame, bool) {
	d, f := a.to(k), &a.framer
	f.k, f.padding, f.mask, f.drawn, f.known = k, d.padding, d.mask, true, false
	frame, err := f.next(src)
	if err != nil {
		return Frame{}, false
	}
	return *frame, true
}

// Sealed reports whether a length that Frame takes is proven by its tag.
func (a *Ahead) Sealed() bool { return a.framer.aead != nil }

// Numbered reports whether a chunk shows which one it is, by its nonce or its
// mask. If not, one number is as good as another.
func (a *Ahead) Numbered() bool { return a.cfb == nil || a.framer.plan.length == lengthMasked }

// Proofs tells how many chunks in a row have to open until their place is
// beyond doubt: a tag is proof, a checksum of 32 bits may fit by chance.
func (a *Ahead) Proofs() int {
	if a.cfb != nil {
		return 2
	}
	return 1
}

// Opens reports whether a whole chunk opens. The payload goes into scratch,
// which is grown as far as it has to be; chunk stays as it is.
func (a *Ahead) Opens(f *Frame, chunk []byte, scratch *[]byte) bool {
	out, err := a.cipher.openTo(f.Number, (*scratch)[:0], chunk[f.Head:f.Head+f.Sealed])
	*scratch = out[:0]
	return err == nil
}

// View gives p as Frame and Opens want it: decrypted, where the whole direction
// is one CFB stream. lost is how many bytes are missing between where the
// opener stands and p. The first from bytes cannot be read; all of them where
// lost is not known, since the stream goes by blocks.
func (a *Ahead) View(lost int64, p []byte) (view []byte, from int) {
	if a.cfb == nil {
		return p, 0
	}
	from = len(p)
	if lost >= 0 {
		from = min(a.cfb.blind(lost), len(p))
	}
	own := *a.cfb
	view = make([]byte, len(p))
	if own.pass(lost, p[:from]) {
		own.decrypt(view[from:], p[from:])
	}
	return view, from
}

// Payload tells how many bytes of payload a frame of this body holds.
func (o *Opener) Payload(f *Frame) int { return f.Sealed - o.framer.plan.overhead }

// Current gives the frame of the chunk under way, if its length was read: also
// of one whose payload refused.
func (o *Opener) Current() (Frame, bool) {
	if o.framer == nil || !o.framer.known {
		return Frame{}, false
	}
	return o.framer.frame, true
}

// Pass goes on behind the current chunk, whose payload was refused but whose
// length was not. v2ray 4.34 does so with small chunks, in silence; a reader
// that hands data on must not.
func (o *Opener) Pass() {
	if f, known := o.Current(); known {
		o.err, o.ended = nil, false
		o.framer.k = f.Number
		o.framer.done()
	}
}

// Resume goes on behind a hole with chunk k, which is not in front of the
// current one; there is none in a body without chunks. lost bytes are missing
// from where the opener stands (-1: nobody knows how many), then come those of
// p, and then the chunk. It reports whether the chunk can be read: CFB has to
// see a whole block in front of it, and to know where blocks begin. What
// follows is not traced.
func (o *Opener) Resume(k uint64, lost int64, p []byte) bool {
	if o.cfb != nil && !o.cfb.pass(lost, p) {
		return false
	}
	o.err, o.ended, o.trace = nil, false, nil
	f := o.framer
	if f == nil {
		return true
	}
	f.trace = nil
	for f.known = false; f.k < k; f.done() {
		f.draw()
	}
	return true
}

// Blind tells how many bytes behind a hole cannot be read, if a body without
// chunks is resumed there; -1 if none can.
func (o *Opener) Blind(lost int64) int {
	switch {
	case o.cfb == nil:
		return 0
	case lost < 0:
		return -1
	}
	return o.cfb.blind(lost)
}
