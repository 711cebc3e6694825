package handshake

import (
	"encoding/binary"
	"errors"

	"vmesskit/codec"
)

// HeaderForm is the kind of request header that a client sends, and with which
// of the user's ids.
type HeaderForm uint8

const (
	HeaderAEAD         HeaderForm = iota // what alterId 0 means
	HeaderFirstAlterID                   // legacy; every server that knows the user takes it
	HeaderAnyAlterID                     // legacy, one of Config.AlterIDs by chance, as v2ray
	HeaderPrimaryID                      // legacy with the user's own id, which only v2ray takes
)

var headerFormNames = [...]string{
	HeaderAEAD: "aead", HeaderFirstAlterID: "first-alter-id", HeaderAnyAlterID: "any-alter-id", HeaderPrimaryID: "primary-id",
}

// String gives "aead", "first-alter-id", "any-alter-id" or "primary-id".
func (f HeaderForm) String() string { return name(headerFormNames[:], "HeaderForm", uint8(f)) }

// Config is what a client asks for, and how. Recommended has the values for
// ordinary use.
type Config struct {
	ID       codec.ID
	Header   HeaderForm
	AlterIDs int // how many there are to choose from, for HeaderAnyAlterID

	Security codec.Security // as on the wire: not auto, not zero, not unknown
	Option   codec.Option
	Command  codec.Command
	Target   codec.Address // not for mux
	Dialect  codec.Dialect // how the server reads options that the peers disagree about

	NoPadding bool // leave out the header's 0 to 15 random bytes
	NoDrain   bool // close at once when the answer is wrong
}

// Recommended is a configuration that every peer understands: an AEAD header,
// AES-128-GCM, masked lengths and padding.
func Recommended(id codec.ID, c codec.Command, target codec.Address) Config {
	return Config{
		ID: id, Command: c, Target: target, Security: codec.SecurityAES128GCM,
		Option: codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding,
	}
}

// Follow is the configuration for the account that a server announced, as
// v2ray makes it: AES-128-CFB in plain chunks. Where to connect, and for how
// long, is in s.
func (c Config) Follow(s codec.SwitchAccount) Config {
	c.ID, c.AlterIDs, c.Header = s.ID, int(s.AlterIDs), HeaderAEAD
	if s.AlterIDs > 0 {
		c.Header = HeaderFirstAlterID
	}
	c.Security, c.Option = codec.SecurityAES128CFB, codec.ChunkStream
	return c
}

// Client is the client's side of one connection: it makes the request and
// checks the answer. It is for one goroutine at a time.
type Client struct {
	config  Config
	entropy codec.Entropy
	total   int

	request codec.Request // its header and how it is authenticated
	id      codec.ID      // legacy: which id authenticates
	up      *codec.Sealer

	state    stage
	reason   Reason
	answer   *codec.ResponseOpener
	response *codec.Response
	body     int
	down     *codec.Opener
}

const (
	maxPadding = 15
	// legacyAhead is the range of seconds by which a legacy header is dated
	// ahead, so that not all of one second have the same auth. v2ray goes as
	// far into the past too, which sing's servers often refuse.
	legacyAhead = 30
)

// clientRandom is what a client draws: all at once, always the same, in this
// order.
type clientRandom struct {
	iv, key [16]byte
	v       uint8
	padding [1 + maxPadding]byte // how much, then what
	ahead   uint32               // seconds, for legacy
	alter   uint32               // which id, for legacy
	drain   uint32
}

func drawClient(e codec.Entropy) (r clientRandom, err error) {
	var b [16 + 16 + 1 + 16 + 3*4]byte
	if err := e(b[:]); err != nil {
		return r, err
	}
	rest := b[:]
	take := func(into []byte) { rest = rest[copy(into, rest):] }
	number := func() uint32 { v := binary.BigEndian.Uint32(rest); rest = rest[4:]; return v }
	take(r.iv[:])
	take(r.key[:])
	r.v, rest = rest[0], rest[1:]
	take(r.padding[:])
	r.ahead, r.alter, r.drain = number(), number(), number()
	return r, nil
}

// NewClient makes the state of one connection. now is the client's clock in
// Unix seconds. The error is for a configuration that makes no sense, or that
// of the entropy.
func NewClient(cfg Config, now int64, e codec.Entropy) (*Client, error) {
	if cfg.Security == codec.SecurityUnknown {
		return nil, badConfig("no security")
	}
	random, err := drawClient(e)
	if err != nil {
		return nil, err
	}
	c := &Client{config: cfg, entropy: e, reason: Reason{User: Nobody}}
	if c.id, err = cfg.authID(random.alter); err != nil {
		return nil, err
	}
	c.request.Sender = codec.Sender{Scheme: codec.AEAD, Key: cfg.ID.CmdKey(), Time: now, Alter: codec.Primary}
	if cfg.Header != HeaderAEAD {
		c.request.Sender.Scheme = codec.Legacy
		c.request.Sender.Time += int64(random.ahead % legacyAhead)
	}
	c.request.Header = cfg.header(random)
	if err := c.request.Header.Validate(); err != nil {
		return nil, err
	}
	var s seed
	s.absorb(clientSeed, cfg.ID)
	c.total = s.drain().total(clientHead, random.drain)
	c.answer = codec.NewResponseOpener(&c.request)
	return c, nil
}

