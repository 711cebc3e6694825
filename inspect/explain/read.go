package explain

import (
	"bytes"
	"encoding/binary"
	"time"

	"vmesskit/codec"
)

// place is a layer of a conversation, in the order of reading.
type place uint8

const (
	atAuth place = iota
	atLength
	atHeader
	atSection
	atUp
	atAnswerLength
	atAnswer
	atDown
)

// Sizes of the parts of both headers.
const (
	authSize   = 16
	tagSize    = 16
	lengthSize = 2 + tagSize
	nonceSize  = 8
	sealedAt   = authSize + lengthSize + nonceSize
	maxSection = 46 + 255 + 15
	maxSealed  = 2048
)

// failure is where a reading could not go on as it should.
type failure struct {
	place place
	off   int // in what the side sent
	field codec.Field
	short int // bytes that are missing; 0: refused
}

func (f failure) before(g failure) bool {
	return f.place < g.place || f.place == g.place && f.off < g.off
}

// reading is one reading of a conversation by a model.
type reading struct {
	job *job
	m   *model
	t   *codec.Trace // nil while searching
	max int          // bytes of a body to read, 0 for all

	k       known
	account int // index of the account, -1 for nobody
	alter   int
	byTag   bool // the header's length told the user, not the auth

	fails  []failure
	checks []check
	bits   int // how unlikely it is that what fitted did so by chance

	up, down ending
	wire     [2]int // the trace's buffers
	answer   answerHeader
}

// ending is how a direction's body stopped.
type ending struct {
	read   bool // there was a body to read
	chunks int
	bytes  int // of payload
	end    bool
	used   int // bytes of the body that were read
	left   int // and that were not
	behind int // chunks behind an end chunk
}

// read reads a conversation.
func (j *job) read(m *model, t *codec.Trace, most int) *reading {
	r := &reading{job: j, m: m, t: t, max: most, account: -1}
	if len(j.in.Request) > 0 {
		if at := r.request(j.in.Request); at > 0 {
			r.k.dir = codec.Up
			r.up = r.body(j.in.Request, at)
		}
	}
	if len(j.in.Response) > 0 && r.k.section != nil {
		r.k.dir = codec.Down
		if at := r.response(j.in.Response); at > 0 {
			r.down = r.body(j.in.Response, at)
		}
	}
	return r
}

func (r *reading) fail(p place, f codec.Field, off, short int) {
	r.fails = append(r.fails, failure{p, off, f, short})
}

// derive computes a step, and records it.
func (r *reading) derive(f codec.Field) []byte {
	s := stepOf(f)
	v := s.value(r.m, &r.k)
	if r.t != nil {
		r.t.Derive(f, s.formula(r.m, &r.k), v)
	}
	return v
}

// request reads a request header and gives where the body begins, or 0.
func (r *reading) request(b []byte) int {
	if len(b) < authSize {
		r.fail(atAuth, codec.FieldAuthID, len(b), sealedAt-len(b))
		return 0
	}
	r.k.auth = b[:authSize]
	s := r.job.sender(r.m, b)
	if !s.found {
		r.fail(atAuth, codec.FieldAuthID, 0, 0)
		return 0
	}
	a := &r.job.in.Accounts[s.account]
	r.account, r.alter, r.byTag = s.account, s.alter, s.byTag
	r.k.user, r.k.scheme, r.k.id, r.k.used, r.k.time = true, s.scheme, a.ID, s.used, s.time
	if s.scheme == codec.Legacy {
		return r.legacyHeader(b)
	}
	return r.aeadHeader(b)
}

