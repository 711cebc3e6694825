package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// configured is a capture, with what the configurations of its server and of
// its client say.
type configured struct {
	name           string
	port           string
	server, client string // members of the objects that VMess is in
	user           string // of the client, besides the id
	flags          []string
	changes        []changed
}

// changed is a configuration in which one thing is another.
type changed struct {
	was, is string // the first place, in either configuration
	setting string // that the sessions contradict; empty where nobody can see it
}

const (
	wsStream    = `"streamSettings":{"network":"ws","wsSettings":{"path":"/cap","headers":{"Host":"ws.example.test"}}}`
	onTLS       = `"security":"tls","tlsSettings":{"serverName":"vmess.example.test"},`
	gcm         = `"security":"aes-128-gcm"`
	otherPort   = "21999"
	grpcStream  = `"streamSettings":{"network":"grpc","grpcSettings":{"serviceName":"CapService"}}`
	httpStream  = `"streamSettings":{"tcpSettings":{"header":{"type":"http","request":{"path":["/video/one","/video/two"],"headers":{"Host":["cdn.example.test"]}}}}}`
	h2Stream    = `"streamSettings":{"network":"h2",` + onTLS + `"httpSettings":{"path":"/h2cap","host":["h2.example.test"]}}`
	upgraded    = `"streamSettings":{"network":"httpupgrade","httpupgradeSettings":{"path":"/up","host":"up.example.test"}}`
	kcpStream   = `"streamSettings":{"network":"kcp","kcpSettings":{"header":{"type":"srtp"}}}`
	kcpSeeded   = `"streamSettings":{"network":"kcp","kcpSettings":{"header":{"type":"utp"},"seed":"shared seed"}}`
	bareStream  = `"streamSettings":{"network":"tcp"}`
	bareTLS     = `"streamSettings":{` + onTLS + `"network":"tcp"}`
	wsTLSStream = `"streamSettings":{` + onTLS + `"network":"ws","wsSettings":{"path":"/cap"}}`
)

var configuredCaptures = []configured{
	{name: "aead-v4-v5-gcm", port: "21001", server: bareStream, client: bareStream, user: gcm, changes: []changed{
		{`"port":21001`, `"port":` + otherPort, "port"},
		{`"network":"tcp"`, `"network":"ws"`, "network"},
		{`"network":"tcp"`, `"security":"tls"`, "tls"},
		{`"network":"tcp"`, `"tcpSettings":{"header":{"type":"http"}}`, "network"},
		{gcm, `"security":"chacha20-poly1305"`, "security"},
		{gcm, `"security":"none"`, "security"},
		{gcm, `"security":"zero"`, "security"},
		{gcm, `"security":"auto"`, ""},
		{gcm, gcm + `,"alterId":4`, "alterId"},
	}},
	{name: "aead-v5-sb-zero", port: "21021", server: bareStream, client: bareStream, user: `"security":"zero"`, changes: []changed{
		{`"security":"zero"`, `"security":"auto"`, "security"},
		{`"security":"zero"`, `"security":"none"`, "security"},
		{bareStream, bareStream + `,"settings":{"disableInsecureEncryption":true,`, "disableInsecureEncryption"},
	}},
	{name: "legacy-v4-v4-a4-gcm", port: "21105", server: bareStream, client: bareStream, user: gcm + `,"alterId":4`, changes: []changed{
		{gcm + `,"alterId":4`, gcm + `,"alterId":0`, "alterId"},
		{gcm + `,"alterId":4`, gcm + `,"alterId":64`, ""}, // within the client's: only the server's configuration tells
	}},
	{name: "ws-v4-xray", port: "21341", server: wsStream, client: wsStream, user: gcm, changes: []changed{
		{`/cap`, `/cape`, "path"},
		{`ws.example`, `wss.example`, "host"},
		{`"network":"ws"`, `"network":"httpupgrade"`, "network"},
		{`"network":"ws"`, `"network":"tcp"`, "network"},
		{`"network":"ws"`, `"network":"ws","security":"tls"`, "tls"},
		{`"/cap"`, `"/cap?ed=2048"`, ""},
	}},
	{name: "wss-v4-xray", port: "443", server: wsTLSStream, client: wsTLSStream, user: gcm, flags: []string{"--keylog"}, changes: []changed{
		{`"security":"tls"`, `"security":"none"`, "tls"},
		{`/cap`, `/cape`, "path"},
		{`"network":"ws"`, `"network":"grpc"`, "network"},
	}},
	{name: "tls13-xray-v5", port: "443", server: bareTLS, client: bareTLS, user: gcm, flags: []string{"--keylog"}, changes: []changed{
		{`"security":"tls"`, `"security":"none"`, "tls"},
		{`"network":"tcp"`, `"network":"ws"`, "network"},
	}},
	{name: "grpc-v5-xray", port: "21418", server: grpcStream, client: grpcStream, user: gcm, changes: []changed{
		{`CapService`, `Capservice`, "path"},
		{`"network":"grpc"`, `"network":"h2"`, "network"},
	}},
	{name: "http-v4-v5", port: "80", server: httpStream, client: httpStream, user: gcm, changes: []changed{
		{`"type":"http"`, `"type":"none"`, "network"},
	}},
	{name: "h2-tls-front-v5-v4", port: "443", server: h2Stream, client: h2Stream, user: gcm, flags: []string{"--keylog"}, changes: []changed{
		{`/h2cap`, `/cap`, "path"},
		{`h2.example`, `h3.example`, "host"},
	}},
	{name: "httpupgrade-xray-sb", port: "21433", server: upgraded, client: upgraded, user: gcm, changes: []changed{
		{`"/up"`, `"/down"`, "path"},
		{`"network":"httpupgrade"`, `"network":"ws"`, "network"},
	}},
	{name: "kcp-srtp-v4-v5", port: "21449", server: kcpStream, client: kcpStream, user: gcm, changes: []changed{
		{`"srtp"`, `"dtls"`, "header"},
		{`"type":"srtp"}`, `"type":"srtp"},"seed":"some seed"`, "seed"},
	}},
	{name: "kcp-seed-utp-v5-v4", port: "21047", server: kcpSeeded, client: kcpSeeded, user: gcm, changes: []changed{
		{`"utp"`, `"none"`, "header"},
	}},
}

