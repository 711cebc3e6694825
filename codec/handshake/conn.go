package handshake

import (
	"errors"

	"vmesskit/codec"
)

// Conn is the server's side of one connection until its header is decided.
// Server.NewConn makes it. A Conn is for one goroutine at a time.
type Conn struct {
	server  *Server
	entropy codec.Entropy
	total   int // where a rejection ends

	state  stage
	reason Reason
	auth   [16]byte
	at     int64 // when auth was there: what it is judged by
	tried  []int // accounts whose checksum fits
	opener *codec.RequestOpener
	from   codec.Sender
	fuse   *fuse // legacy
	known  bool  // the session is remembered

	request *codec.Request
	body    int
	up      *codec.Opener
	down    *codec.Sealer
}

// stage is how far a handshake has come.
type stage uint8

const (
	waiting  stage = iota // for the first bytes
	reading               // the header
	accepted              // it is good
	rejected              // it is not, and this is not to be seen
	closed                // it may be seen now
)

// Feed looks at what the connection has brought. b holds all of it from the
// first byte; now is the server's clock in Unix seconds. How b grew makes no
// difference. Feed keeps nothing of b and changes nothing in it.
//
// The calls go on until Accept, Close or End. In between, More and Drain are
// to be treated alike: the same deadline, counted from the connection's start,
// and no byte sent.
func (c *Conn) Feed(b []byte, now int64) Decision {
	if c.state == waiting && len(b) >= authSize {
		c.identify([16]byte(b), now)
	}
	if c.state == reading {
		c.read(b, now)
	}
	if c.state == rejected && (c.server.policy.NoDrain || len(b) >= c.total) {
		c.state = closed
	}
	switch c.state {
	case accepted:
		return Decision{Action: Accept, Body: c.body}
	case rejected:
		return Decision{Action: Drain, Total: c.total}
	case closed:
		return Decision{Action: Close}
	}
	return Decision{Action: More}
}

// End says that nothing more will come: the peer has closed, or the deadline
// is over. Close the connection then, whatever the last decision was. A legacy
// auth whose header was begun and not finished is burnt, as one with a wrong
// header is.
func (c *Conn) End() {
	if c.state == waiting || c.state == reading {
		if c.known {
			c.server.burn(c.fuse)
		}
		c.reason.Cause = CauseCut
	}
	if c.state != accepted {
		c.state = closed
	}
}

// Reason tells why the connection was rejected; its Cause is CauseNone as long
// as it was not. For logs and tests only.
func (c *Conn) Reason() Reason { return c.reason }

// identify finds whose the first 16 bytes are. Once they are an account's auth
// id they are judged as that and as nothing else: a replay does not get a
// second look as a legacy auth.
func (c *Conn) identify(auth [16]byte, now int64) {
	c.state, c.auth, c.at = reading, auth, now
	from, reason := c.server.match(auth, now, &c.tried)
	switch {
	case reason.Cause == CauseNone:
		reason.Cause = c.server.newAuthID(auth, from.Time, now)
	case len(c.tried) == 0:
		from, reason = c.server.matchLegacy(auth, now)
		if reason.Cause == CauseNone {
			c.fuse, reason.Cause = c.server.fuseOf(auth, from.Time, now)
		}
	}
	c.open(from, reason)
}

// open goes on with the header of a sender, unless there is a reason not to.
func (c *Conn) open(from codec.Sender, reason Reason) {
	c.reason = reason
	if reason.Cause != CauseNone {
		c.state = rejected
		return
	}
	c.from = from
	c.opener = codec.NewRequestOpener(from)
	c.opener.Lenient = true // what is odd is the policy's to judge
}

// read opens the header, as far as it is there.
func (c *Conn) read(b []byte, now int64) {
	r, n, err := c.opener.Open(b)
	for wrongUser(err) && c.nextUser(err) {
		r, n, err = c.opener.Open(b)
	}
	if c.state == reading {
		c.remember(now)
	}
	switch {
	case c.state != reading || err == codec.ErrShort:
	case err != nil:
		c.reject(CauseHeader, err)
	default:
		c.judge(r, n)
	}
}

