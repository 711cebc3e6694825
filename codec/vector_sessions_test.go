package codec_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"vmesskit/codec"
)

type captureVectors struct {
	Vectors []struct {
		Name    string
		UUID    idText
		AlterID int      `json:"alter_id"`
		Near    int64    `json:"captured_near_unix"`
		Up      hexBytes `json:"client_to_server"`
		Down    hexBytes `json:"server_to_client"`
		Setting string   `json:"client_security_setting"`
		Mux     bool
		UDP     bool
		Replies []string `json:"application_replies_seen_by_client"`
		Want    struct {
			Header  string
			AlterID *int `json:"auth_id_index"` // legacy only
			Time    int64
			Decoded struct {
				Address  string
				Command  codec.Command
				Option   codec.Option
				Port     uint16
				Security codec.Security
			}
			Section    hexBytes      `json:"header_plaintext"`         // AEAD
			Begin      hexBytes      `json:"first_41_plaintext_bytes"` // legacy
			HeaderSize int           `json:"header_wire_len"`          // AEAD
			Requests   []hexBytes    `json:"request_body_decoded"`
			Responses  []hexBytes    `json:"response_body_decoded"`
			Switch     *switchVector `json:"response_command"`
		} `json:"v2fly_v5_decode_of_request"`
	}
}

func testCaptures(t *testing.T, f captureVectors) {
	for _, v := range f.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			users := codec.NewUsers(codec.Account{ID: stranger, AlterIDs: 4}, codec.Account{ID: v.UUID.ID, AlterIDs: v.AlterID})
			w := v.Want
			for _, step := range []int{len(v.Up) + len(v.Down), 7, 1} {
				s := converse(t, users, v.Near, v.Up, v.Down, step)
				alter := codec.Primary
				if w.AlterID != nil {
					alter = *w.AlterID
				}
				same(t, "sender", s.request.Sender, codec.Sender{
					Scheme: schemeOf(t, w.Header), Key: v.UUID.CmdKey(), Time: w.Time, User: 1, Alter: alter,
				})
				h := s.request.Header
				same(t, "security", h.Security, w.Decoded.Security)
				same(t, "security as set", h.Security.String(), v.Setting)
				same(t, "option", h.Option, w.Decoded.Option)
				same(t, "command", h.Command, w.Decoded.Command)
				same(t, "mux", h.Command == codec.CommandMux, v.Mux)
				same(t, "udp", h.Command == codec.CommandUDP, v.UDP)
				if !v.Mux {
					same(t, "address", h.Address.String(), fmt.Sprintf("%s:%d", w.Decoded.Address, w.Decoded.Port))
				}
				section := traceBuffer(t, s.trace, "command-section")
				sameBytes(t, "section", appendHeader(t, h), section)
				if w.Section != nil {
					sameBytes(t, "section", section, w.Section)
					same(t, "header's size", s.upAt, w.HeaderSize)
				} else {
					sameBytes(t, "section's beginning", section[:len(w.Begin)], w.Begin)
				}
				sameChunks(t, "request", s.up.chunks, w.Requests)
				sameChunks(t, "response", s.down.chunks, w.Responses)
				if !v.Mux {
					for i, reply := range v.Replies {
						same(t, "reply", string(s.down.chunks[i]), reply)
					}
				}
				if (s.response.Header.Switch == nil) != (w.Switch == nil) || w.Switch != nil && *s.response.Header.Switch != w.Switch.account() {
					t.Errorf("account: got %+v, want %+v", s.response.Header.Switch, w.Switch)
				}
				checkResealed(t, v.UUID.ID, s, v.Up, v.Down, 0)
			}
		})
	}
}

func sameChunks(t *testing.T, what string, got [][]byte, want []hexBytes) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a []byte, b hexBytes) bool { return bytes.Equal(a, b) }) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

type singSessions struct {
	Vectors []struct {
		bodySecrets
		UUID    idText
		AlterID int `json:"alter_id"`
		Cipher  string
		Near    int64    `json:"near_unix"`
		Up      hexBytes `json:"client_to_server"`
		Down    hexBytes `json:"server_to_client"`
		Saw     string   `json:"server_saw"`
		Read    string   `json:"client_read"`
	}
}

func testSingSessions(t *testing.T, f singSessions) {
	for _, v := range f.Vectors {
		t.Run(fmt.Sprintf("%s alterId %d", v.Cipher, v.AlterID), func(t *testing.T) {
			users := codec.NewUsers(codec.Account{ID: stranger, AlterIDs: 4}, codec.Account{ID: v.UUID.ID, AlterIDs: v.AlterID})
			for _, step := range []int{len(v.Up) + len(v.Down), 7, 1} {
				s := converse(t, users, v.Near, v.Up, v.Down, step)
				h := s.request.Header
				same(t, "body key", h.BodyKey, v.Key)
				same(t, "body IV", h.BodyIV, v.IV)
				same(t, "security", h.Security.String(), v.Cipher)
				same(t, "alter id", s.request.Sender.Alter, min(v.AlterID, 1)-1)
				same(t, "what the server saw", fmt.Sprintf("%v %q", h.Address, bytes.Join(s.up.chunks, nil)), v.Saw)
				same(t, "what the client read", string(bytes.Join(s.down.chunks, nil)), v.Read)
				same(t, "response option", s.response.Header.Option, h.Option) // sing's habit
				same(t, "request's end", s.up.end, codec.EndBoundary)
				same(t, "response's end", s.down.end, codec.EndBoundary)
				checkResealed(t, v.UUID.ID, s, v.Up, v.Down, recorded)
			}
		})
	}
}

