package explain

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"

	"vmesskit/codec"
)

// chunkReader reads the chunks of one direction.
type chunkReader struct {
	r     *reading
	rules *bodyRules
	s     *section
	place place
	key   [16]byte
	iv    [16]byte

	payload  cipher.AEAD // nil where payloads have no tag
	lengths  cipher.AEAD // nil where lengths are not sealed
	lengthIV [16]byte
	draws    *draws
	cfb      *cfb
	padded   bool
	masked   bool
	summed   bool
	overhead int
}

// frame is where the parts of a chunk are.
type frame struct {
	head, sealed, padding int
	inner                 int // padding under the seal
	total                 int // what the length says, as it should be counted
}

func (f *frame) size() int { return f.head + f.sealed + f.padding }

// chunkReader decides once what security and options mean.
func (r *reading) chunkReader() *chunkReader {
	s := r.k.section
	rules := &r.m.body[r.k.dir]
	c := &chunkReader{r: r, rules: rules, s: s, place: atUp}
	if r.k.dir == codec.Down {
		c.place = atDown
	}
	c.key, c.iv = r.m.bodyKeys(&r.k)
	none := s.security == codec.SecurityNone
	c.padded = s.option.Has(codec.GlobalPadding) && (!none || s.command == codec.CommandUDP || rules.noneAsSing)
	c.masked = s.option.Has(codec.ChunkMasking) || rules.draw.always
	sealed := s.option.Has(codec.AuthenticatedLength) && (s.security.AEAD() || none && rules.noneAsSing)
	switch {
	case s.security.AEAD():
		c.overhead = tagSize
		c.payload = r.bodyAEAD(codec.FieldChaChaKey, c.key[:])
	case c.isCFB():
		c.summed = !rules.noSum
		c.cfb = r.bodyCFB(c.key, c.iv)
	case rules.plainSum:
		c.summed = true
	}
	if c.summed {
		c.overhead = 4
	}
	if sealed {
		c.lengths = r.bodyAEAD(codec.FieldChaChaKey, r.derive(codec.FieldLengthKey))
		c.lengthIV = s.iv
		if rules.length.ownIV {
			c.lengthIV = c.iv
		}
	}
	drawn := c.masked && (!sealed || rules.draw.withSealed)
	if c.padded || drawn {
		c.draws = r.m.newDraws(&r.k, c.padded, drawn)
	}
	c.masked = c.masked && !sealed
	return c
}

func (c *chunkReader) isCFB() bool {
	return c.s.security == codec.SecurityAES128CFB || c.s.security == codec.SecurityUnknown
}

// chunked reports whether there are chunks at all.
func (c *chunkReader) chunked() bool {
	return c.s.option.Has(codec.ChunkStream) || c.s.security.AEAD()
}

// bodyAEAD makes the cipher of a key, which ChaCha20 stretches.
func (r *reading) bodyAEAD(f codec.Field, key []byte) cipher.AEAD {
	if r.k.section.security != codec.SecurityChaCha20Poly1305 {
		return gcm(key)
	}
	rule := r.m.body[r.k.dir].chacha
	long := rule.stretch(key)
	r.t.Derive(f, chachaFormulas[rule], long)
	return chacha(long)
}

// bodyCFB makes the stream of a CFB body. Behind a legacy header the response's
// goes on in that of its header.
func (r *reading) bodyCFB(key, iv [16]byte) *cfb {
	rules := &r.m.body[r.k.dir].cfb
	goesOn := r.k.dir == codec.Down && r.k.scheme == codec.Legacy
	if rules.header {
		goesOn = !goesOn
	}
	c := newCFB(key[:], iv[:], rules.cfb8, false)
	switch {
	case goesOn && r.k.dir == codec.Down:
		c.run(r.answer.wire)
	case goesOn && r.k.scheme == codec.Legacy:
		c = newCFB(r.m.cmdKeyOf(&r.k), stepOf(codec.FieldLegacyIV).value(r.m, &r.k), rules.cfb8, false)
		c.run(r.job.in.Request[authSize : authSize+r.k.section.size])
	}
	return c
}

// body reads the body that begins at an offset.
func (r *reading) body(b []byte, at int) ending {
	src := b[at:]
	if r.max > 0 && len(src) > r.max {
		src = src[:r.max]
	}
	if !r.k.section.security.OnWire() {
		return ending{}
	}
	c := r.chunkReader()
	e := ending{read: len(src) > 0}
	if !c.chunked() {
		if len(src) > 0 && r.t.Admit(r.wire[r.k.dir], len(src)) {
			w := r.wire[r.k.dir]
			r.t.Span(codec.FieldStream, w, r.t.Extend(w, src), len(src))
		}
		e.bytes, e.used = len(src), len(src)
		return e
	}
	for len(src) > 0 {
		r.k.chunk = uint64(e.chunks)
		n, payload, f := c.chunk(src)
		if f != nil {
			f.off += e.used
			if !e.end || f.short == 0 && e.behind > 0 {
				r.fails = append(r.fails, *f)
			}
			e.left = len(src)
			break
		}
		e.chunks++
		if e.end {
			e.behind++
		}
		e.end = e.end || payload == 0
		e.bytes += payload
		e.used += n
		src = src[n:]
	}
	if e.left == 0 && e.chunks > 0 && c.payload == nil && c.lengths == nil && !c.summed {
		r.bits += 6 // the stream stops where a chunk does
	}
	return e
}

