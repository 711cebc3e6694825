package explain

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"strings"

	"vmesskit/codec"
)

// known is what a derivation starts from: what the user said, what stands on
// the wire, and what was opened so far.
type known struct {
	scheme    codec.Scheme
	user      bool     // whose request it is
	id        codec.ID // the user's
	used      codec.ID // that authenticates: the user's, or an alter id
	time      int64
	auth      []byte // as sent, 16 bytes
	authPlain []byte
	nonce     []byte   // of the connection, 8 bytes
	section   *section // nil until it is open
	dir       codec.Direction
	chunk     uint64
}

// needs says what a step cannot do without.
type needs uint8

const (
	needUser needs = iota
	needNonce
	needTime
	needSection
)

func (k *known) has(n needs) bool {
	switch n {
	case needUser:
		return k.user
	case needNonce:
		return k.user && k.scheme == codec.AEAD && k.nonce != nil
	case needTime:
		return k.user && k.scheme == codec.Legacy
	}
	return k.section != nil
}

// step is a derivation: a row of the table below.
type step struct {
	field   codec.Field
	inputs  string // their names
	needs   needs
	used    func(k *known) bool // whether this conversation has it; nil for always
	formula func(m *model, k *known) string
	value   func(m *model, k *known) []byte
}

// steps is every derivation of VMess, in the order in which they are made.
var steps = [...]step{
	{codec.FieldCmdKey, "id", needUser, nil, cmdKeyFormula,
		func(m *model, k *known) []byte { return m.cmdKeyOf(k) }},
	{codec.FieldAuthIDKey, "cmd-key", needUser, isAEAD,
		func(m *model, k *known) string {
			if m.auth.cmdKey {
				return "cmd-key"
			}
			return m.kdfFormula(requestSide, false, "cmd-key", m.salts.authID)
		},
		func(m *model, k *known) []byte {
			if m.auth.cmdKey {
				return m.cmdKeyOf(k)
			}
			return m.kdf[requestSide].key(m.cmdKeyOf(k), []byte(m.salts.authID))
		}},
	headerStep(codec.FieldHeaderLengthKey, false, func(s *salts) string { return s.lengthKey }),
	headerStep(codec.FieldHeaderLengthNonce, true, func(s *salts) string { return s.lengthNonce }),
	headerStep(codec.FieldHeaderKey, false, func(s *salts) string { return s.headerKey }),
	headerStep(codec.FieldHeaderNonce, true, func(s *salts) string { return s.headerNonce }),
	{codec.FieldLegacyIV, "time", needTime, func(k *known) bool { return k.scheme == codec.Legacy },
		func(m *model, k *known) string { return ivFormulas[m.legacy.iv] },
		func(m *model, k *known) []byte { iv := m.legacy.iv.of(k.time); return iv[:] }},
	{codec.FieldResponseKey, "body-key", needSection, nil,
		func(m *model, k *known) string { return m.answerFormula(k, "body-key") },
		func(m *model, k *known) []byte { key, _ := m.answerKeys(k); return key[:] }},
	{codec.FieldResponseIV, "body-iv", needSection, nil,
		func(m *model, k *known) string {
			if m.answer.ivOfKey {
				return m.answerFormula(k, "body-key")
			}
			return m.answerFormula(k, "body-iv")
		},
		func(m *model, k *known) []byte { _, iv := m.answerKeys(k); return iv[:] }},
	answerStep(codec.FieldResponseLengthKey, false, func(s *salts) string { return s.answerLengthKey }),
	answerStep(codec.FieldResponseLengthNonce, true, func(s *salts) string { return s.answerLengthNonce }),
	answerStep(codec.FieldResponseHeaderKey, false, func(s *salts) string { return s.answerKey }),
	answerStep(codec.FieldResponseHeaderNonce, true, func(s *salts) string { return s.answerNonce }),
	{codec.FieldChaChaKey, "body-key", needSection, func(k *known) bool { return k.section.security == codec.SecurityChaCha20Poly1305 },
		func(m *model, k *known) string { return chachaFormulas[m.body[k.dir].chacha] },
		func(m *model, k *known) []byte {
			key, _ := m.bodyKeys(k)
			return m.body[k.dir].chacha.stretch(key[:])
		}},
	{codec.FieldLengthKey, "body-key", needSection, hasSealedLengths,
		func(m *model, k *known) string {
			of := "request body-key"
			if m.body[k.dir].length.ownKey {
				of = "response-key"
			}
			if m.body[k.dir].length.noKDF {
				return of
			}
			return m.kdfFormula(int(k.dir), false, of, m.salts.chunkLength)
		},
		func(m *model, k *known) []byte {
			key := k.section.key
			if m.body[k.dir].length.ownKey {
				key, _ = m.bodyKeys(k)
			}
			if m.body[k.dir].length.noKDF {
				return key[:]
			}
			return m.kdf[k.dir].key(key[:], []byte(m.salts.chunkLength))
		}},
	{codec.FieldLengthNonce, "body-iv, chunk", needSection, hasSealedLengths,
		func(m *model, k *known) string {
			if m.body[k.dir].length.ownIV {
				return strings.Replace(nonceFormulas[m.body[k.dir].nonce], "iv", "response-iv", 1)
			}
			return strings.Replace(nonceFormulas[m.body[k.dir].nonce], "iv", "request body-iv", 1)
		},
		func(m *model, k *known) []byte {
			iv := k.section.iv
			if m.body[k.dir].length.ownIV {
				_, iv = m.bodyKeys(k)
			}
			n := m.body[k.dir].nonce.of(iv, k.chunk)
			return n[:]
		}},
	{codec.FieldPaddingDraw, "body-iv, chunk", needSection, isPadded,
		func(m *model, k *known) string { return m.body[k.dir].draw.formula() + "; mod 64 is the padding" },
		func(m *model, k *known) []byte { padding, _ := m.drawsOf(k); return be16(padding) }},
	{codec.FieldMaskDraw, "body-iv, chunk", needSection, isMasked,
		func(m *model, k *known) string {
			r := &m.body[k.dir].draw
			if r.maskFirst && isPadded(k) {
				return r.formula() + ", in front of the padding's"
			}
			return r.formula()
		},
		func(m *model, k *known) []byte { _, mask := m.drawsOf(k); return be16(mask) }},
	{codec.FieldChunkNonce, "body-iv, chunk", needSection, func(k *known) bool { return k.section.security.AEAD() },
		func(m *model, k *known) string { return nonceFormulas[m.body[k.dir].nonce] },
		func(m *model, k *known) []byte {
			_, iv := m.bodyKeys(k)
			n := m.body[k.dir].nonce.of(iv, k.chunk)
			return n[:]
		}},
}

