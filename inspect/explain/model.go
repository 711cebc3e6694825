package explain

import "vmesskit/codec"

// model is VMess as some implementation has it. Each thing that one can get
// wrong is a field; the zero value of a field, or its value in right, is what
// the protocol says. A model is comparable: two mistakes that come to the same
// are the same model.
type model struct {
	id     idRule
	cmdKey cmdKeyRule
	salts  salts

	kdf     [2]kdfRules // of what is derived for the request, for the response
	auth    authRules
	header  headerRules
	legacy  legacyRules
	section sectionRules
	answer  answerRules
	body    [2]bodyRules // by codec.Direction
}

// right is the protocol.
var right = model{salts: salts{
	authID:            "AES Auth ID Encryption",
	lengthKey:         "VMess Header AEAD Key_Length",
	lengthNonce:       "VMess Header AEAD Nonce_Length",
	headerKey:         "VMess Header AEAD Key",
	headerNonce:       "VMess Header AEAD Nonce",
	answerLengthKey:   "AEAD Resp Header Len Key",
	answerLengthNonce: "AEAD Resp Header Len IV",
	answerKey:         "AEAD Resp Header Key",
	answerNonce:       "AEAD Resp Header IV",
	chunkLength:       "auth_len",
}}

// salts are the labels of the key derivation.
type salts struct {
	authID                             string
	lengthKey, lengthNonce             string
	headerKey, headerNonce             string
	answerLengthKey, answerLengthNonce string
	answerKey, answerNonce             string
	chunkLength                        string
}

// idRule is how the text of an id becomes 16 bytes.
type idRule uint8

const (
	idAsText idRule = iota // in the order of the text
	idAsGUID               // the first three groups little-endian, as Windows keeps them
)

// cmdKeyRule is what the command key is the hash of.
type cmdKeyRule uint8

const (
	cmdKeyRight     cmdKeyRule = iota // MD5(id || salt's text)
	cmdKeyOfAlter                     // of the alter id that authenticated
	cmdKeyUnsalted                    // MD5(id)
	cmdKeySaltFirst                   // MD5(salt || id)
	cmdKeySaltBytes                   // the salt as the 16 bytes of a UUID
	cmdKeyOfText                      // MD5(id's text || salt)
)

// kdfRules are how keys and nonces are derived.
type kdfRules struct {
	shape     kdfShape
	noRoot    bool // the innermost hash is SHA-256 without "VMess AEAD KDF"
	longKeys  bool // all 32 bytes are the key: AES-256
	nonceTail bool // a nonce is the last 12 bytes, not the first
}

type kdfShape uint8

const (
	kdfNested       kdfShape = iota // HMAC in HMAC, one level for each path element; the key is the message
	kdfCascade                      // HMAC(path, what came before), from the key on
	kdfCascadeKeyed                 // HMAC(what came before, path), from the key on
	kdfCascadeLast                  // HMAC(what came before, path) from the root on, then the key
	kdfSwapped                      // nested, but the key is a level and the path the message
	kdfReversed                     // nested in the other order
	kdfFlat                         // one HMAC over key and path, put together
)

// authRules are of the auth id.
type authRules struct {
	cmdKey bool // encrypted under the command key itself
	block  blockRule
	time   timeRule
	sum    sumRule
}

type blockRule uint8

const (
	blockEncrypted blockRule = iota
	blockDecrypted           // AES ran the wrong way
	blockPlain               // not encrypted at all
)

type timeRule uint8

const (
	timeBE64 timeRule = iota
	timeLE64
	timeBE32
	timeMillis
)

type sumRule uint8

const (
	sumRight   sumRule = iota // CRC-32 in auth ids, FNV-1a elsewhere, big-endian
	sumLittle                 // the same, little-endian
	sumOther                  // of the same family: CRC-32C, FNV-1
	sumSwapped                // FNV-1a where CRC-32 belongs, and the other way round
)

// headerRules are of an AEAD header's envelope.
type headerRules struct {
	pathPlain    bool // the path has the auth id before it was encrypted
	pathNoNonce  bool
	pathNoAuth   bool
	pathNonceTop bool // the connection nonce stands in front of the auth id
	adPlain      bool // so has the additional data
	adMissing    bool
	nonceFirst   bool // the connection nonce is sent in front of the length
	lengthLittle bool
	lengthTag    bool // the length counts the tag
}

