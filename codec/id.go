package codec

import (
	"crypto/md5"
	"crypto/sha1"

	"vmesskit/codec/internal/wire"
)

// ID is a user's identity: 16 bytes in the order of the UUID's text. A
// uuid.UUID of github.com/google/uuid converts to it.
type ID [16]byte

// CmdKey is the key of a user. It is that of the primary ID, for both header
// schemes and whichever alter ID authenticates.
type CmdKey [16]byte

// Feed of the command key, as all peers spell it.
const cmdKeySalt = "c48619fe-8f02-49e0-b9e9-edf763e17e21"

// CmdKey derives the user's key: MD5(id || salt).
func (id ID) CmdKey() CmdKey {
	var b [16 + len(cmdKeySalt)]byte
	copy(b[:], id[:])
	copy(b[16:], cmdKeySalt)
	return md5.Sum(b[:])
}

// String gives the canonical UUID text. It is a secret: whoever has it can
// decrypt recorded traffic.
func (id ID) String() string {
	const hex = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[b>>4], hex[b&15])
	}
	return string(out)
}

// The longest text that is mapped to an ID; from 32 bytes on a text has to be
// a UUID.
const maxMappedText = 30

// ParseID reads an ID as peers write it in configurations: a UUID with its
// hyphens or without any (36 or 32 bytes), or a free text of 1 to 30 bytes,
// which is mapped (MapID). This is what Xray and sing have in common; v2ray
// knows no free text. The error never repeats the text.
func ParseID(text string) (ID, error) {
	if n := len(text); n >= 1 && n <= maxMappedText {
		return MapID(text), nil
	}
	return ParseUUID(text)
}

// ParseUUID reads the literal forms only: 36 bytes with hyphens at 8, 13, 18
// and 23, or 32 hexadecimal digits.
func ParseUUID(text string) (ID, error) {
	var id ID
	if len(text) != 36 && len(text) != 32 {
		return ID{}, &Error{Kind: ErrMalformed, Field: wire.FieldID, Off: len(text),
			Err: wire.Detail("length, want a UUID of 36 or 32 bytes or a text of 1 to 30")}
	}
	pos := 0
	for i := range id {
		if len(text) == 36 && (pos == 8 || pos == 13 || pos == 18 || pos == 23) {
			if text[pos] != '-' {
				return ID{}, badDigit(pos, "a hyphen")
			}
			pos++
		}
		high, low := hexDigit(text[pos]), hexDigit(text[pos+1])
		if high > 15 {
			return ID{}, badDigit(pos, "a hexadecimal digit")
		}
		if low > 15 {
			return ID{}, badDigit(pos+1, "a hexadecimal digit")
		}
		id[i] = high<<4 | low
		pos += 2
	}
	return id, nil
}

func badDigit(pos int, want string) error {
	return &Error{Kind: ErrMalformed, Field: wire.FieldID, Off: pos, Err: wire.Detail("character, want " + want)}
}

// hexDigit gives the value of a digit, or 255.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// MapID maps a free text to an ID: the version 5 UUID of the text in the nil
// namespace, as Xray and sing do.
func MapID(text string) ID {
	h := sha1.New()
	h.Write(make([]byte, 16)) // the nil namespace
	h.Write([]byte(text))
	var id ID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0F | 0x50
	id[8] = id[8]&0x3F | 0x80
	return id
}
