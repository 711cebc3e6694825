package explain

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"vmesskit/codec"
)

const vectorDir = "../../testdata/vectors/"

// conversation is what two sides sent, from vectors of other implementations.
type conversation struct {
	name     string
	id       codec.ID
	alterIDs int
	time     int64
	request  []byte
	response []byte
}

func (c *conversation) input() Input {
	return Input{Request: c.request, Response: c.response, Time: &c.time,
		Accounts: []Account{{Account: codec.Account{ID: c.id, AlterIDs: c.alterIDs}}}}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// vectorEntry has the keys of all files that hold headers and bodies.
type vectorEntry struct {
	Name, UUID         string
	AlterID            int   `json:"alter_id"`
	TimeAt             int64 `json:"time"`
	NearUnix           int64 `json:"near_unix"`
	EncodedNear        int64 `json:"encoded_near_unix"`
	CapturedNear       int64 `json:"captured_near_unix"`
	Header             string
	Security           json.Number
	Option             uint8
	Command            uint8
	Key                hexBytes `json:"request_key"`
	IV                 hexBytes `json:"request_iv"`
	V                  uint8
	Wire               hexBytes
	HeaderWire         hexBytes      `json:"header_wire"`
	RequestHeader      hexBytes      `json:"request_header_wire"`
	Writes             []vectorWrite `json:"writes"`
	RequestWrites      []vectorWrite `json:"request_writes"`
	RequestBodyWrites  []vectorWrite `json:"request_body_writes"`
	ResponseHeaderWire hexBytes      `json:"response_header_wire"`
	ResponseWrites     []vectorWrite `json:"response_writes"`
	ClientToServer     hexBytes      `json:"client_to_server"`
	ServerToClient     hexBytes      `json:"server_to_client"`
	Error              string
}

type vectorWrite struct{ Wire hexBytes }

const vectorID = "66ad4540-b58c-4ad2-9926-ea63445a9b57"

// vectors reads all vectors that have headers or bodies.
func vectors(t testing.TB) (out []conversation) {
	t.Helper()
	for _, name := range []string{"worked_example", "sing_requests", "sing_sessions", "v2ray434_captures", "v2fly_request_headers",
		"v2fly_response_headers", "v2fly_bodies_aead_header", "v2fly_bodies_legacy_header", "xray_bodies_aead_header"} {
		text, err := os.ReadFile(vectorDir + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Vectors []vectorEntry }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(name, err)
		}
		if len(file.Vectors) == 0 {
			file.Vectors = make([]vectorEntry, 1)
			if err := json.Unmarshal(text, &file.Vectors[0]); err != nil {
				t.Fatal(name, err)
			}
		}
		for i, e := range file.Vectors {
			if c := e.conversation(t, name+" "+strconv.Itoa(i)); e.Error == "" && len(c.request) > 0 {
				out = append(out, c)
			}
		}
	}
	return out
}

func (e *vectorEntry) conversation(t testing.TB, name string) conversation {
	t.Helper()
	c := conversation{name: name, alterIDs: e.AlterID, time: max(e.TimeAt, e.NearUnix, e.EncodedNear, e.CapturedNear)}
	if c.time == 0 {
		c.time = talkTime
	}
	if e.Header == "legacy" && c.alterIDs == 0 {
		c.alterIDs = 8 // the file does not say which of them
	}
	text := e.UUID
	if text == "" {
		text = vectorID
	}
	var err error
	if c.id, err = codec.ParseUUID(text); err != nil {
		t.Fatal(err)
	}
	for _, wire := range [][]byte{e.Wire, e.HeaderWire, e.RequestHeader, e.ClientToServer} {
		c.request = append(c.request, wire...)
	}
	if len(c.request) == 0 {
		if c.request = e.sealed(t, &c); c.request == nil {
			return c
		}
	}
	for _, list := range [][]vectorWrite{e.Writes, e.RequestWrites, e.RequestBodyWrites} {
		for _, w := range list {
			c.request = append(c.request, w.Wire...)
		}
	}
	c.response = append(append(c.response, e.ResponseHeaderWire...), e.ServerToClient...)
	for _, w := range e.ResponseWrites {
		c.response = append(c.response, w.Wire...)
	}
	return c
}

// sealed makes the header that a vector of a body leaves out.
func (e *vectorEntry) sealed(t testing.TB, c *conversation) []byte {
	t.Helper()
	security, err := e.Security.Int64()
	if err != nil {
		t.Fatal(err)
	}
	h := codec.RequestHeader{BodyKey: [16]byte(e.Key), BodyIV: [16]byte(e.IV), ResponseAuth: 0x5a, Option: codec.Option(e.Option),
		Security: codec.Security(security), Command: codec.Command(e.Command)}
	if h.Command != codec.CommandMux {
		h.Address = codec.HostPort("example.com", 443)
	}
	var out []byte
	if e.Header == "legacy" {
		out, err = codec.SealLegacyRequest(nil, c.id.CmdKey(), c.id, &h, c.time)
	} else {
		out, err = codec.SealRequest(nil, c.id.CmdKey(), &h, c.time, func(p []byte) error { return nil })
	}
	if err != nil {
		return nil // a combination that the codec does not write
	}
	return out
}
