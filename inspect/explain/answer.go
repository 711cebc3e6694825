package explain

import (
	"bytes"
	"encoding/binary"

	"vmesskit/codec"
)

// answerHeader is what the rest needs of a response header.
type answerHeader struct {
	wire    []byte // of a legacy header, with which its CFB stream began
	command byte
	data    int // bytes of its command
}

// responseSection is the plaintext of a response header without a command.
const responseSection = 4

// response reads a response header and gives where the body begins, or 0.
func (r *reading) response(b []byte) int {
	if r.k.scheme == codec.Legacy || r.m.answer.asLegacy {
		return r.legacyAnswer(b)
	}
	if len(b) < lengthSize {
		r.fail(atAnswerLength, codec.FieldResponseLengthTag, len(b), lengthSize+responseSection+tagSize-len(b))
		return 0
	}
	var additional []byte
	if r.m.answer.adAuth {
		additional = r.k.auth
	}
	wire := r.t.Open(codec.FieldServerWire, b[:lengthSize], -1)
	r.wire[codec.Down] = wire
	group := r.t.Begin(codec.FieldResponse, wire, 0)
	r.derive(codec.FieldResponseKey)
	r.derive(codec.FieldResponseIV)
	r.t.Span(codec.FieldResponseLengthSealed, wire, 0, 2)
	tag := r.t.Span(codec.FieldResponseLengthTag, wire, 2, tagSize)
	key := r.derive(codec.FieldResponseLengthKey)
	plain, err := gcm(key).Open(nil, r.derive(codec.FieldResponseLengthNonce), b[:lengthSize], additional)
	r.check(atAnswerLength, codec.FieldResponseLengthTag, 2, err == nil, 64)
	if err != nil {
		r.t.End(group, lengthSize)
		r.fail(atAnswerLength, codec.FieldResponseLengthTag, 0, 0)
		return 0
	}
	r.t.Span(codec.FieldResponseLength, r.t.Open(codec.FieldResponseLengthPlain, plain, tag), 0, 2)
	r.t.End(group, lengthSize)
	n := int(binary.BigEndian.Uint16(plain))
	if r.m.answer.lengthLittle {
		n = int(binary.LittleEndian.Uint16(plain))
	}
	if r.m.answer.lengthTag {
		n -= tagSize
	}
	fits := n >= responseSection && n <= maxSealed
	r.checkNumber(atAnswerLength, codec.FieldResponseLength, 0, fits, 6, n)
	if !fits {
		r.fail(atAnswerLength, codec.FieldResponseLength, 1, 0)
		return 0
	}
	return r.sealedAnswer(b, group, n, additional)
}

// sealedAnswer opens the header itself.
func (r *reading) sealedAnswer(b []byte, group, n int, additional []byte) int {
	end := lengthSize + n + tagSize
	if len(b) < end {
		r.fail(atAnswer, codec.FieldResponseTag, len(b), end-len(b))
		return 0
	}
	wire := r.wire[codec.Down]
	r.t.Extend(wire, b[lengthSize:end])
	r.t.Reopen(group)
	sealed := r.t.Span(codec.FieldResponseSealed, wire, lengthSize, n)
	r.t.Span(codec.FieldResponseTag, wire, end-tagSize, tagSize)
	key := r.derive(codec.FieldResponseHeaderKey)
	plain, err := gcm(key).Open(nil, r.derive(codec.FieldResponseHeaderNonce), b[lengthSize:end], additional)
	r.t.End(group, end)
	r.check(atAnswer, codec.FieldResponseTag, end-tagSize, err == nil, 64)
	if err != nil {
		r.fail(atAnswer, codec.FieldResponseTag, 0, 0)
		return 0
	}
	r.answerFields(plain, sealed, true)
	return end
}

