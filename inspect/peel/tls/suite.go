package tls

import (
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strconv"
)

// form is how a suite protects records.
type form uint8

const (
	unread form = iota // not one that is read here
	gcm
	chacha
	cbc
)

// suite is a cipher suite: its name, and what opening needs of it.
type suite struct {
	id      uint16
	name    string // IANA's
	form    form
	keySize int
	macSize int  // of the HMAC of a CBC suite: 20, 32 or 48
	sha384  bool // hash of the key schedule: SHA-384, else SHA-256
}

// hash gives the hash of the key schedule.
func (s *suite) hash() func() hash.Hash {
	if s.sha384 {
		return sha512.New384
	}
	return sha256.New
}

// hashSize gives the size of a traffic secret.
func (s *suite) hashSize() int {
	if s.sha384 {
		return 48
	}
	return 32
}

// suites are those that are read, and the names of some that are not. The
// numbers and names are of IANA's registry "TLS Cipher Suites".
var suites = [...]suite{
	{0x1301, "TLS_AES_128_GCM_SHA256", gcm, 16, 0, false},
	{0x1302, "TLS_AES_256_GCM_SHA384", gcm, 32, 0, true},
	{0x1303, "TLS_CHACHA20_POLY1305_SHA256", chacha, 32, 0, false},

	{0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", gcm, 16, 0, false},
	{0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", gcm, 32, 0, true},
	{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", gcm, 16, 0, false},
	{0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", gcm, 32, 0, true},
	{0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", gcm, 16, 0, false},
	{0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", gcm, 32, 0, true},
	{0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", gcm, 16, 0, false},
	{0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", gcm, 32, 0, true},

	{0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", chacha, 32, 0, false},
	{0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", chacha, 32, 0, false},
	{0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", chacha, 32, 0, false},

	{0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", cbc, 16, 20, false},
	{0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", cbc, 32, 20, false},
	{0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", cbc, 16, 20, false},
	{0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", cbc, 32, 20, false},
	{0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", cbc, 16, 32, false},
	{0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", cbc, 32, 48, true},
	{0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", cbc, 16, 32, false},
	{0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", cbc, 32, 48, true},
	{0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA", cbc, 16, 20, false},
	{0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA", cbc, 32, 20, false},
	{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", cbc, 16, 20, false},
	{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", cbc, 32, 20, false},
	{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", cbc, 16, 32, false},
	{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", cbc, 32, 32, false},
	{0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", cbc, 16, 20, false},
	{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", cbc, 32, 20, false},
	{0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", cbc, 16, 32, false},
	{0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", cbc, 32, 32, false},

	{id: 0x1304, name: "TLS_AES_128_CCM_SHA256"},
	{id: 0x1305, name: "TLS_AES_128_CCM_8_SHA256"},
	{id: 0x0005, name: "TLS_RSA_WITH_RC4_128_SHA"},
	{id: 0x000a, name: "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
	{id: 0xc007, name: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
	{id: 0xc011, name: "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
	{id: 0xc012, name: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	{id: 0xc09c, name: "TLS_RSA_WITH_AES_128_CCM"},
	{id: 0xc09d, name: "TLS_RSA_WITH_AES_256_CCM"},
	{id: 0xc0ac, name: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
	{id: 0xc0ad, name: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
}

// suites13 are those of TLS 1.3 that are read.
var suites13 = [...]*suite{&suites[0], &suites[1], &suites[2]}

// suiteOf gives a suite, also one that nobody knows.
func suiteOf(id uint16) *suite {
	for i := range suites {
		if suites[i].id == id {
			return &suites[i]
		}
	}
	return &suite{id: id, name: hex16(id)}
}

func hex16(v uint16) string {
	const digits = "0123456789abcdef"
	return "0x" + string([]byte{digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15]})
}

// version is that of the protocol, as it is on the wire.
type version uint16

const (
	ssl30 version = 0x0300
	tls10 version = 0x0301
	tls11 version = 0x0302
	tls12 version = 0x0303
	tls13 version = 0x0304
)

// String gives the word of the stack, "tls1.3".
func (v version) String() string {
	if v < tls10 || v > tls13 {
		return "tls"
	}
	return "tls1." + strconv.Itoa(int(v-tls10))
}
