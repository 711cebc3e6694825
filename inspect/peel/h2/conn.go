package h2

import (
	"slices"
	"strconv"

	"vmesskit/inspect/flow"
)

// conn is a connection. Inside of it sides are roles: A is the client.
type conn struct {
	rec, root *flow.Record
	client    flow.Side
	inside    flow.Source
	name      func([]byte) flow.Speech
	room      flow.Room
	layer     *flow.Layer // reported by itself if there is no stream
	readers   [2]*reader
	closed    [2]bool
	how       [2]flow.How

	streams  []*stream  // those that are open, by id
	newest   uint32     // the highest id that was seen
	count    int        // streams so far
	doubtful bool       // streams may have begun unseen
	past     [64]uint32 // the latest streams that ended
	npast    int
	resets   []*stream // whose other direction may still bring something
	goAways  [2]int    // GOAWAY frames so far
}

const (
	maxStreams = 4096 // open at once
	maxResets  = 16   // streams that were reset and are waited for
	maxGoAways = 16   // of a direction, that streams are told of; servers send two
)

func (c *conn) role(from flow.Side) flow.Side { return from ^ c.client }

// Data takes the next bytes of a direction.
func (c *conn) Data(from flow.Side, at flow.Time, p []byte) {
	if role := c.role(from); !c.closed[role] {
		c.readers[role].push(at, p)
	}
}

// Gap goes on behind a hole.
func (c *conn) Gap(from flow.Side, at flow.Time, n int64) {
	if role := c.role(from); !c.closed[role] {
		c.readers[role].gap(at, n)
	}
}

// Close ends a direction of all streams that did not end it themselves.
func (c *conn) Close(from flow.Side, at flow.Time, how flow.How) {
	role := c.role(from)
	if c.closed[role] {
		return
	}
	c.closed[role], c.how[role] = true, how
	c.readers[role].leave()
	for _, s := range slices.Clone(c.streams) {
		s.close(role, at, how)
	}
}

// Finish ends what is left.
func (c *conn) Finish() {
	for _, r := range c.readers {
		r.leave()
		r.table.leave()
	}
	for _, s := range slices.Clone(c.streams) {
		s.finish()
	}
	if c.count == 0 {
		c.openBare()
	}
	c.room.Leave()
}

// openBare opens the connection itself, because nothing was found in it.
func (c *conn) openBare() {
	c.rec.Add(c.layer)
	sink := c.inside.Open(c.rec)
	for role, closed := range c.closed {
		if closed {
			sink.Close(c.role(flow.Side(role)), c.rec.End, c.how[role])
		}
	}
	sink.Finish()
}

// speaks notes that a side begins as HTTP/2 does.
func (c *conn) speaks(role flow.Side) {
	if role == flow.B {
		c.layer.Answer = flow.Agreed
	}
}

// answeredBy notes that the server speaks something else, and what.
func (c *conn) answeredBy(p []byte) {
	c.layer.Answer = flow.Foreign
	if c.name != nil {
		c.layer.Says = c.name(p)
	}
	for _, s := range c.streams {
		s.http.Answer, s.http.Says = flow.Foreign, c.layer.Says
	}
}

// halt notes damage in a direction, at all streams that it may concern.
func (c *conn) halt(role flow.Side, why string) {
	c.layer.Stop(flow.Damaged, why)
	for _, s := range c.streams {
		if !s.halves[role].closed {
			s.http.Stop(flow.Damaged, why)
		}
	}
}

// gapAll tells the open streams that something may be missing.
func (c *conn) gapAll(role flow.Side, at flow.Time) {
	for _, s := range c.streams {
		s.mayLack(role, at)
	}
}

// place gives where the stream is, or would be.
func (c *conn) place(id uint32) (int, bool) {
	return slices.BinarySearchFunc(c.streams, id, func(s *stream, id uint32) int { return int(int64(s.id) - int64(id)) })
}

// find gives the stream with DATA. It is nil if that is none of those which
// are open; but where its beginning may have been missed, it is opened now.
func (c *conn) find(role flow.Side, at flow.Time, id uint32) *stream {
	if i, ok := c.place(id); ok {
		return c.streams[i]
	}
	if !c.mayMiss(id) {
		return nil
	}
	s := c.open(at, id, false)
	if s != nil {
		s.http.Set("headers", "of the request not seen")
	}
	return s
}

