package kcp

import (
	"bytes"
	"strconv"
)

// Header is the kind of fake header in front of a datagram. It is there to
// make traffic look like something else; nothing in it is needed.
type Header uint8

const (
	Bare        Header = iota // none at all
	SRTP                      // b5 e8, then a number that counts up
	UTP                       // 2 bytes that stay the same, then 01 00
	WireGuard                 // 04 00 00 00, as the data messages of WireGuard begin
	WeChatVideo               // a1 08, a number of 4 bytes that counts up, then 00 10 11 18 30 22 30
	DTLS                      // 17 fe fd, 2 bytes that stay the same, a number of 6 bytes from 0, and a length that is made up
	DNS                       // a question for the address of a name, with a new id each time (Xray)
	Other                     // as long as one of those, and like none
)

// kinds has the name that configurations use for a header, its length, and the
// bytes that it always has. A question's length is that of its name.
var kinds = [...]struct {
	name  string
	size  int
	place int
	bytes string
}{
	Bare:        {name: "none"},
	SRTP:        {"srtp", 4, 0, "\xb5\xe8"},
	UTP:         {"utp", 4, 2, "\x01\x00"},
	WireGuard:   {"wireguard", 4, 0, "\x04\x00\x00\x00"},
	WeChatVideo: {"wechat-video", 13, 6, "\x00\x10\x11\x18\x30\x22\x30"},
	DTLS:        {"dtls", 13, 0, "\x17\xfe\xfd"},
	DNS:         {name: "dns"},
	Other:       {name: "unknown"},
}

// String gives the word that configurations use.
func (h Header) String() string {
	if int(h) < len(kinds) {
		return kinds[h].name
	}
	return "header " + strconv.Itoa(int(h))
}

// sizes gives the lengths that the header of a datagram may have; a 0 at the
// end says that it is no question.
func sizes(p []byte) [4]int { return [...]int{0, 4, 13, questionSize(p)} }

// headerOf names a header by its bytes.
func headerOf(p []byte) Header {
	if len(p) == 0 {
		return Bare
	}
	for h := SRTP; h <= DTLS; h++ {
		if len(p) == kinds[h].size && h.begins(p) {
			return h
		}
	}
	if questionSize(p) == len(p) {
		return DNS
	}
	return Other
}

// begins reports whether a datagram begins with a header of fixed length.
func (h Header) begins(p []byte) bool {
	k := &kinds[h]
	return len(p) >= k.size && bytes.HasPrefix(p[k.place:], []byte(k.bytes))
}

// questionSize gives the length of the one question for an address that p
// begins with, 0 if there is none.
func questionSize(p []byte) int {
	const head, longest = 12, 255
	if len(p) < head || string(p[2:head]) != "\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" {
		return 0
	}
	at := head
	for at < min(len(p), head+longest) && p[at] != 0 {
		at += 1 + int(p[at])
	}
	if at >= len(p) || !bytes.HasPrefix(p[at:], []byte("\x00\x00\x01\x00\x01")) {
		return 0
	}
	return at + 5
}

// Disguise tells which fake header a datagram seems to have, whether or not it
// can be opened. What really is DTLS, WireGuard or DNS has none.
func Disguise(p []byte) Header {
	if n := questionSize(p); n > 0 {
		if len(p) > n {
			return DNS
		}
		return Bare
	}
	for h := SRTP; h <= DTLS; h++ {
		if h.begins(p) && len(p) > kinds[h].size && !genuine(h, p) {
			return h
		}
	}
	return Bare
}

// genuine reports whether p fits the protocol that a header imitates, or one
// that begins in the same way.
func genuine(h Header, p []byte) bool {
	switch h {
	case DTLS: // the length is true
		return int(p[11])<<8|int(p[12]) == len(p)-kinds[DTLS].size
	case WireGuard: // data is filled up to whole blocks
		return len(p)%16 == 0
	case UTP: // one question of DNS, without an answer
		return len(p) >= 12 && bytes.HasPrefix(p[4:], []byte("\x00\x01\x00\x00\x00\x00\x00"))
	}
	return false
}
