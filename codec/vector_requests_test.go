package codec_test

import (
	"fmt"
	"testing"

	"vmesskit/codec"
)

type requestVectors struct {
	Vectors []struct {
		bodySecrets
		UUID      idText
		Header    string // "legacy" or "aead"
		Wire      hexBytes
		Plaintext hexBytes `json:"header_plaintext"`
		Time      int64
		Near      int64    `json:"encoded_near_unix"`
		CmdKey    hexBlock `json:"cmd_key"`
		AuthID    hexBytes `json:"eauid_plaintext"`
		CFBIV     hexBytes `json:"cfb_iv"`
		V         uint8
		Option    codec.Option
		Security  codec.Security
		Command   codec.Command
		Address   string
		Port      uint16
		Decoded   string `json:"reference_decoded"`
	}
}

func testRequestHeaders(t *testing.T, f requestVectors) {
	for _, v := range f.Vectors {
		t.Run(v.Header+" "+v.Decoded, func(t *testing.T) {
			scheme := schemeOf(t, v.Header)
			users := codec.NewUsers(codec.Account{ID: stranger}, codec.Account{ID: v.UUID.ID, AlterIDs: 4})
			r, trace := openRecorded(t, users, scheme, v.Wire, v.Near)
			same(t, "sender", r.Sender, codec.Sender{Scheme: scheme, Key: codec.CmdKey(v.CmdKey), Time: v.Time, User: 1, Alter: r.Sender.Alter})
			same(t, "auth", r.Auth, [16]byte(v.Wire))
			sameBytes(t, "section", traceBuffer(t, trace, "command-section"), v.Plaintext)
			if scheme == codec.Legacy {
				sameBytes(t, "CFB IV", traceBuffer(t, trace, "legacy-iv"), v.CFBIV)
			} else {
				sameBytes(t, "auth id", traceBuffer(t, trace, "auth-id-plain"), v.AuthID)
			}

			h := r.Header
			same(t, "version", h.Version, 1)
			same(t, "body key", h.BodyKey, v.Key)
			same(t, "body IV", h.BodyIV, v.IV)
			same(t, "V", h.ResponseAuth, v.V)
			same(t, "option", h.Option, v.Option)
			same(t, "security", h.Security, v.Security)
			same(t, "command", h.Command, v.Command)
			same(t, "reserved", h.Reserved, 0)
			same(t, "checksum", h.Checksum.OK(), true)
			if v.Command != codec.CommandMux {
				same(t, "address", h.Address.String(), fmt.Sprintf("%s:%d", v.Address, v.Port))
			} else {
				same(t, "address", h.Address, codec.Address{})
			}
			for _, b := range h.Padding {
				same(t, "padding", b, recorded)
			}
			checkSealedHeader(t, v.UUID.ID, r, v.Wire, filled(recorded))
		})
	}
}

// openRecorded finds the sender of a request header, among users and within
// the servers' window around now, and opens it. All of wire is the header.
func openRecorded(t *testing.T, users *codec.Users, s codec.Scheme, wire []byte, now int64) (*codec.Request, *codec.Trace) {
	t.Helper()
	auth := [16]byte(wire)
	sender, ok := users.Match(auth, codec.Around(now, 120))
	same(t, "found as AEAD", ok, s == codec.AEAD)
	if s == codec.Legacy {
		sender, ok = users.MatchLegacy(auth, codec.Around(now, 120))
	}
	if !ok {
		t.Fatal("no user found")
	}
	o := codec.NewRequestOpener(sender)
	o.Trace = &codec.Trace{}
	for cut := range len(wire) {
		if _, n, err := o.Open(wire[:cut]); n != 0 || err != codec.ErrShort {
			t.Fatalf("%d of %d bytes: got %d used, %v, want short", cut, len(wire), n, err)
		}
	}
	r, n, err := o.Open(append(wire[:len(wire):len(wire)], "the body"...))
	noError(t, "request", err)
	same(t, "header's size", n, len(wire))
	same(t, "oddities", len(r.Oddities), 0)

	// The same by the functions for a known user.
	short := func(b []byte) (*codec.Request, int, error) { return codec.OpenRequest(b, sender.Key) }
	if s == codec.Legacy {
		short = func(b []byte) (*codec.Request, int, error) {
			return codec.OpenLegacyRequest(b, sender.Key, sender.Time)
		}
	}
	again, n, err := short(wire)
	noError(t, "request", err)
	same(t, "header's size", n, len(wire))
	sameBytes(t, "header", appendHeader(t, again.Header), appendHeader(t, r.Header))
	return r, o.Trace
}

