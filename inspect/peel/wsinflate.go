package peel

import (
	"bytes"
	"compress/flate"
	"io"

	"vmesskit/inspect/flow"
)

// inflater undoes permessage-deflate (RFC 7692) in one direction: a message is
// gathered and inflated when it is whole. What it keeps is taken from the room.
type inflater struct {
	takeover bool // a message may refer to those before it
	message  []byte
	window   []byte // the end of what was inflated so far, by its capacity
}

func newInflater(takeover bool) *inflater { return &inflater{takeover: takeover} }

// bellows is what inflates. It is large, so all conversations use the same ones.
type bellows struct {
	reader io.ReadCloser
	buf    [inflatedPieces]byte
}

const (
	deflateWindow  = 32 << 10
	mostOfMessage  = 64 << 20 // bytes that one message may become
	inflatedPieces = 32 << 10
)

// messageEnd is what the sender of a message leaves out, and an empty last block
// behind it that ends the stream (RFC 7692, 7.2.2).
const messageEnd = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// forget lets go of an unfinished message.
func (i *inflater) forget(room *flow.Room) {
	if i != nil {
		room.Give(len(i.message))
		i.message = nil
	}
}

// leave lets go of all.
func (i *inflater) leave(room *flow.Room) {
	if i != nil {
		i.forget(room)
		room.Give(cap(i.window))
		i.window = nil
	}
}

// remember keeps the end of what was inflated, and reports whether there was
// room for it.
func (i *inflater) remember(p []byte, room *flow.Room) bool {
	p = p[max(0, len(p)-deflateWindow):]
	n := min(len(i.window)+len(p), deflateWindow)
	if n > cap(i.window) {
		size := min(max(n, 2*cap(i.window)), deflateWindow)
		if !room.Take(size - cap(i.window)) {
			return false
		}
		i.window = append(make([]byte, 0, size), i.window...)
	}
	old := n - len(p)
	copy(i.window[:old], i.window[len(i.window)-old:])
	i.window = append(i.window[:old], p...)
	return true
}

// hold gathers bytes of a message.
func (w *frames) hold(r *frameReader, from flow.Side, at flow.Time, p []byte) {
	if !w.room.Take(len(p)) {
		w.full(r, from, at)
		return
	}
	r.deflate.message = append(r.deflate.message, p...)
}

// full gives a direction up for which there is no room.
func (w *frames) full(r *frameReader, from flow.Side, at flow.Time) {
	r.deflate.leave(&w.room)
	if w.rec.Limit == "" {
		w.rec.Limit = "hold"
	}
	w.stop(r, from, at, "a compressed message that is too long to hold")
}

// inflate passes on what a message holds.
func (w *frames) inflate(r *frameReader, from flow.Side, at flow.Time) {
	if r.dead {
		return
	}
	i, b := r.deflate, w.p.bellows()
	err := i.read(b, &w.room, func(p []byte) { w.inside.Data(from, at, p) })
	w.p.idle = append(w.p.idle, b)
	i.forget(&w.room)
	switch err {
	case nil:
	case errWindow:
		w.full(r, from, at)
	default:
		w.stop(r, from, at, "a compressed message that does not inflate: "+err.Error())
	}
}

// bellows gives some that are not in use: there are several only where such
// connections are inside of each other.
func (p *peeler) bellows() *bellows {
	n := len(p.idle)
	if n == 0 {
		return &bellows{reader: flate.NewReader(nil)}
	}
	b := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return b
}

// read inflates the message in pieces.
func (i *inflater) read(b *bellows, room *flow.Room, take func(p []byte)) error {
	src := io.MultiReader(bytes.NewReader(i.message), bytes.NewReader([]byte(messageEnd)))
	if err := b.reader.(flate.Resetter).Reset(src, i.window); err != nil {
		return err
	}
	for total := 0; total < mostOfMessage; {
		n, err := b.reader.Read(b.buf[:])
		if i.takeover && !i.remember(b.buf[:n], room) {
			return errWindow
		}
		if n > 0 {
			take(b.buf[:n])
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		total += n
	}
	return errInflated
}

type inflateError string

func (e inflateError) Error() string { return string(e) }

const (
	errInflated = inflateError("it becomes more than 64 MiB")
	errWindow   = inflateError("there is no room for its end")
)
