package explain

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
)

var update = flag.Bool("update", false, "write the vectors and goldens again")

const (
	framed = codec.ChunkStream | codec.ChunkMasking
	padded = framed | codec.GlobalPadding
	sealed = padded | codec.AuthenticatedLength
)

var target = codec.HostPort("www.example.test", 443)

// talks are the conversations that mistakes are made in.
var talks = map[string]talk{
	"gcm": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: padded, command: codec.CommandTCP, host: target, padding: 5,
		up: []string{"GET / HTTP/1.1\r\n", "Host: www.example.test\r\n", "\r\n"}, down: []string{"HTTP/1.1 200 OK\r\n", "\r\n", "hello"}, end: true},
	"gcm-plain": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: codec.ChunkStream, command: codec.CommandTCP, host: target,
		up: []string{"one", "two", "three"}, down: []string{"four", "five"}},
	"gcm-sealed": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: sealed, command: codec.CommandTCP, host: target,
		up: []string{"one", "two", "three"}, down: []string{"four", "five"}, end: true},
	"chacha": {scheme: codec.AEAD, security: codec.SecurityChaCha20Poly1305, option: sealed, command: codec.CommandTCP,
		host: codec.HostPort("2001:db8::99", 22), up: []string{"one", "two", "three"}, down: []string{"four", "five"}, end: true},
	"ipv6": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: framed, command: codec.CommandTCP,
		host: codec.HostPort("2001:db8::99", 22), up: []string{"one"}},
	"mux": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: framed, command: codec.CommandMux, host: target, padding: 3,
		up: []string{"one"}, down: []string{"two"}},
	"none": {scheme: codec.AEAD, security: codec.SecurityNone, option: framed, command: codec.CommandTCP, host: target,
		up: []string{"the first of some", "chunks that are", "not sealed at all"}, down: []string{"an answer", "in two"}, end: true},
	"none-padded": {scheme: codec.AEAD, security: codec.SecurityNone, option: framed, command: codec.CommandTCP, host: target,
		up: []string{"the first of some", "chunks that are", "not sealed at all"}, end: true},
	"cfb": {scheme: codec.AEAD, security: codec.SecurityAES128CFB, option: padded, command: codec.CommandTCP, host: target,
		up: []string{"one", "two two two two two two", "three"}, down: []string{"four", "five"}, end: true},
	"cfb-plain": {scheme: codec.AEAD, security: codec.SecurityAES128CFB, option: codec.ChunkStream, command: codec.CommandTCP, host: target,
		up: []string{"one", "two two two two two two", "three"}, down: []string{"four", "five"}, end: true},
	"legacy": {scheme: codec.Legacy, alterIDs: 4, security: codec.SecurityAES128GCM, option: framed, command: codec.CommandTCP, host: target,
		up: []string{"one", "two"}, down: []string{"three", "four"}, end: true},
	"legacy-cfb": {scheme: codec.Legacy, alterIDs: 4, security: codec.SecurityAES128CFB, option: codec.ChunkStream, command: codec.CommandTCP,
		host: target, up: []string{"one", "two two two two two two"}, down: []string{"three", "four"}, end: true},
	"switch": {scheme: codec.AEAD, security: codec.SecurityAES128GCM, option: framed, command: codec.CommandTCP, host: target,
		up: []string{"one"}, down: []string{"two"},
		answer: append([]byte{1, 27, 0, 0, 0, 0, 0, 0x1F, 0x90}, append(run(0x51, 16), 0, 4, 1, 5)...)},
}

// inTalk says in which talks a mistake is made, where that is not "gcm".
var inTalk = map[string][]string{
	"cmd-key-alter":               {"legacy"},
	"legacy-time-little-endian":   {"legacy"},
	"legacy-time-4-bytes":         {"legacy"},
	"legacy-time-milliseconds":    {"legacy"},
	"legacy-hmac-of-cmd-key":      {"legacy"},
	"legacy-hmac-swapped":         {"legacy"},
	"legacy-iv-once":              {"legacy"},
	"legacy-iv-little-endian":     {"legacy"},
	"legacy-iv-4-bytes":           {"legacy"},
	"legacy-iv-not-hashed":        {"legacy"},
	"id-guid-order":               {"gcm", "legacy"},
	"address-types-swapped":       {"ipv6"},
	"address-socks-types":         {"ipv6"},
	"address-for-mux":             {"mux"},
	"fnv-little-endian":           {"gcm", "cfb", "switch"},
	"fnv-1":                       {"gcm", "cfb", "switch"},
	"fnv-is-crc":                  {"gcm", "cfb", "switch"},
	"mask-without-option":         {"gcm-plain"},
	"mask-with-sealed-length":     {"gcm-sealed"},
	"mask-from-key":               {"gcm", "none"},
	"mask-restarted":              {"gcm", "none"},
	"length-of-payload":           {"gcm", "cfb", "gcm-plain"},
	"length-with-field":           {"gcm", "gcm-sealed"},
	"sealed-length-full":          {"gcm-sealed", "chacha"},
	"sealed-length-no-kdf":        {"gcm-sealed", "chacha"},
	"salt-auth-len":               {"gcm-sealed"},
	"sealed-length-response-key":  {"gcm-sealed", "chacha"},
	"sealed-length-response-iv":   {"gcm-sealed"},
	"sealed-length-response-keys": {"gcm-sealed"},
	"chacha-md5-twice":            {"chacha"},
	"chacha-key-first":            {"chacha"},
	"chacha-sha256":               {"chacha"},
	"chacha-key-doubled":          {"chacha"},
	"none-with-checksum":          {"none"},
	"none-with-padding":           {"none-with-padding"},
	"cfb-8":                       {"cfb", "legacy-cfb", "legacy"},
	"cfb-restarted-per-chunk":     {"cfb"},
	"cfb-lengths-outside":         {"cfb"},
	"cfb-no-checksum":             {"cfb-plain"},
	"cfb-restarted":               {"legacy-cfb"},
	"cfb-continued":               {"legacy-cfb"},
	"response-keys-other-hash":    {"gcm", "legacy"},
	"response-keys-of-request":    {"gcm", "legacy"},
}