// authID gives the id that a legacy header is authenticated with.
func (cfg *Config) authID(random uint32) (codec.ID, error) {
	n := 1
	switch cfg.Header {
	case HeaderAEAD, HeaderPrimaryID:
		return cfg.ID, nil
	case HeaderFirstAlterID:
	case HeaderAnyAlterID:
		if cfg.AlterIDs < 1 || cfg.AlterIDs > codec.MaxAlterIDs {
			return cfg.ID, badConfig("no alter ids to choose from")
		}
		n += int(random % uint32(cfg.AlterIDs))
	default:
		return cfg.ID, badConfig(cfg.Header.String())
	}
	id := cfg.ID
	for range n {
		id = codec.NextAlterID(id)
	}
	return id, nil
}

// header makes the request header of what was drawn.
func (cfg *Config) header(r clientRandom) codec.RequestHeader {
	h := codec.RequestHeader{
		BodyIV: r.iv, BodyKey: r.key, ResponseAuth: r.v,
		Option: cfg.Option, Security: cfg.Security, Command: cfg.Command,
	}
	if cfg.Command != codec.CommandMux {
		h.Address = cfg.Target
	}
	if !cfg.NoPadding {
		h.Padding = append(h.Padding, r.padding[1:1+r.padding[0]%(maxPadding+1)]...)
	}
	return h
}

var errRequested = errors.New("vmess: request: header was made already")

// Request appends the request header to dst, and payload behind it if there is
// any. Send it in one write: some servers read once. On error dst comes back
// as it was, and Request may be tried again.
func (c *Client) Request(dst, payload []byte) (out []byte, err error) {
	if c.up != nil {
		return dst, errRequested
	}
	from := &c.request.Sender
	if from.Scheme == codec.Legacy {
		out, err = codec.SealLegacyRequest(dst, from.Key, c.id, &c.request.Header, from.Time)
	} else {
		out, err = codec.SealRequest(dst, from.Key, &c.request.Header, from.Time, c.entropy)
	}
	if err != nil {
		return dst, err
	}
	body := c.request.Header.RequestBody()
	body.Dialect = c.config.Dialect
	return start(dst, out, body, c.entropy, payload, &c.up)
}

// Sealer seals the body of the request, behind what Request made; it is nil
// before that. Do not wait for the answer: servers send it with the target's
// first bytes.
func (c *Client) Sealer() *codec.Sealer { return c.up }

// Header is the request header that the client sends.
func (c *Client) Header() *codec.RequestHeader { return &c.request.Header }

// Feed looks at what the server has sent. b holds all of it from the first
// byte. The answer is used as that of Conn.Feed is: Accept tells where the
// body begins, and after a wrong answer Drain reads on as v2ray's and Xray's
// clients do, so that who tampers with answers does not see where it showed.
func (c *Client) Feed(b []byte) Decision {
	if c.state == waiting {
		c.read(b)
	}
	if c.state == rejected && (c.config.NoDrain || len(b) >= c.total) {
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

// read opens the response header, as far as it is there.
func (c *Client) read(b []byte) {
	r, n, err := c.answer.Open(b)
	if err == codec.ErrShort {
		return
	}
	if err == nil {
		body := r.Body()
		body.Dialect = c.config.Dialect
		c.down, err = codec.NewOpener(body)
	}
	if err != nil {
		c.state, c.reason.Cause, c.reason.Err = rejected, CauseNotAnswer, err
		return
	}
	c.state, c.response, c.body = accepted, r, n
}

// End says that nothing more will come. A server that closes without an answer
// need not have refused: it may have had nothing to say.
func (c *Client) End() {
	if c.state == waiting {
		c.reason.Cause = CauseCut
	}
	if c.state != accepted {
		c.state = closed
	}
}

// Reason tells why the answer was rejected; its Cause is CauseNone as long as
// it was not. For logs and tests only.
func (c *Client) Reason() Reason { return c.reason }

// Response is the response header that was accepted, else nil. Its Switch is
// the account to go on with, if the server announced one; see Config.Follow.
func (c *Client) Response() *codec.Response { return c.response }

// Opener opens the body of the accepted response, else it is nil.
func (c *Client) Opener() *codec.Opener { return c.down }

// badConfig is the error for a configuration that makes no sense.
type badConfig string

func (e badConfig) Error() string { return "vmess: client: " + string(e) }
