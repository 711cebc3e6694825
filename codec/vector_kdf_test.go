package codec_test

import (
	"testing"

	"vmesskit/codec"
)

type kdfVectors struct {
	Vectors []struct {
		Salt string `json:"first_salt"`
		Key  hexBytes
		Path []hexBytes `json:"path_hex"`
		Want hexBytes   `json:"kdf32"`
	}
}

func testKDF(t *testing.T, f kdfVectors) {
	for _, v := range f.Vectors {
		var path [][]byte
		for _, p := range v.Path {
			path = append(path, p)
		}
		got := codec.KDF(v.Key, path...)
		sameBytes(t, "KDF with path "+v.Salt, got[:], v.Want)
	}
}

type xrayKDF struct {
	UUID   idText
	AuthID []authIDVector
	KDF    []struct {
		Salt         string `json:"first_salt"`
		Key          hexBytes
		Path2, Path3 hexBytes
		Want         hexBytes `json:"kdf32"`
	}
}

func testXrayKDF(t *testing.T, f xrayKDF) {
	for _, v := range f.KDF {
		path := [][]byte{[]byte(v.Salt)}
		if v.Path2 != nil {
			path = append(path, v.Path2, v.Path3)
		}
		got := codec.KDF(v.Key, path...)
		sameBytes(t, "KDF with path "+v.Salt, got[:], v.Want)
	}
	for _, v := range f.AuthID {
		checkAuthID(t, f.UUID.ID, v)
	}
}
