package h2

import (
	"vmesskit/inspect/flow"
)

// block is a header block: the payload of a HEADERS or PUSH_PROMISE frame and
// of the CONTINUATION frames behind it.
type block struct {
	frame  frame // of the first
	open   bool  // more belongs to it
	begun  bool  // the first frame is complete
	broken bool  // some of it is missing
	large  bool  // it is longer than may be held
	p      []byte
	room   int // bytes that were granted for it
}

// maxBlock is how long a header block may get. Servers take 8 to 64 KiB.
const maxBlock = 64 << 10

func (b *block) start(f frame) {
	*b = block{frame: f, open: true, p: b.p[:0], room: b.room}
}

// keepBlock holds a part of the block.
func (r *reader) keepBlock(p []byte) {
	b := &r.block
	if !b.open || b.large || b.broken {
		return
	}
	if n := len(b.p) + len(p); n > b.room {
		if n > maxBlock || !r.conn.room.Take(n-b.room) {
			b.large = true
			return
		}
		b.room = n
	}
	b.p = append(b.p, p...)
}

// endBlock ends a frame of the block, and the block if it was the last.
func (r *reader) endBlock(at flow.Time, f frame) {
	b := &r.block
	if !b.open {
		r.table.forget() // a CONTINUATION whose beginning is lost
		r.conn.doubtful = true
		return
	}
	if !b.begun {
		b.begun = true
		b.strip()
	}
	if !f.has(flagEndHeaders) {
		return
	}
	var h fields
	switch {
	case b.broken || b.large:
		r.table.forget()
		h.missing = true
	default:
		r.table.read(b.p, &h)
	}
	first, large := b.frame, b.large
	r.dropBlock()
	if first.kind == typeHeaders {
		r.conn.headers(r.role, at, first, &h, large)
	}
}

// strip takes off what stands around the fields in the first frame.
func (b *block) strip() {
	if b.broken || b.large {
		return
	}
	p, cut := b.p, 0
	if b.frame.has(flagPadded) {
		cut, p = int(p[0]), p[1:]
	}
	skip := 0
	switch {
	case b.frame.kind == typePush:
		skip = 4 // the stream that is promised
	case b.frame.has(flagPriority):
		skip = 5
	}
	if skip+cut > len(p) {
		b.broken = true
		return
	}
	b.p = p[skip : len(p)-cut]
}

// dropBlock lets go of the block.
func (r *reader) dropBlock() {
	r.conn.room.Give(r.block.room)
	r.block = block{}
}
