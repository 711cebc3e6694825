package h2

import (
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// stream is a conversation in the connection. Its sink is opened when it is
// known what its DATA is: at the request's headers, or where these do not tell,
// at the first bytes of a body.
type stream struct {
	conn   *conn
	id     uint32
	rec    *flow.Record
	http   *flow.Layer
	grpc   *flow.Layer // nil if it is none
	sink   flow.Sink   // nil until it is opened
	form   form
	asked  bool // the request's headers were seen
	told   bool // the response's headers were seen
	gone   bool // it is finished
	halves [2]half
}

// form is what the DATA of a stream is.
type form uint8

const (
	unknown  form = iota
	raw           // the bytes themselves
	messages      // gRPC
	shut          // nothing that is read
)

// half is a direction of a stream.
type half struct {
	closed bool
	at     flow.Time
	how    flow.How
	some   bool // there was DATA
	gapped bool // the latest that came was a hole of unknown size
	hole   bool // there is one in front of what is to be recognised
	maybe  bool // and one in front of all, if the response's headers do not come yet
	probe  probe
	parse  parser
}

func (s *stream) touch(at flow.Time) {
	s.rec.End, s.rec.Latest = at, s.conn.root.Latest
}

// request notes what the client asks for.
func (s *stream) request(h *fields) {
	s.asked = true
	s.describe("headers", h)
	s.http.Set("method", shown(h.method))
	s.http.Set("path", speech.Path(h.path))
	s.http.Set("authority", speech.Host(h.authority))
	s.http.Set("protocol", shown(h.protocol))
	s.http.Set("content_type", shown(h.contentType))
	s.http.Set("user_agent", shown(h.userAgent))
	switch {
	case h.padding:
		s.stop("xhttp", "XHTTP is not read")
	case h.protocol != "":
		s.stop("", "the protocol "+shown(h.protocol)+" in an HTTP/2 stream is not read")
	case isGRPC(h.contentType):
		s.decide(messages)
		s.service(h.path)
	case h.contentType != "" || !h.partial():
		s.decide(raw)
	}
}

// partial reports whether something may be missing from the fields.
func (h *fields) partial() bool { return h.missing || h.unknown > 0 }

// describe notes what could not be decoded of a header block.
func (s *stream) describe(key string, h *fields) {
	why := " of an entry that was not seen"
	switch {
	case h.missing:
		s.http.Set(key, "not decoded")
	case h.unknown == 1:
		s.http.Set(key, "1 field is"+why)
	case h.unknown > 1:
		s.http.Set(key, strconv.Itoa(h.unknown)+" fields are"+why)
	}
}

// service notes what gRPC is asked for: the last part of a path is the method.
func (s *stream) service(path string) {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		s.grpc.Set("service", strings.TrimPrefix(speech.Path(path[:i]), "/"))
		s.grpc.Set("method", speech.Path(path[i+1:]))
	}
}

// stop is for a form that is not read, with a layer of its own if it has a name.
func (s *stream) stop(layer, why string) {
	l := s.http
	if layer != "" {
		l = s.rec.Add(&flow.Layer{Name: layer})
	}
	l.Stop(flow.Unsupported, why)
	s.decide(shut)
	s.form = shut
}

// stopFor ends a stream because of a limit.
func (s *stream) stopFor(at flow.Time, limit, why string) {
	s.rec.Limit = limit
	s.http.Stop(flow.Unsupported, why)
	s.decide(shut)
	s.form = shut
	s.close(flow.A, at, flow.Evicted)
	s.close(flow.B, at, flow.Evicted)
}

// response notes what the server says: its headers, or what stands at the end
// of its DATA.
func (s *stream) response(h *fields, last bool) {
	status, _ := strconv.Atoi(h.status)
	if status >= 100 && status < 200 {
		return // the real one follows
	}
	if !s.told {
		s.told, s.halves[flow.B].maybe = true, false
		s.describe("response_headers", h)
		s.answer(status, h)
	}
	if s.grpc == nil || h.grpcStatus == "" {
		return
	}
	s.grpc.Set("status", shown(h.grpcStatus))
	if last && h.grpcStatus != "0" && !s.halves[flow.B].some {
		s.grpc.Answer = flow.Unanswered
		s.turnedDown(s.grpc, flow.Speech{Protocol: "grpc", Detail: "grpc-status " + shown(h.grpcStatus)})
	}
}

// answer notes the status of a response.
func (s *stream) answer(status int, h *fields) {
	s.http.Set("status", shown(h.status))
	switch {
	case status >= 200 && status < 300:
		s.http.Answer = flow.Agreed
	case status != 0:
		s.turnedDown(s.http, flow.Speech{Protocol: "h2", Detail: "HTTP/2 " + strconv.Itoa(status), Status: status})
	}
	switch {
	case h.padding && s.form != shut:
		s.stop("xhttp", "XHTTP is not read")
	case s.form == unknown && isGRPC(h.contentType):
		s.decide(messages)
	case s.form == unknown && h.contentType != "":
		s.decide(raw)
	}
	if s.grpc == nil || s.http.Answer != flow.Agreed {
		return
	}
	s.grpc.Answer = flow.Agreed
	if !isGRPC(h.contentType) && !h.partial() {
		s.grpc.Answer = flow.Foreign
		s.grpc.Says = flow.Speech{Protocol: "h2", Detail: strings.TrimSpace("HTTP/2 " + shown(h.status) + " " + shown(h.contentType)), Status: status}
	}
}