// aeadHeader opens the envelope and then the section.
func (r *reading) aeadHeader(b []byte) int {
	authKey := stepOf(codec.FieldAuthIDKey).value(r.m, &r.k)
	r.k.authPlain = r.m.openAuth(authKey, r.k.auth)
	r.checkAuth()
	if len(b) < sealedAt {
		r.wire[codec.Up] = r.t.Open(codec.FieldClientWire, b, -1)
		r.authSpans(authKey, r.t.Span(codec.FieldAuthID, r.wire[codec.Up], 0, authSize))
		r.fail(atLength, codec.FieldHeaderLengthTag, len(b), sealedAt-len(b))
		return 0
	}
	sealed, nonce := b[authSize:authSize+lengthSize], b[sealedAt-nonceSize:sealedAt]
	at := authSize
	if r.m.header.nonceFirst {
		sealed, nonce = b[sealedAt-lengthSize:sealedAt], b[authSize:authSize+nonceSize]
		at += nonceSize
	}
	r.k.nonce = nonce

	wire := r.t.Open(codec.FieldClientWire, b[:sealedAt], -1)
	r.wire[codec.Up] = wire
	group := r.t.Begin(codec.FieldRequest, wire, 0)
	r.authSpans(authKey, r.t.Span(codec.FieldAuthID, wire, 0, authSize))
	if r.m.header.nonceFirst {
		r.t.Span(codec.FieldConnectionNonce, wire, authSize, nonceSize)
	}
	r.t.Span(codec.FieldHeaderLengthSealed, wire, at, 2)
	tag := r.t.Span(codec.FieldHeaderLengthTag, wire, at+2, tagSize)
	if !r.m.header.nonceFirst {
		r.t.Span(codec.FieldConnectionNonce, wire, sealedAt-nonceSize, nonceSize)
	}
	key := r.derive(codec.FieldHeaderLengthKey)
	plain, err := gcm(key).Open(nil, r.derive(codec.FieldHeaderLengthNonce), sealed, r.additional())
	r.check(atLength, codec.FieldHeaderLengthTag, at+2, err == nil, 64)
	if err != nil {
		r.t.End(group, sealedAt)
		r.fail(atLength, codec.FieldHeaderLengthTag, 0, 0)
		return 0
	}
	r.t.Span(codec.FieldHeaderLength, r.t.Open(codec.FieldHeaderLengthPlain, plain, tag), 0, 2)
	r.t.End(group, sealedAt)
	n := int(binary.BigEndian.Uint16(plain))
	if r.m.header.lengthLittle {
		n = int(binary.LittleEndian.Uint16(plain))
	}
	if r.m.header.lengthTag {
		n -= tagSize
	}
	fits := n >= codec.MinSection && n <= maxSealed
	r.checkNumber(atLength, codec.FieldHeaderLength, 0, fits, 6, n)
	if !fits {
		r.fail(atLength, codec.FieldHeaderLength, 1, 0)
		return 0
	}
	return r.sealedSection(b, group, n)
}

// sealedSection opens the section of an AEAD header.
func (r *reading) sealedSection(b []byte, group, n int) int {
	end := sealedAt + n + tagSize
	if len(b) < end {
		r.fail(atHeader, codec.FieldHeaderTag, len(b), end-len(b))
		return 0
	}
	wire := r.wire[codec.Up]
	r.t.Extend(wire, b[sealedAt:end])
	r.t.Reopen(group)
	sealed := r.t.Span(codec.FieldHeaderSealed, wire, sealedAt, n)
	r.t.Span(codec.FieldHeaderTag, wire, end-tagSize, tagSize)
	key := r.derive(codec.FieldHeaderKey)
	plain, err := gcm(key).Open(nil, r.derive(codec.FieldHeaderNonce), b[sealedAt:end], r.additional())
	r.t.End(group, end)
	r.check(atHeader, codec.FieldHeaderTag, end-tagSize, err == nil, 64)
	if err != nil {
		r.fail(atHeader, codec.FieldHeaderTag, 0, 0)
		return 0
	}
	s := r.m.parse(plain)
	buffer := r.t.Open(codec.FieldSection, plain, sealed)
	s.trace(r.t, buffer)
	if rest := len(plain) - s.size; rest > 0 && s.short == 0 && s.odd == 0 {
		r.t.Span(codec.FieldTrailing, buffer, s.size, rest)
	}
	if !r.checkSection(s) {
		return 0
	}
	return end
}

// legacyHeader decrypts the section of a legacy header.
func (r *reading) legacyHeader(b []byte) int {
	r.check(atAuth, codec.FieldLegacyAuth, 0, true, 64)
	r.checkClock()
	iv := stepOf(codec.FieldLegacyIV).value(r.m, &r.k)
	plain := newCFB(r.m.cmdKeyOf(&r.k), iv, r.m.legacy.cfb8, false).run(b[authSize:min(len(b), authSize+maxSection)])
	s := r.m.parse(plain)

	end := authSize + s.size
	wire := r.t.Open(codec.FieldClientWire, b[:end], -1)
	r.wire[codec.Up] = wire
	group := r.t.Begin(codec.FieldRequest, wire, 0)
	r.t.Span(codec.FieldLegacyAuth, wire, 0, authSize)
	r.derive(codec.FieldCmdKey)
	r.derive(codec.FieldLegacyIV)
	encrypted := r.t.Span(codec.FieldHeaderEncrypted, wire, authSize, s.size)
	r.t.End(group, end)
	s.trace(r.t, r.t.Open(codec.FieldSection, plain[:s.size], encrypted))
	if s.short > 0 && len(plain) < maxSection && s.plausible() {
		r.fail(atSection, codec.FieldHeaderEncrypted, s.size, s.short)
		return 0
	}
	if !r.checkSection(s) {
		return 0
	}
	return end
}

