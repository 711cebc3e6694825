package h2

import "errors"

// huffmanBits has the length of each byte's code, and of the sign for the end
// (RFC 7541, appendix B). The codes follow from it: they count up through the
// lengths, and in one length through the bytes.
var huffmanBits = [257]uint8{
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
	30,
}

const (
	endOfString = 256
	longestCode = 30
)

// huffman has the symbols in the order of their codes, and how many codes there
// are of each length.
var huffman = func() (h struct {
	symbols []uint16
	codes   [longestCode + 1]uint32
}) {
	for length := range h.codes {
		for symbol, bits := range huffmanBits {
			if int(bits) == length {
				h.symbols = append(h.symbols, uint16(symbol))
				h.codes[length]++
			}
		}
	}
	return h
}()

var errHuffman = errors.New("the Huffman code of a header field is damaged")

// appendHuffman decodes p. It stops with an error beyond most bytes.
func appendHuffman(dst, p []byte, most int) ([]byte, error) {
	// Of the codes of the length at hand, first is the lowest, and passed the
	// number of those that are shorter.
	var code, first, passed uint32
	length := 0
	for _, b := range p {
		for bit := 7; bit >= 0; bit-- {
			code = code<<1 | uint32(b>>bit&1)
			length++
			first <<= 1
			n := huffman.codes[length]
			if code-first >= n {
				first, passed = first+n, passed+n
				continue
			}
			symbol := huffman.symbols[passed+code-first]
			if symbol == endOfString {
				return dst, errHuffman
			}
			if len(dst) == most {
				return dst, errLong
			}
			dst = append(dst, byte(symbol))
			code, first, passed, length = 0, 0, 0, 0
		}
	}
	// The last byte is filled up with the beginning of the sign for the end.
	if length > 7 || code != 1<<length-1 {
		return dst, errHuffman
	}
	return dst, nil
}
