package explain

import (
	"strings"

	"vmesskit/codec"
)

// Mistakes that show in a request header.

var (
	everyKey = at(atAuth, atLength, atSection)
	everyKDF = at(atAuth, atLength, atHeader, atUp, atAnswerLength, atAnswer, atDown)
)

var identityMistakes = []Mistake{
	{"id-guid-order", "the bytes of your id are in the order of a Windows GUID",
		"The first three groups of the UUID are turned round, as Windows and .NET keep them.",
		"The 16 bytes stand in the order of the text.",
		codec.FieldID, everyKey, func(m *model, _ place) { m.id = idAsGUID }},
	{"cmd-key-alter", "your command key is that of the alter id",
		"The command key is made of the alter id that authenticates.",
		"There is one command key for each user, made of the primary id, whichever id authenticates.",
		codec.FieldCmdKey, everyKey, func(m *model, _ place) { m.cmdKey = cmdKeyOfAlter }},
	{"cmd-key-unsalted", "your command key has no salt",
		"The command key is MD5(id).",
		"It is the MD5 of the id's 16 bytes and the 36 characters " + cmdKeySalt + ".",
		codec.FieldCmdKey, everyKey, func(m *model, _ place) { m.cmdKey = cmdKeyUnsalted }},
	{"cmd-key-salt-first", "your command key has its salt in front",
		"The command key is MD5(salt || id).",
		"The id's 16 bytes stand first: MD5(id || salt).",
		codec.FieldCmdKey, everyKey, func(m *model, _ place) { m.cmdKey = cmdKeySaltFirst }},
	{"cmd-key-salt-bytes", "the salt of your command key is 16 bytes instead of text",
		"The salt is parsed as a UUID.",
		"It is the 36 characters of the text, with hyphens: " + cmdKeySalt + ".",
		codec.FieldCmdKey, everyKey, func(m *model, _ place) { m.cmdKey = cmdKeySaltBytes }},
	{"cmd-key-of-text", "your command key is made of the id's text",
		"The MD5 is over the 36 characters of the id.",
		"It is over the 16 bytes that the text stands for.",
		codec.FieldCmdKey, everyKey, func(m *model, _ place) { m.cmdKey = cmdKeyOfText }},
}

func kdfMistake(id, title, does string, set func(*kdfRules)) Mistake {
	return Mistake{id, title, does,
		"The derivation is an HMAC whose hash function is an HMAC, and so on: one level for each element of the path, the innermost HMAC-SHA256 keyed with \"VMess AEAD KDF\". What is called the key is the message of the outermost level. Keys are the first 16 bytes, nonces the first 12.",
		codec.FieldNone, everyKDF, func(m *model, p place) { set(&m.kdf[p.side()]) }}
}

var kdfMistakes = []Mistake{
	kdfMistake("kdf-cascade", "your key derivation is a cascade instead of a nest",
		"Each element of the path keys an HMAC over what the one before it gave.",
		func(r *kdfRules) { r.shape = kdfCascade }),
	kdfMistake("kdf-cascade-keyed", "your key derivation is a cascade in which each output keys the next",
		"Each HMAC is keyed with the output before it and has an element of the path as its message.",
		func(r *kdfRules) { r.shape = kdfCascadeKeyed }),
	kdfMistake("kdf-cascade-last", "your key derivation is a cascade with the key as the last message",
		"The path is hashed into a key, element by element, and that key is used on the message.",
		func(r *kdfRules) { r.shape = kdfCascadeLast }),
	kdfMistake("kdf-swapped", "key and path of your key derivation are swapped",
		"The key is a level of the HMAC, and the path is what is hashed.",
		func(r *kdfRules) { r.shape = kdfSwapped }),
	kdfMistake("kdf-reversed", "the path of your key derivation is nested in the other order",
		"The last element of the path is the innermost level.",
		func(r *kdfRules) { r.shape = kdfReversed }),
	kdfMistake("kdf-flat", "your key derivation is a single HMAC",
		"Key and path are put together and hashed once.",
		func(r *kdfRules) { r.shape = kdfFlat }),
	kdfMistake("kdf-no-root", "the innermost level of your key derivation is missing",
		"The nest begins with plain SHA-256.",
		func(r *kdfRules) { r.noRoot = true }),
	kdfMistake("kdf-long-keys", "your keys are all 32 bytes of the derivation",
		"The whole output is the key, which makes it AES-256.",
		func(r *kdfRules) { r.longKeys = true }),
	kdfMistake("kdf-nonce-tail", "your nonces are the last bytes of the derivation",
		"A nonce is bytes 20 to 31 of the output.",
		func(r *kdfRules) { r.nonceTail = true }),
}

