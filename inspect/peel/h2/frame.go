package h2

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// preface is what a client sends first (RFC 9113, 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frameType is the kind of a frame (RFC 9113, 6).
type frameType uint8

const (
	typeData frameType = iota
	typeHeaders
	typePriority
	typeReset
	typeSettings
	typePush
	typePing
	typeGoAway
	typeWindow
	typeContinuation
)

var typeNames = [...]string{"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"}

func (t frameType) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "frame of type " + strconv.Itoa(int(t))
}

// Flags of frames. ACK and END_STREAM are the same bit.
const (
	flagEndStream  = 0x01
	flagAck        = 0x01
	flagEndHeaders = 0x04
	flagPadded     = 0x08
	flagPriority   = 0x20
)

// mayFlag has the flags that there are, by type.
var mayFlag = [...]uint8{
	typeData:         flagEndStream | flagPadded,
	typeHeaders:      flagEndStream | flagEndHeaders | flagPadded | flagPriority,
	typeSettings:     flagAck,
	typePush:         flagEndHeaders | flagPadded,
	typePing:         flagAck,
	typeContinuation: flagEndHeaders,
}

const (
	headSize    = 9
	usualFrame  = 16384     // SETTINGS_MAX_FRAME_SIZE, if nobody says more
	longest     = 1<<24 - 1 // its maximum
	idBits      = 1<<31 - 1
	likelyAhead = 1 << 20 // no stream is expected that far ahead of the latest one
)

// frame is the head of a frame.
type frame struct {
	length int
	kind   frameType
	flags  uint8
	odd    bool // the reserved bit is set
	stream uint32
}

// parseFrame reads the 9 bytes of a frame's head.
func parseFrame(p []byte) frame {
	id := binary.BigEndian.Uint32(p[5:])
	return frame{
		length: int(p[0])<<16 | int(p[1])<<8 | int(p[2]),
		kind:   frameType(p[3]), flags: p[4], odd: id > idBits, stream: id & idBits,
	}
}

func (f frame) has(flag uint8) bool { return f.flags&flag != 0 }

// fixed gives the length that frames of a kind must have, or -1.
func (f frame) fixed() int {
	switch f.kind {
	case typePriority:
		return 5
	case typeReset, typeWindow:
		return 4
	case typePing:
		return 8
	case typeSettings:
		if f.has(flagAck) {
			return 0
		}
	}
	return -1
}

// wrong says what is wrong with a head, or nothing. Kinds that are not known
// are to be ignored (RFC 9113, 4.1), so they may say what they like.
func (f frame) wrong(most int) string {
	fixed := f.fixed()
	switch {
	case f.length > most:
		return "length " + strconv.Itoa(f.length) + ", want at most " + strconv.Itoa(most)
	case fixed >= 0 && f.length != fixed:
		return "length " + strconv.Itoa(f.length) + ", want " + strconv.Itoa(fixed)
	}
	switch f.kind {
	case typeData, typeHeaders, typePriority, typeReset, typePush, typeContinuation:
		if f.stream == 0 {
			return "stream 0, want another"
		}
	case typeSettings, typePing, typeGoAway:
		if f.stream != 0 {
			return "stream " + strconv.FormatUint(uint64(f.stream), 10) + ", want 0"
		}
	}
	switch {
	case f.kind == typeSettings && f.length%6 != 0:
		return "length " + strconv.Itoa(f.length) + ", want a multiple of 6"
	case f.kind == typeGoAway && f.length < 8:
		return "length " + strconv.Itoa(f.length) + ", want 8 or more"
	case f.has(flagPadded) && f.length == 0 && (f.kind == typeData || f.kind == typeHeaders || f.kind == typePush):
		return "no room for the length of its padding"
	}
	return ""
}

// mayHead tells in a moment that most places are not the head of a frame: by its
// type, and by the reserved bit.
func mayHead(p []byte) bool { return p[3] <= byte(typeContinuation) && p[5] < 0x80 }

// likely is asked where it is not known that this is a head at all. newest is
// the highest stream that was seen.
func (f frame) likely(most int, newest uint32) bool {
	if f.odd || int(f.kind) >= len(typeNames) || f.stream > newest+likelyAhead || f.wrong(most) != "" {
		return false
	}
	flags := uint8(0)
	if int(f.kind) < len(mayFlag) {
		flags = mayFlag[f.kind]
	}
	switch f.kind {
	case typeData:
		if f.length == 0 && !f.has(flagEndStream) {
			return false
		}
	case typeHeaders, typeContinuation:
		if f.length == 0 {
			return false
		}
	}
	return f.flags&^flags == 0
}

// proves reports whether a likely head is proof enough alone. Where the length
// is fixed or the stream is 0, 50 bits and more are as they must be; of others it
// takes two in a row.
func (f frame) proves() bool { return f.fixed() >= 0 || f.kind == typeSettings || f.kind == typeGoAway }

// Frames reports whether a run of HTTP/2's frames begins somewhere in p, which
// may start in the middle of one; or whether p begins with the client's preface.
// Ask it about connections whose beginning was not captured. Random bytes look
// like that once in some 2^30 KiB.
func Frames(p []byte) bool {
	if bytes.HasPrefix(p, []byte(preface)) {
		return true
	}
	for off := 0; off+headSize <= len(p); off++ {
		if !mayHead(p[off:]) {
			continue
		}
		for next, n := off, 0; next+headSize <= len(p); n++ {
			f := parseFrame(p[next:])
			if !f.likely(usualFrame, 0) {
				break
			}
			if f.proves() || n > 0 {
				return true
			}
			next += headSize + f.length
		}
	}
	return false
}

// codeNames are the reasons of RST_STREAM and GOAWAY (RFC 9113, 7).
var codeNames = [...]string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

func codeName(code uint32) string {
	if int64(code) < int64(len(codeNames)) {
		return codeNames[code]
	}
	return "code " + strconv.FormatUint(uint64(code), 10)
}
