package explain

import "vmesskit/codec"

// Mistakes that show in a body.

var bothBodies = at(atUp, atDown)

func bodyMistake(id, title, does, should string, f codec.Field, set func(*bodyRules)) Mistake {
	return Mistake{id, title, does, should, f, bothBodies, func(m *model, p place) { set(&m.body[p.side()]) }}
}

const (
	drawsAre  = "Padding lengths and masks are drawn from one SHAKE128 stream of the direction's IV, two bytes big-endian each; for each chunk the padding first, if there is any, then the mask."
	lengthIs  = "The length counts all bytes behind the field: payload, tag or checksum, and padding."
	sealedIs  = "With authenticated lengths the number under the seal is the length less 16, in both directions with KDF16(request body-key, \"auth_len\") and BE16(chunk) || request body-iv[2:12]."
	nonceIs   = "The nonce of chunk k is BE16(k) in place of the IV's first two bytes, then bytes 2 to 11 of the IV. k begins at 0 and counts every chunk of the direction, the end chunk too."
	chachaIs  = "The key is MD5(key) || MD5(MD5(key)), 32 bytes."
	cfbStream = "The whole direction, lengths, checksums, payloads and padding, is one AES-128-CFB stream with a feedback of 128 bits."
)

var drawMistakes = []Mistake{
	bodyMistake("mask-before-padding", "your length mask is drawn before the padding length",
		"The mask is taken from the SHAKE stream first.", drawsAre,
		codec.FieldMaskDraw, func(b *bodyRules) { b.draw.maskFirst = true }),
	bodyMistake("mask-from-key", "your SHAKE stream is started with the key",
		"The stream absorbs the body key.", drawsAre,
		codec.FieldMaskDraw, func(b *bodyRules) { b.draw.fromKey = true }),
	bodyMistake("mask-restarted", "your SHAKE stream begins anew with each chunk",
		"Every chunk has the same mask.", drawsAre+" The stream goes on from chunk to chunk.",
		codec.FieldMaskDraw, func(b *bodyRules) { b.draw.restart = true }),
	bodyMistake("mask-little-endian", "your draws from the SHAKE stream are little-endian",
		"The first of the two bytes is the low one.", drawsAre,
		codec.FieldMaskDraw, func(b *bodyRules) { b.draw.little = true }),
	bodyMistake("mask-shake256", "your SHAKE stream is SHAKE256",
		"Masks come from SHAKE256.", drawsAre,
		codec.FieldMaskDraw, func(b *bodyRules) { b.draw.wide = true }),
	bodyMistake("mask-not-applied", "your lengths are not masked although the option says so",
		"The header has the option chunk-masking, and the lengths stand on the wire as they are.",
		"With chunk-masking (0x04) the length is XORed with two bytes of the SHAKE128 stream.",
		codec.FieldChunkLengthMasked, func(b *bodyRules) { b.draw.unmasked = true }),
	bodyMistake("mask-without-option", "your lengths are masked although the option is not set",
		"Lengths are masked always.",
		"Without chunk-masking (0x04) lengths stand on the wire as they are.",
		codec.FieldChunkLength, func(b *bodyRules) { b.draw.always = true }),
	bodyMistake("mask-with-sealed-length", "you draw a mask although the length is sealed",
		"Each chunk takes two draws, of which the second is not used.",
		"With authenticated lengths there is no mask and no draw for it: one draw for each chunk if there is padding, else none.",
		codec.FieldPaddingDraw, func(b *bodyRules) { b.draw.withSealed = true }),
}

var lengthMistakes = []Mistake{
	bodyMistake("length-of-payload", "your chunk length counts the payload only",
		"Tag or checksum and padding are not counted.", lengthIs,
		codec.FieldChunkLength, func(b *bodyRules) { b.length.counts = countPayload }),
	bodyMistake("length-without-padding", "your chunk length does not count the padding",
		"The length ends with the sealed payload.", lengthIs,
		codec.FieldChunkLength, func(b *bodyRules) { b.length.counts = countNoPadding }),
	bodyMistake("length-with-field", "your chunk length counts its own field",
		"The length counts from the start of the chunk.", lengthIs,
		codec.FieldChunkLength, func(b *bodyRules) { b.length.counts = countWithField }),
	bodyMistake("chunk-length-little-endian", "your chunk length is little-endian",
		"The low byte stands first.", "The length is two bytes, big-endian; the mask is XORed over it as a big-endian number.",
		codec.FieldChunkLength, func(b *bodyRules) { b.length.little = true }),
	bodyMistake("sealed-length-full", "your authenticated length is not less 16",
		"The number under the seal is the whole length.", sealedIs,
		codec.FieldChunkLength, func(b *bodyRules) { b.length.full = true }),
	bodyMistake("sealed-length-no-kdf", "your authenticated lengths are sealed under the body key itself",
		"The key is not derived.", sealedIs,
		codec.FieldLengthKey, func(b *bodyRules) { b.length.noKDF = true }),
	{"salt-auth-len", "your label for authenticated lengths has a space where an underscore belongs",
		"The label is \"auth len\".", "It is \"auth_len\".",
		codec.FieldLengthKey, bothBodies, func(m *model, _ place) { m.salts.chunkLength = "auth len" }},
	{"sealed-length-response-key", "your response's length key is derived from the response key",
		"The key of authenticated lengths in the response is made of the response key.", sealedIs,
		codec.FieldLengthKey, at(atDown), func(m *model, _ place) { m.body[responseSide].length.ownKey = true }},
	{"sealed-length-response-iv", "your response's length nonces are made of the response IV",
		"The nonce of authenticated lengths in the response has the response IV.", sealedIs,
		codec.FieldLengthNonce, at(atDown), func(m *model, _ place) { m.body[responseSide].length.ownIV = true }},
	{"sealed-length-response-keys", "your response's authenticated lengths have the response's key and IV",
		"Key and nonce of authenticated lengths in the response are the response's own.", sealedIs,
		codec.FieldLengthKey, at(atDown), func(m *model, _ place) {
			m.body[responseSide].length.ownKey, m.body[responseSide].length.ownIV = true, true
		}},
}