func authMistake(id, title, does, should string, f codec.Field, set func(*authRules)) Mistake {
	return Mistake{id, title, does, should, f, at(atAuth), func(m *model, _ place) { set(&m.auth) }}
}

const (
	crcIs  = "It is the CRC-32 of zip and Ethernet (IEEE 802.3) over the 12 bytes before it, big-endian."
	timeIs = "The time is in whole Unix seconds, 8 bytes, big-endian."
)

var authMistakes = []Mistake{
	authMistake("auth-key-is-cmd-key", "your auth id is encrypted under the command key",
		"AES has the command key itself.",
		"Its key is KDF16(cmd-key, \"AES Auth ID Encryption\").",
		codec.FieldAuthIDKey, func(r *authRules) { r.cmdKey = true }),
	authMistake("auth-id-decrypted", "your auth id runs through AES the wrong way",
		"The sender decrypts the block.",
		"The sender encrypts it as one AES block, and the receiver decrypts.",
		codec.FieldAuthID, func(r *authRules) { r.block = blockDecrypted }),
	authMistake("auth-id-not-encrypted", "your auth id is not encrypted",
		"Time, random bytes and checksum stand on the wire as they are.",
		"The 16 bytes are encrypted as one AES block under KDF16(cmd-key, \"AES Auth ID Encryption\").",
		codec.FieldAuthID, func(r *authRules) { r.block = blockPlain }),
	authMistake("auth-time-little-endian", "the time in your auth id is little-endian",
		"The lowest byte stands first.", timeIs,
		codec.FieldAuthTime, func(r *authRules) { r.time = timeLE64 }),
	authMistake("auth-time-milliseconds", "the time in your auth id is in milliseconds",
		"The clock is read in milliseconds.", timeIs,
		codec.FieldAuthTime, func(r *authRules) { r.time = timeMillis }),
	authMistake("auth-crc-little-endian", "the CRC-32 of your auth id is little-endian",
		"The lowest byte stands first.", crcIs,
		codec.FieldAuthChecksum, func(r *authRules) { r.sum = sumLittle }),
	authMistake("auth-crc-castagnoli", "the checksum of your auth id is CRC-32C",
		"The polynomial is Castagnoli's.", crcIs,
		codec.FieldAuthChecksum, func(r *authRules) { r.sum = sumOther }),
	authMistake("auth-crc-is-fnv", "the checksum of your auth id is FNV-1a",
		"The hash of the command section is taken.", crcIs,
		codec.FieldAuthChecksum, func(r *authRules) { r.sum = sumSwapped }),
}

func saltMistake(id, title, does, should string, set func(*salts)) Mistake {
	return Mistake{id, title, does, should, codec.FieldHeaderLengthKey, at(atLength, atHeader),
		func(m *model, _ place) { set(&m.salts) }}
}

func headerMistake(id, title, does, should string, f codec.Field, set func(*headerRules)) Mistake {
	return Mistake{id, title, does, should, f, at(atLength, atHeader), func(m *model, _ place) { set(&m.header) }}
}

const (
	saltsAre  = "The four labels are \"VMess Header AEAD Key_Length\", \"VMess Header AEAD Nonce_Length\", \"VMess Header AEAD Key\" and \"VMess Header AEAD Nonce\", letter for letter."
	pathIs    = "Behind the label the path has the auth id as it is sent, encrypted, and then the connection nonce."
	additions = "Both seals of the header have the auth id as it is sent, encrypted, as additional data."
)

