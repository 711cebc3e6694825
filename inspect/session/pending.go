package session

// keep keeps the beginning of a chunk that is not whole yet. What all sessions
// keep so is bounded: without room for it a body is not read any further.
func (b *body) keep(p []byte) bool {
	if grow := len(b.pending) + len(p) - cap(b.pending); grow > 0 {
		grow = max(grow, min(cap(b.pending), b.opener.Need()-cap(b.pending)))
		if !b.room.Take(grow) {
			b.limit = "chunks"
			b.breakOff(b.opener.Chunks())
			b.pending = b.pending[:0]
			b.giveUp()
			return false
		}
		b.kept += grow
		b.pending = append(make([]byte, 0, cap(b.pending)+grow), b.pending...)
	}
	b.pending = append(b.pending, p...)
	return true
}

// forgetPending gives the room for the pending chunk back, once nothing more is
// to come.
func (b *body) forgetPending() {
	if b.kept > 0 {
		b.room.Give(b.kept)
		b.kept = 0
	}
}
