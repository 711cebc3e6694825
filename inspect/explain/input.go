package explain

import (
	"encoding/base64"
	"strings"
)

// MaxInput bounds what is read of one side.
const MaxInput = 64 << 20

// ParseText reads bytes that were written as text: in hex, with spaces, lines,
// colons, commas and 0x where people put them, or in base64 of either alphabet,
// with its padding or without. ok is false for anything else.
func ParseText(text string) (b []byte, ok bool) {
	if b, ok = parseHex(text); ok {
		return b, true
	}
	return parseBase64(text)
}

// Bytes gives the bytes of a file: what its text stands for, or the file as it
// is.
func Bytes(file []byte) []byte {
	for _, c := range file {
		if c >= 0x7F || c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return file
		}
	}
	if b, ok := ParseText(string(file)); ok {
		return b
	}
	return file
}

// parseHex reads digits in pairs. What stands between them must not stand
// inside of one.
func parseHex(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text)/2)
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.IndexByte(" \t\r\n:,;-_", c) >= 0:
			i++
		case (strings.HasPrefix(text[i:], "0x") || strings.HasPrefix(text[i:], "0X") || strings.HasPrefix(text[i:], `\x`)):
			i += 2
		case i+1 < len(text) && digit(c) < 16 && digit(text[i+1]) < 16:
			out = append(out, digit(c)<<4|digit(text[i+1]))
			i += 2
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

func parseBase64(text string) ([]byte, bool) {
	text = strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", "-", "+", "_", "/").Replace(text)
	out, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	return out, err == nil && len(out) > 0
}
