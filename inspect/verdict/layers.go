package verdict

import (
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// disagreed gives the outermost wrapping that the server did not agree to, or
// nil.
func disagreed(f *session.Facts) *flow.Layer {
	for _, l := range f.Flow.Wrappings() {
		if l.Answer != flow.Agreed {
			return l
		}
	}
	return nil
}

// halted gives the first layer that was not read to its end for this reason, or
// nil.
func halted(f *session.Facts, h flow.Halt) *flow.Layer {
	for _, l := range f.Flow.Layers {
		if l.Halt == h {
			return l
		}
	}
	return nil
}

// word names a wrapping, whatever its version.
func word(l *flow.Layer) string {
	if l.Name == "" || strings.HasPrefix(l.Name, "tls") {
		return "tls" // the one whose version is known late
	}
	return l.Name
}

// titles has the wrappings as operators call them.
var titles = map[string]string{
	"tls": "TLS", "ws": "WebSocket", "httpupgrade": "HTTP upgrade", "http": "HTTP camouflage", "h2": "HTTP/2", "grpc": "gRPC",
	"mkcp": "mKCP", "socks4": "a SOCKS 4 proxy", "socks5": "a SOCKS 5 proxy", "connect": "an HTTP proxy", "proxy": "the PROXY protocol", "xhttp": "XHTTP",
}

func title(word string) string {
	if t := titles[word]; t != "" {
		return t
	}
	return word
}

// isProxy reports whether a layer is the dialogue with somebody in front of the
// server.
func isProxy(l *flow.Layer) bool {
	return l.Name == "socks4" || l.Name == "socks5" || l.Name == "connect" || l.Name == "proxy"
}

// asks puts into words what a client asks for in a wrapping.
func asks(l *flow.Layer) string {
	s := title(word(l))
	switch {
	case l.Get("path") != "":
		s += " (" + strings.TrimSpace(l.Get("method")+" "+l.Get("path")) + ")"
	case l.Get("service") != "":
		s += " (service " + l.Get("service") + ")"
	case l.Get("sni") != "":
		s += " (to " + l.Get("sni") + ")"
	case l.Get("target") != "":
		s += " (to " + l.Get("target") + ")"
	}
	return s
}

// saysWords puts into words what a server says.
func saysWords(s flow.Speech) string {
	switch {
	case s.Protocol == "":
		return "bytes that are none of it"
	case s.Status != 0 && s.Detail == "":
		return "status " + strconv.Itoa(s.Status)
	case s.Detail == "":
		return title(s.Protocol)
	}
	return quoted(s.Detail)
}

// speechWord names what a server says instead of a wrapping.
func speechWord(s flow.Speech) string {
	if s.Protocol == "" {
		return "raw"
	}
	return s.Protocol
}

// byDate gives by how much a server's clock is ahead of the capture's, where a
// head of HTTP has its date.
func byDate(f *session.Facts) (ahead int64, ok bool) {
	for _, l := range f.Flow.Layers {
		if l.Clock != nil {
			return l.Clock.Says - l.Clock.At.Unix(), true
		}
	}
	return 0, false
}