func appendHeader(t *testing.T, h codec.RequestHeader) []byte {
	t.Helper()
	b, err := h.Append(nil)
	noError(t, "section", err)
	return b
}

// checkSealedHeader seals what was opened and wants the recorded bytes.
func checkSealedHeader(t *testing.T, user codec.ID, r *codec.Request, wire []byte, e codec.Entropy) {
	t.Helper()
	h, dst := r.Header, []byte("dst:")
	var err error
	if r.Sender.Scheme == codec.Legacy {
		id := user
		if r.Sender.Alter != codec.Primary {
			id = codec.AlterIDs(nil, user, r.Sender.Alter+1)[r.Sender.Alter]
		}
		dst, err = codec.SealLegacyRequest(dst, user.CmdKey(), id, &h, r.Sender.Time)
	} else {
		dst, err = codec.SealRequest(dst, user.CmdKey(), &h, r.Sender.Time, e)
	}
	noError(t, "sealing", err)
	sameBytes(t, "sealed header", dst[4:], wire)
}

type singRequests struct {
	Vectors []struct {
		bodySecrets
		UUID        idText
		Time        int64
		AlterID     int `json:"alter_id"`
		Cipher      string
		Option      string `json:"client_option"`
		Kind        string
		Destination string
		Header      hexBytes `json:"header_wire"`
		Writes      []bodyWrite
	}
}

func testSingRequests(t *testing.T, f singRequests) {
	for _, v := range f.Vectors {
		t.Run(fmt.Sprintf("%s %s %s alterId %d", v.Cipher, v.Option, v.Kind, v.AlterID), func(t *testing.T) {
			scheme := codec.AEAD
			alter := codec.Primary
			if v.AlterID > 0 {
				scheme, alter = codec.Legacy, 0 // sing always takes the first
			}
			users := codec.NewUsers(codec.Account{ID: stranger}, codec.Account{ID: v.UUID.ID, AlterIDs: v.AlterID})
			r, _ := openRecorded(t, users, scheme, v.Header, v.Time)
			same(t, "sender", r.Sender, codec.Sender{Scheme: scheme, Key: v.UUID.CmdKey(), Time: v.Time, User: 1, Alter: alter})
			h := r.Header
			same(t, "body key", h.BodyKey, v.Key)
			same(t, "body IV", h.BodyIV, v.IV)
			same(t, "V", h.ResponseAuth, recorded)
			same(t, "security", h.Security.String(), v.Cipher)
			same(t, "command", h.Command.String(), v.Kind)
			same(t, "address", h.Address.String(), v.Destination)
			same(t, "option", h.Option, singOption(t, h.Security, h.Command, v.Option))
			same(t, "checksum", h.Checksum.OK(), true)
			checkSealedHeader(t, v.UUID.ID, r, v.Header, filled(recorded))

			checkOpening(t, "body", r.Body, v.Writes)
			checkSealing(t, "body", r.Body, v.Writes)
		})
	}
}

// singOption gives the bits that sing's client sets.
func singOption(t *testing.T, s codec.Security, c codec.Command, client string) codec.Option {
	t.Helper()
	extra, ok := map[string]codec.Option{
		"default":              0,
		"global-padding":       codec.GlobalPadding,
		"authenticated-length": codec.AuthenticatedLength,
		"both":                 codec.GlobalPadding | codec.AuthenticatedLength,
	}[client]
	if !ok {
		t.Fatalf("client option %q", client)
	}
	switch {
	case s.AEAD():
		return codec.ChunkStream | codec.ChunkMasking | extra
	case s == codec.SecurityNone && c == codec.CommandTCP:
		return extra
	}
	return codec.ChunkStream | extra
}
