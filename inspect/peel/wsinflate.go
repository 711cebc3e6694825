package peel

import (
	"bytes"
	"compress/flate"
	"io"

	"vmesskit/inspect/flow"
)

// inflater undoes permessage-deflate (RFC 7692) in one direction: a message is
// gathered and inflated when it is whole.
type inflater struct {
	takeover bool // a message may refer to those before it
	message  []byte
	window   []byte // the end of what was inflated so far
	reader   io.ReadCloser
}

func newInflater(takeover bool) *inflater { return &inflater{takeover: takeover} }

const (
	deflateWindow  = 32 << 10
	mostOfMessage  = 64 << 20 // bytes that one message may become
	inflatedPieces = 32 << 10
)

// messageEnd is what the sender of a message leaves out, and an empty last block
// behind it that ends the stream (RFC 7692, 7.2.2).
const messageEnd = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// forget lets go of an unfinished message and gives its size.
func (i *inflater) forget() int {
	if i == nil {
		return 0
	}
	n := len(i.message)
	i.message = nil
	return n
}

// hold gathers bytes of a message.
func (w *frames) hold(r *frameReader, from flow.Side, at flow.Time, p []byte) {
	if !w.room.Take(len(p)) {
		w.room.Give(r.deflate.forget())
		w.rec.Limit = "hold"
		w.stop(r, from, at, "a compressed message that is too long to hold")
		return
	}
	r.deflate.message = append(r.deflate.message, p...)
}

// inflate passes on what a message holds.
func (w *frames) inflate(r *frameReader, from flow.Side, at flow.Time) {
	if r.dead {
		return
	}
	i := r.deflate
	err := i.read(func(p []byte) { w.inside.Data(from, at, p) })
	w.room.Give(i.forget())
	if err != nil {
		w.stop(r, from, at, "a compressed message that does not inflate: "+err.Error())
	}
}

// read inflates the message in pieces.
func (i *inflater) read(take func(p []byte)) error {
	src := io.MultiReader(bytes.NewReader(i.message), bytes.NewReader([]byte(messageEnd)))
	if i.reader == nil {
		i.reader = flate.NewReader(src)
	} else if err := i.reader.(flate.Resetter).Reset(src, i.window); err != nil {
		return err
	}
	buf := make([]byte, inflatedPieces)
	for total := 0; total < mostOfMessage; {
		n, err := i.reader.Read(buf)
		if i.takeover {
			i.window = append(i.window, buf[:n]...)
			i.window = i.window[max(0, len(i.window)-deflateWindow):]
		}
		if n > 0 {
			take(buf[:n])
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

const errInflated = inflateError("it becomes more than 64 MiB")