// legacyRules are of a legacy header.
type legacyRules struct {
	time    timeRule // in the auth
	keyed   bool     // the auth's HMAC has the command key
	swapped bool     // the auth's HMAC has the time as its key
	iv      ivRule
	cfb8    bool
}

type ivRule uint8

const (
	ivRight  ivRule = iota // MD5 of the time, four times over
	ivOnce                 // once only
	ivLittle               // little-endian
	ivShort                // four bytes each
	ivRaw                  // the time twice, not hashed
)

// sectionRules are of the command section.
type sectionRules struct {
	keyFirst    bool
	types       typeRule
	hostFirst   bool // the port stands behind the host
	muxTarget   bool // mux has an address
	noReserved  bool
	nibbles     bool // padding and security change places
	paddingLast bool // behind the checksum
	sum         sumRule
	sumShort    bool // the checksum does not cover the padding
}

type typeRule uint8

const (
	typesRight   typeRule = iota // 1 IPv4, 2 domain, 3 IPv6
	typesSOCKS                   // 1, 3, 4
	typesSwapped                 // 1, 3, 2
)

// answerRules are of the response header.
type answerRules struct {
	keys         answerKeys
	ivOfKey      bool // v2ray 4.24: the IV is the hash of the key, too
	nonceOfKey   bool // nonces are derived from the response key
	adAuth       bool // the auth id is additional data here too
	lengthLittle bool
	lengthTag    bool
	asLegacy     bool // an AEAD request is answered in the legacy form
	cfb8         bool
	sum          sumRule // of a SwitchAccount
}

type answerKeys uint8

const (
	answerHashed    answerKeys = iota // SHA-256 for AEAD, MD5 for legacy
	answerOtherHash                   // the other one of the two
	answerPlain                       // the request's own
	answerTail                        // the last half of SHA-256
)

// bodyRules are of one direction's body.
type bodyRules struct {
	draw         drawRules
	length       lengthRules
	nonce        nonceRule
	chacha       chachaRule
	sealsPadding bool // padding is under the seal
	cfb          cfbRules
	sum          sumRule
	noSum        bool // CFB chunks without a checksum
	plainSum     bool // security none with a checksum
	noneAsSing   bool // padding and sealed lengths with security none
}

// drawRules are of the SHAKE128 stream.
type drawRules struct {
	maskFirst  bool // the mask is drawn in front of the padding
	fromKey    bool
	restart    bool // for each chunk
	little     bool
	wide       bool // SHAKE256
	unmasked   bool // drawn, not applied
	always     bool // masked although the option is not set
	withSealed bool // a mask is drawn although the length is sealed
}

// lengthRules are of a chunk's length.
type lengthRules struct {
	counts countRule
	little bool
	full   bool // a sealed length is not less 16
	ownKey bool // a sealed length's key is from this direction's key
	ownIV  bool // and its nonce from this direction's IV
	noKDF  bool // its key is the body key itself
}

type countRule uint8

const (
	countAll       countRule = iota // all that follows the field
	countPayload                    // neither tag or checksum nor padding
	countNoPadding                  // not the padding
	countWithField                  // also the field
)

type nonceRule uint8

const (
	nonceRight   nonceRule = iota // BE16(chunk) || IV[2:12]
	nonceXored                    // the number is XORed into IV[0:2]
	nonceLittle                   // LE16(chunk)
	nonceFromOne                  // the first chunk is 1
	nonceFixed                    // the number stays 0
	nonceIVStart                  // BE16(chunk) || IV[0:10]
	nonceAtEnd                    // IV[0:10] || BE16(chunk)
)

type chachaRule uint8

const (
	chachaRight  chachaRule = iota // MD5(key) || MD5(MD5(key))
	chachaTwice                    // MD5(key) || MD5(key)
	chachaRaw                      // key || MD5(key)
	chachaSHA256                   // SHA256(key)
	chachaDouble                   // key || key
)

// cfbRules are of a CFB body.
type cfbRules struct {
	cfb8    bool
	restart bool // for each chunk
	outside bool // lengths are not encrypted
	header  bool // the header's stream goes on, or does not, where it should not, or should
}

// requestSide and responseSide index what both sides derive.
const (
	requestSide  = int(codec.Up)
	responseSide = int(codec.Down)
)