// plausible tells a section that was cut from one that was not decrypted.
func (s *section) plausible() bool { return s.size < 1 || s.version == 1 }

// additional is the additional data of both of a header's seals.
func (r *reading) additional() []byte {
	switch {
	case r.m.header.adMissing:
		return nil
	case r.m.header.adPlain:
		return r.k.authPlain
	}
	return r.k.auth
}

// authSpans records the auth id, and what is inside it.
func (r *reading) authSpans(key []byte, span int) {
	if r.t == nil {
		return
	}
	r.derive(codec.FieldCmdKey)
	r.t.Derive(codec.FieldAuthIDKey, stepOf(codec.FieldAuthIDKey).formula(r.m, &r.k), key)
	buffer := r.t.Open(codec.FieldAuthIDPlain, r.k.authPlain, span)
	r.t.Span(codec.FieldAuthTime, buffer, 0, 8)
	r.t.Span(codec.FieldAuthRandom, buffer, 8, 4)
	r.t.Span(codec.FieldAuthChecksum, buffer, 12, 4)
}

// openAuth decrypts an auth id.
func (m *model) openAuth(key, auth []byte) []byte {
	plain := bytes.Clone(auth)
	switch m.auth.block {
	case blockEncrypted:
		block(key).Decrypt(plain, auth)
	case blockDecrypted:
		block(key).Encrypt(plain, auth)
	}
	return plain
}

// The times that an auth id can sensibly carry.
var (
	earliest = time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// checkAuth looks at the auth id.
func (r *reading) checkAuth() {
	sum := r.m.auth.sum.crc(r.k.authPlain[:12])
	fits := bytes.Equal(sum, r.k.authPlain[12:])
	r.checkBytes(atAuth, codec.FieldAuthChecksum, 12, fits, 32, r.k.authPlain[12:], sum)
	if !fits {
		r.fail(atAuth, codec.FieldAuthChecksum, 0, 0)
		return
	}
	r.k.time = r.m.auth.time.read(r.k.authPlain)
	sensible := r.k.time >= earliest && r.k.time < latest
	if sensible {
		r.bits += 30
	}
	r.checkClock()
	if !sensible {
		r.fail(atAuth, codec.FieldAuthTime, 1, 0)
	}
}

// checkClock compares the time with that of the server.
func (r *reading) checkClock() {
	c := check{place: atAuth, field: codec.FieldAuthTime, chunk: -1, number: r.k.time, state: unknown}
	if now := r.job.in.Time; now != nil {
		c.state = passed
		if d := r.k.time - *now; d < -120 || d > 120 {
			c.state = failed
		}
	}
	r.keep(c)
}

// checkSection looks at the fields of a section, and tells whether it can be
// gone on behind it.
func (r *reading) checkSection(s *section) bool {
	legacy := r.k.scheme == codec.Legacy
	r.checkNumber(atSection, codec.FieldVersion, 0, s.version == 1, 8, int(s.version))
	if s.short > 0 || s.odd != 0 {
		field := s.odd
		number := int(s.command)
		if field == codec.FieldAddrType {
			number = int(s.types)
		}
		if field == 0 {
			field, number = codec.FieldSection, s.short
		}
		r.checkNumber(atSection, field, s.size, false, 0, number)
		r.fail(atSection, field, 0, 0)
		return false
	}
	r.checkNumber(atSection, codec.FieldSecurity, 35, s.security.OnWire() && s.security != 0, 0, int(s.security))
	option := !s.option.Has(codec.GlobalPadding) || s.option.Has(codec.ChunkMasking)
	if s.command == codec.CommandUDP && !s.option.Has(codec.ChunkStream) && !s.security.AEAD() {
		option = false
	}
	r.checkNumber(atSection, codec.FieldOption, 34, option, 0, int(s.option))
	fits := bytes.Equal(s.sum, s.own)
	r.checkBytes(atSection, codec.FieldHeaderChecksum, s.size-4, fits, 32, s.sum, s.own)
	if !fits {
		r.fail(atSection, codec.FieldHeaderChecksum, 1, 0)
	}
	if !fits && legacy {
		return false // nothing says that it was decrypted
	}
	r.k.section = s
	return true
}
