package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
)

// manifest is the part of manifest.json that is compared; the folder's README
// explains the fields.
type manifest struct {
	Cases []testCase `json:"cases"`
}

type testCase struct {
	Name        string          `json:"name"`
	File        list            `json:"file"`
	Users       []user          `json:"users"`
	Commands    []string        `json:"commands"`
	Transport   transport       `json:"transport"`
	Connections []connection    `json:"connections"`
	Headers     []header        `json:"headers_seen"`
	Sessions    map[string]int  `json:"sessions"`
	Accept      map[string]list `json:"accept"`
	OtherFlows  *int            `json:"other_flows"`
	Expected    string          `json:"expected"`
}

type user struct {
	ID      string `json:"id"`
	AlterID int    `json:"alter_id"`
}

type transport struct {
	Client struct {
		Kind string          `json:"kind"`
		TLS  json.RawMessage `json:"tls"`
	} `json:"client"`
}

// connection is one transfer of the application. Up and Down are a bytesOf for
// TCP, a list of them for UDP.
type connection struct {
	N            int             `json:"n"`
	Command      string          `json:"command"`
	Destinations []destination   `json:"destinations"`
	Up           json.RawMessage `json:"up"`
	Down         json.RawMessage `json:"down"`
	OriginSent   *bytesOf        `json:"origin_sent"`
	InCapture    *struct {
		Up   int64 `json:"up"`
		Down int64 `json:"down"`
	} `json:"in_capture"`
	Plaintext map[string]json.RawMessage `json:"plaintext"`
	BannerLen int                        `json:"banner_len"`
}

type destination struct {
	Type string `json:"type"`
	Host string `json:"host"`
	Port int    `json:"port"`
}

// bytesOf is a run of bytes by its length and hash.
type bytesOf struct {
	Len    int64  `json:"len"`
	SHA256 string `json:"sha256"`
}

// header is what an independent script read from a request header.
type header struct {
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

// list is a string or several.
type list []string

func (l *list) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

func readManifest(name string) (*manifest, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var m manifest
	return &m, json.Unmarshal(text, &m)
}

// rawTCP reports whether the case is VMess over TCP with nothing around or
// inside it: what this version decodes to the byte.
func (c *testCase) rawTCP() bool {
	tls := len(c.Transport.Client.TLS) > 0 && string(c.Transport.Client.TLS) != "null"
	inside := slices.ContainsFunc(c.Commands, func(s string) bool { return s != "tcp" && s != "udp" })
	return c.Transport.Client.Kind == "tcp" && !tls && !inside && !strings.HasPrefix(c.Expected, "unsupported-transport")
}
