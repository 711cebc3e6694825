package codec

import (
	"crypto/cipher"
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// Sender says whose request it is, under which of the user's ids, and when it
// was made: what the first 16 bytes tell.
type Sender struct {
	Scheme Scheme
	Key    CmdKey
	Time   int64 // Unix seconds, the client's clock
	User   int   // index in the Users that found it
	Alter  int   // legacy: index of the alter id, from 0; Primary for the user's own id
}

// Primary is the Alter of a request that the user's own id authenticated. An
// AEAD request is always one.
const Primary = -1

// Request is a request header that was opened.
type Request struct {
	Sender   Sender
	Auth     [16]byte // the first 16 bytes, as sent
	Header   RequestHeader
	Oddities []*Error // what a lenient opener let pass

	trace *Trace
	wire  int // the trace's buffer of what the client sent
}

// sizes of the parts of an AEAD request in front of the command section.
const (
	authSize   = 16
	tagSize    = 16
	lengthSize = 2 + tagSize
	nonceSize  = 8
	sealedAt   = authSize + lengthSize + nonceSize // 42: where the section begins
)

// headerKeys seal the two parts of an AEAD header. The section's keys are
// derived only once the length has opened.
type headerKeys struct {
	d     *deriver
	key   CmdKey
	auth  [authSize]byte
	nonce [nonceSize]byte // of the connection
	trace *Trace

	gcmNonce [12]byte
	scratch  [lengthSize]byte
}

// length gives the cipher of the header's length, and its nonce, which is
// valid until the next one.
func (k *headerKeys) length() (cipher.AEAD, []byte) {
	return k.pair(&labelHeaderLengthKey, &labelHeaderLengthNonce,
		wire.FieldHeaderLengthKey, "KDF16(cmd-key, \""+saltHeaderLengthKey+"\", auth-id, connection-nonce)",
		wire.FieldHeaderLengthNonce, "KDF(cmd-key, \""+saltHeaderLengthNonce+"\", auth-id, connection-nonce)[0:12]")
}

// section does the same for the command section.
func (k *headerKeys) section() (cipher.AEAD, []byte) {
	return k.pair(&labelHeaderKey, &labelHeaderNonce,
		wire.FieldHeaderKey, "KDF16(cmd-key, \""+saltHeaderKey+"\", auth-id, connection-nonce)",
		wire.FieldHeaderNonce, "KDF(cmd-key, \""+saltHeaderNonce+"\", auth-id, connection-nonce)[0:12]")
}

func (k *headerKeys) pair(keyLabel, nonceLabel *label, fk Field, keyFormula string, fn Field, nonceFormula string) (cipher.AEAD, []byte) {
	key := k.d.derive16(keyLabel, k.key[:], k.auth[:], k.nonce[:])
	k.gcmNonce = k.d.deriveNonce(nonceLabel, k.key[:], k.auth[:], k.nonce[:])
	k.trace.Derive(fk, keyFormula, key[:])
	k.trace.Derive(fn, nonceFormula, k.gcmNonce[:])
	return mustGCM(key[:]), k.gcmNonce[:]
}

func mustGCM(key []byte) cipher.AEAD {
	a, err := cipher.NewGCM(mustAES(key))
	if err != nil {
		panic("internal error: GCM: " + err.Error())
	}
	return a
}

// SealRequest appends an AEAD request header to dst: auth id, sealed length,
// connection nonce, sealed command section. t is the client's clock in Unix
// seconds. Send it in one write, with the first payload behind it: some
// servers read once.
func SealRequest(dst []byte, key CmdKey, h *RequestHeader, t int64, e Entropy) ([]byte, error) {
	keys := headerKeys{d: newDeriver(), key: key}
	random := keys.scratch[:4+nonceSize]
	if err := e(random); err != nil {
		return dst, err
	}
	a := AuthID{Time: t}
	copy(keys.nonce[:], random[copy(a.Rand[:], random):])
	keys.auth = sealAuthID(keys.d, key, a)

	// The section is sealed where it stands, behind room for the envelope.
	start := len(dst)
	out, err := h.Append(append(dst, make([]byte, sealedAt)...))
	if err != nil {
		return dst, err
	}
	section := out[start+sealedAt:]
	out = append(out[:start], keys.auth[:]...)
	binary.BigEndian.PutUint16(keys.scratch[:], uint16(len(section)))
	aead, nonce := keys.length()
	out = aead.Seal(out, nonce, keys.scratch[:2], keys.auth[:])
	out = append(out, keys.nonce[:]...)
	aead, nonce = keys.section()
	return aead.Seal(out, nonce, section, keys.auth[:]), nil
}

// SealLegacyRequest appends a legacy request header to dst. The auth is made
// with id, which is one of the user's alter ids or the primary; key is that
// of the primary in any case. Servers take times from about two minutes ago
// to two minutes ahead; sing's take little of the past, so that a time from
// now to 29 seconds ahead suits all.
func SealLegacyRequest(dst []byte, key CmdKey, id ID, h *RequestHeader, t int64) ([]byte, error) {
	start := len(dst)
	auth := LegacyAuth(id, t)
	out, err := h.Append(append(dst, auth[:]...))
	if err != nil {
		return dst[:start], err
	}
	section := out[start+authSize:]
	iv := legacyIV(t)
	newCFB(key[:], iv[:]).encrypt(section, section)
	return out, nil
}

// OpenRequest opens an AEAD request header with a user's key. Give it all
// bytes from the start of the connection; n tells where the body begins. The
// error is ErrShort while bytes are missing; ErrChecksum where the auth id is
// not of this user; ErrAuth where a tag refuses.
func OpenRequest(b []byte, key CmdKey) (r *Request, n int, err error) {
	if len(b) < authSize {
		return nil, 0, ErrShort
	}
	a, err := OpenAuthID(key, [16]byte(b))
	if err != nil {
		return nil, 0, err
	}
	return NewRequestOpener(Sender{Scheme: AEAD, Key: key, Time: a.Time, Alter: Primary}).Open(b)
}

// OpenLegacyRequest opens a legacy request header whose auth is known to have
// been made at Unix second t.
func OpenLegacyRequest(b []byte, key CmdKey, t int64) (r *Request, n int, err error) {
	return NewRequestOpener(Sender{Scheme: Legacy, Key: key, Time: t, Alter: Primary}).Open(b)
}
