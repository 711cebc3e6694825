package explain

import (
	"bytes"
	"encoding/binary"
	"testing"

	"vmesskit/codec"
)

// talk is a conversation to be sealed by a model: the deliberately wrong
// encoder. All inputs are fixed, so that its bytes are always the same.
type talk struct {
	scheme   codec.Scheme
	alterIDs int // and the first alter id authenticates a legacy request
	security codec.Security
	option   codec.Option
	command  codec.Command
	host     codec.Address
	version  byte
	padding  int
	answer   []byte // command, length and data of the response
	wrongV   bool
	up, down []string
	end      bool // end chunks
}

// The inputs of all talks.
var (
	talkID, _ = codec.ParseUUID(vectorID)
	talkTime  = int64(1_700_000_000)
)

// run gives n bytes that count up.
func run(from byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = from + byte(i)
	}
	return out
}

func (c *talk) accounts() []Account {
	return []Account{{Account: codec.Account{ID: talkID, AlterIDs: c.alterIDs}, Label: "alice"}}
}

func (c *talk) input(m *model) Input {
	request, response := c.seal(m)
	return Input{Request: request, Response: response, Time: &talkTime, Accounts: c.accounts()}
}

// seal makes both sides' bytes.
func (c *talk) seal(m *model) (request, response []byte) {
	k := known{scheme: c.scheme, user: true, id: talkID, used: talkID, time: talkTime}
	section := &section{version: 1, key: [16]byte(run(0x21, 16)), iv: [16]byte(run(0x91, 16)), v: 0xE7,
		option: c.option, security: c.security, command: c.command}
	plain := c.section(m, section)
	if c.scheme == codec.Legacy {
		if c.alterIDs > 0 {
			k.used = codec.NextAlterID(talkID)
		}
		cmdKey := m.commandKey(k.id, k.used)
		auth := m.legacyAuth(k.used, cmdKey, talkTime)
		iv := m.legacy.iv.of(talkTime)
		request = append(auth[:], newCFB(cmdKey[:], iv[:], m.legacy.cfb8, true).run(plain)...)
	} else {
		request = c.envelope(m, &k, plain)
	}
	k.section = section
	section.size = len(plain)
	k.auth = request[:authSize]
	k.dir = codec.Up
	upStream := newCFB(m.cmdKeyOf(&k), stepOf(codec.FieldLegacyIV).value(m, &k), m.body[codec.Up].cfb.cfb8, true)
	upStream.run(plain)
	request = append(request, c.body(m, &k, c.up, upStream)...)
	if c.down == nil {
		return request, nil
	}
	k.dir = codec.Down
	response, stream := c.answerHeader(m, &k)
	return request, append(response, c.body(m, &k, c.down, stream)...)
}

// envelope seals an AEAD header.
func (c *talk) envelope(m *model, k *known, plain []byte) []byte {
	auth := append(m.auth.time.bytes(talkTime), run(0xA1, 4)...)
	auth = append(auth, m.auth.sum.crc(auth)...)
	k.authPlain, k.nonce = auth, run(0xB1, 8)
	k.auth = bytes.Clone(auth)
	b := block(stepOf(codec.FieldAuthIDKey).value(m, k))
	switch m.auth.block {
	case blockEncrypted:
		b.Encrypt(k.auth, auth)
	case blockDecrypted:
		b.Decrypt(k.auth, auth)
	}
	r := reading{m: m, k: *k}
	n := len(plain)
	if m.header.lengthTag {
		n += tagSize
	}
	length := be16(uint16(n))
	if m.header.lengthLittle {
		length = binary.LittleEndian.AppendUint16(nil, uint16(n))
	}
	length = gcm(r.derive(codec.FieldHeaderLengthKey)).Seal(nil, r.derive(codec.FieldHeaderLengthNonce), length, r.additional())
	sealed := gcm(r.derive(codec.FieldHeaderKey)).Seal(nil, r.derive(codec.FieldHeaderNonce), plain, r.additional())
	if m.header.nonceFirst {
		return joined(k.auth, k.nonce, length, sealed)
	}
	return joined(k.auth, length, k.nonce, sealed)
}

// section writes the command section.
func (c *talk) section(m *model, s *section) []byte {
	rules := &m.section
	out := []byte{c.version}
	if c.version == 0 {
		out[0] = 1
	}
	if rules.keyFirst {
		out = joined(out, s.key[:], s.iv[:])
	} else {
		out = joined(out, s.iv[:], s.key[:])
	}
	both := byte(c.padding)<<4 | byte(c.security)
	if rules.nibbles {
		both = both<<4 | both>>4
	}
	out = append(out, s.v, byte(c.option), both)
	if !rules.noReserved {
		out = append(out, 0)
	}
	out = append(out, byte(c.command))
	if c.command != codec.CommandMux || rules.muxTarget {
		out = append(out, c.address(rules)...)
	}
	padding := run(0xD1, c.padding)
	covered := out
	if !rules.paddingLast {
		out = append(out, padding...)
	}
	if !rules.sumShort {
		covered = out
	}
	out = append(out, rules.sum.fnv(covered)...)
	if rules.paddingLast {
		out = append(out, padding...)
	}
	return out
}

