package session

import (
	"crypto/sha256"
	"hash"
	"io"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// body reads the body of one direction.
type body struct {
	where   string
	dialect codec.Dialect
	opener  *codec.Opener
	pending []byte // the beginning of a chunk that is not whole yet
	offset  int64  // where the current chunk begins, in the direction's bytes
	packets bool   // each chunk is a datagram
	sealed  bool   // the lengths of its chunks have tags

	ended    bool // an end chunk was read
	endFirst bool // an end chunk stood in front of the data
	broken   bool // a hole: what follows has no place
	fault    *Fault

	bytes, chunks int64
	hash          hash.Hash // nil where no hashes are wanted
	datagrams     []Datagram

	inside *inside         // of a mux, else nil
	from   codec.Direction // for it

	target    string // of a body of packetaddr: what stands for an address that cannot be read
	addressed int64  // its datagrams that have an address
	odd       error  // what the first one without refused with, and its number
	oddAt     int64

	batches
}

// newBodies makes the readings of a body: two where the peers read its options
// in different ways, none if it has none.
func newBodies(where string, b codec.Body, offset int64, hashed bool, c *crew) []*body {
	var list []*body
	dialects := []codec.Dialect{codec.DialectV2Ray}
	if padded := b.Option.Has(codec.GlobalPadding) && !b.Option.Has(codec.ChunkMasking); b.Ambiguous() || padded {
		dialects = append(dialects, codec.DialectSing)
	}
	for _, d := range dialects {
		b.Dialect = d
		opener, err := codec.NewOpener(b)
		if err != nil {
			continue
		}
		r := &body{where: where, dialect: d, opener: opener, offset: offset, packets: b.Packets && opener.Chunked(), batches: batches{crew: c}}
		r.sealed = b.Option.Has(codec.AuthenticatedLength) && (d == codec.DialectSing || b.Security.AEAD())
		if hashed {
			r.hash = sha256.New()
		}
		list = append(list, r)
		b = b.Untraced() // what is recorded is the first reading
	}
	return list
}

// reading gives the one of a body's readings that is in dialect d, or nil.
func reading(list []*body, d codec.Dialect) *body {
	for _, b := range list {
		if b.dialect == d {
			return b
		}
	}
	return nil
}

// dialectOf chooses how a conversation is read: in one dialect both ways, for
// the peers agreed on it. The direction that tells more decides. Where neither
// tells, the most chunks do, since a wrong reading sees lengths that are random,
// up to 64 KiB; and at last the family that came first.
func dialectOf(up, down []*body) codec.Dialect {
	chosen, most, chunks := codec.DialectV2Ray, -1, uint64(0)
	for _, d := range []codec.Dialect{codec.DialectV2Ray, codec.DialectSing} {
		proof, n := -1, uint64(0) // nothing, if the options have no such reading
		for _, list := range [][]*body{up, down} {
			if b := reading(list, d); b != nil {
				proof, n = max(proof, 0)+b.proof(), n+b.opener.Chunks()
			}
		}
		if proof > most || proof == most && n > chunks {
			chosen, most, chunks = d, proof, n
		}
	}
	return chosen
}

// What speaks for a reading of one direction. Where the stream was cut or has a
// hole, its chunks may end elsewhere in any reading.
const (
	proofCut  = 1  // nothing speaks against it
	proofEnd  = 2  // its chunks end where the stream does
	proofTags = 10 // its lengths carried tags that opened: more than two ends by chance
)

// proof says how well a reading fits.
func (b *body) proof() int {
	switch {
	case b.sealed && b.opener.Chunks() > 0:
		return proofTags
	case b.fault != nil:
		return 0
	case b.opener.Finish(b.pending) == codec.EndCut:
		return proofCut
	}
	return proofEnd
}

// read takes the next bytes of the direction. Whole chunks are opened where
// they lie; only one that crosses the end of p is copied.
func (b *body) read(p []byte) {
	if b.batched() {
		b.gather(p)
		return
	}
	for len(p) > 0 && b.goesOn() {
		if len(b.pending) > 0 {
			p = b.complete(p)
			continue
		}
		n, ok := b.open(p)
		if !ok {
			b.pending = append(b.pending[:0], p...)
			return
		}
		p = p[n:]
	}
}

// goesOn reports whether more can be read. Behind an end chunk nothing counts,
// but for the one that some servers write in front of their data.
func (b *body) goesOn() bool {
	if b.broken || b.fault != nil {
		return false
	}
	if b.ended && b.mayResume() {
		b.endFirst, b.ended = true, false
	}
	return !b.ended
}

// mayResume reports whether data may follow the end chunk that was read.
func (b *body) mayResume() bool { return b.where == "response-body" && b.opener.Chunks() == 1 }

// hole says that bytes are missing here. Behind the end of a body nothing is.
func (b *body) hole() {
	if !b.ended || b.mayResume() {
		b.broken = true
		b.lose()
	}
}

// complete adds what the pending chunk lacks, opens it if it is whole, and
// gives the rest.
func (b *body) complete(p []byte) []byte {
	n := min(b.opener.Need()-len(b.pending), len(p))
	b.pending = append(b.pending, p[:n]...)
	if _, ok := b.open(b.pending); ok {
		b.pending = b.pending[:0]
	}
	return p[n:]
}

// open opens the chunk at the start of p. It reports false while the chunk is
// not whole.
func (b *body) open(p []byte) (n int, ok bool) {
	payload, n, err := b.opener.OpenInPlace(p)
	switch err {
	case nil:
		b.deliver(payload)
	case io.EOF:
		b.ended = true
	case codec.ErrShort:
		return 0, false
	default:
		b.refuse(err, int64(b.opener.Chunks()))
		return len(p), true
	}
	b.offset += int64(n)
	return n, true
}

// refuse states the fault of a chunk, unless one in front of it has refused:
// borders are found before payloads are opened.
func (b *body) refuse(err error, chunk int64) {
	if b.fault != nil {
		return
	}
	f, _ := newFault(b.where, err)
	f.Chunk, f.Offset = chunk, b.offset
	b.fault = &f
	b.lose()
}

// lose tells what is inside that no more of this direction comes.
func (b *body) lose() {
	if b.inside != nil {
		b.inside.lose(b.from)
	}
}

// How many datagrams of a direction are listed; all are counted as chunks.
const maxDatagrams = 1 << 16

// deliver takes the plaintext of a chunk.
func (b *body) deliver(payload []byte) {
	if b.opener.Chunked() {
		b.chunks++
	}
	addr := ""
	if b.target != "" {
		payload, addr = b.unwrap(payload)
	}
	b.bytes += int64(len(payload))
	if b.hash != nil {
		b.hash.Write(payload)
	}
	if b.packets && len(b.datagrams) < maxDatagrams {
		b.datagrams = append(b.datagrams, newDatagram(payload, addr, b.hash != nil))
	}
	if b.inside != nil {
		b.inside.feed(b.from, payload)
	}
}

// finish states what was read. reset tells that either side reset the
// connection.
func (b *body) finish(s *Stream, reset bool) {
	s.Bytes, s.Chunks = b.bytes, b.chunks
	s.Packets, s.Datagrams = b.packets, b.datagrams
	s.EndFirst = b.endFirst
	s.Broken = b.broken || b.fault != nil
	if b.hash != nil {
		s.Hashed = true
		b.hash.Sum(s.Sum[:0])
	}
	s.End = b.end(s.Close, reset)
}

// end names how the direction stopped.
func (b *body) end(how flow.How, reset bool) string {
	stopped := b.opener.Finish(b.pending)
	switch {
	case b.broken || b.fault != nil || stopped == codec.EndCut:
		return "cut"
	case stopped == codec.EndChunk:
		return "end-chunk"
	case how == flow.FIN:
		return "fin"
	case how == flow.RST || reset:
		return "rst"
	}
	return "open"
}
