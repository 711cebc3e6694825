package explain

import "vmesskit/codec"

// Mistakes that show in a response header.

var bothAnswers = at(atAnswerLength, atAnswer)

func answerMistake(id, title, does, should string, f codec.Field, set func(*answerRules)) Mistake {
	return Mistake{id, title, does, should, f, bothAnswers, func(m *model, _ place) { set(&m.answer) }}
}

const (
	answerIs = "Behind an AEAD request the response key is SHA256(body-key)[0:16] and the IV SHA256(body-iv)[0:16]; behind a legacy one they are MD5(body-key) and MD5(body-iv)."
	labelsOf = "The four labels are \"AEAD Resp Header Len Key\", \"AEAD Resp Header Len IV\", \"AEAD Resp Header Key\" and \"AEAD Resp Header IV\", letter for letter."
)

var answerMistakes = []Mistake{
	answerMistake("response-keys-other-hash", "your response keys are hashed as for the other kind of header",
		"MD5 is taken for AEAD, or SHA-256 for legacy.", answerIs,
		codec.FieldResponseKey, func(a *answerRules) { a.keys = answerOtherHash }),
	answerMistake("response-keys-of-request", "your response is sealed with the request's key and IV",
		"Key and IV are not hashed.", answerIs,
		codec.FieldResponseKey, func(a *answerRules) { a.keys = answerPlain }),
	answerMistake("response-keys-tail", "your response keys are the last half of the hash",
		"Bytes 16 to 31 of SHA-256 are taken.", answerIs,
		codec.FieldResponseKey, func(a *answerRules) { a.keys = answerTail }),
	answerMistake("response-iv-from-key", "your response IV is made of the body key",
		"The IV is the hash of the key too, as v2ray 4.24 to 4.28.0 had it.", answerIs,
		codec.FieldResponseIV, func(a *answerRules) { a.ivOfKey = true }),
	answerMistake("response-nonce-from-key", "the nonces of your response header are derived from the response key",
		"The response key is what both nonces are derived from.",
		"The keys are derived from the response key, the nonces from the response IV.",
		codec.FieldResponseLengthNonce, func(a *answerRules) { a.nonceOfKey = true }),
	answerMistake("response-ad-auth-id", "your response header has additional data",
		"The auth id is additional data of the response too.",
		"The response header has no additional data.",
		codec.FieldResponseLengthTag, func(a *answerRules) { a.adAuth = true }),
	answerMistake("response-length-little-endian", "your response length is little-endian",
		"The low byte stands first.", "The length is two bytes, big-endian.",
		codec.FieldResponseLength, func(a *answerRules) { a.lengthLittle = true }),
	answerMistake("response-length-with-tag", "your response length counts the tag",
		"The length is 16 too large.", "It counts the header alone, without the 16 bytes of its tag: 4 where there is no command.",
		codec.FieldResponseLength, func(a *answerRules) { a.lengthTag = true }),
	answerMistake("response-legacy-form", "your server answers an AEAD request with a legacy header",
		"The response begins with 4 bytes in CFB, under MD5 keys.",
		"An AEAD request is answered with a sealed length and a sealed header.",
		codec.FieldResponseSealed, func(a *answerRules) { a.asLegacy = true }),
	{"salt-response-length", "your response labels spell Length out",
		"The labels are \"AEAD Resp Header Length Key\" and \"AEAD Resp Header Length IV\".", labelsOf,
		codec.FieldResponseLengthKey, bothAnswers, func(m *model, _ place) {
			m.salts.answerLengthKey, m.salts.answerLengthNonce = "AEAD Resp Header Length Key", "AEAD Resp Header Length IV"
		}},
	{"salt-iv-is-nonce", "your response labels say Nonce where IV belongs",
		"The labels are those of the request's kind.", labelsOf + " \"Nonce\" is for the request.",
		codec.FieldResponseLengthNonce, bothAnswers, func(m *model, _ place) {
			m.salts.answerLengthNonce, m.salts.answerNonce = "AEAD Resp Header Len Nonce", "AEAD Resp Header Nonce"
		}},
}
