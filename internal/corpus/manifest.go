package corpus

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
)

// Manifest is what manifest.json says of the captures beside it, as far as
// tests use it; the folder's README explains the fields.
type Manifest struct {
	Cases []Case `json:"cases"`
}

// Case is one capture, or one run in several files.
type Case struct {
	Name        string          `json:"name"`
	File        List            `json:"file"`
	Users       []User          `json:"users"`
	Commands    []string        `json:"commands"`
	Transport   Transport       `json:"transport"`
	Connections []Connection    `json:"connections"`
	Headers     []Header        `json:"headers_seen"`
	Sessions    map[string]int  `json:"sessions"`
	Accept      map[string]List `json:"accept"`
	OtherFlows  *int            `json:"other_flows"`
	Expected    string          `json:"expected"`
	Limited     *Limited        `json:"limited"`
}

// Limited is what a decoder has to say where its limits are smaller.
type Limited struct {
	Args       []string        `json:"args"` // its flags
	Sessions   map[string]int  `json:"sessions"`
	Accept     map[string]List `json:"accept"`
	ExitStatus int             `json:"exit_status"`
}

// User is an account that the decoder is to be given.
type User struct {
	ID      string `json:"id"`
	AlterID int    `json:"alter_id"`
}

// Transport is what carries the VMess bytes.
type Transport struct {
	Client End    `json:"client"`
	Server End    `json:"server"`
	KeyLog string `json:"key_log"`
}

// End is how one of the peers is set.
type End struct {
	Kind    string          `json:"kind"`
	TLS     json.RawMessage `json:"tls"`
	Seed    string          `json:"seed"`
	Outside []string        `json:"outside"` // what it goes through, in front of its transport
}

// Connection is one transfer of the application. Up and Down are a BytesOf for
// TCP, a list of them for UDP.
type Connection struct {
	N            int             `json:"n"`
	Command      string          `json:"command"`
	Destinations []Destination   `json:"destinations"`
	Up           json.RawMessage `json:"up"`
	Down         json.RawMessage `json:"down"`
	OriginSent   *BytesOf        `json:"origin_sent"`
	InCapture    *struct {
		Up   int64 `json:"up"`
		Down int64 `json:"down"`
	} `json:"in_capture"`
	Plaintext map[string]json.RawMessage `json:"plaintext"`
	BannerLen int                        `json:"banner_len"`
}

// Destination is the target that a header names.
type Destination struct {
	Type string `json:"type"`
	Host string `json:"host"`
	Port int    `json:"port"`
}

// BytesOf is a run of bytes by its length and hash.
type BytesOf struct {
	Len    int64  `json:"len"`
	SHA256 string `json:"sha256"`
}

// Header is what an independent script read from a request header.
type Header struct {
	ClientPort  int      `json:"client_port"`
	Header      string   `json:"header"`
	User        string   `json:"user"`
	IDUsed      string   `json:"id_used"`
	Options     string   `json:"options"`
	Security    string   `json:"security"`
	Command     string   `json:"command"`
	Destination string   `json:"destination"`
	ClockMinus  *float64 `json:"client_clock_minus_capture_s"`
	Bad         string   `json:"bad"`
}

// List is a string or several.
type List []string

func (l *List) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = List{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// Read reads a manifest.
func Read(name string) (*Manifest, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var m Manifest
	return &m, json.Unmarshal(text, &m)
}

// RawTCP reports whether the case is VMess over TCP with nothing around or
// inside it: what this version decodes to the byte.
func (c *Case) RawTCP() bool {
	tls := len(c.Transport.Client.TLS) > 0 && string(c.Transport.Client.TLS) != "null"
	inside := slices.ContainsFunc(c.Commands, func(s string) bool { return s != "tcp" && s != "udp" })
	return c.Transport.Client.Kind == "tcp" && !tls && !inside && !strings.HasPrefix(c.Expected, "unsupported-transport")
}
