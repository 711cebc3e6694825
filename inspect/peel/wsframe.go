package peel

import (
	"encoding/binary"
	"strings"

	"vmesskit/inspect/flow"
)

// frames is the sink behind an upgrade to WebSocket: it takes the frames off
// both directions. Where messages begin and end means nothing to the stream.
type frames struct {
	*front
	p      *peeler
	inside flow.Sink
	ways   [2]frameReader
}

// frameReader is one direction.
type frameReader struct {
	head    []byte // the beginning of a frame's head
	frame   frame  // the current one
	left    uint64 // bytes of its payload that are still to come
	deflate *inflater
	packed  bool // the current message is deflated
	message bool // a message goes on in the next frame
	search  bool // a hole hides where the next frame begins
	dead    bool
	closed  bool
}

// frame is the head of a frame (RFC 6455, 5.2).
type frame struct {
	fin, packed bool
	op          byte
	masked      bool
	mask        [4]byte
	at          int // of the payload's next byte, for the mask
	size        uint64
}

const (
	opContinuation, opText, opBinary = 0, 1, 2
	opClose, opPing, opPong          = 8, 9, 10

	longestHead = 14
	longestCtl  = 125 // payload of a control frame
)

func newFrames(p *peeler, f *front, inside flow.Sink) *frames {
	return &frames{front: f, p: p, inside: inside}
}

// negotiate takes what the server agreed to (RFC 7692).
func (w *frames) negotiate(extensions string) {
	if !strings.Contains(extensions, "permessage-deflate") {
		return
	}
	w.layer.Set("extensions", "permessage-deflate")
	w.ways[w.client].deflate = newInflater(!strings.Contains(extensions, "client_no_context_takeover"))
	w.ways[w.client.Other()].deflate = newInflater(!strings.Contains(extensions, "server_no_context_takeover"))
}

func (w *frames) Data(from flow.Side, at flow.Time, p []byte) {
	r := &w.ways[from]
	if r.search {
		p = w.find(r, from, p)
	}
	for len(p) > 0 && !r.dead && !r.closed {
		if r.left > 0 {
			n := int(min(r.left, uint64(len(p))))
			w.payload(r, from, at, p[:n])
			p = p[n:]
			continue
		}
		p = w.begin(r, from, at, p)
	}
}

// begin reads the head of the next frame and gives what is behind it.
func (w *frames) begin(r *frameReader, from flow.Side, at flow.Time, p []byte) []byte {
	have := len(r.head)
	r.head = append(r.head, p[:min(len(p), longestHead-have)]...)
	f, n, ok := parseFrame(r.head)
	switch {
	case !ok:
		w.stop(r, from, at, "a frame of a kind that there is not")
		return nil
	case n == 0:
		return nil
	}
	r.head, r.frame, r.left = r.head[:0], f, f.size
	if why := r.accept(from == w.client); why != "" {
		w.stop(r, from, at, why)
		return nil
	}
	if r.left == 0 {
		w.end(r, from, at)
	}
	return p[n-have:]
}

// parseFrame reads a head; n is 0 while p has not all of it.
func parseFrame(p []byte) (f frame, n int, ok bool) {
	if len(p) < 2 {
		return f, 0, len(p) == 0 || p[0]&0x30 == 0
	}
	f.fin, f.packed, f.op = p[0]&0x80 != 0, p[0]&0x40 != 0, p[0]&0x0F
	f.masked, f.size, n = p[1]&0x80 != 0, uint64(p[1]&0x7F), 2
	if p[0]&0x30 != 0 || f.op > opBinary && f.op < opClose || f.op > opPong {
		return f, 0, false
	}
	switch f.size {
	case 126:
		n = 4
	case 127:
		n = 10
	}
	if len(p) < n {
		return f, 0, true
	}
	switch n {
	case 4:
		f.size = uint64(binary.BigEndian.Uint16(p[2:]))
	case 10:
		f.size = binary.BigEndian.Uint64(p[2:])
	}
	if f.masked {
		if len(p) < n+4 {
			return f, 0, true
		}
		f.mask = [4]byte(p[n:])
		n += 4
	}
	return f, n, f.size>>63 == 0 && (f.op < opClose || f.fin && f.size <= longestCtl)
}

// accept takes a frame as the next one, or says why it cannot be it.
func (r *frameReader) accept(client bool) string {
	f := &r.frame
	switch {
	case f.masked != client && client:
		return "a frame of the client without a mask"
	case f.masked != client:
		return "a frame of the server with a mask"
	case f.op >= opClose:
	case f.op == opContinuation != r.message:
		return "a message that begins or goes on where it should not"
	case f.packed && (r.deflate == nil || r.message):
		return "a compressed frame, which was not agreed on"
	default:
		if !r.message {
			r.packed = f.packed
		}
		r.message = !f.fin
	}
	return ""
}

// payload takes bytes of the current frame.
func (w *frames) payload(r *frameReader, from flow.Side, at flow.Time, p []byte) {
	r.left -= uint64(len(p))
	if r.frame.masked {
		r.frame.unmask(p)
	}
	if r.frame.op < opClose {
		if r.packed {
			w.hold(r, from, at, p)
		} else {
			w.inside.Data(from, at, p)
		}
	}
	if r.left == 0 {
		w.end(r, from, at)
	}
}

// end is behind the last byte of a frame.
func (w *frames) end(r *frameReader, from flow.Side, at flow.Time) {
	switch {
	case r.frame.op == opClose:
		r.closed = true
		w.inside.Close(from, at, flow.FIN)
	case r.frame.op < opClose && r.frame.fin && r.packed:
		w.inflate(r, from, at)
	}
}

// unmask takes the mask off, eight bytes at a time.
func (f *frame) unmask(p []byte) {
	for len(p) > 0 && f.at%4 != 0 {
		p[0] ^= f.mask[f.at%4]
		p = p[1:]
		f.at++
	}
	if len(p) == 0 {
		return
	}
	word := uint64(binary.LittleEndian.Uint32(f.mask[:]))
	word |= word << 32
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^word)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= f.mask[i%4]
	}
	f.at = len(p) % 4
}

// skip passes over n masked bytes that are missing.
func (f *frame) skip(n int64) { f.at = int((int64(f.at) + n) % 4) }

// stop gives a direction up.
func (w *frames) stop(r *frameReader, from flow.Side, at flow.Time, why string) {
	r.dead = true
	w.layer.Stop(flow.Damaged, "WebSocket: "+why)
	w.inside.Gap(from, at, -1)
}

// Close passes on the end of the connection, unless the direction had its own.
func (w *frames) Close(from flow.Side, at flow.Time, how flow.How) {
	r := &w.ways[from]
	r.deflate.leave(&w.room)
	if !r.closed {
		r.closed = true
		w.inside.Close(from, at, how)
	}
}

func (w *frames) Finish() { w.inside.Finish() }