var envelopeMistakes = []Mistake{
	saltMistake("salt-length-space", "your length labels have a space where an underscore belongs",
		"The labels end in \" Length\".", saltsAre,
		func(s *salts) {
			s.lengthKey = strings.Replace(s.lengthKey, "_", " ", 1)
			s.lengthNonce = strings.Replace(s.lengthNonce, "_", " ", 1)
		}),
	saltMistake("salt-length-missing", "your header length is sealed with the labels of the header",
		"Length and section share their key and nonce.", saltsAre,
		func(s *salts) { s.lengthKey, s.lengthNonce = right.salts.headerKey, right.salts.headerNonce }),
	saltMistake("salt-nonce-is-iv", "your request labels say IV where Nonce belongs",
		"The labels are those of the response's kind.", saltsAre+" \"IV\" is for the response.",
		func(s *salts) {
			s.lengthNonce = strings.Replace(s.lengthNonce, "Nonce", "IV", 1)
			s.headerNonce = strings.Replace(s.headerNonce, "Nonce", "IV", 1)
		}),
	saltMistake("salt-key-nonce-swapped", "the labels of key and nonce are swapped in your request",
		"The key is derived with the nonce's label, and the nonce with the key's.", saltsAre,
		func(s *salts) {
			s.lengthKey, s.lengthNonce = right.salts.lengthNonce, right.salts.lengthKey
			s.headerKey, s.headerNonce = right.salts.headerNonce, right.salts.headerKey
		}),
	saltMistake("salt-length-header-swapped", "the labels of length and header are swapped in your request",
		"The length is sealed with the labels of the section, and the section with those of the length.", saltsAre,
		func(s *salts) {
			s.lengthKey, s.headerKey = right.salts.headerKey, right.salts.lengthKey
			s.lengthNonce, s.headerNonce = right.salts.headerNonce, right.salts.lengthNonce
		}),
	headerMistake("path-plain-auth-id", "the path of your header keys has the auth id before it is encrypted",
		"The plain 16 bytes are in the path.", pathIs,
		codec.FieldHeaderLengthKey, func(r *headerRules) { r.pathPlain = true }),
	headerMistake("ad-plain-auth-id", "the additional data of your header is the auth id before it is encrypted",
		"The plain 16 bytes are the additional data.", additions,
		codec.FieldHeaderLengthTag, func(r *headerRules) { r.adPlain = true }),
	headerMistake("plain-auth-id", "path and additional data of your header have the auth id before it is encrypted",
		"The plain 16 bytes are used in both places.", pathIs+" "+additions,
		codec.FieldHeaderLengthKey, func(r *headerRules) { r.pathPlain, r.adPlain = true, true }),
	headerMistake("path-without-nonce", "the path of your header keys has no connection nonce",
		"The path ends behind the auth id.", pathIs,
		codec.FieldHeaderLengthKey, func(r *headerRules) { r.pathNoNonce = true }),
	headerMistake("path-without-auth-id", "the path of your header keys has no auth id",
		"The connection nonce stands right behind the label.", pathIs,
		codec.FieldHeaderLengthKey, func(r *headerRules) { r.pathNoAuth = true }),
	headerMistake("path-nonce-first", "the path of your header keys has the connection nonce in front of the auth id",
		"The order of the two is turned round.", pathIs,
		codec.FieldHeaderLengthKey, func(r *headerRules) { r.pathNonceTop = true }),
	headerMistake("ad-missing", "your header is sealed without additional data",
		"The additional data is empty.", additions,
		codec.FieldHeaderLengthTag, func(r *headerRules) { r.adMissing = true }),
	headerMistake("nonce-before-length", "your connection nonce is sent before the header length",
		"The order is auth id, nonce, length, section.",
		"The order is auth id (16 bytes), sealed length (18), connection nonce (8), sealed section.",
		codec.FieldConnectionNonce, func(r *headerRules) { r.nonceFirst = true }),
	headerMistake("header-length-little-endian", "your header length is little-endian",
		"The low byte stands first.", "The length is two bytes, big-endian.",
		codec.FieldHeaderLength, func(r *headerRules) { r.lengthLittle = true }),
	headerMistake("header-length-with-tag", "your header length counts the tag",
		"The length is 16 too large.", "It counts the command section alone, without the 16 bytes of its tag.",
		codec.FieldHeaderLength, func(r *headerRules) { r.lengthTag = true }),
}

func legacyMistake(id, title, does, should string, f codec.Field, p place, set func(*legacyRules)) Mistake {
	return Mistake{id, title, does, should, f, at(p), func(m *model, _ place) { set(&m.legacy) }}
}

const (
	macIs = "It is HMAC-MD5 with the 16 bytes of the id as its key, over the time in Unix seconds as 8 bytes, big-endian."
	ivIs  = "The IV is the MD5 of the time, 8 bytes big-endian, written four times: 32 bytes."
)

var legacyMistakes = []Mistake{
	legacyMistake("legacy-time-little-endian", "the time in your legacy auth is little-endian",
		"The lowest byte stands first.", macIs,
		codec.FieldLegacyAuth, atAuth, func(r *legacyRules) { r.time = timeLE64 }),
	legacyMistake("legacy-time-4-bytes", "the time in your legacy auth has 4 bytes",
		"The time is hashed as a number of 4 bytes.", macIs,
		codec.FieldLegacyAuth, atAuth, func(r *legacyRules) { r.time = timeBE32 }),
	legacyMistake("legacy-time-milliseconds", "the time in your legacy auth is in milliseconds",
		"The clock is read in milliseconds.", macIs,
		codec.FieldLegacyAuth, atAuth, func(r *legacyRules) { r.time = timeMillis }),
	legacyMistake("legacy-hmac-of-cmd-key", "your legacy auth is keyed with the command key",
		"The HMAC has the command key.", macIs,
		codec.FieldLegacyAuth, atAuth, func(r *legacyRules) { r.keyed = true }),
	legacyMistake("legacy-hmac-swapped", "key and message of your legacy auth are swapped",
		"The time keys an HMAC over the id.", macIs,
		codec.FieldLegacyAuth, atAuth, func(r *legacyRules) { r.swapped = true }),
	legacyMistake("legacy-iv-once", "your legacy IV is the MD5 of a single time",
		"The time is hashed once.", ivIs,
		codec.FieldLegacyIV, atSection, func(r *legacyRules) { r.iv = ivOnce }),
	legacyMistake("legacy-iv-little-endian", "your legacy IV is made of a little-endian time",
		"The lowest byte stands first.", ivIs,
		codec.FieldLegacyIV, atSection, func(r *legacyRules) { r.iv = ivLittle }),
	legacyMistake("legacy-iv-4-bytes", "your legacy IV is made of times of 4 bytes",
		"16 bytes are hashed.", ivIs,
		codec.FieldLegacyIV, atSection, func(r *legacyRules) { r.iv = ivShort }),
	legacyMistake("legacy-iv-not-hashed", "your legacy IV is the time itself",
		"The IV is the time twice over.", ivIs,
		codec.FieldLegacyIV, atSection, func(r *legacyRules) { r.iv = ivRaw }),
}

