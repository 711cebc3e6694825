package config

import (
	"net/url"
	"strings"
)

// networks has the words for a transport, in lower case, and ours.
var networks = map[string]string{
	"": "tcp", "tcp": "tcp", "raw": "tcp", "ws": "ws", "websocket": "ws", "httpupgrade": "httpupgrade", "h2": "h2", "http": "h2",
	"grpc": "grpc", "gun": "grpc", "kcp": "mkcp", "mkcp": "mkcp", "quic": "quic", "xhttp": "xhttp", "splithttp": "xhttp",
	"ds": "ds", "domainsocket": "ds",
}

// stream reads the settings of a transport. A word for one that is not known
// gives no network.
func (r *v2ray4) stream(n node) Stream {
	word := n.field("network")
	if !word.there() {
		word = n.field("method") // Xray's other name
	}
	s := Stream{Network: networks[strings.ToLower(word.text())]}
	r.security(n, &s)
	switch s.Network {
	case "tcp":
		camouflage(r.settings(n, "tcpSettings", "rawSettings"), &s)
	case "ws":
		upgrade(r.settings(n, "wsSettings"), &s)
	case "httpupgrade":
		upgrade(n.field("httpupgradeSettings"), &s)
	case "h2":
		h2 := r.settings(n, "httpSettings")
		s.Paths, s.Hosts = []string{wirePath(h2.field("path").text())}, h2.field("host").texts()
	case "grpc":
		grpc := r.settings(n, "gunSettings", "grpcSettings")
		s.Paths = methods(grpc.field("serviceName").text(), grpc.field("multiMode").is())
	case "mkcp":
		kcp := r.settings(n, "kcpSettings")
		s.Seed = kcp.field("seed").text()
		s.Header = strings.ToLower(kcp.field("header").field("type").text())
	}
	return s
}

// settings gives the first of several names, in the transport or else in the
// defaults of all.
func (r *v2ray4) settings(stream node, names ...string) node {
	for _, of := range []node{stream, r.root.field("transport")} {
		for _, name := range names {
			if n := of.field(name); n.there() {
				return n
			}
		}
	}
	return node{}
}

func (r *v2ray4) security(n node, s *Stream) {
	switch strings.ToLower(n.field("security").text()) {
	case "tls", "xtls":
		s.TLS = true
		s.ServerName = n.field("tlsSettings").field("serverName").text()
	case "reality": // looks like TLS on the wire
		s.TLS = true
		s.ServerName = n.field("realitySettings").field("serverName").text()
	}
}

// camouflage: a head of HTTP in front of plain TCP.
func camouflage(tcp node, s *Stream) {
	header := tcp.field("header")
	if !strings.EqualFold(header.field("type").text(), "http") {
		return
	}
	s.Network = "http"
	request := header.field("request")
	for _, p := range request.field("path").texts() {
		s.Paths = append(s.Paths, wirePath(p))
	}
	s.Hosts = request.field("headers").field("host").texts()
}

// upgrade: Xray has a key for the host, v2ray a header.
func upgrade(n node, s *Stream) {
	s.Paths = []string{wirePath(n.field("path").text())}
	if host := n.field("host").text(); host != "" {
		s.Hosts = []string{host}
		return
	}
	s.Hosts = n.field("headers").field("host").texts()
}

// wirePath gives a path as it is asked for: without Xray's ?ed=, which stays
// with the client, and other queries, which are not compared.
func wirePath(path string) string {
	if i := strings.IndexAny(path, "?#;"); i >= 0 {
		path = path[:i]
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path
}

// methods gives the paths of a gRPC service. One that begins with a slash is
// Xray's whole path, with the names of both streams at its end.
func methods(service string, multi bool) []string {
	one, many := "/"+url.PathEscape(service)+"/Tun", "/"+url.PathEscape(service)+"/TunMulti"
	if strings.HasPrefix(service, "/") {
		first, second, both := strings.Cut(service, "|")
		one, many = first, first
		if both {
			many = first[:strings.LastIndexByte(first, '/')+1] + second
		}
	}
	if multi {
		return []string{many, one}
	}
	return []string{one, many}
}
