package h2

import (
	"encoding/binary"
	"strconv"

	"vmesskit/inspect/flow"
)

// reader follows the frames of one direction. Whatever the pieces are in which
// the bytes come, it does the same.
type reader struct {
	conn  *conn
	role  flow.Side // A is the client
	state state
	first bool  // no frame was read yet
	total int64 // bytes of this direction so far, known holes included
	most  int   // how long a frame may be

	head [headSize]byte
	n    int // how much of it is there, or of the preface

	frame  frame
	left   int     // bytes of its payload that are to come
	body   int     // those of them that are before the padding
	length bool    // the next one is the length of the padding
	begun  bool    // of DATA, some was passed on
	stream *stream // whose DATA this is
	small  [8]byte // the beginning of a payload that is small
	nsmall int

	block  block
	table  table
	search search
	losses int
	holed  bool // something was lost, not only before the capture

	other  [256]byte // of a server that speaks something else
	nother int
}

// state says what the next byte is.
type state uint8

const (
	inPreface state = iota
	inHead
	inPayload
	lost    // nobody knows
	foreign // something that is not HTTP/2
	dead    // it does not matter
)

// maxLosses bounds how often a direction may be damaged before it is given up:
// each time all open streams are told.
const maxLosses = 1000

func newReader(c *conn, role flow.Side) *reader {
	r := &reader{conn: c, role: role, first: true, most: usualFrame, state: inHead}
	r.table = newTable(&c.room)
	switch {
	case !c.rec.Began:
		r.state, r.first = lost, false
	case role == flow.A:
		r.state = inPreface
	}
	return r
}

// push takes the next bytes.
func (r *reader) push(at flow.Time, p []byte) {
	r.total += int64(len(p))
	for len(p) > 0 {
		switch r.state {
		case inPreface:
			p = r.readPreface(at, p)
		case inHead:
			p = r.readHead(at, p)
		case inPayload:
			p = r.readPayload(at, p)
		case lost:
			p = r.resume(at, p)
		case foreign:
			if n := copy(r.other[r.nother:], p); n > 0 {
				r.nother += n
				r.conn.answeredBy(r.other[:r.nother])
			}
			return
		case dead:
			return
		}
	}
}

// readPreface compares with what a client begins with.
func (r *reader) readPreface(at flow.Time, p []byte) []byte {
	for i, b := range p {
		if b != preface[r.n] {
			r.damage(at, []byte(preface[:r.n]), "no preface, but another byte at "+strconv.Itoa(r.n))
			return p[i:]
		}
		if r.n++; r.n == len(preface) {
			r.n, r.state = 0, inHead
			return p[i+1:]
		}
	}
	return nil
}

// readHead reads the head of a frame.
func (r *reader) readHead(at flow.Time, p []byte) []byte {
	n := copy(r.head[r.n:], p)
	r.n += n
	if r.first && r.role == flow.B && !greets(r.head[:r.n]) {
		r.state = foreign
		r.nother = copy(r.other[:], r.head[:r.n-n])
		return p
	}
	if p = p[n:]; r.n < headSize {
		return nil
	}
	r.n = 0
	f := parseFrame(r.head[:])
	wrong := f.wrong(r.most)
	if wrong == "" && r.block.open && (f.kind != typeContinuation || f.stream != r.block.frame.stream) {
		wrong = "amid the headers of stream " + id(r.block.frame.stream)
	}
	if wrong != "" {
		r.damage(at, r.head[1:], f.kind.String()+" at byte "+strconv.FormatInt(r.total-int64(len(p))-headSize, 10)+" of the "+whose(r.role)+": "+wrong)
		return p
	}
	r.begin(at, f)
	return p
}

// greets reports whether a server of HTTP/2 may begin with p: with SETTINGS,
// or with GOAWAY, neither of them long.
func greets(p []byte) bool {
	for i, b := range p {
		switch {
		case i == 0 && b != 0, i == 3 && b != byte(typeSettings) && b != byte(typeGoAway), i == 4 && b != 0, i > 4 && b != 0:
			return false
		}
	}
	return true
}

// begin starts on the payload of a frame.
func (r *reader) begin(at flow.Time, f frame) {
	if r.first {
		r.first = false
		r.conn.speaks(r.role)
	}
	r.frame, r.left, r.body, r.nsmall, r.state = f, f.length, f.length, 0, inPayload
	switch f.kind {
	case typeData:
		r.stream, r.begun, r.length = r.conn.find(r.role, at, f.stream), false, f.has(flagPadded)
	case typeHeaders, typePush:
		r.block.start(f)
	}
	if r.left == 0 {
		r.end(at)
	}
}