// conversation is what was read out of the two directions of a connection.
type conversation struct {
	request      *codec.Request
	response     *codec.Response
	up, down     drained
	upAt, downAt int // where the bodies begin
	trace        *codec.Trace
}

// converse decodes a connection from its raw bytes, of which step more arrive
// at a time: whose it is, the headers and both bodies.
func converse(t *testing.T, users *codec.Users, now int64, up, down []byte, step int) conversation {
	t.Helper()
	s := conversation{trace: &codec.Trace{}}
	var opener *codec.RequestOpener
	for seen := 0; s.request == nil; {
		if seen == len(up) {
			t.Fatal("request: needs more bytes")
		}
		seen = min(seen+step, len(up))
		if opener == nil && seen >= 16 {
			auth := [16]byte(up)
			sender, ok := users.Match(auth, codec.Around(now, 120))
			if !ok {
				sender, ok = users.MatchLegacy(auth, codec.Around(now, 120))
			}
			if !ok {
				t.Fatal("no user found")
			}
			opener = codec.NewRequestOpener(sender)
			opener.Trace = s.trace
		}
		if opener != nil {
			r, n, err := opener.Open(up[:seen])
			if err != codec.ErrShort {
				noError(t, "request", err)
				s.request, s.upAt = r, n
			}
		}
	}
	answer := codec.NewResponseOpener(s.request)
	for seen := 0; s.response == nil; {
		if seen == len(down) {
			t.Fatal("response: needs more bytes")
		}
		seen = min(seen+step, len(down))
		r, n, err := answer.Open(down[:seen])
		if err != codec.ErrShort {
			noError(t, "response", err)
			s.response, s.downAt = r, n
		}
	}
	s.up = drainBody(t, "request", s.request.Body(), up[s.upAt:], step)
	s.down = drainBody(t, "response", s.response.Body(), down[s.downAt:], step)
	return s
}

func drainBody(t *testing.T, what string, b codec.Body, wire []byte, step int) drained {
	t.Helper()
	o, err := codec.NewOpener(b)
	noError(t, what, err)
	d := drain(o, wire, step)
	noError(t, what, d.err)
	if d.end != codec.EndChunk && d.end != codec.EndBoundary {
		t.Errorf("%s: end: got %v, want an end chunk or a chunk's end", what, d.end)
	}
	return d
}

// checkResealed makes both directions again out of what was read, and wants
// the recorded bytes but for the content of padding, which is blanked.
func checkResealed(t *testing.T, user codec.ID, s conversation, up, down []byte, padding byte) {
	t.Helper()
	r := s.request
	sent := codec.AuthID{}
	if r.Sender.Scheme == codec.AEAD {
		var err error
		sent, err = codec.OpenAuthID(r.Sender.Key, r.Auth)
		noError(t, "auth id", err)
	}
	random := func(b []byte) error { // of the auth id, then the connection nonce
		copy(b[copy(b, sent.Rand[:]):], up[34:42])
		return nil
	}
	checkSealedHeader(t, user, r, up[:s.upAt], random)
	body := sealAll(t, r.Header.RequestBody(), s.up, padding)
	sameBytes(t, "request body", body, blanked(t, s.trace, "client-wire", up, padding)[s.upAt:])

	h := s.response.Header
	sealed, err := codec.SealResponse(nil, &r.Header, r.Sender.Scheme, &h)
	noError(t, "response header", err)
	sameBytes(t, "response header", sealed, down[:s.downAt])
	again, _, err := codec.OpenResponse(sealed, &r.Header, r.Sender.Scheme)
	noError(t, "response header", err)
	body = sealAll(t, again.Body(), s.down, padding)
	sameBytes(t, "response body", body, blanked(t, s.trace, "server-wire", down, padding)[s.downAt:])
}

// sealAll seals the chunks that were read, and the end chunk if there was one.
func sealAll(t *testing.T, b codec.Body, d drained, padding byte) (out []byte) {
	t.Helper()
	sealer, err := codec.NewSealer(b, filled(padding))
	noError(t, "sealer", err)
	for _, c := range d.chunks {
		out, err = sealer.Seal(out, c)
		noError(t, "sealing", err)
	}
	if d.end == codec.EndChunk {
		out, err = sealer.End(out)
		noError(t, "sealing", err)
	}
	return out
}

// blanked gives a direction with the content of its chunk padding replaced,
// whose place the trace knows.
func blanked(t *testing.T, tr *codec.Trace, field string, wire []byte, with byte) []byte {
	t.Helper()
	out := bytes.Clone(wire)
	for i := range tr.Buffers {
		if tr.Buffers[i].Field.String() != field {
			continue
		}
		sameBytes(t, "traced bytes", tr.Buffers[i].Data, wire)
		for _, s := range tr.Spans {
			if s.Buffer == i && s.Field.String() == "chunk-padding" {
				copy(out[s.Off:], bytes.Repeat([]byte{with}, s.Len))
			}
		}
		return out
	}
	t.Errorf("%s: not in the trace", field)
	return out
}