// legacyAnswer decrypts a header out of the CFB stream.
func (r *reading) legacyAnswer(b []byte) int {
	if len(b) < responseSection {
		r.fail(atAnswer, codec.FieldResponseEncrypted, len(b), responseSection-len(b))
		return 0
	}
	key, iv := r.m.answerKeys(&r.k)
	plain := newCFB(key[:], iv[:], r.m.answer.cfb8, false).run(b[:min(len(b), responseSection+255)])
	fits := plain[0] == r.k.section.v
	end := responseSection
	if plain[2] != 0 {
		end += int(plain[3])
	}
	if plain[2] > 1 || plain[2] == 0 && plain[3] != 0 {
		fits = false
	}
	if fits && len(b) < end {
		r.fail(atAnswer, codec.FieldResponseEncrypted, len(b), end-len(b))
		return 0
	}
	end = min(end, len(b))
	wire := r.t.Open(codec.FieldServerWire, b[:end], -1)
	r.wire[codec.Down] = wire
	group := r.t.Begin(codec.FieldResponse, wire, 0)
	r.derive(codec.FieldResponseKey)
	r.derive(codec.FieldResponseIV)
	sealed := r.t.Span(codec.FieldResponseEncrypted, wire, 0, end)
	r.t.End(group, end)
	if !fits {
		r.checkEcho(plain[0])
		r.fail(atAnswer, codec.FieldResponseAuthEcho, 0, 0)
		return 0
	}
	r.bits += 15 // command and its length are what they can be
	r.answer.wire = b[:end]
	r.answerFields(plain[:end], sealed, false)
	return end
}

// answerFields reads the plaintext of a response header.
func (r *reading) answerFields(plain []byte, sealed int, trailing bool) {
	buffer := r.t.Open(codec.FieldResponsePlain, plain, sealed)
	r.t.Span(codec.FieldResponseAuthEcho, buffer, 0, 1)
	r.t.Span(codec.FieldResponseOption, buffer, 1, 1)
	r.t.Span(codec.FieldResponseCommand, buffer, 2, 1)
	r.t.Span(codec.FieldResponseCommandLength, buffer, 3, 1)
	r.checkEcho(plain[0])
	r.answer.command, r.answer.data = plain[2], int(plain[3])
	at, data := responseSection, -1
	if n := r.answer.data; n > 0 && (r.answer.command == 0 || responseSection+n > len(plain)) {
		r.checkNumber(atAnswer, codec.FieldResponseCommandLength, 3, false, 0, n)
	} else if n > 0 {
		data = r.t.Span(codec.FieldResponseCommandData, buffer, responseSection, n)
		at += n
	}
	if trailing && at < len(plain) {
		r.t.Span(codec.FieldTrailing, buffer, at, len(plain)-at)
	}
	if r.answer.command == 1 {
		r.switchAccount(plain[responseSection:at], data)
	}
}

// switchAccount reads the data of a SwitchAccount command.
func (r *reading) switchAccount(data []byte, from int) {
	buffer := r.t.Open(codec.FieldSwitchAccount, data, from)
	at := 0
	take := func(f codec.Field, n int) []byte {
		if n <= 0 || at < 0 || at+n > len(data) {
			if n > 0 {
				at = -1
			}
			return nil
		}
		r.t.Span(f, buffer, at, n)
		at += n
		return data[at-n : at]
	}
	sum := take(codec.FieldSwitchChecksum, 4)
	if n := take(codec.FieldSwitchHostLength, 1); n != nil {
		take(codec.FieldSwitchHost, int(n[0]))
	}
	take(codec.FieldSwitchPort, 2)
	take(codec.FieldSwitchID, 16)
	take(codec.FieldSwitchAlterIDs, 2)
	take(codec.FieldSwitchLevel, 1)
	take(codec.FieldSwitchValidity, 1)
	if at >= 0 {
		take(codec.FieldTrailing, len(data)-at)
	}
	if at < 0 {
		r.checkRange(atAnswer, codec.FieldSwitchAccount, 0, false, len(data), 27)
		return
	}
	own := r.m.answer.sum.fnv(data[4:])
	fits := bytes.Equal(sum, own)
	r.checkBytes(atAnswer, codec.FieldSwitchChecksum, 0, fits, 32, sum, own)
	if !fits {
		r.fail(atAnswer, codec.FieldSwitchChecksum, 1, 0)
	}
}

// checkEcho compares V with that of the request.
func (r *reading) checkEcho(v byte) {
	r.checkNumber(atAnswer, codec.FieldResponseAuthEcho, 0, v == r.k.section.v, 8, int(v))
}
