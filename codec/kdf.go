package codec

import "crypto/sha256"

// Labels of the key derivation, as v2ray-core spells them: an underscore in
// front of Length, Nonce in the request's and IV in the response's.
const (
	saltRoot                 = "VMess AEAD KDF"
	saltAuthID               = "AES Auth ID Encryption"
	saltHeaderLengthKey      = "VMess Header AEAD Key_Length"
	saltHeaderLengthNonce    = "VMess Header AEAD Nonce_Length"
	saltHeaderKey            = "VMess Header AEAD Key"
	saltHeaderNonce          = "VMess Header AEAD Nonce"
	saltResponseLengthKey    = "AEAD Resp Header Len Key"
	saltResponseLengthNonce  = "AEAD Resp Header Len IV"
	saltResponseHeaderKey    = "AEAD Resp Header Key"
	saltResponseHeaderNonce  = "AEAD Resp Header IV"
	saltAuthenticatedLengths = "auth_len"
)

// The passes of the innermost HMAC with its key, and each first-level label
// on top of it, are hashed once.
var (
	rootInner = pause(sha256.New(), appendPad(nil, []byte(saltRoot), &innerPad))
	rootOuter = pause(sha256.New(), appendPad(nil, []byte(saltRoot), &outerPad))

	labelAuthID              = newLabel(saltAuthID)
	labelHeaderLengthKey     = newLabel(saltHeaderLengthKey)
	labelHeaderLengthNonce   = newLabel(saltHeaderLengthNonce)
	labelHeaderKey           = newLabel(saltHeaderKey)
	labelHeaderNonce         = newLabel(saltHeaderNonce)
	labelResponseLengthKey   = newLabel(saltResponseLengthKey)
	labelResponseLengthNonce = newLabel(saltResponseLengthNonce)
	labelResponseHeaderKey   = newLabel(saltResponseHeaderKey)
	labelResponseHeaderNonce = newLabel(saltResponseHeaderNonce)
	labelLengthKey           = newLabel(saltAuthenticatedLengths)
)

// label is the first level of the derivation: the inner HMAC's state behind
// the label's inner and outer block.
type label struct{ inner, outer paused }

func newLabel(salt string) label {
	key := []byte(salt)
	if len(key) > blockSize {
		d := newDeriver()
		key = append([]byte(nil), d.root(rootInner, key)...)
	}
	root := appendPad(nil, []byte(saltRoot), &innerPad)
	return label{
		inner: pause(sha256.New(), root, appendPad(nil, key, &innerPad)),
		outer: pause(sha256.New(), root, appendPad(nil, key, &outerPad)),
	}
}

// KDF is the key derivation of the AEAD header: an HMAC nested in an HMAC, one
// level for each element of the path, on top of HMAC-SHA256 keyed with "VMess
// AEAD KDF". It is not a cascade, where one output keys the next, and what is
// called the key here is the message of the outermost level.
func KDF(key []byte, path ...[]byte) [32]byte {
	d := newDeriver()
	var out [32]byte
	if len(path) == 0 {
		copy(out[:], d.root(rootInner, key))
		return out
	}
	l := newLabel(string(path[0]))
	copy(out[:], d.derive(&l, key, path[1:]...))
	return out
}

// deriver computes derivations without allocating for each.
type deriver struct {
	h   resumable
	sum [sha256.Size]byte
	msg [][]byte // messages under way, one for each level above the label

	// Room for the paths that the protocol has: at most an auth id and a nonce
	// on top of the label.
	levels [2][]byte
	room   [2][3 * blockSize]byte
}

func newDeriver() *deriver {
	d := &deriver{h: newResumable(sha256.New())}
	for i := range d.levels {
		d.levels[i] = d.room[i][:0]
	}
	d.msg = d.levels[:]
	return d
}

// root finishes the innermost HMAC. from is its inner pass, with whatever the
// label has put in front of msg.
func (d *deriver) root(from paused, msg []byte) []byte {
	d.h.resume(from)
	d.h.Write(msg)
	inner := d.h.Sum(d.sum[:0])
	d.h.resume(rootOuter)
	d.h.Write(inner)
	return d.h.Sum(d.sum[:0])
}

// derive is KDF(key, label, path...). The result is valid until the next one.
func (d *deriver) derive(l *label, key []byte, path ...[]byte) []byte {
	if len(path) == 0 {
		inner := d.root(l.inner, key)
		return d.root(l.outer, inner)
	}
	below, last := path[:len(path)-1], path[len(path)-1]
	if len(last) > blockSize {
		last = append([]byte(nil), d.derive(l, last, below...)...)
	}
	for len(d.msg) < len(path) {
		d.msg = append(d.msg, nil)
	}
	msg := append(appendPad(d.msg[len(below)][:0], last, &innerPad), key...)
	d.msg[len(below)] = msg
	inner := d.derive(l, msg, below...)
	msg = append(appendPad(msg[:0], last, &outerPad), inner...)
	d.msg[len(below)] = msg
	return d.derive(l, msg, below...)
}

// derive16 is the first 16 bytes of the derivation, the form of all keys.
func (d *deriver) derive16(l *label, key []byte, path ...[]byte) (out [16]byte) {
	copy(out[:], d.derive(l, key, path...))
	return out
}

// deriveNonce is the first 12 bytes of the derivation.
func (d *deriver) deriveNonce(l *label, key []byte, path ...[]byte) (out [12]byte) {
	copy(out[:], d.derive(l, key, path...))
	return out
}
