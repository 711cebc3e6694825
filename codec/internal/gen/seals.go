package main

import (
	"fmt"
	"strings"
)

// seal is how bytes of the wire are made of others.
type seal struct{ made, of string }

// seals are the formulas of all that is encrypted, hashed or masked and is no
// derived value. A test computes each.
var seals = [][]seal{
	{
		{"auth-checksum", "CRC32(auth-time || auth-random)"},
		{"auth-id", "AES(auth-id-key, auth-id-plain)"},
		{"header-length-sealed || header-length-tag", "GCM(header-length-key, header-length-nonce, header-length, auth-id)"},
		{"header-checksum", "FNV1a(command-section[0:-4])"},
		{"header-sealed || header-tag", "GCM(header-key, header-nonce, command-section, auth-id)"},
	},
	{
		{"legacy-auth", "HMAC-MD5(id, time)"},
		{"header-encrypted", "CFB(cmd-key, legacy-iv, command-section)"},
	},
	{
		{"response-length-sealed || response-length-tag", "GCM(response-length-key, response-length-nonce, response-length)"},
		{"switch-checksum", "FNV1a(switch-account[4:])"},
		{"response-sealed || response-tag", "GCM(response-header-key, response-header-nonce, response-plain)"},
		{"response-encrypted", "CFB(response-key, response-iv, response-plain)"},
	},
	{
		{"chunk-length-masked", "chunk-length XOR mask-draw"},
		{"chunk-length-sealed || chunk-length-tag", "AEAD(length-key, length-nonce, chunk-length)"},
		{"payload-sealed || payload-tag", "AEAD(key, chunk-nonce, payload)"},
		{"payload-checksum", "FNV1a(payload-plain)"},
		{"chunk-encrypted", "CFB(key, iv, chunk-plain)"},
	},
}

// alterIDs is the formula of an alter id.
const alterIDs = `MD5(id || "16167dc8-16b6-4e6d-b8bb-65dd68113a81")`

func sealsText() string {
	var b strings.Builder
	for i, group := range seals {
		if i > 0 {
			b.WriteString("\n")
		}
		width := 0
		for _, s := range group {
			width = max(width, len(s.made))
		}
		for _, s := range group {
			fmt.Fprintf(&b, "%-*s = %s\n", width, s.made, s.of)
		}
	}
	return b.String()
}
