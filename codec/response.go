package codec

import (
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// ResponseCommand is an instruction of the server in its response.
type ResponseCommand uint8

const (
	ResponseNone   ResponseCommand = 0 // and no data
	ResponseSwitch ResponseCommand = 1 // the data is a SwitchAccount
)

var responseCommandNames = [...]string{ResponseNone: "none", ResponseSwitch: "switch-account"}

// String gives "none", "switch-account" or ResponseCommand(9).
func (c ResponseCommand) String() string {
	return name(responseCommandNames[:], "ResponseCommand", uint8(c))
}

// ResponseHeader is the plaintext in front of a response body.
type ResponseHeader struct {
	Auth    uint8 // V of the request
	Option  Option
	Command ResponseCommand
	Data    []byte // of the command, at most 255 bytes

	// Switch is the account of a SwitchAccount command that is whole and
	// whose checksum is right, else nil: clients ignore a bad one.
	Switch *SwitchAccount
}

// layout visits the fields of h in wire order.
func (h *ResponseHeader) layout(c *wire.Cursor) {
	c.U8(wire.FieldResponseAuthEcho, &h.Auth)
	c.U8(wire.FieldResponseOption, (*uint8)(&h.Option))
	c.U8(wire.FieldResponseCommand, (*uint8)(&h.Command))
	n := uint8(len(h.Data))
	c.U8(wire.FieldResponseCommandLength, &n)
	if h.Command == ResponseNone && !c.Writing() {
		return // v2ray reads no data here, whatever the length says
	}
	c.Bytes(wire.FieldResponseCommandData, int(n), &h.Data)
}

// Append appends the plaintext of the header to dst. With Switch set, the
// command and its data are made from it.
func (h *ResponseHeader) Append(dst []byte) ([]byte, error) {
	if h.Switch != nil {
		data, err := h.Switch.Append(nil)
		if err != nil {
			return dst, err
		}
		h.Command, h.Data = ResponseSwitch, data
	}
	if h.Command == ResponseNone && len(h.Data) > 0 {
		return dst, &Error{Kind: ErrUnsupported, Field: wire.FieldResponseCommandLength, Off: 3, Err: wire.Detail("data without a command")}
	}
	if len(h.Data) > 255 {
		return dst, &Error{Kind: ErrLimit, Field: wire.FieldResponseCommandLength, Off: 3, Err: wire.Want(len(h.Data), 0, 255)}
	}
	c := wire.Appender(dst)
	h.layout(&c)
	return c.Done()
}

// responseSection is the plaintext of a response header without a command.
const responseSection = 4

// ResponseKeys derives what the response is sealed with from the request's
// keys: MD5 of each for a legacy header, half of SHA-256 for AEAD.
func (h *RequestHeader) ResponseKeys(s Scheme) (key, iv [16]byte) {
	if s == Legacy {
		return md5.Sum(h.BodyKey[:]), md5.Sum(h.BodyIV[:])
	}
	k, v := sha256.Sum256(h.BodyKey[:]), sha256.Sum256(h.BodyIV[:])
	return [16]byte(k[:16]), [16]byte(v[:16])
}

// responseKeys seal the two parts of an AEAD response header. The keys come
// from the response key, the nonces from the response IV.
type responseKeys struct {
	d       *deriver
	key, iv [16]byte
	trace   *Trace

	gcmNonce [12]byte
	scratch  [lengthSize]byte
}

// length gives the cipher of the header's length, and its nonce, which is
// valid until the next one.
func (k *responseKeys) length() (cipher.AEAD, []byte) {
	return k.pair(&labelResponseLengthKey, &labelResponseLengthNonce,
		wire.FieldResponseLengthKey, "KDF16(response-key, \""+saltResponseLengthKey+"\")",
		wire.FieldResponseLengthNonce, "KDF(response-iv, \""+saltResponseLengthNonce+"\")[0:12]")
}

// header does the same for the header itself.
func (k *responseKeys) header() (cipher.AEAD, []byte) {
	return k.pair(&labelResponseHeaderKey, &labelResponseHeaderNonce,
		wire.FieldResponseHeaderKey, "KDF16(response-key, \""+saltResponseHeaderKey+"\")",
		wire.FieldResponseHeaderNonce, "KDF(response-iv, \""+saltResponseHeaderNonce+"\")[0:12]")
}

func (k *responseKeys) pair(keyLabel, nonceLabel *label, fk Field, keyFormula string, fn Field, nonceFormula string) (cipher.AEAD, []byte) {
	key := k.d.derive16(keyLabel, k.key[:])
	k.gcmNonce = k.d.deriveNonce(nonceLabel, k.iv[:])
	k.trace.Derive(fk, keyFormula, key[:])
	k.trace.Derive(fn, nonceFormula, k.gcmNonce[:])
	return mustGCM(key[:]), k.gcmNonce[:]
}

// SealResponse appends a response header for the request req to dst. Its V is
// filled in. The body goes behind it; ResponseBody tells with which keys,
// except for CFB behind a legacy header: Request.Respond is for all.
// Servers send it together with the first bytes of the target.
func SealResponse(dst []byte, req *RequestHeader, s Scheme, h *ResponseHeader) ([]byte, error) {
	out, _, err := (&Request{Sender: Sender{Scheme: s}, Header: *req}).Respond(dst, h)
	return out, err
}

// Respond appends a response header for r to dst, as SealResponse does, and
// tells how the body behind it is sealed: with CFB behind a legacy header, the
// header's stream goes on.
func (r *Request) Respond(dst []byte, h *ResponseHeader) ([]byte, Body, error) {
	h.Auth = r.Header.ResponseAuth
	body := r.Header.ResponseBody(r.Sender.Scheme)
	if r.Sender.Scheme == Legacy {
		out, err := h.Append(dst)
		if err != nil {
			return dst, Body{}, err
		}
		body.continues = newCFB(body.Key[:], body.IV[:])
		body.continues.encrypt(out[len(dst):], out[len(dst):])
		return out, body, nil
	}
	plain, err := h.Append(nil)
	if err != nil {
		return dst, Body{}, err
	}
	keys := responseKeys{d: newDeriver(), key: body.Key, iv: body.IV}
	aead, nonce := keys.length()
	dst = aead.Seal(dst, nonce[:], binary.BigEndian.AppendUint16(nil, uint16(len(plain))), nil)
	aead, nonce = keys.header()
	return aead.Seal(dst, nonce[:], plain, nil), body, nil
}

// Response is a response header that was opened.
type Response struct {
	Header ResponseHeader
	body   Body
}

// Body tells how the response body behind the header is sealed.
func (r *Response) Body() Body { return r.body }

// OpenResponse opens a response header out of b, which holds all bytes of the
// server so far; n tells where the body begins. The error is ErrShort while
// bytes are missing, ErrAuth where a tag refuses or V is not the request's.
func OpenResponse(b []byte, req *RequestHeader, s Scheme) (*Response, int, error) {
	return NewResponseOpener(&Request{Sender: Sender{Scheme: s}, Header: *req}).Open(b)
}

// wrongEcho is the error for a V that is not the request's.
func wrongEcho(got, want uint8) error {
	if subtle.ConstantTimeByteEq(got, want) == 1 {
		return nil
	}
	return &Error{Kind: ErrAuth, Field: wire.FieldResponseAuthEcho, Err: wire.Detail("byte, want the request's")}
}