// chunk reads the chunk at the start of src: its size, how much payload it has,
// or why it cannot be read.
func (c *chunkReader) chunk(src []byte) (n, payload int, f *failure) {
	r := c.r
	head := 2
	if c.lengths != nil {
		head = lengthSize
	}
	if len(src) < head {
		return 0, 0, &failure{c.place, 0, codec.FieldChunkLength, head - len(src)}
	}
	if c.rules.cfb.restart && c.cfb != nil {
		c.cfb = newCFB(c.key[:], c.iv[:], c.rules.cfb.cfb8, false)
	}
	var padding, mask uint16
	if c.draws != nil {
		padding, mask = c.draws.next()
	}
	fr, plain, f := c.frame(src[:head], padding, mask)
	if f != nil {
		return 0, 0, f
	}
	size := fr.size()
	if len(src) < size {
		return 0, 0, &failure{c.place, 1, codec.FieldChunk, size - len(src)}
	}
	if r.t == nil {
		return c.open(&fr, src[:size], nil)
	}
	return c.open(&fr, src[:size], &chunkTrace{r: r, padding: padding, mask: mask, plain: plain})
}

// frame reads a length field. plain is that of a sealed one.
func (c *chunkReader) frame(field []byte, padding, mask uint16) (fr frame, plain []byte, f *failure) {
	r := c.r
	fr = frame{head: len(field), padding: int(padding % 64)}
	if !c.padded {
		fr.padding = 0
	}
	number := field
	if c.lengths != nil {
		nonce := c.rules.nonce.of(c.lengthIV, r.k.chunk)
		opened, err := c.lengths.Open(nil, nonce[:], field, nil)
		r.check(c.place, codec.FieldChunkLengthTag, 2, err == nil, 64)
		if err != nil {
			return fr, nil, &failure{c.place, 0, codec.FieldChunkLengthTag, 0}
		}
		number, plain = opened, opened
	} else if c.cfb != nil && !c.rules.cfb.outside {
		number = c.cfb.peek(field)
	}
	v := binary.BigEndian.Uint16(number)
	if c.masked && !c.rules.draw.unmasked {
		v ^= mask
	}
	if c.rules.length.little {
		v = v<<8 | v>>8
	}
	total := int(v)
	if c.lengths != nil && !c.rules.length.full {
		if total += tagSize; c.payload == nil {
			total &= 0xFFFF
		}
	}
	switch c.rules.length.counts {
	case countPayload:
		total += c.overhead + fr.padding
	case countNoPadding:
		total += fr.padding
	case countWithField:
		total -= fr.head
	}
	fr.total = total
	least := c.overhead + fr.padding
	if total < least {
		r.checkRange(c.place, codec.FieldChunkLength, 0, false, total, least)
		return fr, plain, &failure{c.place, 0, codec.FieldChunkLength, 0}
	}
	fr.sealed = total - fr.padding
	if c.rules.sealsPadding {
		fr.sealed, fr.padding, fr.inner = total, 0, fr.padding
	}
	return fr, plain, nil
}

// open opens a whole chunk.
func (c *chunkReader) open(fr *frame, chunk []byte, t *chunkTrace) (n, payload int, f *failure) {
	r := c.r
	traced := t.frame(c, fr, chunk)
	inside := chunk
	if c.cfb != nil {
		if c.rules.cfb.outside {
			inside = append(bytes.Clone(chunk[:fr.head]), c.cfb.run(chunk[fr.head:])...)
		} else {
			inside = c.cfb.run(chunk)
		}
	}
	if traced {
		t.inside(c, fr, inside)
	}
	sealed := inside[fr.head : fr.head+fr.sealed]
	var opened []byte
	switch {
	case c.payload != nil:
		nonce := c.rules.nonce.of(c.iv, r.k.chunk)
		var err error
		opened, err = c.payload.Open(nil, nonce[:], sealed, nil)
		r.check(c.place, codec.FieldPayloadTag, fr.head+fr.sealed-tagSize, err == nil, 64)
		if err != nil {
			return 0, 0, &failure{c.place, 1, codec.FieldPayloadTag, 0}
		}
	case c.summed:
		opened = sealed[4:]
		own := c.rules.sum.fnv(opened)
		fits := bytes.Equal(own, sealed[:4])
		r.checkBytes(c.place, codec.FieldPayloadChecksum, fr.head, fits, 32, sealed[:4], own)
		if !fits {
			return 0, 0, &failure{c.place, 1, codec.FieldPayloadChecksum, 0}
		}
	case len(sealed) >= 4 && bytes.Equal(sealed[:4], be32(fnv1a(sealed[4:]))):
		// By chance once in 2^32: this is a checksum that does not belong here.
		return 0, 0, &failure{c.place, 1, codec.FieldPayloadChecksum, 0}
	default:
		opened = sealed
		// A random length fits in what is there as rarely as that is small.
		r.bits += max(16-bits.Len(uint(c.r.bodyLen())), 0)
		r.checkRange(c.place, codec.FieldChunkLength, 0, true, fr.total, 0)
	}
	if traced {
		t.opened(c, fr, opened)
	}
	return fr.size(), len(opened) - fr.inner, nil
}

// bodyLen is how many bytes the direction has.
func (r *reading) bodyLen() int {
	if r.k.dir == codec.Down {
		return len(r.job.in.Response)
	}
	return len(r.job.in.Request)
}
