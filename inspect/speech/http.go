package speech

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
	s := flow.Speech{Protocol: "http", Detail: printable(asked(firstLine(p)))}
	head, rest, whole := ParseHead(p)
	if !whole {
		return s, true
	}
	s.Name = Host(head.Get("host"))
	switch {
	case head.Method() == "CONNECT":
		s.Name = Host(head.Target())
		return s, false
	case head.Upgrade("websocket") && head.Get("sec-websocket-key") != "":
		s.Protocol = "ws"
	case head.Upgrade("websocket"):
		s.Protocol = "httpupgrade"
	case bytes.Contains(p[:head.Size], []byte("x_padding=")):
		s.Protocol = "xhttp"
	default:
		rest = rest[min(head.body(), len(rest)):]
		s.Opaque = len(rest) > 0 && !startsRequest(rest)
		return s, !s.Opaque && len(p) < Most
	}
	return s, false
}

const (
	maxPath     = 40 // bytes that are shown of a path
	maxSegments = 2
	maxSegment  = 24 // a longer one may be a token, and is cut
	someSegment = 8
)

// asked gives what may be shown of a request line. Queries, what stands behind
// a semicolon, long paths and the user of a URL hold passwords, tokens and
// early data; they are left out.
func asked(line []byte) []byte {
	version := bytes.LastIndex(line, []byte(" HTTP/1."))
	method, target, _ := bytes.Cut(line[:version], []byte(" "))
	out := append(bytes.Clone(method), ' ')
	if string(method) == "CONNECT" {
		out, target = append(out, host(target)...), nil
	}
	out = appendTarget(out, target)
	if v := line[version:]; string(v) != " HTTP/1.1" {
		out = append(out, v[:min(len(v), len(" HTTP/1.0"))]...)
	}
	return out
}

// Connects reports whether an HTTP request, named here, asks a proxy for a
// connection, and its head is whole.
func Connects(s *flow.Speech) bool {
	return s.Protocol == "http" && strings.HasPrefix(s.Detail, "CONNECT ") && s.Name != ""
}

// Path gives what may be shown of a request's target.
func Path(target string) string { return printable(appendTarget(nil, []byte(target))) }

// Host gives what may be shown of an authority: its host and port without a
// user.
func Host(authority string) string { return hostName(string(host([]byte(authority)))) }

func appendTarget(out, target []byte) []byte {
	if scheme, rest, ok := bytes.Cut(target, []byte("://")); ok && bytes.IndexByte(scheme, '/') < 0 {
		end := bytes.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		out = append(append(append(out, scheme...), "://"...), host(rest[:end])...)
		target = rest[end:]
		if bytes.HasSuffix(out, []byte("...")) {
			target = nil // neither is it known where the path begins
		}
	}
	if i := bytes.IndexAny(target, "?#;"); i >= 0 {
		target = target[:i]
	}
	return appendPath(out, target)
}

// host gives the host and port of an authority without its user, or dots if
// there is no telling which is which.
func host(authority []byte) string {
	s := string(authority[bytes.LastIndexByte(authority, '@')+1:])
	name, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		name, port = s[:i], s[i+1:]
	}
	if strings.Trim(port, "0123456789") != "" || strings.ContainsAny(name, "?#;") {
		return "..."
	}
	return s
}

// appendPath appends the beginning of a path, with dots where it is cut.
func appendPath(out, path []byte) []byte {
	const dots = "..."
	start := len(out)
	segments := bytes.Split(path, []byte("/"))
	for i, s := range segments {
		if i > maxSegments {
			return append(out, "/"+dots...)
		}
		if i > 0 {
			out = append(out, '/')
		}
		if len(s) > maxSegment {
			return append(append(out, s[:someSegment]...), dots...)
		}
		if len(out)-start+len(s) > maxPath {
			return append(out, dots...)
		}
		out = append(out, s...)
	}
	return out
}

// startsRequest reports whether another request may begin here.
func startsRequest(p []byte) bool {
	possible, _ := requestLine(p)
	return possible
}

// How far the ends of a method and of a first line are looked for.
const (
	longestMethod = 20
	longestLine   = 2048
)

// requestLine reports whether p may begin with a request line, and whether it
// does.
func requestLine(p []byte) (possible, complete bool) {
	method := bytes.IndexByte(p, ' ')
	for i, c := range p {
		if c == ' ' || i == longestMethod {
			break
		}
		if c < 'A' || c > 'Z' {
			return false, false
		}
	}
	if method < 0 {
		return len(p) <= longestMethod, false
	}
	if method < 3 || method > longestMethod {
		return false, false
	}
	line := firstLine(p[:min(len(p), longestLine)])
	if len(line) == len(p) || len(line) == longestLine {
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
	line := firstLine(p[:min(len(p), longestLine)])
	s.Detail = printable(line)
	s.Status, _ = strconv.Atoi(string(p[9:12]))
	head, _, whole := ParseHead(p)
	if whole && s.Status == 101 && head.Upgrade("websocket") {
		s.Protocol = "ws"
		if head.Get("sec-websocket-accept") == "" {
			s.Protocol = "httpupgrade"
		}
	}
	if head.Get("x-padding") != "" {
		s.Protocol = "xhttp"
	}
	return s, !whole && len(line) < longestLine
}