// stepOf finds the row of a field.
func stepOf(f codec.Field) *step {
	for i := range steps {
		if steps[i].field == f {
			return &steps[i]
		}
	}
	return nil
}

// headerStep is one of the four that seal an AEAD header.
func headerStep(f codec.Field, nonce bool, salt func(*salts) string) step {
	return step{f, "cmd-key, auth-id, connection-nonce", needNonce, isAEAD,
		func(m *model, k *known) string {
			_, words := m.headerPath(k)
			return m.kdfFormula(requestSide, nonce, append([]string{"cmd-key", salt(&m.salts)}, words...)...)
		},
		func(m *model, k *known) []byte {
			path, _ := m.headerPath(k)
			path = append([][]byte{[]byte(salt(&m.salts))}, path...)
			if nonce {
				return m.kdf[requestSide].nonce(m.cmdKeyOf(k), path...)
			}
			return m.kdf[requestSide].key(m.cmdKeyOf(k), path...)
		}}
}

// answerStep is one of the four that seal an AEAD response header.
func answerStep(f codec.Field, nonce bool, salt func(*salts) string) step {
	inputs := "response-key"
	if nonce {
		inputs = "response-iv"
	}
	from := func(m *model) string {
		if nonce && m.answer.nonceOfKey {
			return "response-key"
		}
		return inputs
	}
	return step{f, inputs, needSection, isAEAD,
		func(m *model, k *known) string {
			return m.kdfFormula(responseSide, nonce, from(m), salt(&m.salts))
		},
		func(m *model, k *known) []byte {
			key, iv := m.answerKeys(k)
			if !nonce {
				return m.kdf[responseSide].key(key[:], []byte(salt(&m.salts)))
			}
			if m.answer.nonceOfKey {
				iv = key
			}
			return m.kdf[responseSide].nonce(iv[:], []byte(salt(&m.salts)))
		}}
}