// wrongUser reports whether the header's length did not open, which is where a
// checksum that fits the wrong account shows.
func wrongUser(err error) bool {
	e, ok := err.(*codec.Error)
	return ok && e.Kind == codec.ErrAuth && e.Field == codec.FieldHeaderLengthTag
}

// nextUser goes on to the next account whose checksum fits. It is the same
// auth id, so that it is not asked about replays again, and no more bytes are
// needed.
func (c *Conn) nextUser(err error) bool {
	from, reason := c.server.match(c.auth, c.at, &c.tried)
	if reason.Cause != CauseNone {
		c.reject(CauseHeader, err)
		return false
	}
	c.open(from, reason)
	return true
}

// remember puts the session into the history as soon as its keys are known,
// before anything behind them is judged: the first to come with a key and an
// IV is the last.
func (c *Conn) remember(now int64) {
	key, iv, ok := c.opener.BodyKeys()
	if c.known || !ok {
		return
	}
	c.known = true
	if cause := c.server.newSession(c.from, key, iv, now); cause != CauseNone {
		c.reject(cause, nil)
	}
}

// judge decides about a header that is whole.
func (c *Conn) judge(r *codec.Request, n int) {
	for _, odd := range r.Oddities {
		if !c.server.policy.lets(odd, &r.Header) {
			c.reject(CauseHeader, odd)
			return
		}
	}
	if c.server.policy.insecure(r.Header.Security) {
		c.reject(CauseInsecure, nil)
		return
	}
	body := r.Body()
	body.Dialect = c.server.policy.Dialect
	up, err := codec.NewOpener(body)
	if err != nil {
		c.reject(CauseHeader, err)
		return
	}
	c.state, c.request, c.body, c.up = accepted, r, n, up
}

// reject burns the legacy auth, where the header is to blame, and stops.
func (c *Conn) reject(cause Cause, err error) {
	if cause == CauseHeader || cause == CauseSession {
		c.server.burn(c.fuse)
	}
	c.state, c.reason.Cause, c.reason.Err = rejected, cause, err
}

// Request is the request that was accepted, else nil.
func (c *Conn) Request() *codec.Request { return c.request }

// Target is where the client wants to go: an address that was written as a
// name, or IPv4 inside IPv6, is converted. It is empty for mux.
func (c *Conn) Target() codec.Address {
	if c.request == nil {
		return codec.Address{}
	}
	return c.request.Header.Address.Normalize()
}

// Opener opens the body of the accepted request, else it is nil.
func (c *Conn) Opener() *codec.Opener { return c.up }

var (
	errNotAccepted = errors.New("vmess: response: no request was accepted")
	errAnswered    = errors.New("vmess: response: header was made already")
)

// Respond appends the response header to dst, and payload behind it if there
// is any. Servers wait for the first bytes of the target and send them
// together. On error dst comes back as it was, and Respond may be tried again.
func (c *Conn) Respond(dst, payload []byte) ([]byte, error) {
	if c.state != accepted {
		return dst, errNotAccepted
	}
	if c.down != nil {
		return dst, errAnswered
	}
	h := codec.ResponseHeader{Switch: c.server.policy.Switch}
	out, body, err := c.request.Respond(dst, &h)
	if err != nil {
		return dst, err
	}
	body.Dialect = c.server.policy.Dialect
	return start(dst, out, body, c.entropy, payload, &c.down)
}

// Sealer seals the body of the response, behind what Respond made; it is nil
// before that.
func (c *Conn) Sealer() *codec.Sealer { return c.down }

// start makes the sealer of a body and seals the first payload behind the
// header in out. What goes wrong leaves dst, and no sealer.
func start(dst, out []byte, b codec.Body, e codec.Entropy, payload []byte, into **codec.Sealer) ([]byte, error) {
	sealer, err := codec.NewSealer(b, e)
	if err != nil {
		return dst, err
	}
	for err == nil && len(payload) > 0 {
		n := len(payload) // a datagram is one chunk
		if !b.Packets {
			n = min(n, sealer.MaxPayload(codec.DefaultChunk))
		}
		out, err = sealer.Seal(out, payload[:n])
		payload = payload[n:]
	}
	if err != nil {
		return dst, err
	}
	*into = sealer
	return out, nil
}
