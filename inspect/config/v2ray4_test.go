package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

const serverFile = `// the house's server
{
  "log": { "loglevel": "warning" }, # a comment of another kind
  "inbounds": [
    { "tag": "door", "port": 1080, "protocol": "socks", "settings": { "clients": [ { "id": "never read" } ] } },
    { "tag": "front", "port": 8443, "protocol": "vmess", "listen": "192.0.2.1",
      "settings": {
        "clients": [
          { "id": "` + id1 + `", "alterId": 4, "email": "alice@example.net" },
          { "ID": "` + id2 + `", "alterID": 0, "level": 1 } /* "id": "#" */
        ],
        "default": { "level": 0, "alterId": 32 },
        "detour": { "to": "rotating" }
      } },
    { "tag": "rotating", "port": "20000-20100", "protocol": "VMess", "settings": {},
      "streamSettings": { "network": "mkcp", "kcpSettings": { "seed": "quokka # 7" } } },
    { "port": "443, 5000-5001", "protocol": "vmess", "listen": "0.0.0.0",
      "settings": { "clients": [
        { "id": "` + id2 + `", "alterId": 1, "email": "bob" }, { "id": "` + id3 + `" } ] } }
  ],
  "outbounds": [{ "protocol": "vmess", "settings": { "vnext": [{ "users": [{ "id": "never read" }] }] } }]
}
`

