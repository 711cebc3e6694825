package harness

import (
	"encoding/json"
	"net"
	"strconv"
)

// object is a JSON object of a configuration.
type object = map[string]any

// address is where something listens.
type address struct {
	host string
	port int
}

func (a address) String() string { return net.JoinHostPort(a.host, strconv.Itoa(a.port)) }

// serverConfig is the configuration of a server at port that sends everything
// to the origin.
func (p *Peer) serverConfig(port int, origin address, secrets *secrets) ([]byte, error) {
	settings := object{"clients": p.accounts("")}
	if p.SecureOnly {
		settings["disableInsecureEncryption"] = true
	}
	stream, err := p.stream(secrets, true)
	if err != nil {
		return nil, err
	}
	inbounds := []object{{"listen": loopback, "port": port, "protocol": "vmess", "settings": settings, "streamSettings": stream}}
	if p.Dynamic != "" {
		settings["detour"] = object{"to": "dynamic"}
		inbounds = append(inbounds, object{
			"listen": loopback, "port": p.Dynamic, "tag": "dynamic", "protocol": "vmess",
			"settings":       object{"default": object{"level": 0, "alterId": p.Users[0].AlterID}},
			"streamSettings": stream,
			"allocate":       object{"strategy": "random", "concurrency": 2, "refresh": 5},
		})
	}
	return json.MarshalIndent(object{
		"log": object{"loglevel": "info"}, "inbounds": inbounds,
		"outbounds": []object{{"protocol": "freedom", "settings": object{"redirect": origin.String()}}},
	}, "", "  ")
}

// clientConfig is the configuration of a client that listens for SOCKS at port
// and dials the server, through the proxy if there is one.
func (p *Peer) clientConfig(port int, server address, proxy *Proxy, through address, secrets *secrets) ([]byte, error) {
	security := p.Security
	if security == "" {
		security = "aes-128-gcm"
	}
	stream, err := p.stream(secrets, false)
	if err != nil {
		return nil, err
	}
	vmess := object{
		"protocol": "vmess", "streamSettings": stream,
		"settings": object{"vnext": []object{{"address": server.host, "port": server.port, "users": p.accounts(security)[:1]}}},
	}
	if p.Mux > 0 || p.XUDP {
		mux := object{"enabled": true, "concurrency": p.Mux}
		if p.XUDP {
			mux["xudpConcurrency"] = 8
		}
		if p.Mux == 0 {
			mux["concurrency"] = -1
		}
		vmess["mux"] = mux
	}
	outbounds := []object{vmess}
	if proxy != nil {
		vmess["proxySettings"] = object{"tag": "proxy"}
		if p.Program == Xray {
			delete(vmess, "proxySettings")
			stream["sockopt"] = object{"dialerProxy": "proxy"}
		}
		outbounds = append(outbounds, object{
			"tag": "proxy", "protocol": proxy.Kind,
			"settings": object{"servers": []object{{"address": through.host, "port": through.port}}},
		})
	}
	return json.MarshalIndent(object{
		"log":       object{"loglevel": "info"},
		"inbounds":  []object{{"listen": loopback, "port": port, "protocol": "socks", "settings": object{"udp": true, "ip": loopback}}},
		"outbounds": outbounds,
	}, "", "  ")
}

// accounts lists the users, with a client's security if there is one.
func (p *Peer) accounts(security string) []object {
	var list []object
	for _, u := range p.Users {
		account := object{"id": u.ID}
		if p.Program == V2Ray {
			account["alterId"] = u.AlterID
		}
		if security != "" {
			account["security"] = security
		}
		list = append(list, account)
	}
	return list
}