// turnedDown notes that the server refuses, if it has not agreed before.
func (s *stream) turnedDown(l *flow.Layer, says flow.Speech) {
	if l.Answer == flow.Unanswered {
		l.Answer, l.Says = flow.TurnedDown, says
	}
}

// decide settles what the DATA is, and opens the stream at the source.
func (s *stream) decide(f form) {
	if s.form != unknown {
		return
	}
	s.form = f
	if f == messages {
		s.grpc = s.rec.Add(&flow.Layer{Name: "grpc"})
		if s.http.Answer == flow.Agreed {
			s.grpc.Answer = flow.Agreed
		}
	}
	s.sink = s.conn.inside.Open(s.rec)
	for role := range s.halves {
		role, h := flow.Side(role), &s.halves[role]
		if h.hole {
			s.sink.Gap(role, s.rec.End, -1)
			h.parse.lose()
		}
		if h.probe.n > 0 {
			s.pass(role, s.rec.End, h.probe.take(), true)
		}
		if h.closed {
			s.sink.Close(role, h.at, h.how)
		}
	}
}

// data takes DATA; start says that it is the beginning of a frame's.
func (s *stream) data(role flow.Side, at flow.Time, p []byte, start bool) {
	h := &s.halves[role]
	if h.closed {
		return
	}
	s.touch(at)
	s.confirm(role, at)
	h.some, h.gapped = true, false
	if role == flow.B && s.http.Answer == flow.Unanswered {
		s.agreed() // its status could not be decoded
	}
	if s.form == unknown {
		if p = s.recognise(h, p, start); len(p) == 0 {
			return
		}
		start = false
	}
	s.pass(role, at, p, start)
}

// recognise looks at the first bytes of a body that may be gRPC, and gives those
// that it did not take.
func (s *stream) recognise(h *half, p []byte, start bool) []byte {
	if h.hole && h.probe.n == 0 && !start {
		return nil // amid a message, perhaps
	}
	n, is := h.probe.see(p)
	switch {
	case is == yes:
		s.decide(messages)
	case is == no && h.hole:
		h.probe.n = 0 // the beginning of the next frame may be one
		return nil
	case is == no:
		s.decide(raw)
	default:
		return nil
	}
	return p[n:]
}

// agreed notes that the server takes part.
func (s *stream) agreed() {
	s.http.Answer = flow.Agreed
	if s.grpc != nil {
		s.grpc.Answer = flow.Agreed
	}
}

// pass gives DATA to the one who reads it.
func (s *stream) pass(role flow.Side, at flow.Time, p []byte, start bool) {
	switch s.form {
	case raw:
		s.sink.Data(role, at, p)
	case messages:
		s.halves[role].parse.push(s, role, at, p, start)
	}
}

// mayLack notes that something may be missing. Where the server has not said
// anything yet, nothing is, if its headers are what comes next.
func (s *stream) mayLack(role flow.Side, at flow.Time) {
	if h := &s.halves[role]; role == flow.B && !s.told && !h.some {
		h.maybe = true
		return
	}
	s.gap(role, at, -1)
}

// confirm tells a hole that there might have been.
func (s *stream) confirm(role flow.Side, at flow.Time) {
	if h := &s.halves[role]; h.maybe {
		h.maybe = false
		s.gap(role, at, -1)
	}
}

// gap takes a hole of n bytes, or of an unknown number.
func (s *stream) gap(role flow.Side, at flow.Time, n int64) {
	h := &s.halves[role]
	if h.closed || n < 0 && h.gapped {
		return
	}
	s.touch(at)
	h.gapped = n < 0
	switch s.form {
	case unknown:
		h.hole = true
		if h.probe.n > 0 {
			h.hole = false
			s.decide(raw)
			s.sink.Gap(role, at, n)
		}
	case raw:
		s.sink.Gap(role, at, n)
	case messages:
		h.parse.gap(s, role, at, n)
	}
}

// close ends a direction, and the stream if the other one has ended, too.
func (s *stream) close(role flow.Side, at flow.Time, how flow.How) {
	h := &s.halves[role]
	if h.closed {
		return
	}
	s.touch(at)
	s.confirm(role, at)
	if s.form == unknown && h.probe.n > 0 {
		s.decide(raw)
	}
	if how == flow.FIN && s.form == messages {
		h.parse.end(s, role)
	}
	h.closed, h.at, h.how = true, at, how
	if s.sink != nil {
		s.sink.Close(role, at, how)
	}
	if s.halves[role.Other()].closed {
		s.finish()
	}
}

// reset ends a direction at once.
func (s *stream) reset(role flow.Side, at flow.Time, code uint32) {
	s.http.Set("reset_by_"+whose(role), codeName(code))
	if role == flow.B {
		s.turnedDown(s.http, flow.Speech{Protocol: "h2", Detail: "RST_STREAM " + codeName(code)})
	}
	s.close(role, at, flow.RST)
}

// finish ends the stream.
func (s *stream) finish() {
	if s.gone {
		return
	}
	s.gone = true
	s.decide(raw)
	s.sink.Finish()
	s.conn.drop(s)
}
