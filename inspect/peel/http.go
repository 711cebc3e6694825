package peel

import (
	"bytes"
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
)

// httpRequest tells an HTTP/1 request, and what it asks for: an upgrade to
// WebSocket, the same without WebSocket's key (HTTP upgrade), XHTTP, or a page.
func httpRequest(p []byte) (flow.Speech, bool) {
	line, complete := requestLine(p)
	if !complete {
		return flow.Speech{}, line
	}
	s := flow.Speech{Protocol: "http", Detail: printable(bytes.TrimSuffix(firstLine(p), []byte(" HTTP/1.1")))}
	head, rest, whole := splitHead(p)
	if !whole {
		return s, true
	}
	switch {
	case strings.EqualFold(head.get("upgrade"), "websocket") && head.get("sec-websocket-key") != "":
		s.Protocol = "ws"
	case strings.EqualFold(head.get("upgrade"), "websocket"):
		s.Protocol = "httpupgrade"
	case bytes.Contains(p[:len(p)-len(rest)], []byte("x_padding=")):
		s.Protocol = "xhttp"
	default:
		s.Opaque = len(rest) > head.body() && !startsRequest(rest)
	}
	return s, !s.Opaque
}

// startsRequest reports whether another request may begin here.
func startsRequest(p []byte) bool {
	possible, _ := requestLine(p)
	return possible
}

// longestLine bounds how far the end of a request line is looked for.
const longestLine = 2048

// requestLine reports whether p may begin with a request line, and whether it
// does.
func requestLine(p []byte) (possible, complete bool) {
	method := bytes.IndexByte(p, ' ')
	for i, c := range p {
		if c == ' ' || i == 20 {
			break
		}
		if c < 'A' || c > 'Z' {
			return false, false
		}
	}
	if method < 0 {
		return len(p) <= 20, false
	}
	if method < 3 || method > 20 {
		return false, false
	}
	line := firstLine(p)
	if len(line) == len(p) {
		return len(p) < longestLine, false
	}
	ok := bytes.Contains(line, []byte(" HTTP/1."))
	return ok, ok
}

// httpResponse tells an HTTP/1 response and its status.
func httpResponse(p []byte) (flow.Speech, bool) {
	s, more := begins("http", "HTTP/1.", "")(p)
	if s.Protocol == "" {
		return s, more
	}
	if len(p) < len("HTTP/1.1 200") {
		return flow.Speech{}, true
	}
	s.Detail = printable(firstLine(p))
	s.Status, _ = strconv.Atoi(string(p[9:12]))
	head, _, whole := splitHead(p)
	if whole && s.Status == 101 && strings.EqualFold(head.get("upgrade"), "websocket") {
		s.Protocol = "ws"
		if head.get("sec-websocket-accept") == "" {
			s.Protocol = "httpupgrade"
		}
	}
	if head.get("x-padding") != "" {
		s.Protocol = "xhttp"
	}
	return s, !whole
}

// head is an HTTP head, its lines as they came.
type head [][]byte

// splitHead cuts a head off. whole tells that its end is there.
func splitHead(p []byte) (h head, rest []byte, whole bool) {
	before, rest, whole := bytes.Cut(p, []byte("\r\n\r\n"))
	return bytes.Split(before, []byte("\r\n"))[1:], rest, whole
}

// get gives a header's value; key is in lower case.
func (h head) get(key string) string {
	for _, line := range h {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if strings.EqualFold(string(name), key) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// body gives how many bytes the head says stand behind it.
func (h head) body() int {
	if h.get("transfer-encoding") != "" {
		return holdBytes
	}
	n, err := strconv.Atoi(h.get("content-length"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
