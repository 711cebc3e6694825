package session

import "vmesskit/codec"

// refuse takes that a chunk did not open. Where its length did, reading goes
// on behind it: n is its size, else 0.
func (b *body) refuse(err error, chunk uint64) (n int) {
	frame, read := b.opener.Current()
	b.blame(err, chunk)
	if !read || !b.pass(&frame) {
		b.stopped = true
		return 0
	}
	b.opener.Pass()
	return frame.Size()
}

// blame states the fault of a chunk, unless one in front of it has refused:
// borders are found before payloads are opened.
func (b *body) blame(err error, chunk uint64) {
	if b.fault == nil {
		f, _ := newFault(b.where, err)
		f.Chunk, f.Offset = int64(chunk), b.offset
		b.fault = &f
	}
	b.breakOff(chunk)
}

// maxRefused is behind how many payloads in a row that refuse reading ends: a
// length has to be wrong.
const maxRefused = 4

// pass reports whether reading goes on behind a chunk that refused. Behind an
// end that is none it does not: its length is in doubt.
func (b *body) pass(f *codec.Frame) bool {
	if b.refused++; f.End || b.refused == maxRefused || b.rescue == nil {
		return false
	}
	b.skip(b.opener.Payload(f))
	return true
}
