package harness

import "fmt"

// stream is the streamSettings of a peer.
func (p *Peer) stream(secrets *secrets, server bool) (object, error) {
	t := &p.Transport
	o := object{"network": t.Kind}
	switch t.Kind {
	case "tcp":
		o["tcpSettings"] = object{}
	case "http":
		o["network"] = "tcp"
		o["tcpSettings"] = object{"header": t.disguise()}
	case "ws":
		o["wsSettings"] = p.webSocket()
	case "httpupgrade", "xhttp":
		settings := object{"path": t.Path, "host": t.Host}
		if t.Mode != "" {
			settings["mode"] = t.Mode
		}
		o[t.Kind+"Settings"] = settings
	case "h2":
		o["network"] = "http"
		o["httpSettings"] = object{"path": t.Path, "host": []string{t.Host}}
	case "grpc":
		o["grpcSettings"] = object{"serviceName": t.Service, "multiMode": t.Multi}
	case "kcp":
		p.kcp(o)
	case "quic":
		o["quicSettings"] = object{"security": "none", "header": object{"type": t.Header}}
	default:
		return nil, fmt.Errorf("there is no transport %q", t.Kind)
	}
	if server && p.ProxyProtocol {
		o["sockopt"] = object{"acceptProxyProtocol": true}
		if p.Program == V2Ray {
			o["tcpSettings"] = object{"acceptProxyProtocol": true}
		}
	}
	if t.TLS != nil {
		o["security"] = "tls"
		o["tlsSettings"] = p.tls(secrets, server)
	}
	return o, nil
}

// disguise is the head of HTTP in front of a stream.
func (t *Transport) disguise() object {
	request := object{"path": []string{orSlash(t.Path)}}
	if t.Host != "" {
		request["headers"] = object{"Host": []string{t.Host}}
	}
	return object{"type": "http", "request": request}
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

func (p *Peer) webSocket() object {
	t := &p.Transport
	o := object{"path": t.Path}
	if p.Program == V2Ray {
		if t.Host != "" {
			o["headers"] = object{"Host": t.Host}
		}
		return o
	}
	o["host"] = t.Host
	if t.Early > 0 { // Xray takes the length from the path
		o["path"] = fmt.Sprintf("%s?ed=%d", orSlash(t.Path), t.Early)
	}
	return o
}

// kcp puts in mKCP. What v2ray calls header and seed are masks in Xray, the
// outermost first.
func (p *Peer) kcp(o object) {
	t := &p.Transport
	if p.Program == V2Ray {
		settings := object{}
		if t.Header != "" {
			settings["header"] = object{"type": t.Header}
		}
		if t.Seed != "" {
			settings["seed"] = t.Seed
		}
		o["kcpSettings"] = settings
		return
	}
	masks := []object{{"type": "mkcp-original"}}
	if t.Seed != "" {
		masks = []object{{"type": "mkcp-aes128gcm", "settings": object{"password": t.Seed}}}
	}
	if t.Header != "" && t.Header != "none" {
		masks = append([]object{{"type": "header-" + maskNames[t.Header]}}, masks...)
	}
	o["network"] = "mkcp"
	o["kcpSettings"] = object{}
	o["finalmask"] = object{"udp": masks}
}

// maskNames has Xray's names for the disguises.
var maskNames = map[string]string{
	"srtp": "srtp", "utp": "utp", "wechat-video": "wechat", "dtls": "dtls", "wireguard": "wireguard",
}

// tls is the tlsSettings of a peer. Xray's server writes the key log.
func (p *Peer) tls(secrets *secrets, server bool) object {
	t := p.Transport.TLS
	o := object{"serverName": secrets.name}
	if len(t.ALPN) > 0 {
		o["alpn"] = t.ALPN
	}
	if p.Program == Xray && t.Version != "" {
		o["minVersion"], o["maxVersion"] = t.Version, t.Version
	}
	switch {
	case server:
		o["certificates"] = []object{{"certificate": lines(secrets.certificate), "key": lines(secrets.key)}}
		if p.Program == Xray {
			o["masterKeyLog"] = secrets.keyLog
		}
	case p.Program == V2Ray:
		o["allowInsecure"] = true
	default:
		o["pinnedPeerCertSha256"] = secrets.pin
	}
	return o
}