func isAEAD(k *known) bool { return k.scheme == codec.AEAD }

func hasSealedLengths(k *known) bool {
	return k.section.option.Has(codec.AuthenticatedLength) && k.section.security.AEAD()
}

func isPadded(k *known) bool {
	return k.section.option.Has(codec.GlobalPadding) && (k.section.security != codec.SecurityNone || k.section.command == codec.CommandUDP)
}

func isMasked(k *known) bool { return k.section.option.Has(codec.ChunkMasking) && !hasSealedLengths(k) }

func (m *model) cmdKeyOf(k *known) []byte {
	key := m.commandKey(k.id, k.used)
	return key[:]
}

func cmdKeyFormula(m *model, _ *known) string {
	const salt = `"` + cmdKeySalt + `"`
	switch m.cmdKey {
	case cmdKeyOfAlter:
		return "MD5(alter id || " + salt + ")"
	case cmdKeyUnsalted:
		return "MD5(id)"
	case cmdKeySaltFirst:
		return "MD5(" + salt + " || id)"
	case cmdKeySaltBytes:
		return "MD5(id || the 16 bytes of " + salt + ")"
	case cmdKeyOfText:
		return "MD5(text of the id || " + salt + ")"
	}
	return "MD5(id || " + salt + ")"
}

// headerPath is what follows the label in the derivation of an AEAD header's
// keys, and its words.
func (m *model) headerPath(k *known) (path [][]byte, words []string) {
	r := &m.header
	auth, word := k.auth, "auth-id"
	if r.pathPlain {
		auth, word = k.authPlain, "auth-id-plain"
	}
	if !r.pathNoAuth {
		path, words = append(path, auth), append(words, word)
	}
	if !r.pathNoNonce {
		path, words = append(path, k.nonce), append(words, "connection-nonce")
	}
	if r.pathNonceTop && len(path) == 2 {
		path[0], path[1] = path[1], path[0]
		words[0], words[1] = words[1], words[0]
	}
	return path, words
}

// kdfFormula writes a derivation down: key, label, path.
func (m *model) kdfFormula(side int, nonce bool, parts ...string) string {
	r := &m.kdf[side]
	s := kdfWords[r.shape] + "KDF"
	if r.noRoot {
		s = "rootless " + s
	}
	if !nonce && !r.longKeys {
		s += "16"
	}
	s += "("
	for i, p := range parts {
		switch i {
		case 0:
		case 1:
			s += `, "` + p + `"`
			continue
		default:
			s += ", "
		}
		s += p
	}
	s += ")"
	switch {
	case nonce && r.nonceTail:
		s += "[20:32]"
	case nonce:
		s += "[0:12]"
	}
	return s
}

var kdfWords = [...]string{kdfNested: "", kdfCascade: "cascaded ", kdfCascadeKeyed: "cascaded ", kdfCascadeLast: "cascaded ",
	kdfSwapped: "swapped ", kdfReversed: "reversed ", kdfFlat: "flat "}

var ivFormulas = [...]string{ivRight: "MD5(time || time || time || time)", ivOnce: "MD5(time)",
	ivLittle: "MD5(little-endian time, four times)", ivShort: "MD5(time of 4 bytes, four times)", ivRaw: "time || time"}

var chachaFormulas = [...]string{chachaRight: "MD5(key) || MD5(MD5(key))", chachaTwice: "MD5(key) || MD5(key)",
	chachaRaw: "key || MD5(key)", chachaSHA256: "SHA256(key)", chachaDouble: "key || key"}

