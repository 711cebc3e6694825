package h2

import (
	"bytes"
	"strings"
)

// fields are the header fields of a block that somebody asks for, as they came.
type fields struct {
	method, path, authority, protocol, status string
	contentType, userAgent, grpcStatus        string
	referer                                   string // only for the mark of XHTTP

	padding bool // x_padding, a mark of XHTTP
	unknown int  // fields that could not be decoded
	missing bool // the block, or the rest of it, could not be decoded
}

// maxValue is how much of a value is looked at.
const maxValue = 2 << 10

// set takes a field. The first value stays, and no other is looked at: a byte of
// a block can bring a long one again.
func (h *fields) set(name, value string) {
	value = value[:min(len(value), maxValue)]
	var into *string
	switch name {
	case ":method":
		into = &h.method
	case ":path":
		into = &h.path
	case ":authority":
		into = &h.authority
	case ":protocol":
		into = &h.protocol
	case ":status":
		into = &h.status
	case "content-type":
		into = &h.contentType
	case "user-agent":
		into = &h.userAgent
	case "grpc-status":
		into = &h.grpcStatus
	case "x-padding":
		h.padding = true
		return
	case "referer":
		into = &h.referer
	default:
		return
	}
	if *into != "" {
		return
	}
	*into = value
	if into == &h.path || into == &h.referer {
		h.padding = h.padding || strings.Contains(value, "x_padding=")
	}
}

// isGRPC reports whether a content type is gRPC's.
func isGRPC(contentType string) bool {
	const grpc = "application/grpc"
	rest, ok := strings.CutPrefix(contentType, grpc)
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}

// maxShown bounds what is shown of a value.
const maxShown = 60

// shown gives what of a value is printable ASCII, and not much of it.
func shown(s string) string {
	out := bytes.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '.'
		}
		return c
	}, []byte(s[:min(len(s), maxShown)]))
	if len(s) > maxShown {
		return string(out) + "..."
	}
	return string(out)
}