// readPayload takes what of p belongs to the frame.
func (r *reader) readPayload(at flow.Time, p []byte) []byte {
	n := min(r.left, len(p))
	q := p[:n]
	switch r.frame.kind {
	case typeData:
		if r.length {
			r.length = false
			r.left, r.body = r.left-1, r.body-1-int(p[0])
			if r.body < 0 {
				r.damage(at, nil, "DATA before byte "+strconv.FormatInt(r.total-int64(len(p)), 10)+" of the "+whose(r.role)+": padding of "+
					strconv.Itoa(int(p[0]))+" bytes, want at most "+strconv.Itoa(r.left))
				return p
			}
			if r.left == 0 {
				r.end(at)
			}
			return p[1:]
		}
		r.readData(at, q)
	case typeHeaders, typePush, typeContinuation:
		r.keepBlock(q)
	case typeSettings:
		r.readSettings(q)
	case typeReset, typeGoAway:
		r.nsmall += copy(r.small[r.nsmall:], q)
	}
	if r.left -= n; r.left == 0 {
		r.end(at)
	}
	return p[n:]
}

// readData passes on what is not padding.
func (r *reader) readData(at flow.Time, p []byte) {
	p = p[:min(r.body, len(p))]
	r.body -= len(p)
	if r.stream != nil && len(p) > 0 {
		r.stream.data(r.role, at, p, !r.begun)
		r.begun = true
	}
}

// readSettings looks for one: how long the frames of the other side may get.
// The size of HPACK's table is told in the headers themselves (RFC 7541, 4.2).
func (r *reader) readSettings(p []byte) {
	const maxFrameSize, size = 5, 6
	for _, b := range p {
		r.small[r.nsmall] = b
		if r.nsmall++; r.nsmall < size {
			continue
		}
		r.nsmall = 0
		if v := binary.BigEndian.Uint32(r.small[2:]); binary.BigEndian.Uint16(r.small[:]) == maxFrameSize && v <= longest {
			peer := r.conn.readers[r.role.Other()]
			peer.most = max(peer.most, int(v))
		}
	}
}

// end does what a frame says, when all of it is there.
func (r *reader) end(at flow.Time) {
	f := r.frame
	r.state = inHead
	switch f.kind {
	case typeData:
		if r.stream != nil && f.has(flagEndStream) {
			r.stream.close(r.role, at, flow.FIN)
		}
		r.stream = nil
	case typeHeaders, typePush, typeContinuation:
		r.endBlock(at, f)
	case typeReset:
		r.conn.reset(r.role, at, f.stream, binary.BigEndian.Uint32(r.small[:]))
	case typeGoAway:
		r.conn.goAway(r.role, binary.BigEndian.Uint32(r.small[:])&idBits, binary.BigEndian.Uint32(r.small[4:]))
	}
}

// resume looks for a border in p, and goes on from there.
func (r *reader) resume(at flow.Time, p []byte) []byte {
	p = r.find(p)
	if p != nil {
		r.state, r.n = inHead, 0
		if r.role == flow.B && r.holed {
			r.conn.gapAll(flow.B, at) // for the streams that were opened meanwhile
		}
		return p
	}
	if r.search.total > maxSearch {
		r.conn.halt(r.role, "no frame of HTTP/2 in "+strconv.Itoa(r.search.total)+" bytes of the "+whose(r.role))
		r.leave()
	}
	return nil
}

// damage loses the borders where bytes do not fit. again has those that were
// taken already and may yet be the beginning of something.
func (r *reader) damage(at flow.Time, again []byte, why string) {
	r.conn.halt(r.role, why)
	r.lose(at)
	if r.losses++; r.losses > maxLosses {
		r.leave()
		return
	}
	r.find(again)
}

// lose forgets where frames begin. All streams that are open in this direction
// may have lost something from here on.
func (r *reader) lose(at flow.Time) {
	r.state, r.n, r.first, r.stream, r.holed = lost, 0, false, nil, true
	r.endSearch()
	r.dropBlock()
	r.table.forget()
	r.conn.doubtful = true
	r.conn.gapAll(r.role, at)
}

// gap goes on behind a hole.
func (r *reader) gap(at flow.Time, n int64) {
	if n > 0 {
		r.total += n
	}
	switch {
	case r.state == dead || r.state == foreign:
	case r.state == inPayload && n > 0 && n <= int64(r.left) && r.skippable():
		r.skip(at, int(n))
	default:
		r.lose(at)
	}
}

// skippable reports whether a frame can go on behind a hole in it.
func (r *reader) skippable() bool {
	switch r.frame.kind {
	case typeData:
		return !r.length
	case typeSettings, typeReset:
		return false
	case typeGoAway:
		return r.nsmall == len(r.small)
	}
	return true
}

// skip goes on behind a hole in the payload of a frame.
func (r *reader) skip(at flow.Time, n int) {
	switch r.frame.kind {
	case typeData:
		if of := min(n, r.body); of > 0 {
			r.body -= of
			r.begun = true
			if r.stream != nil {
				r.stream.gap(r.role, at, int64(of))
			}
		}
	case typeHeaders, typePush, typeContinuation:
		r.block.broken = true
	}
	if r.left -= n; r.left == 0 {
		r.end(at)
	}
}

// leave reads no further, and gives back what was held.
func (r *reader) leave() {
	r.dropBlock()
	r.endSearch()
	r.state, r.stream = dead, nil
}

// whose names a direction.
func whose(role flow.Side) string {
	if role == flow.A {
		return "client"
	}
	return "server"
}

func id(stream uint32) string { return strconv.FormatUint(uint64(stream), 10) }