func nonceMistake(id, title, does string, rule nonceRule) Mistake {
	return bodyMistake(id, title, does, nonceIs, codec.FieldChunkNonce, func(b *bodyRules) { b.nonce = rule })
}

func chachaMistake(id, title, does string, rule chachaRule) Mistake {
	return bodyMistake(id, title, does, chachaIs, codec.FieldChaChaKey, func(b *bodyRules) { b.chacha = rule })
}

var cipherMistakes = []Mistake{
	nonceMistake("counter-xored", "your chunk number is XORed into the nonce",
		"The number is XORed over the IV's first two bytes.", nonceXored),
	nonceMistake("counter-little-endian", "your chunk number is little-endian in the nonce",
		"The low byte stands first.", nonceLittle),
	nonceMistake("counter-from-one", "your chunk numbers begin at 1",
		"The first chunk has number 1.", nonceFromOne),
	nonceMistake("counter-fixed", "your chunk number does not count",
		"Every chunk has number 0.", nonceFixed),
	nonceMistake("nonce-iv-start", "your nonce has the IV from its start",
		"Behind the number stand bytes 0 to 9 of the IV.", nonceIVStart),
	nonceMistake("counter-at-end", "your chunk number stands at the end of the nonce",
		"The number is in the last two bytes.", nonceAtEnd),
	chachaMistake("chacha-md5-twice", "both halves of your ChaCha20 key are the same MD5",
		"The key is MD5(key) || MD5(key).", chachaTwice),
	chachaMistake("chacha-key-first", "the first half of your ChaCha20 key is the key itself",
		"The key is key || MD5(key).", chachaRaw),
	chachaMistake("chacha-sha256", "your ChaCha20 key is a SHA-256",
		"The key is SHA256(key).", chachaSHA256),
	chachaMistake("chacha-key-doubled", "your ChaCha20 key is the key twice over",
		"The key is key || key.", chachaDouble),
	bodyMistake("padding-sealed", "your chunk padding is under the seal",
		"The padding is appended to the payload before that is sealed.",
		"The padding stands behind the sealed payload and its tag, in the clear.",
		codec.FieldChunkPadding, func(b *bodyRules) { b.sealsPadding = true }),
	bodyMistake("none-with-checksum", "your chunks have a checksum although the security is none",
		"FNV-1a stands in front of each payload.",
		"Only AES-128-CFB has a checksum; with none the payload stands right behind the length.",
		codec.FieldPayloadChecksum, func(b *bodyRules) { b.plainSum = true }),
	bodyMistake("none-with-padding", "your chunks have padding or sealed lengths although the security is none",
		"The options global-padding and authenticated-length are carried out, as sing does.",
		"v2ray and Xray ignore them for a stream with security none, so that the two do not understand each other: do not set them.",
		codec.FieldOption, func(b *bodyRules) { b.noneAsSing = true }),
}

var cfbMistakes = []Mistake{
	{"cfb-8", "your CFB has a feedback of 8 bits",
		"The cipher is CFB8, the default of some libraries.",
		"It is CFB with a feedback of 128 bits, a whole block.",
		codec.FieldNone, at(atSection, atUp, atAnswer, atDown), func(m *model, p place) {
			switch p {
			case atSection:
				m.legacy.cfb8 = true
			case atAnswer:
				m.answer.cfb8, m.body[responseSide].cfb.cfb8 = true, true
			default:
				m.body[p.side()].cfb.cfb8 = true
			}
		}},
	bodyMistake("cfb-restarted-per-chunk", "your CFB stream begins anew with each chunk",
		"Each chunk is encrypted from the IV on.", cfbStream,
		codec.FieldChunkEncrypted, func(b *bodyRules) { b.cfb.restart = true }),
	bodyMistake("cfb-lengths-outside", "your chunk lengths are not inside the CFB stream",
		"Lengths are written in the clear.", cfbStream,
		codec.FieldChunkLength, func(b *bodyRules) { b.cfb.outside = true }),
	bodyMistake("cfb-no-checksum", "your CFB chunks have no checksum",
		"The payload stands right behind the length.",
		"With AES-128-CFB, FNV-1a over the payload, 4 bytes big-endian, stands in front of it.",
		codec.FieldPayloadChecksum, func(b *bodyRules) { b.noSum = true }),
	{"cfb-restarted", "your CFB stream begins anew behind a legacy response header",
		"The body starts from the response IV again.",
		"Behind a legacy header the stream that carried the header goes on; only behind an AEAD header it is fresh.",
		codec.FieldChunkEncrypted, at(atDown), func(m *model, _ place) { m.body[responseSide].cfb.header = true }},
	{"cfb-continued", "your CFB stream goes on from the request header into the body",
		"The body is encrypted with the stream of the command section.",
		"The request body has a stream of its own, with the body key and body IV.",
		codec.FieldChunkEncrypted, at(atUp), func(m *model, _ place) { m.body[requestSide].cfb.header = true }},
}
