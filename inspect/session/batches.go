package session

import "vmesskit/codec"

// batches is how a long body is read: its bytes are gathered, framed, and
// opened by the crew; the payloads come back in order.
type batches struct {
	crew  *crew
	cur   *batch
	queue []*batch // under way, the oldest first
}

// batched goes over to batches, if the body is long enough and can be opened
// elsewhere. It reports whether it is in batches.
func (b *body) batched() bool {
	if b.cur != nil {
		return true
	}
	if b.crew == nil || b.now.bytes < longStream || b.apart || b.crew.bodies == maxBodies {
		return false
	}
	cipher := b.opener.Cipher()
	if cipher == nil {
		b.crew = nil
		return false
	}
	b.crew.bodies++
	b.cur = b.crew.batch(cipher, b.pending)
	b.pending = b.pending[:0]
	return true
}

// gather takes the next bytes of the direction.
func (b *body) gather(p []byte) {
	for len(p) > 0 && b.goesOn() {
		n := copy(b.cur.buf[b.cur.used:], p)
		b.cur.used += n
		p = p[n:]
		b.frame()
		if b.cur.used == len(b.cur.buf) {
			b.dispatch()
		}
	}
}

// frame finds the chunks that are whole. An end, or a length that refuses, is
// told once everything in front of it is.
func (b *body) frame() {
	for c := b.cur; ; {
		f, err := b.opener.Frame(c.buf[c.next:c.used])
		if err == codec.ErrShort {
			return
		}
		if err != nil {
			b.dispatch()
			b.settle(0)
			if !b.stopped {
				b.refuse(err, b.opener.Chunks())
			}
			return
		}
		c.frames = append(c.frames, f)
		c.next += f.Size()
		if f.End {
			b.dispatch()
			b.settle(0)
			b.ended = !b.stopped
			return
		}
	}
}

// dispatch hands the framed chunks to the crew and begins the next batch with
// the bytes behind them.
func (b *body) dispatch() {
	full := b.cur
	b.cur = b.crew.batch(b.opener.Cipher(), full.buf[full.next:full.used])
	b.crew.jobs <- full
	b.queue = append(b.queue, full)
	b.settle(b.crew.ahead)
}

// settle takes the payloads of batches, the oldest first, until at most most
// are under way.
func (b *body) settle(most int) {
	for len(b.queue) > most {
		old := b.queue[0]
		b.queue = b.queue[1:]
		<-old.done
		if old.panicked != "" {
			panic(old.panicked)
		}
		b.take(old)
		b.crew.spare = append(b.crew.spare, old)
	}
}

// take delivers what a batch holds.
func (b *body) take(done *batch) {
	for i := range done.frames {
		f := &done.frames[i]
		switch {
		case b.stopped:
			return
		case i >= len(done.payloads) || done.payloads[i] == nil:
			b.blame(done.err, f.Number)
			b.stopped = !b.pass(f)
		case !f.End:
			b.measure(f.Size())
			b.deliver(done.payloads[i], f.Number)
		}
		b.offset += int64(f.Size())
	}
}

// wait ends the reading in batches: what is under way is taken, and what is no
// whole chunk stays pending.
func (b *body) wait() {
	if b.cur == nil {
		return
	}
	b.pending = b.pending[:0]
	b.keep(b.cur.buf[b.cur.next:b.cur.used])
	b.cur.used = b.cur.next
	b.dispatch()
	b.settle(0)
	b.crew.spare = append(b.crew.spare, b.cur)
	b.crew.bodies--
	b.cur = nil
}

// abandon ends the reading in batches without taking anything more.
func (b *body) abandon() {
	b.release()
	b.forgetPending()
	if b.cur == nil {
		return
	}
	for _, old := range b.queue {
		<-old.done
		b.crew.spare = append(b.crew.spare, old)
	}
	b.crew.spare = append(b.crew.spare, b.cur)
	b.crew.bodies--
	b.cur, b.queue = nil, nil
}