func sectionMistake(id, title, does, should string, f codec.Field, set func(*sectionRules)) Mistake {
	return Mistake{id, title, does, should, f, at(atSection), func(m *model, _ place) { set(&m.section) }}
}

const (
	typesAre = "The types of VMess are 1 IPv4, 2 domain, 3 IPv6: not the numbers of SOCKS."
	fnvIs    = "It is the 32-bit FNV-1a, big-endian, over the command section before it, its padding included."
)

var sectionMistakes = []Mistake{
	{"key-before-iv", "your command section has the body key before the body IV",
		"The 16 bytes behind the version are the key.",
		"The IV stands first, in bytes 1 to 16; the key is in bytes 17 to 32.",
		codec.FieldBodyIV, at(atUp, atAnswerLength, atAnswer, atDown), func(m *model, _ place) { m.section.keyFirst = true }},
	sectionMistake("address-socks-types", "your address types are those of SOCKS",
		"A domain is 3 and IPv6 is 4.", typesAre,
		codec.FieldAddrType, func(r *sectionRules) { r.types = typesSOCKS }),
	sectionMistake("address-types-swapped", "domain and IPv6 are swapped in your address types",
		"IPv6 is 2 and a domain is 3.", typesAre,
		codec.FieldAddrType, func(r *sectionRules) { r.types = typesSwapped }),
	sectionMistake("address-before-port", "your address stands before the port",
		"The order is type, host, port.", "The port stands first: port, type, host.",
		codec.FieldPort, func(r *sectionRules) { r.hostFirst = true }),
	sectionMistake("address-for-mux", "your mux request has an address",
		"Port, type and host are written for command 3.", "For mux (command 3) there is no address: padding and checksum stand right behind the command.",
		codec.FieldAddress, func(r *sectionRules) { r.muxTarget = true }),
	sectionMistake("reserved-missing", "the reserved byte of your command section is missing",
		"The command stands right behind padding length and security.", "A byte 0 stands between them.",
		codec.FieldReserved, func(r *sectionRules) { r.noReserved = true }),
	sectionMistake("nibbles-swapped", "padding length and security are swapped in their byte",
		"The security is in the high bits.", "The padding length is in the high four bits, the security in the low four.",
		codec.FieldPaddingLength, func(r *sectionRules) { r.nibbles = true }),
	sectionMistake("padding-behind-checksum", "the padding of your command section stands behind the checksum",
		"The checksum comes right behind the address.", "The checksum is the last field, behind the padding.",
		codec.FieldHeaderPadding, func(r *sectionRules) { r.paddingLast = true }),
	sectionMistake("checksum-without-padding", "the checksum of your command section does not cover the padding",
		"It is computed before the padding is written.", fnvIs,
		codec.FieldHeaderChecksum, func(r *sectionRules) { r.sumShort = true }),
	fnvMistake("fnv-little-endian", "your FNV checksum is little-endian", "The lowest byte stands first.", sumLittle),
	fnvMistake("fnv-1", "your checksum is FNV-1 instead of FNV-1a", "It multiplies first and XORs then.", sumOther),
	fnvMistake("fnv-is-crc", "your checksum is CRC-32 instead of FNV-1a", "The checksum of the auth id is taken.", sumSwapped),
}

// fnvMistake is one of the hash that section, SwitchAccount and CFB chunks
// have.
func fnvMistake(id, title, does string, rule sumRule) Mistake {
	return Mistake{id, title, does, fnvIs, codec.FieldHeaderChecksum, at(atSection, atUp, atAnswer, atDown),
		func(m *model, p place) {
			switch p {
			case atSection:
				m.section.sum = rule
			case atAnswer:
				m.answer.sum = rule
			default:
				m.body[p.side()].sum = rule
			}
		}}
}
