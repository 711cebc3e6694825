package vectors

import (
	"strconv"

	"vmesskit/codec"
)

// The inputs of the recordings in testdata/vectors, whose random bytes all were
// the same, so that our vectors can be held against them.
const (
	idText      = "66ad4540-b58c-4ad2-9926-ea63445a9b57"
	requestTime = 1_700_000_000
	filler      = 0xaa
	echo        = 0x5a // V
)

var (
	userID  = mustID(idText)
	bodyKey = counting(0x00)
	bodyIV  = counting(0x10)
	writes  = [][]byte{[]byte("GET / HTTP/1.1\r\n"), []byte("x"), countingTo(40)}
)

func mustID(text string) codec.ID {
	id, err := codec.ParseID(text)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return id
}

func counting(from byte) (b [16]byte) {
	copy(b[:], countingTo(int(from) + 16)[from:])
	return b
}

func countingTo(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// fill is the randomness of all vectors.
func fill(b []byte) error {
	for i := range b {
		b[i] = filler
	}
	return nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
