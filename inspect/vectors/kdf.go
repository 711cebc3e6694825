package vectors

import "vmesskit/codec"

// kdfCase is a derivation of 32 bytes.
type kdfCase struct {
	id, title string
	key       []byte
	path      []string
}

func kdfVectors() []*Vector {
	cmdKey := userID.CmdKey()
	auth, nonce := "\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf", "\xb0\xb1\xb2\xb3\xb4\xb5\xb6\xb7"
	long := ""
	for range 100 {
		long += "a"
	}
	var out []*Vector
	for _, c := range []kdfCase{
		{"kdf/empty", "no path: HMAC-SHA256 under \"VMess AEAD KDF\"", cmdKey[:], nil},
		{"kdf/auth-id", "the key of auth ids", cmdKey[:], []string{"AES Auth ID Encryption"}},
		{"kdf/header-length-key", "a label, an auth id and a connection nonce", cmdKey[:], []string{"VMess Header AEAD Key_Length", auth, nonce}},
		{"kdf/header-length-nonce", "the same with another label", cmdKey[:], []string{"VMess Header AEAD Nonce_Length", auth, nonce}},
		{"kdf/header-key", "the same with another label", cmdKey[:], []string{"VMess Header AEAD Key", auth, nonce}},
		{"kdf/header-nonce", "the same with another label", cmdKey[:], []string{"VMess Header AEAD Nonce", auth, nonce}},
		{"kdf/response-length-key", "a label of the response", bodyKey[:], []string{"AEAD Resp Header Len Key"}},
		{"kdf/response-length-nonce", "a label of the response", bodyKey[:], []string{"AEAD Resp Header Len IV"}},
		{"kdf/response-header-key", "a label of the response", bodyKey[:], []string{"AEAD Resp Header Key"}},
		{"kdf/response-header-nonce", "a label of the response", bodyKey[:], []string{"AEAD Resp Header IV"}},
		{"kdf/length-key", "the label of authenticated lengths", bodyKey[:], []string{"auth_len"}},
		{"kdf/three", "three elements of text", []byte("Demo Key for KDF Value Test"), []string{
			"Demo Path for KDF Value Test", "Demo Path for KDF Value Test2", "Demo Path for KDF Value Test3"}},
		{"kdf/long", "an element longer than a block of SHA-256, which an HMAC hashes first", []byte("long path element"), []string{long}},
	} {
		v := &Vector{ID: c.id, Title: c.title, Inputs: []Input{{"key", hexOf(c.key)}}}
		var path [][]byte
		for i, p := range c.path {
			path = append(path, []byte(p))
			v.Inputs = append(v.Inputs, Input{"path." + number(int64(i)), hexOf([]byte(p))})
		}
		value := codec.KDF(c.key, path...)
		v.Steps = []Step{{"kdf", value[:], "KDF(key, path...)", []string{"v2fly"}}}
		out = append(out, v)
	}
	return out
}