func (c *talk) address(rules *sectionRules) []byte {
	types := map[codec.AddrType]byte{codec.AddrIPv4: 1, codec.AddrDomain: 2, codec.AddrIPv6: 3}
	switch rules.types {
	case typesSOCKS:
		types = map[codec.AddrType]byte{codec.AddrIPv4: 1, codec.AddrDomain: 3, codec.AddrIPv6: 4}
	case typesSwapped:
		types = map[codec.AddrType]byte{codec.AddrIPv4: 1, codec.AddrDomain: 3, codec.AddrIPv6: 2}
	}
	host := []byte{types[c.host.Type]}
	if c.host.Type == codec.AddrDomain {
		host = append(append(host, byte(len(c.host.Domain))), c.host.Domain...)
	} else {
		host = append(host, c.host.IP.AsSlice()...)
	}
	if rules.hostFirst {
		return append(host, be16(c.host.Port)...)
	}
	return append(be16(c.host.Port), host...)
}

// answerHeader seals a response header, and gives the stream that a CFB body
// goes on in.
func (c *talk) answerHeader(m *model, k *known) ([]byte, *cfb) {
	plain := []byte{k.section.v, 0, 0, 0}
	if c.wrongV {
		plain[0]++
	}
	if c.answer != nil {
		plain = append(plain[:2], c.answer...)
	}
	if len(plain) > 8 && plain[2] == 1 {
		copy(plain[4:], m.answer.sum.fnv(plain[8:]))
	}
	key, iv := m.answerKeys(k)
	stream := newCFB(key[:], iv[:], m.answer.cfb8, true)
	legacy := stream.run(plain)
	if c.scheme == codec.Legacy || m.answer.asLegacy {
		stream.feed8 = m.body[codec.Down].cfb.cfb8
		return legacy, stream
	}
	var additional []byte
	if m.answer.adAuth {
		additional = k.auth
	}
	n := len(plain)
	if m.answer.lengthTag {
		n += tagSize
	}
	length := be16(uint16(n))
	if m.answer.lengthLittle {
		length = binary.LittleEndian.AppendUint16(nil, uint16(n))
	}
	value := func(f codec.Field) []byte { return stepOf(f).value(m, k) }
	out := gcm(value(codec.FieldResponseLengthKey)).Seal(nil, value(codec.FieldResponseLengthNonce), length, additional)
	return gcm(value(codec.FieldResponseHeaderKey)).Seal(out, value(codec.FieldResponseHeaderNonce), plain, additional), stream
}

// body writes a direction. header is the stream of the header in front of it.
func (c *talk) body(m *model, k *known, payloads []string, header *cfb) (out []byte) {
	rules := &m.body[k.dir]
	r := reading{m: m, k: *k, job: &job{in: &Input{Request: make([]byte, 1<<12)}}}
	w := r.chunkReader() // its plan is the writer's too
	if w.cfb != nil {
		key, iv := m.bodyKeys(k)
		w.cfb = newCFB(key[:], iv[:], rules.cfb.cfb8, true)
		if (k.dir == codec.Down && c.scheme == codec.Legacy) != rules.cfb.header {
			w.cfb = header
		}
	}
	if !w.chunked() {
		out = []byte(joinedText(payloads))
		if w.cfb != nil {
			out = w.cfb.run(out)
		}
		return out
	}
	if c.end {
		payloads = append(payloads[:len(payloads):len(payloads)], "")
	}
	for i, p := range payloads {
		r.k.chunk = uint64(i)
		out = append(out, c.chunk(w, []byte(p))...)
	}
	return out
}

// chunk writes one chunk.
func (c *talk) chunk(w *chunkReader, payload []byte) []byte {
	rules, k := w.rules, w.r.k.chunk
	var padding, mask uint16
	if w.draws != nil {
		padding, mask = w.draws.next()
	}
	pad := run(0xF0, int(padding%64))
	if !w.padded {
		pad = nil
	}
	inner := payload
	if rules.sealsPadding {
		inner = joined(payload, pad)
	}
	sealed := inner
	switch {
	case w.payload != nil:
		nonce := rules.nonce.of(w.iv, k)
		sealed = w.payload.Seal(nil, nonce[:], inner, nil)
	case w.summed:
		sealed = joined(rules.sum.fnv(inner), inner)
	}
	if !rules.sealsPadding {
		sealed = joined(sealed, pad)
	}
	total := len(sealed)
	switch rules.length.counts {
	case countPayload:
		total = len(payload)
	case countNoPadding:
		total -= len(pad)
	case countWithField:
		total += 2
		if w.lengths != nil {
			total += tagSize
		}
	}
	if w.lengths != nil && !rules.length.full {
		total -= tagSize
	}
	v := uint16(total)
	if rules.length.little {
		v = v<<8 | v>>8
	}
	if w.masked && !rules.draw.unmasked {
		v ^= mask
	}
	field := be16(v)
	if w.lengths != nil {
		nonce := rules.nonce.of(w.lengthIV, k)
		field = w.lengths.Seal(nil, nonce[:], field, nil)
	}
	if w.cfb == nil {
		return joined(field, sealed)
	}
	if rules.cfb.restart {
		w.cfb = newCFB(w.key[:], w.iv[:], rules.cfb.cfb8, true)
	}
	if rules.cfb.outside {
		return joined(field, w.cfb.run(sealed))
	}
	return w.cfb.run(joined(field, sealed))
}

func joinedText(list []string) (s string) {
	for _, one := range list {
		s += one
	}
	return s
}

// TestEncoderIsRight: without mistakes the encoder is right, and the codec
// reads what it writes.
func TestEncoderIsRight(t *testing.T) {
	for name, c := range talks {
		t.Run(name, func(t *testing.T) {
			in := c.input(&right)
			conv := conversation{id: talkID, alterIDs: c.alterIDs, time: talkTime, request: in.Request, response: in.Response}
			if _, ok := byCodec(t, &conv); !ok {
				t.Error("the codec does not open it")
			}
			if r := Explain(in); !r.OK() {
				t.Errorf("found %+v", r.Findings)
			}
		})
	}
}
