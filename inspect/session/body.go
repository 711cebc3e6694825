package session

import (
	"crypto/sha256"
	"io"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// body reads the body of one direction.
type body struct {
	where   string
	dialect codec.Dialect
	opener  *codec.Opener
	pending []byte      // the beginning of a chunk that is not whole yet
	room    *flow.Meter // that its memory is taken from
	kept    int         // taken of it
	offset  int64       // where the current chunk begins, in the direction's bytes
	packets bool        // each chunk is a datagram
	listed  int         // datagrams that are listed
	sealed  bool        // the lengths of its chunks have tags
	alone   bool        // its options can be read in one way only

	ended    bool // an end chunk was read
	endFirst bool // an end chunk stood in front of the data
	stopped  bool // nothing more is decoded
	fault    *Fault
	refused  int // payloads in a row that did not open

	part            // the plaintext up to the first hole or damage
	now     *part   // what is being read: that, or the last piece
	pieces  []*part // what was read behind holes and damage
	largest int     // size of the largest chunk so far,
	typical int     // and of the late ones, on average, shifted by typicalShift
	finder  *finder // behind a hole, until a chunk is found
	rescue  *rescue // nil where nothing behind a hole is looked for
	limit   string  // that was hit

	broken    bool      // there was a hole, or damage
	stop      codec.End // how the part in front of it stopped
	apart     bool      // what comes next does not go on with what is being read
	place     int64     // then: where its plaintext is; -1 where that is not known
	lostFrom  int64     // then: where on the wire the decoded part ended,
	lostChunk uint64    // and the number of the chunk there
	uncounted bool      // nobody knows how many chunks were lost
	vague     bool      // then: nobody knows how many bytes are missing

	label  label           // of what it carries
	held   *flow.Meter     // for it
	inside *inside         // of a mux, else nil
	tap    *tap            // who listens, nil where nobody does
	from   codec.Direction // for the two

	target    string // of a body of packetaddr: what stands for an address that cannot be read
	addressed int64  // its datagrams that have an address
	odd       error  // what the first one without refused with, and its number
	oddAt     int64

	batches
}

// newBodies makes the readings of a body: two where the peers read its options
// in different ways, none if it has none. only is the dialect where that is known.
func newBodies(where string, b codec.Body, offset int64, hashed bool, c *crew, only *codec.Dialect) []*body {
	var list []*body
	dialects := []codec.Dialect{codec.DialectV2Ray}
	if padded := b.Option.Has(codec.GlobalPadding) && !b.Option.Has(codec.ChunkMasking); b.Ambiguous() || padded {
		dialects = append(dialects, codec.DialectSing)
	}
	readings := 0
	for _, d := range dialects {
		wanted := only == nil || *only == d
		b.Dialect = d
		opener, err := newOpener(b, wanted)
		if err != nil {
			continue
		}
		if readings++; !wanted {
			continue
		}
		r := &body{where: where, dialect: d, opener: opener, offset: offset, packets: b.Packets && opener.Chunked(), batches: batches{crew: c}}
		r.now = &r.part
		r.sealed = b.Option.Has(codec.AuthenticatedLength) && (d == codec.DialectSing || b.Security.AEAD())
		if hashed {
			r.hash = sha256.New()
		}
		list = append(list, r)
		b = b.Untraced() // what is recorded is the first reading
	}
	for _, r := range list {
		r.alone = readings == 1
	}
	return list
}

// newOpener makes an opener, which records if it is wanted.
func newOpener(b codec.Body, wanted bool) (*codec.Opener, error) {
	if !wanted {
		b = b.Untraced()
	}
	return codec.NewOpener(b)
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
	case b.stopping() == codec.EndCut:
		return proofCut
	}
	return proofEnd
}

// stopping judges where the bytes stop, or the first hole is.
func (b *body) stopping() codec.End {
	if b.broken {
		return b.stop
	}
	return b.opener.Finish(b.pending)
}

// read takes the next bytes of the direction. Whole chunks are opened where
// they lie; only one that crosses the end of p is copied.
func (b *body) read(p []byte) {
	for b.finder != nil && len(p) > 0 {
		p = b.hold(p)
	}
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
			b.keep(p)
			return
		}
		p = p[n:]
	}
}

// goesOn reports whether more can be read. Behind an end chunk nothing counts,
// but for the one that some servers write in front of their data.
func (b *body) goesOn() bool {
	if b.stopped {
		return false
	}
	if b.ended && b.mayResume() {
		b.endFirst, b.ended = true, false
	}
	return !b.ended
}

// mayResume reports whether data may follow the end chunk that was read.
func (b *body) mayResume() bool { return b.where == "response-body" && b.opener.Chunks() == 1 }

// complete adds what the pending chunk lacks, opens it if it is whole, and
// gives the rest.
func (b *body) complete(p []byte) []byte {
	n := min(b.opener.Need()-len(b.pending), len(p))
	if !b.keep(p[:n]) {
		return nil
	}
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
		b.measure(n)
		b.deliver(payload, b.opener.Chunks()-1)
	case io.EOF:
		b.ended = true
	case codec.ErrShort:
		return 0, false
	default:
		n = b.refuse(err, b.opener.Chunks())
		if n == 0 {
			return len(p), true
		}
	}
	b.offset += int64(n)
	return n, true
}

// loseInside tells what is inside that no more of this direction comes.
func (b *body) loseInside() {
	if b.inside != nil {
		b.inside.lose(b.from)
	}
}

// How many datagrams of a direction, or of a piece of it, are listed; all are
// counted as chunks.
const maxDatagrams = 1 << 16

// deliver takes the plaintext of a chunk.
func (b *body) deliver(payload []byte, chunk uint64) {
	b.refused = 0
	into := b.into(chunk)
	if into == nil {
		return
	}
	if b.opener.Chunked() {
		into.chunks++
	}
	addr := ""
	if b.target != "" {
		payload, addr = b.unwrap(payload)
	}
	into.bytes += int64(len(payload))
	if into.hash != nil {
		into.hash.Write(payload)
	}
	switch {
	case !b.packets:
	case b.listed == maxDatagrams:
		b.limit = "datagrams"
	default:
		b.listed++
		into.datagrams = append(into.datagrams, newDatagram(payload, addr, into.hash != nil))
	}
	if b.inside == nil && into == &b.part {
		b.label.hear(payload, b.packets, b.held)
	}
	switch {
	case b.inside != nil && !b.broken:
		b.inside.feed(b.from, payload)
	case b.inside == nil && b.tap != nil:
		b.tap.data(b.from, NoSub, into.after(len(payload)), addr, payload)
	}
}

// finish states what was read. reset tells that either side reset the
// connection.
func (b *body) finish(s *Stream, reset bool) {
	s.Bytes, s.Chunks = b.bytes, b.chunks
	s.Packets, s.Datagrams = b.packets, b.datagrams
	s.Speaks = b.label.speech()
	s.EndFirst = b.endFirst
	s.Broken = b.broken
	if b.hash != nil {
		s.Hashed = true
		b.hash.Sum(s.Sum[:0])
	}
	s.End = b.end(s.Close, reset)
	b.statePieces(s)
}

// end names how the direction stopped.
func (b *body) end(how flow.How, reset bool) string {
	stopped := b.stopping()
	switch {
	case b.broken || stopped == codec.EndCut:
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
