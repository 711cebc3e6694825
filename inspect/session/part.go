package session

import (
	"crypto/sha256"
	"hash"
)

// part is plaintext in a row: that up to the first hole, or a piece behind one.
type part struct {
	bytes, chunks int64
	hash          hash.Hash // nil where no hashes are wanted
	datagrams     []Datagram
	piece         Piece // where it is, of a piece
}

// after tells where in the direction's plaintext the last n bytes of the part are;
// -1 where that is not known.
func (p *part) after(n int) int64 {
	if p.piece.Offset < 0 {
		return -1
	}
	return p.piece.Offset + p.bytes - int64(n)
}

// Bounds of what is kept of the pieces. What goes beyond is not decoded, and is
// the limit "pieces".
const (
	maxPieces    = 4096    // of one direction
	maxRunPieces = 1 << 15 // of a run
)

// into gives the part that the payload of a chunk belongs to; nil where there
// are too many.
func (b *body) into(chunk uint64) *part {
	if !b.apart {
		return b.now
	}
	if len(b.pieces) == maxPieces || !b.rescue.piece() {
		b.limit, b.stopped = "pieces", true
		return nil
	}
	p := &part{piece: Piece{Offset: b.place, At: b.offset, Chunk: -1, Lost: -1, Skipped: b.offset - b.lostFrom}}
	if b.opener.Chunked() && !b.uncounted {
		p.piece.Chunk, p.piece.Lost = int64(chunk), int64(chunk-b.lostChunk)
	}
	if b.vague {
		p.piece.Skipped = -1
	}
	if b.hash != nil {
		p.hash = sha256.New()
	}
	b.pieces, b.now = append(b.pieces, p), p
	b.apart, b.vague = false, false
	return p
}

// breakOff ends the part that is being read: what comes next does not follow
// it. chunk is the first that is lost.
func (b *body) breakOff(chunk uint64) {
	if b.apart {
		return
	}
	if !b.broken {
		b.broken, b.stop = true, b.opener.Finish(b.pending)
		b.loseInside()
	}
	if b.tap != nil {
		b.tap.Hole(b.from, b.tap.now)
	}
	b.apart, b.lostFrom, b.lostChunk = true, b.offset, chunk
	b.place = b.now.piece.Offset
	if b.place >= 0 {
		b.place += b.now.bytes
	}
	if b.target != "" { // the addresses in front of lost datagrams are of any length
		b.place = -1
	}
}

// skip counts plaintext that is known to be missing.
func (b *body) skip(payload int) {
	if b.place >= 0 {
		b.place += int64(payload)
	}
}

// statePieces states what was decoded behind holes and damage.
func (b *body) statePieces(s *Stream) {
	for _, p := range b.pieces {
		p.piece.Bytes, p.piece.Chunks, p.piece.Datagrams = p.bytes, p.chunks, p.datagrams
		if p.hash != nil {
			p.hash.Sum(p.piece.Sum[:0])
		}
		s.Pieces = append(s.Pieces, p.piece)
	}
}