// TestContradictions: the right configurations of a capture contradict nothing;
// with one thing changed, it is told, and it alone.
func TestContradictions(t *testing.T) {
	ids := readManifest(t, "../../testdata/captures")
	for _, c := range configuredCaptures {
		user := ids[c.name][0]
		id := `"id":"` + user.ID + `"`
		alter := ""
		if user.AlterID > 0 {
			alter = `,"alterId":4`
		}
		server := `{"inbounds":[{"protocol":"vmess","port":` + c.port + `,` + c.server + `,"settings":{"clients":[{` + id + alter + `}]}}]}`
		client := `{"outbounds":[{"protocol":"vmess",` + c.client + `,"settings":{"vnext":[{"address":"127.0.0.1","port":` + c.port +
			`,"users":[{` + id + `,` + c.user + `}]}]}}]}`
		if got := contradicted(t, c, server, client); len(got) > 0 {
			t.Errorf("%s: the right configurations: got %q", c.name, got)
		}
		for _, ch := range c.changes {
			seen := 0
			for _, text := range []string{server, client} {
				other := strings.Replace(text, ch.was, ch.is, 1)
				if strings.HasSuffix(ch.is, `"settings":{"disableInsecureEncryption":true,`) { // in the place of the members behind it
					other = strings.Replace(other, `,"settings":{"clients"`, `"clients"`, 1)
				}
				if other == text || !json.Valid([]byte(other)) {
					continue
				}
				seen++
				var want []string
				if ch.setting != "" {
					want = []string{ch.setting}
				}
				if got := contradicted(t, c, other); !slices.Equal(got, want) {
					t.Errorf("%s with %s: got %q, want %q", c.name, ch.is, got, want)
				}
			}
			if seen == 0 {
				t.Errorf("%s: nothing is changed by %s", c.name, ch.is)
			}
		}
		if alter != "" {
			above := strings.Replace(client, alter, `,"alterId":64`, 1)
			if got := contradicted(t, c, server, above); !slices.Equal(got, []string{"alterId"}) {
				t.Errorf("%s: a client's alterId above the server's: got %q", c.name, got)
			}
		}
		t.Run(c.name+"/users", func(t *testing.T) {
			more := strings.Replace(server, `"clients":[`, `"clients":[{"id":"00000000-1111-4222-8333-444444444444","email":"bob"},`, 1)
			if got := contradicted(t, c, more); !slices.Equal(got, []string{"users"}) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// contradicted decodes a capture with configurations and gives the settings
// that it contradicts.
func contradicted(t *testing.T, c configured, configs ...string) (settings []string) {
	t.Helper()
	capture := "../../testdata/captures/" + c.name
	args := []string{"decode", capture + ".pcap", "--json", "--skew-budget", "200000"}
	for _, f := range c.flags {
		args = append(args, f, capture+".keys")
	}
	for _, text := range configs {
		name := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", name)
	}
	var out, complaints strings.Builder
	if status := Main(t.Context(), append([]string{"vmess"}, args...), testEnv(&out, &complaints)); status > exitNegative || complaints.Len() > 0 {
		t.Fatalf("status %d, %s", status, complaints.String())
	}
	for line := range strings.Lines(out.String()) {
		var sum struct {
			Type     string
			Sessions int
			Findings []struct{ Config, Setting, What string }
		}
		if !strings.Contains(line, `"type":"summary"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &sum); err != nil || sum.Sessions == 0 {
			t.Fatalf("%v, %d sessions", err, sum.Sessions)
		}
		for _, f := range sum.Findings {
			if f.Config != "" {
				settings = append(settings, f.Setting)
			}
			if strings.Contains(f.What, "shared seed") || strings.Contains(f.What, "some seed") {
				t.Errorf("shows the seed: %s", f.What)
			}
		}
	}
	return settings
}
