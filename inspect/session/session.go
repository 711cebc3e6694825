package session

import (
	"crypto/sha256"
	"errors"
	"slices"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// session is the sink of one conversation. Bytes are held until the header in
// front of them has opened; the server's wait for the client's.
type session struct {
	d     *Decoder
	f     *Facts
	sides [2]half
	trace *codec.Trace
	tap   *tap           // nil where nobody listens
	only  *codec.Dialect // in which the bodies are, where that is known

	from     bool // the client's side is settled
	tried    []int
	opener   *codec.RequestOpener
	request  *codec.Request
	response *codec.ResponseOpener
	inside   map[codec.Dialect]*inside // of a mux, for each reading of the bodies
	spending *rescue                   // on what is behind holes
}

// half is one side of the conversation.
type half struct {
	Stream
	held   []byte  // bytes in front of the body that are not understood yet
	bodies []*body // readings of the body, once there is one; more than one while they compete
	first  flow.Time
	dead   bool // nothing more of this side can be decoded
}

// Data takes the next bytes of a side.
func (s *session) Data(from flow.Side, at flow.Time, p []byte) {
	h := &s.sides[from]
	if h.first == 0 {
		h.first = at
	}
	if h.Wire == 0 {
		h.First = int64(len(p))
	}
	h.Wire += int64(len(p))
	h.Last = at
	s.settle(from)
	s.at(at)
	switch {
	case h.dead || s.f.Flow.Datagrams:
	case h.bodies != nil:
		h.read(p)
		s.ended(from)
	default:
		s.hold(h, p)
		s.advance()
	}
}

// settle decides which side is the client: the one that opened the connection,
// or, where that was not seen, the one that speaks first.
func (s *session) settle(from flow.Side) {
	if s.from {
		return
	}
	s.from = true
	if !s.f.Flow.Began {
		s.f.Client = from
	}
}

// crew gives who opens the chunks of long bodies. What is traced or tapped is
// opened here, and so is a mux: its two directions have to keep their order.
func (s *session) crew() *crew {
	if s.trace != nil || s.tap != nil || s.request.Header.Command == codec.CommandMux {
		return nil
	}
	return s.d.crew
}

func (s *session) client() *half { return &s.sides[s.f.Client] }
func (s *session) server() *half { return &s.sides[s.f.Server()] }

// hold keeps bytes that cannot be read yet.
func (s *session) hold(h *half, p []byte) {
	if len(h.held)+len(p) > s.d.o.Limits.Hold || !s.d.held.Take(len(p)) {
		s.limit("hold")
		s.drop(h)
		return
	}
	h.held = append(h.held, p...)
}

func (s *session) limit(name string) {
	if s.f.Flow.Limit == "" {
		s.f.Flow.Limit = name
	}
}

// release gives the held bytes back.
func (s *session) release(h *half) []byte {
	p := h.held
	s.d.held.Give(len(p))
	h.held = nil
	return p
}

// drop stops the decoding of a side.
func (s *session) drop(h *half) {
	h.dead = true
	s.release(h)
}

// advance goes as far as the held bytes reach.
func (s *session) advance() {
	if s.request == nil && !s.client().dead {
		s.openRequest()
	}
	if s.request == nil && s.client().dead {
		s.drop(s.server()) // without the request's keys there is no response
	}
	if s.request != nil && s.server().bodies == nil && !s.server().dead && len(s.server().held) > 0 {
		s.openResponse()
	}
}

// openRequest authenticates the client and opens its header.
func (s *session) openRequest() {
	h := s.client()
	if s.opener == nil && !s.authenticate(h) {
		return
	}
	req, n, err := s.opener.Open(h.held)
	switch {
	case err == nil:
		s.accept(h, req, n)
	case err == codec.ErrShort:
	case refusedTag(err) && s.authenticate(h): // the CRC fitted by chance: another user
		s.openRequest()
	default:
		s.fault(requestFault(err, s.f.Auth.Scheme))
		s.drop(h)
	}
}

// refusedTag reports whether the first sealed part of the header refused.
func refusedTag(err error) bool {
	e, ok := errors.AsType[*codec.Error](err)
	return ok && e.Kind == codec.ErrAuth && e.Field == codec.FieldHeaderLengthTag
}

// Where the sealed parts of headers begin in their direction's bytes.
const (
	requestLengthAt  = authSize
	requestSectionAt = authSize + 18 + 8 // behind the sealed length and the nonce
	responseHeaderAt = 18                // behind the sealed length
)

// requestFault tells which part of a request header refused, and where on the
// wire: what the codec says of an opened part counts from that part's start.
func requestFault(err error, scheme codec.Scheme) Fault {
	f, field := newFault("header", err)
	switch {
	case field == codec.FieldHeaderLengthTag:
		f.Where = "header-length"
	case field == codec.FieldHeaderTag: // on the wire already
	case scheme == codec.Legacy:
		f.Offset += authSize
	case field == codec.FieldHeaderLength:
		f.Offset += requestLengthAt
	default:
		f.Offset += requestSectionAt
	}
	return f
}

// responseFault is the same for a response header. A legacy one begins where
// the wire does, and a length stands where its seal does.
func responseFault(err error, scheme codec.Scheme) Fault {
	f, field := newFault("response-header", err)
	switch field {
	case codec.FieldResponseLengthTag, codec.FieldResponseTag, codec.FieldResponseLength:
	default:
		if scheme == codec.AEAD {
			f.Offset += responseHeaderAt
		}
	}
	return f
}

// newFault takes over what the codec says of an error, with its own offset.
func newFault(where string, err error) (Fault, codec.Field) {
	f := Fault{Where: where, Chunk: -1, Text: err.Error()}
	e, ok := errors.AsType[*codec.Error](err)
	if !ok {
		return f, 0
	}
	f.Kind, f.Offset = e.Kind, int64(e.Off)
	return f, e.Field
}

func (s *session) fault(f Fault) { s.f.Faults = append(s.f.Faults, f) }

// accept takes a request header that opened in n bytes, and goes on with the
// body behind it.
func (s *session) accept(h *half, req *codec.Request, n int) {
	s.request = req
	head := &req.Header
	s.f.Header = &Header{
		Security: head.Security, Option: head.Option, Command: head.Command,
		Sum: sha256.Sum256(h.held[:n]), Size: n, Keys: keysOf(head),
	}
	if head.Command != codec.CommandMux {
		s.f.Header.Target = head.Address.Normalize().String()
	}
	for _, odd := range req.Oddities {
		s.f.Header.Oddities = append(s.f.Header.Oddities, odd.Error())
	}
	s.startBody(h, "request-body", req.Body(), n)
}

// keysOf hashes what makes a session itself: two honest ones never share it.
func keysOf(h *codec.RequestHeader) [16]byte {
	sum := sha256.Sum256(slices.Concat(h.BodyKey[:], h.BodyIV[:]))
	return [16]byte(sum[:])
}

// openResponse opens the server's header.
func (s *session) openResponse() {
	h := s.server()
	if s.response == nil {
		s.response = codec.NewResponseOpener(s.request)
	}
	resp, n, err := s.response.Open(h.held)
	if err == codec.ErrShort {
		return
	}
	if err != nil {
		s.fault(responseFault(err, s.f.Auth.Scheme))
		s.drop(h)
		return
	}
	s.f.Response = &Response{Option: resp.Header.Option, Command: resp.Header.Command, Size: n}
	if resp.Header.Switch != nil {
		s.announce(resp.Header.Switch)
	}
	s.startBody(h, "response-body", resp.Body(), n)
}

// announce tells the decoder of an account.
func (s *session) announce(to *codec.SwitchAccount) {
	if !s.d.announce(s.f, to) {
		s.limit("announced")
	}
}

// startBody begins the body behind a header of n bytes, and reads what was
// held of it.
func (s *session) startBody(h *half, where string, b codec.Body, n int) {
	rest := s.release(h)[n:]
	h.Opened = true
	h.bodies = newBodies(where, b, int64(n), s.d.o.Hash, s.crew(), s.only)
	if len(h.bodies) == 0 {
		h.dead = true // the header let pass a security that has no body
		return
	}
	side := s.f.Client
	if h == s.server() {
		side = s.f.Server()
	}
	s.attach(h.bodies, s.direction(side))
	if s.tap != nil {
		s.tap.Header(s.direction(side), s.tap.now)
	}
	for _, b := range h.bodies {
		if b.alone || b.sealed { // else two readings find two things behind a hole
			b.rescue = s.rescue()
		}
	}
	if len(rest) > 0 {
		h.read(rest)
	}
	s.ended(side)
}

// rescue gives what both directions may spend on what is behind holes.
func (s *session) rescue() *rescue {
	if s.spending == nil {
		s.spending = s.d.rescue()
	}
	return s.spending
}

// Gap notes a hole. What stands behind it in a header is not decoded; in a
// body, what is found again.
func (s *session) Gap(from flow.Side, at flow.Time, n int64) {
	h := &s.sides[from]
	s.settle(from)
	s.at(at)
	h.hole(n)
	if h.bodies == nil {
		s.drop(h)
		if !s.f.Flow.Datagrams {
			s.advance()
		}
	}
}

// How many holes of a direction are listed; all are counted.
const maxGaps = 8

// hole notes n missing bytes.
func (h *half) hole(n int64) {
	if h.Wire == 0 {
		h.Lost = true
	}
	if h.GapCount++; len(h.Gaps) < maxGaps {
		h.Gaps = append(h.Gaps, Gap{Offset: h.Wire, Len: n})
	}
	h.Wire += max(n, 0)
	for _, b := range h.bodies {
		b.hole(n)
	}
}

// read offers the body's bytes to each reading of it.
func (h *half) read(p []byte) {
	for _, b := range h.bodies {
		b.read(p)
	}
}

// Close notes how a side ended.
func (s *session) Close(from flow.Side, at flow.Time, how flow.How) {
	s.sides[from].Close = how
	if s.at(at); s.tap != nil {
		s.tap.Close(s.direction(from), NoSub, s.tap.now, how)
	}
	if !s.f.FirstOut.Seen && (how == flow.FIN || how == flow.RST) {
		s.f.FirstOut = Closing{Seen: true, By: from, How: how, At: at}
	}
}

// Finish states the facts of both directions.
func (s *session) Finish() {
	s.f.FirstByte = s.client().first
	reset := s.client().Close == flow.RST || s.server().Close == flow.RST
	for i := range s.sides {
		s.release(&s.sides[i])
		for _, b := range s.sides[i].bodies {
			b.last()
			defer b.label.speech() // those that are not chosen listen, too
		}
	}
	d := dialectOf(s.client().bodies, s.server().bodies)
	s.f.Dialect = d
	s.f.Up = s.finish(s.client(), d, reset)
	s.f.Down = s.finish(s.server(), d, reset)
	s.finishInside(d)
	if s.tap != nil {
		s.tap.Finish()
	}
}

func (s *session) finish(h *half, d codec.Dialect, reset bool) Stream {
	switch b := reading(h.bodies, d); {
	case b != nil:
		b.finish(&h.Stream, reset)
		if b.limit != "" {
			s.limit(b.limit)
		}
		if b.fault != nil {
			s.fault(*b.fault)
		}
	case h.Opened:
		h.Broken, h.End = true, "cut" // the header names a body that there is none of
	}
	return h.Stream
}