func TestParseV2Ray4(t *testing.T) {
	got, err := ParseV2Ray4("server.json", []byte(serverFile))
	if err != nil {
		t.Fatal(err)
	}
	alice, other, third := User{ID: mustID(t, id1), AlterIDs: 4, Label: "alice@example.net"}, User{ID: mustID(t, id2)}, User{ID: mustID(t, id3)}
	bob := User{ID: mustID(t, id2), AlterIDs: 1, Label: "bob"}
	listen := []Endpoint{
		{netip.MustParseAddr("192.0.2.1"), 8443, 8443, "tcp"},
		{netip.Addr{}, 20000, 20100, "udp"},
		{netip.Addr{}, 443, 443, "tcp"},
		{netip.Addr{}, 5000, 5001, "tcp"},
	}
	tcp := Stream{Network: "tcp"}
	want := &Config{
		Users:  []User{alice, bob, third},
		Listen: listen,
		Inbounds: []Inbound{
			{Tag: "front", Listen: listen[:1], Users: []User{alice, other}, DetourTo: "rotating", DefaultAlterIDs: 32, Stream: tcp},
			{Tag: "rotating", Listen: listen[1:2], Stream: Stream{Network: "mkcp", Seed: "quokka # 7"}},
			{Listen: listen[2:], Users: []User{bob, third}, Stream: tcp},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The forms of v2ray before 4.0: one inbound, its port at the top, and others
// in inboundDetour.
func TestParseV2Ray4OldForms(t *testing.T) {
	const text = "\ufeff" + `{
	"port": 10086,
	"inbound": { "protocol": "vmess", "settings": { "clients": [ { "id": "` + id1 + `", "alterId": 64 } ],
		"features": { "detour": { "to": "d" } } } },
	"inboundDetour": [
		{ "protocol": "vmess", "port": "10087", "tag": "d", "listen": "[2001:db8::1]", "settings": { "clients": null },
		  "streamSettings": { "network": "kcp" } },
		{ "protocol": "vmess", "listen": "/run/v2ray.sock", "settings": { "clients": [ { "id": "example" } ] } },
		{ "protocol": "vmess", "streamSettings": { "network": "domainsocket" } },
		{ "protocol": "vmess", "port": 10088, "streamSettings": { "network": "quic" } },
		null,
	],
	"transport": { "kcpSettings": { "seed": "of all" } } }`
	got, err := ParseV2Ray4("old.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	listen := []Endpoint{
		{netip.Addr{}, 10086, 10086, "tcp"},
		{netip.MustParseAddr("2001:db8::1"), 10087, 10087, "udp"},
		{netip.Addr{}, 10088, 10088, "udp"},
	}
	first, second := User{ID: mustID(t, id1), AlterIDs: 64}, User{ID: mustID(t, "example")}
	want := &Config{
		Users:  []User{first, second},
		Listen: listen,
		Inbounds: []Inbound{
			{Listen: listen[:1], Users: []User{first}, DetourTo: "d", Stream: Stream{Network: "tcp"}},
			{Tag: "d", Listen: listen[1:2], Stream: Stream{Network: "mkcp", Seed: "of all"}},
			{Users: []User{second}, Stream: Stream{Network: "tcp"}},
			{Stream: Stream{Network: "ds"}},
			{Listen: listen[2:], Stream: Stream{Network: "quic"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// inbound wraps the members of a VMess inbound; they begin in line 2, column 1.
func inbound(members string) string {
	return "{\"inbounds\":[{\"protocol\":\"vmess\",\n" + members + "}]}"
}

func client(members string) string {
	return inbound("\"port\":1,\"settings\":{\"clients\":[\n{" + members + "}]}")
}

func TestParseV2Ray4Errors(t *testing.T) {
	const none = `s.json: no inbound or outbound with the protocol "vmess", wanted a server's or a client's configuration in v2ray's JSON of version 4`
	const singBox = "s.json: this looks like a configuration of sing-box, wanted one in v2ray's JSON of version 4; " +
		"write the uuid, alterId and name of each user into a list of users, one in a line, and name the server's port"
	const noPort = "no port from 1 to 65535, wanted one or a range such as 5000-5100"
	const badID = "wanted 32 hex digits with or without hyphens, or a text of 1 to 30 bytes"
	good := `"id":"` + id1 + `"`
	for _, c := range []struct{ name, text, want string }{
		{"no inbounds", `{}`, none},
		{"no server to go to", `{"outbounds":[{"protocol":"vmess"}]}`, "s.json:1:15: outbounds[0]: no server, wanted one in vnext"},
		{"a server without a port", `{"outbounds":[{"protocol":"vmess","settings":{"vnext":[{}]}}]}`, "s.json:1:56: vnext[0]: no port, wanted one"},
		{"a client's port as text", `{"outbounds":[{"protocol":"vmess","settings":{"vnext":[{"port":"1"}]}}]}`, "s.json:1:64: port: a string, wanted a number from 0 to 65535"},
		{"a client's user without an id", `{"outbounds":[{"protocol":"vmess","settings":{"vnext":[{"port":1,"users":[{}]}]}}]}`, "s.json:1:75: users[0]: no id, wanted one"},
		{"a flag that is none", inbound(`"settings":{"disableInsecureEncryption":1}`), "s.json:2:41: disableInsecureEncryption: a number, wanted a Boolean"},
		{"a host that is none", inbound(`"streamSettings":{"network":"ws","wsSettings":{"headers":{"Host":[1]}}}`), "s.json:2:67: host[0]: a number, wanted a string"},
		{"other protocols", `{"inbounds":[{"protocol":"trojan"},{}]}`, none},
		{"null", `null`, none},
		{"sing-box", `{"inbounds":[{"type":"vmess","listen_port":1,"users":[]}]}`, singBox},
		{"a client of sing-box", `{"log":{},"outbounds":[{"type":"direct"}]}`, singBox},

		{"empty", ``, "s.json:1:1: not JSON: parsing value: unexpected EOF"},
		{"not JSON", "\n  hello", "s.json:2:3: not JSON"},
		{"text behind the end", "{}\n}", "s.json:2:1: not JSON: invalid character '}' after top-level value"},
		{"comma missing", "{\"a\":1\n \"b\":2}", "s.json:2:2: not JSON: invalid character '\"' after object value (expecting ',' or '}')"},
		{"ends early", `{"inbounds":[`, "s.json:1:14: not JSON: parsing value: unexpected EOF"},
		{"a comment without end", "{} /* ", "s.json:1:4: not JSON: parsing comment: unexpected EOF"},
		{"a list", `[1]`, "s.json:1:1: the file: a list, wanted an object"},
		{"too deep", strings.Repeat("[", 65), "s.json:1:65: nested deeper than 64"},
		{"too many values", "[" + strings.Repeat("0,", maxValues) + "0]", "s.json:1:3999999: more than 2000000 values"},

		{"inbounds no list", `{"inbounds":{}}`, "s.json:1:13: inbounds: an object, wanted a list"},
		{"inbound no object", `{"inbounds":["vmess"]}`, "s.json:1:14: inbounds[0]: a string, wanted an object"},
		{"protocol no string", `{"inbounds":[{"protocol":1}]}`, "s.json:1:26: protocol: a number, wanted a string"},
		{"a key twice", inbound("\"port\":1,\n\"Port\":2"), "s.json:3:1: port a second time, first in line 2"},

		{"no port", inbound(`"tag":"x"`), "s.json:1:14: inbounds[0]: no port, wanted one"},
		{"port 0", inbound(`"port":0`), "s.json:2:8: port: 0, wanted 1 to 65535"},
		{"port too large", inbound(`"port":65536`), "s.json:2:8: port: out of range or no whole number, wanted 0 to 65535"},
		{"port with a fraction", inbound(`"port":443.0`), "s.json:2:8: port: out of range or no whole number, wanted 0 to 65535"},
		{"port negative", inbound(`"port":-1`), "s.json:2:8: port: out of range or no whole number, wanted 0 to 65535"},
		{"port true", inbound(`"port":true`), "s.json:2:8: port: a Boolean, wanted a string"},
		{"port from the environment", inbound(`"port":"env:PORT"`), "s.json:2:8: port: taken from the environment (env:…), wanted the number itself"},
		{"port text", inbound(`"port":"https"`), "s.json:2:8: port: " + noPort},
		{"port empty", inbound(`"port":""`), "s.json:2:8: port: " + noPort},
		{"range backwards", inbound(`"port":"2000-1000"`), "s.json:2:8: port: " + noPort},
		{"range open", inbound(`"port":"2000-"`), "s.json:2:8: port: " + noPort},
		{"range of three", inbound(`"port":"1-2-3"`), "s.json:2:8: port: " + noPort},
		{"ports without end", inbound(`"port":"` + strings.Repeat("1,", 2048) + `1"`), "s.json:2:8: port: 4097 bytes, wanted at most 4096"},
		{"listen on a name", inbound(`"port":1,"listen":"example.net"`), "s.json:2:19: listen: no IP address, wanted one"},
		{"listen from the environment", inbound(`"port":1,"listen":"env:IP"`), "s.json:2:19: listen: taken from the environment (env:…), wanted the address itself"},

		{"no id", client(`"alterId":1`), "s.json:3:1: clients[0]: no id, wanted one"},
		{"client null", inbound(`"settings":{"clients":[null]}`), "s.json:2:24: clients[0]: no id, wanted one"},
		{"client text", inbound(`"settings":{"clients":["` + id1 + `"]}`), "s.json:2:24: clients[0]: a string, wanted an object"},
		{"id a number", client(`"id":1`), "s.json:3:7: id: a number, wanted a string"},
		{"id unreadable", client(`"id":"` + id1[:35] + `"`), "s.json:3:7: id: an id of 35 bytes that cannot be read, " + badID},
		{"alterId text", client(good + `,"alterId":"4"`), "s.json:3:56: alterId: a string, wanted a number from 0 to 65535"},
		{"alterId too large", client(good + `,"alterId":65536`), "s.json:3:56: alterId: out of range or no whole number, wanted 0 to 65535"},
		{"alterId huge", client(good + `,"alterId":1e99`), "s.json:3:56: alterId: out of range or no whole number, wanted 0 to 65535"},
		{"email no string", client(good + `,"email":[]`), "s.json:3:54: email: a list, wanted a string"},
		{"email that acts on a terminal", client(good + `,"email":"\u001b[2J"`), "s.json:3:54: email: a control character in a label, wanted printable text"},
		{"same id twice", client(good + "},\n{" + good), "s.json:4:7: id: the id of line 3 again, wanted each id once in an inbound"},
		{"default alterId", inbound(`"settings":{"default":{"alterId":-4}}`), "s.json:2:34: alterId: out of range or no whole number, wanted 0 to 65535"},
		{"an invalid escape", client(`"id":"\x` + id1 + `"`), "s.json:3:7: not JSON"},
	} {
		got, err := ParseV2Ray4("s.json", []byte(c.text))
		if err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s:\n got %v, %v\nwant %s", c.name, got, err, c.want)
		}
	}
}

func TestParseV2Ray4TooLarge(t *testing.T) {
	text := []byte(serverFile + strings.Repeat(" ", MaxFile))
	_, err := ParseV2Ray4("s.json", text)
	want := fmt.Sprintf("s.json: %d bytes, wanted at most %d", len(text), MaxFile)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// A file with any byte damaged, or cut anywhere, is read or refused, and a
// refusal shows nothing of the ids or the seed.
func TestParseV2Ray4Damaged(t *testing.T) {
	check := func(text []byte) {
		if _, err := ParseV2Ray4("s.json", text); err != nil {
			checkNoSecret(t, err, id1, id2, id3, "quokka")
		}
	}
	for i := range len(serverFile) {
		check([]byte(serverFile[:i]))
		for _, c := range []byte{'"', '\\', '{', '}', ',', '0', '~', 0, 0xff} {
			text := []byte(serverFile)
			text[i] = c
			check(text)
		}
	}
}

func TestParseV2Ray4LeavesItsInput(t *testing.T) {
	text := []byte(serverFile)
	if _, err := ParseV2Ray4("s.json", text); err != nil {
		t.Fatal(err)
	}
	if string(text) != serverFile {
		t.Error("the input was changed")
	}
}

// Files made to cost much are read or refused in a time that fits their size.
func TestHostileFilesAreCheap(t *testing.T) {
	inboundOfPorts := `{"protocol":"vmess","port":"` + strings.Repeat("1,", 2000) + `1"}`
	var keys, clients strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&keys, `"k%d":0,`, i)
		fmt.Fprintf(&clients, `{"id":"%032x"},`, i)
	}
	for name, text := range map[string]string{
		"open brackets": strings.Repeat("[", MaxFile),
		"open objects":  strings.Repeat(`{"a":`, MaxFile/5),
		"slashes":       strings.Repeat("/", MaxFile),
		"comment signs": strings.Repeat("/*", MaxFile/2),
		"hashes":        strings.Repeat("#\n", MaxFile/2),
		"quotes":        strings.Repeat(`"`, MaxFile),
		"backslashes":   `"` + strings.Repeat(`\`, MaxFile-1),
		"many keys":     inbound(keys.String() + `"port":1`),
		"many clients":  inbound(`"port":1,"settings":{"clients":[` + clients.String() + `]}`),
		"many ports":    `{"inbounds":[` + strings.Repeat(inboundOfPorts+",", MaxFile/len(inboundOfPorts)-1) + `]}`,
	} {
		start := time.Now()
		server, err := ParseV2Ray4("s.json", []byte(text))
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if name == "many clients" && (err != nil || len(server.Users) != 100_000) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "many keys" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "many ports" && (err == nil || !strings.HasSuffix(err.Error(), "port: more than 65536 ports and ranges")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlace(t *testing.T) {
	text := []byte("ab\n\ncd")
	for off, want := range []string{"1 1", "1 2", "1 3", "2 1", "3 1", "3 2", "3 3", "3 3"} {
		if got := fmt.Sprint(place(text, off)); got != want {
			t.Errorf("offset %d: got %s, want %s", off, got, want)
		}
	}
}
