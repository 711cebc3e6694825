package config

import (
	"reflect"
	"slices"
	"testing"
)

// TestStream reads each transport, in the words of v2ray and of Xray.
func TestStream(t *testing.T) {
	for _, c := range []struct {
		text string
		want Stream
	}{
		{`{}`, Stream{Network: "tcp"}},
		{`{"network":"raw","security":"none"}`, Stream{Network: "tcp"}},
		{`{"method":"raw"}`, Stream{Network: "tcp"}},
		{`{"network":"tcp","security":"tls","tlsSettings":{"serverName":"tide.example"}}`, Stream{Network: "tcp", TLS: true, ServerName: "tide.example"}},
		{`{"security":"reality","realitySettings":{"serverName":"a.example"}}`, Stream{Network: "tcp", TLS: true, ServerName: "a.example"}},
		{`{"tcpSettings":{"header":{"type":"http","request":{"path":["/a","/b"],"headers":{"Host":["x.example","y.example"]}}}}}`,
			Stream{Network: "http", Paths: []string{"/a", "/b"}, Hosts: []string{"x.example", "y.example"}}},
		{`{"rawSettings":{"header":{"type":"HTTP"}}}`, Stream{Network: "http"}},
		{`{"network":"ws"}`, Stream{Network: "ws", Paths: []string{"/"}}},
		{`{"network":"WebSocket","wsSettings":{"path":"/tide?ed=2048","headers":{"host":"a.example"}}}`,
			Stream{Network: "ws", Paths: []string{"/tide"}, Hosts: []string{"a.example"}}},
		{`{"network":"ws","wsSettings":{"path":"tide","host":"b.example","headers":{"Host":"a.example"}}}`,
			Stream{Network: "ws", Paths: []string{"/tide"}, Hosts: []string{"b.example"}}},
		{`{"network":"httpupgrade","httpupgradeSettings":{"path":"/up","host":"a.example"}}`,
			Stream{Network: "httpupgrade", Paths: []string{"/up"}, Hosts: []string{"a.example"}}},
		{`{"network":"http","security":"tls","httpSettings":{"path":"/h","host":"a.example, b.example"}}`,
			Stream{Network: "h2", TLS: true, Paths: []string{"/h"}, Hosts: []string{"a.example", "b.example"}}},
		{`{"network":"grpc","grpcSettings":{"serviceName":"tide"}}`, Stream{Network: "grpc", Paths: []string{"/tide/Tun", "/tide/TunMulti"}}},
		{`{"network":"gun","grpcSettings":{"serviceName":"new"},"gunSettings":{"serviceName":"a b"}}`,
			Stream{Network: "grpc", Paths: []string{"/a%20b/Tun", "/a%20b/TunMulti"}}},
		{`{"network":"grpc","grpcSettings":{"serviceName":"/x/one|two","multiMode":true}}`, Stream{Network: "grpc", Paths: []string{"/x/two", "/x/one"}}},
		{`{"network":"kcp","kcpSettings":{"header":{"type":"wechat-video"},"seed":"quokka"}}`, Stream{Network: "mkcp", Header: "wechat-video", Seed: "quokka"}},
		{`{"network":"xhttp"}`, Stream{Network: "xhttp"}},
		{`{"network":"meek"}`, Stream{}},
	} {
		doc, root := parseJSON("s.json", []byte(c.text))
		r := v2ray4{doc: doc, root: root}
		if got := r.stream(root); doc.err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", c.text, got, doc.err, c.want)
		}
	}
}

const clientFile = `{
  "inbounds": [{ "protocol": "socks", "port": 1080 }],
  "outbounds": [
    { "protocol": "freedom" },
    { "tag": "harbour", "protocol": "vmess",
      "settings": { "vnext": [{ "address": "edge.example.net", "port": 8443, "users": [
        { "id": "` + id1 + `", "alterId": 64, "security": "AES-128-GCM", "email": "me" },
        { "id": "` + id2 + `", "security": "made-up" } ] }, { "address": "192.0.2.9", "port": 1, "users": [{ "id": "` + id1 + `" }] }] },
      "streamSettings": { "network": "kcp", "kcpSettings": { "seed": "quokka" } } },
    { "protocol": "vmess", "settings": { "address": "2001:db8::1", "port": 443, "id": "` + id3 + `", "security": "zero" },
      "streamSettings": { "network": "kcp", "kcpSettings": { "seed": "quokka" } } },
    { "protocol": "vmess", "settings": { "address": "2001:db8::1", "port": 443 , "id": "` + id3 + `" },
      "streamSettings": { "network": "kcp", "kcpSettings": { "seed": "wombat" } } }
  ] }`

// TestClient reads outbounds, in the old form and in Xray's flat one.
func TestClient(t *testing.T) {
	got, err := ParseV2Ray4("client.json", []byte(clientFile))
	if err != nil {
		t.Fatal(err)
	}
	me, second, third := User{ID: mustID(t, id1), AlterIDs: 64, Label: "me"}, User{ID: mustID(t, id2)}, User{ID: mustID(t, id3)}
	kcp := Stream{Network: "mkcp", Seed: "quokka"}
	want := &Config{
		Users: []User{me, second, third},
		Outbounds: []Outbound{
			{Tag: "harbour", Stream: kcp, Servers: []Server{
				{"edge.example.net", 8443, []Sender{{me, "aes-128-gcm"}, {second, "auto"}}},
				{"192.0.2.9", 1, []Sender{{User{ID: me.ID}, "auto"}}},
			}},
			{Stream: kcp, Servers: []Server{{"2001:db8::1", 443, []Sender{{third, "zero"}}}}},
			{Stream: Stream{Network: "mkcp", Seed: "wombat"}, Servers: []Server{{"2001:db8::1", 443, []Sender{{third, "auto"}}}}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if seeds := got.Seeds(); !slices.Equal(seeds, []string{"quokka", "wombat"}) {
		t.Errorf("seeds: got %q", seeds)
	}
}

// TestInbound reads what Xray calls users, and what a server refuses.
func TestInbound(t *testing.T) {
	got, err := ParseV2Ray4("s.json", []byte(inbound(`"port":1,"settings":{"users":[{"id":"`+id1+`"}],"disableInsecureEncryption":true}`)))
	if err != nil || len(got.Users) != 1 || !got.Inbounds[0].RefusesInsecure {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = ParseV2Ray4("s.json", []byte(inbound(`"port":1,"settings":{"users":[{"id":"`+id1+`"}],"clients":[{"id":"`+id2+`"}]}`)))
	if err != nil || len(got.Users) != 1 || got.Users[0].ID != mustID(t, id2) || got.Inbounds[0].RefusesInsecure {
		t.Errorf("got %+v, %v: clients win", got, err)
	}
}

// TestClientDamaged: as TestParseV2Ray4Damaged.
func TestClientDamaged(t *testing.T) {
	for i := range len(clientFile) {
		for _, text := range []string{clientFile[:i], clientFile[:i] + "~" + clientFile[i+1:], clientFile[:i] + clientFile[i+1:]} {
			if _, err := ParseV2Ray4("s.json", []byte(text)); err != nil {
				checkNoSecret(t, err, id1, id2, id3, "quokka", "wombat")
			}
		}
	}
}