// mayMiss reports whether the stream may have begun unseen. Streams of even
// numbers are the server's.
func (c *conn) mayMiss(id uint32) bool {
	return c.doubtful && id%2 == 1 && !slices.Contains(c.past[:], id)
}

// open begins a stream. It is nil if there are too many.
func (c *conn) open(at flow.Time, id uint32, began bool) *stream {
	rec := c.rec.Inside(c.client, at)
	rec.Began = began
	s := &stream{conn: c, id: id, rec: rec, http: rec.Add(&flow.Layer{Name: "h2"})}
	s.http.Set("stream", strconv.FormatUint(uint64(id), 10))
	if c.layer.Answer == flow.Foreign {
		s.http.Answer, s.http.Says = flow.Foreign, c.layer.Says
	}
	c.count++
	c.newest = max(c.newest, id)
	i, _ := c.place(id)
	c.streams = slices.Insert(c.streams, i, s)
	if len(c.streams) > maxStreams {
		s.stopFor(at, "h2-streams", strconv.Itoa(maxStreams)+" streams are open, and this is one more")
		return nil
	}
	for role, closed := range c.closed {
		if closed {
			s.close(flow.Side(role), at, c.how[role])
		}
	}
	return s
}

// drop lets go of a stream that ended.
func (c *conn) drop(s *stream) {
	if i, ok := c.place(s.id); ok {
		c.streams = slices.Delete(c.streams, i, i+1)
	}
	c.past[c.npast%len(c.past)] = s.id
	c.npast++
	c.resets = slices.DeleteFunc(c.resets, func(r *stream) bool { return r == s })
}

// headers takes a header block of a stream: a request, a response, or what
// stands at the end of either.
func (c *conn) headers(role flow.Side, at flow.Time, f frame, h *fields, large bool) {
	role = c.turn(role, h)
	i, ok := c.place(f.stream)
	var s *stream
	switch {
	case ok:
		s = c.streams[i]
	case role == flow.A && f.stream%2 == 1 && (f.stream > c.newest || c.mayMiss(f.stream)):
		if s = c.open(at, f.stream, true); s != nil {
			s.request(h)
			if large {
				s.stopFor(at, "h2-header-block", "the header block is longer than may be held")
				return
			}
		}
	case role == flow.B:
		s = c.find(role, at, f.stream)
	}
	if s == nil {
		return
	}
	s.touch(at)
	if role == flow.B {
		s.response(h, f.has(flagEndStream))
	}
	if f.has(flagEndStream) {
		s.close(role, at, flow.FIN)
	}
}

// turn changes the roles if it was guessed wrong who the client is, as it may be
// where the beginning is missing, and gives the right one.
func (c *conn) turn(role flow.Side, h *fields) flow.Side {
	wrong := role == flow.A && h.status != "" || role == flow.B && h.method != ""
	if c.rec.Began || c.count > 0 || !wrong {
		return role
	}
	c.client = c.client.Other()
	c.readers[0], c.readers[1] = c.readers[1], c.readers[0]
	c.closed[0], c.closed[1] = c.closed[1], c.closed[0]
	c.how[0], c.how[1] = c.how[1], c.how[0]
	c.readers[0].role, c.readers[1].role = flow.A, flow.B
	return role.Other()
}

// reset ends a stream at once, as far as its sender is concerned.
func (c *conn) reset(role flow.Side, at flow.Time, id, code uint32) {
	i, ok := c.place(id)
	if !ok {
		return
	}
	s := c.streams[i]
	if s.reset(role, at, code); s.gone || slices.Contains(c.resets, s) {
		return
	}
	c.resets = append(c.resets, s)
	if len(c.resets) > maxResets {
		oldest := c.resets[0]
		oldest.close(flow.A, at, flow.Open)
		oldest.close(flow.B, at, flow.Open)
	}
}

// goAway is the end of a connection: the streams behind last are not served.
func (c *conn) goAway(role flow.Side, last, code uint32) {
	if c.goAways[role]++; c.goAways[role] > maxGoAways {
		return
	}
	says := flow.Speech{Protocol: "h2", Detail: "GOAWAY " + codeName(code)}
	c.layer.Set("goaway_by_"+whose(role), codeName(code))
	for _, s := range c.streams {
		s.http.Set("goaway_by_"+whose(role), codeName(code))
		if role == flow.B && s.id > last {
			s.turnedDown(s.http, says)
		}
	}
}
