package codec

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// sameHeader compares what was parsed with what was appended.
func sameHeader(t testing.TB, label string, got, want *RequestHeader) {
	t.Helper()
	if !bytes.Equal(got.Padding, want.Padding) || !got.Checksum.OK() || len(got.Trailing) != len(want.Trailing) {
		t.Fatalf("%s: got padding %x checksum %+v, want padding %x", label, got.Padding, got.Checksum, want.Padding)
	}
	g, w := *got, *want
	g.Padding, w.Padding, g.Checksum, w.Checksum, g.Trailing, w.Trailing = nil, nil, Checksum{}, Checksum{}, nil, nil
	if w.Version == 0 {
		w.Version = 1
	}
	switch {
	case g.Version != w.Version, g.BodyIV != w.BodyIV, g.BodyKey != w.BodyKey, g.ResponseAuth != w.ResponseAuth,
		g.Option != w.Option, g.Security != w.Security, g.Reserved != w.Reserved, g.Command != w.Command, g.Address != w.Address:
		t.Fatalf("%s: got %+v, want %+v", label, g, w)
	}
}

func sameResponse(t testing.TB, label string, got, want *ResponseHeader) {
	t.Helper()
	if got.Auth != want.Auth || got.Option != want.Option || got.Command != want.Command || !bytes.Equal(got.Data, want.Data) {
		t.Fatalf("%s: got %+v, want %+v", label, got, want)
	}
	if (got.Switch == nil) != (want.Switch == nil) || got.Switch != nil && *got.Switch != *want.Switch {
		t.Fatalf("%s: got switch %+v, want %+v", label, got.Switch, want.Switch)
	}
}

// sealSection seals any bytes as a command section, also such as no client
// makes.
func sealSection(section []byte) []byte {
	auth := SealAuthID(testKey, AuthID{Time: testTime})
	keys := headerKeys{d: newDeriver(), key: testKey, auth: auth, nonce: [8]byte([]byte("connnonc"))}
	aead, nonce := keys.length()
	b := aead.Seal(auth[:], nonce, binary.BigEndian.AppendUint16(nil, uint16(len(section))), auth[:])
	b = append(b, keys.nonce[:]...)
	aead, nonce = keys.section()
	return aead.Seal(b, nonce, section, auth[:])
}

// sealResponsePlain does the same for the plaintext of a response header.
func sealResponsePlain(req *RequestHeader, plain []byte) []byte {
	key, iv := req.ResponseKeys(AEAD)
	keys := responseKeys{d: newDeriver(), key: key, iv: iv}
	aead, nonce := keys.length()
	b := aead.Seal(nil, nonce, binary.BigEndian.AppendUint16(nil, uint16(len(plain))), nil)
	aead, nonce = keys.header()
	return aead.Seal(b, nonce, plain, nil)
}

// sealLegacySection encrypts any bytes as a legacy command section.
func sealLegacySection(section []byte) []byte {
	auth, iv := LegacyAuth(testID, testTime), legacyIV(testTime)
	out := append(auth[:], section...)
	newCFB(testKey[:], iv[:]).encrypt(out[16:], out[16:])
	return out
}
