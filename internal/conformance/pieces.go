package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// hasPieces wants each piece to be what was sent: at its offset, or, where that
// is not known, anywhere behind what came before.
func (w *flowWanted) hasPieces(s *stream) string {
	from := s.Bytes
	for i, p := range s.Pieces {
		at := p.Offset
		if at < 0 {
			at = find(w.all, from, &p)
		}
		if at < from || at+p.Bytes > int64(len(w.all)) || !p.is(w.all[at:at+p.Bytes]) {
			return fmt.Sprintf("piece %d: %d bytes at %d that were not sent", i+1, p.Bytes, p.Offset)
		}
		from = at + p.Bytes
	}
	return ""
}

func (p *piece) is(text []byte) bool {
	sum := sha256.Sum256(text)
	return p.SHA256 == hex.EncodeToString(sum[:])
}

// find gives the first place of a piece from an offset on; -1 if there is none.
func find(all []byte, from int64, p *piece) int64 {
	for ; from+p.Bytes <= int64(len(all)); from++ {
		if p.is(all[from : from+p.Bytes]) {
			return from
		}
	}
	return -1
}