func init() {
	// Padding with security none is what no right encoder writes.
	c := talks["none-padded"]
	delete(talks, "none-padded")
	c.option = padded
	wrongTalks["none-with-padding"] = c
}

var wrongTalks = map[string]talk{}

func talkOf(name string) talk {
	if c, ok := wrongTalks[name]; ok {
		return c
	}
	return talks[name]
}

// everywhere makes a mistake wherever it can be made.
func everywhere(m *model, ids ...string) {
	for _, id := range ids {
		one := mistakeOf(id)
		for p := atAuth; p <= atDown; p++ {
			if one.at.has(p) {
				one.apply(m, p)
			}
		}
	}
}

// mistakeVector is a file of testdata/vectors/mistakes.
type mistakeVector struct {
	Mistake string        `json:"mistake"`
	Title   string        `json:"title"`
	Note    string        `json:"note"`
	UUID    string        `json:"uuid"`
	AlterID int           `json:"alter_id"`
	Time    int64         `json:"time"`
	Talks   []mistakeTalk `json:"talks"`
}

type mistakeTalk struct {
	Name     string `json:"name"`
	Request  string `json:"request"`
	Response string `json:"response,omitempty"`
}

const vectorNote = "Made by a deliberately wrong encoder (inspect/explain/seal_test.go), not by another implementation: the conversation has this mistake and no other, on both sides."

func (m *Mistake) vector() mistakeVector {
	v := mistakeVector{Mistake: m.ID, Title: m.Title, Note: vectorNote, UUID: vectorID, Time: talkTime}
	names := inTalk[m.ID]
	if names == nil {
		names = []string{"gcm"}
	}
	for _, name := range names {
		c := talkOf(name)
		v.AlterID = max(v.AlterID, c.alterIDs)
		wrong := right
		everywhere(&wrong, m.ID)
		request, response := c.seal(&wrong)
		v.Talks = append(v.Talks, mistakeTalk{name, hexOf(request), hexOf(response)})
	}
	return v
}

func readVectors(t *testing.T) (out []mistakeVector) {
	t.Helper()
	files, _ := filepath.Glob(vectorDir + "mistakes/*.json")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v mistakeVector
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(name, err)
		}
		out = append(out, v)
	}
	return out
}

// TestVectors holds the vectors to the encoder that made them; -update writes
// them.
func TestVectors(t *testing.T) {
	if *update {
		os.MkdirAll(vectorDir+"mistakes", 0o755)
		for i := range mistakes {
			text, err := json.MarshalIndent(mistakes[i].vector(), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(vectorDir+"mistakes/"+mistakes[i].ID+".json", append(text, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := readVectors(t)
	if len(got) != len(mistakes) {
		t.Errorf("%d vectors for %d mistakes", len(got), len(mistakes))
	}
	for _, v := range got {
		m := mistakeOf(v.Mistake)
		if m == nil {
			t.Errorf("vector of %s, which is no mistake", v.Mistake)
			continue
		}
		if diff := cmp.Diff(v, m.vector()); diff != "" {
			t.Errorf("%s (-file +encoder):\n%s", v.Mistake, diff)
		}
	}
}

// TestMistakeIsNamed: each vector's mistake is named, no other, and nothing is
// left unexplained.
func TestMistakeIsNamed(t *testing.T) {
	for _, v := range readVectors(t) {
		for _, c := range v.Talks {
			t.Run(v.Mistake+"/"+c.Name, func(t *testing.T) {
				request, _ := ParseText(c.Request)
				response, _ := ParseText(c.Response)
				id, _ := codec.ParseUUID(v.UUID)
				r := Explain(Input{Request: request, Response: response, Time: &v.Time,
					Accounts: []Account{{Account: codec.Account{ID: id, AlterIDs: v.AlterID}}}})
				named(t, r, v.Mistake)
			})
		}
	}
}

// named fails unless exactly these mistakes are found.
func named(t *testing.T, r *Result, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		if f.Kind != KindNote {
			got = append(got, strings.Join(append([]string{f.ID}, f.Or...), " or "))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
		var b bytes.Buffer
		Text(&b, r, TextOptions{Width: 150})
		t.Log(b.String())
	}
}
