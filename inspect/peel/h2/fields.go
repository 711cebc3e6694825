package h2

import (
	"bytes"
	"strings"
)

// fields are the header fields of a block that somebody asks for, as they came.
type fields struct {
	method, path, authority, protocol, status string
	contentType, userAgent, grpcStatus        string

	padding bool // x_padding, a mark of XHTTP
	unknown int  // fields that could not be decoded
	missing bool // the block, or the rest of it, could not be decoded
}

// set takes a field. The first value stays.
func (h *fields) set(name, value string) {
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
		h.padding = h.padding || strings.Contains(value, "x_padding=")
		return
	default:
		return
	}
	if *into == "" {
		*into = value
	}
	if name == ":path" && strings.Contains(value, "x_padding=") {
		h.padding = true
	}
}

// isGRPC reports whether a content type is gRPC's.
func isGRPC(contentType string) bool {
	const grpc = "application/grpc"
	rest, ok := strings.CutPrefix(contentType, grpc)
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}

const (
	maxPath     = 40 // bytes that are shown of a path
	maxSegments = 2
	maxSegment  = 24 // a longer one may be a token, and is cut
	someSegment = 8
	maxShown    = 60 // bytes of other values
	dots        = "..."
)

// shownPath gives what may be shown of a path: no query, and not much of what
// may hold a token.
func shownPath(path string) string {
	if i := strings.IndexAny(path, "?#;"); i >= 0 {
		path = path[:i]
	}
	var out []byte
	for i, s := range strings.SplitN(path, "/", maxSegments+2) {
		if i > maxSegments {
			return string(out) + "/" + dots
		}
		if i > 0 {
			out = append(out, '/')
		}
		if len(s) > maxSegment {
			return string(append(out, shown(s[:someSegment])...)) + dots
		}
		if len(out)+len(s) > maxPath {
			return string(out) + dots
		}
		out = append(out, shown(s)...)
	}
	return string(out)
}

// shownHost gives an authority without its user.
func shownHost(authority string) string {
	return shown(authority[strings.LastIndexByte(authority, '@')+1:])
}

// shown gives what of a value is printable ASCII, and not much of it.
func shown(s string) string {
	out := bytes.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '.'
		}
		return c
	}, []byte(s[:min(len(s), maxShown)]))
	if len(s) > maxShown {
		return string(out) + dots
	}
	return string(out)
}