var nonceFormulas = [...]string{nonceRight: "BE16(chunk) || iv[2:12]", nonceXored: "BE16(chunk) xor iv[0:2] || iv[2:12]",
	nonceLittle: "LE16(chunk) || iv[2:12]", nonceFromOne: "BE16(chunk + 1) || iv[2:12]", nonceFixed: "0000 || iv[2:12]",
	nonceIVStart: "BE16(chunk) || iv[0:10]", nonceAtEnd: "iv[0:10] || BE16(chunk)"}

func (r *drawRules) formula() string {
	shake, of := "SHAKE128(", "iv)"
	if r.wide {
		shake = "SHAKE256("
	}
	if r.fromKey {
		of = "key)"
	}
	if r.restart {
		return "first 2 bytes of " + shake + of
	}
	return "next 2 bytes of " + shake + of
}

// answerKeys are the response key and IV.
func (m *model) answerKeys(k *known) (key, iv [16]byte) {
	from := k.section.iv
	if m.answer.ivOfKey {
		from = k.section.key
	}
	legacy := (k.scheme == codec.Legacy || m.answer.asLegacy) != (m.answer.keys == answerOtherHash)
	hash := func(b [16]byte) [16]byte {
		long := sha256.Sum256(b[:])
		switch {
		case m.answer.keys == answerPlain:
			return b
		case m.answer.keys == answerTail:
			return [16]byte(long[16:])
		case legacy:
			return md5.Sum(b[:])
		}
		return [16]byte(long[:16])
	}
	return hash(k.section.key), hash(from)
}

func (m *model) answerFormula(k *known, of string) string {
	legacy := (k.scheme == codec.Legacy || m.answer.asLegacy) != (m.answer.keys == answerOtherHash)
	switch {
	case m.answer.keys == answerPlain:
		return of
	case m.answer.keys == answerTail:
		return "SHA256(" + of + ")[16:32]"
	case legacy:
		return "MD5(" + of + ")"
	}
	return "SHA256(" + of + ")[0:16]"
}

// bodyKeys are the key and IV of a direction.
func (m *model) bodyKeys(k *known) (key, iv [16]byte) {
	if k.dir == codec.Up {
		return k.section.key, k.section.iv
	}
	return m.answerKeys(k)
}

// draws is the SHAKE stream of a direction.
type draws struct {
	rules  drawRules
	seed   [16]byte
	shake  *sha3.SHAKE
	padded bool
	masked bool
}

func (m *model) newDraws(k *known, padded, masked bool) *draws {
	key, iv := m.bodyKeys(k)
	d := &draws{rules: m.body[k.dir].draw, seed: iv, padded: padded, masked: masked}
	if d.rules.fromKey {
		d.seed = key
	}
	d.start()
	return d
}

func (d *draws) start() {
	d.shake = sha3.NewSHAKE128()
	if d.rules.wide {
		d.shake = sha3.NewSHAKE256()
	}
	d.shake.Write(d.seed[:])
}

// next draws for a chunk: the padding, then the mask.
func (d *draws) next() (padding, mask uint16) {
	if d.rules.restart {
		d.start()
	}
	if d.masked && d.rules.maskFirst {
		mask = d.number()
	}
	if d.padded {
		padding = d.number()
	}
	if d.masked && !d.rules.maskFirst {
		mask = d.number()
	}
	return padding, mask
}

func (d *draws) number() uint16 {
	var b [2]byte
	d.shake.Read(b[:])
	if d.rules.little {
		return binary.LittleEndian.Uint16(b[:])
	}
	return binary.BigEndian.Uint16(b[:])
}

// drawsOf draws up to a chunk.
func (m *model) drawsOf(k *known) (padding, mask uint16) {
	d := m.newDraws(k, isPadded(k), isMasked(k) || m.body[k.dir].draw.withSealed && hasSealedLengths(k))
	for range k.chunk + 1 {
		padding, mask = d.next()
	}
	return padding, mask
}

func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
