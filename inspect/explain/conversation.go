package explain

import (
	"bytes"
	"strconv"
	"strings"
)

// sides are the words that a line of a conversation may begin with.
var sides = map[string]bool{ // is it the client's
	"up": true, "client": true, "request": true, ">": true,
	"down": false, "server": false, "response": false, "<": false,
}

// Conversation reads both sides out of a text whose lines begin with the side
// that sent them, as those of vmess build session do: "up HEX", "down HEX".
// Lines of one side are joined. ok is false for any other text.
func Conversation(text []byte) (request, response []byte, ok bool) {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		side, rest, _ := bytes.Cut(line, []byte(" "))
		client, known := sides[strings.TrimSuffix(string(side), ":")]
		data, parsed := ParseText(string(rest))
		if !known || !parsed {
			return nil, nil, false
		}
		if client {
			request = append(request, data...)
		} else {
			response = append(response, data...)
		}
	}
	return request, response, len(request) > 0
}

// leastHex is how many digits a text has that is taken for hex gone wrong.
const leastHex = 16

// Typo says what is wrong with a text that was meant to be hex: an odd number of
// digits, or a few characters that are none. It is empty where nothing looks
// like that.
func Typo(text string) string {
	digits, others, first := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case digit(c) < 16:
			digits++
		case strings.IndexByte(" \t\r\n:,;-_", c) < 0:
			if others++; others == 1 {
				first = i
			}
		}
	}
	switch {
	case digits < leastHex || others*20 > digits:
		return ""
	case others > 0:
		return "it looks like hex, but character " + strconv.Itoa(first+1) + " is no digit"
	case digits%2 == 1:
		return "it looks like hex, but it has " + strconv.Itoa(digits) + " digits, an odd number"
	}
	return ""
}
