package codec_test

import (
	"fmt"
	"testing"

	"vmesskit/codec"
)

type switchVector struct {
	Host     string
	Port     uint16
	ID       idText
	AlterIDs uint16 `json:"alter_ids"`
	Level    uint8
	Minutes  uint8 `json:"valid_min"`
}

// account is the vector as the codec has it.
func (v switchVector) account() codec.SwitchAccount {
	if v.Host == "<nil>" { // how the recorder prints no host
		v.Host = ""
	}
	return codec.SwitchAccount{Host: v.Host, Port: v.Port, ID: v.ID.ID, AlterIDs: v.AlterIDs, Level: v.Level, Minutes: v.Minutes}
}

type responseVectors struct {
	Vectors []struct {
		bodySecrets
		Header   string
		Security codec.Security
		Option   codec.Option
		Command  codec.Command
		Wire     hexBytes     `json:"response_header_wire"`
		Data     hexBytes     `json:"response_command_marshalled"` // number, length, data
		Switch   switchVector `json:"switch_account"`
		Writes   []bodyWrite  `json:"response_writes"`
	}
}

func testResponseHeaders(t *testing.T, f responseVectors) {
	for _, v := range f.Vectors {
		t.Run(v.Header+" "+v.Switch.Host, func(t *testing.T) {
			scheme := schemeOf(t, v.Header)
			req := codec.RequestHeader{
				BodyKey: v.Key, BodyIV: v.IV, ResponseAuth: fixedV,
				Option: v.Option, Security: v.Security, Command: v.Command,
			}
			want := v.Switch.account()

			r, trace := openResponse(t, &req, scheme, v.Wire)
			h := r.Header
			same(t, "V", h.Auth, fixedV)
			same(t, "option", h.Option, 0)
			same(t, "command", h.Command, codec.ResponseSwitch)
			sameBytes(t, "command's data", h.Data, v.Data[2:])
			if h.Switch == nil || *h.Switch != want {
				t.Errorf("account: got %+v, want %+v", h.Switch, want)
			}
			sameBytes(t, "header", traceBuffer(t, trace, "response-plain")[2:], v.Data)

			data, err := want.Append(nil)
			noError(t, "account", err)
			sameBytes(t, "account", data, v.Data[2:])
			parsed, err := codec.ParseSwitchAccount(v.Data[2:])
			noError(t, "account", err)
			same(t, "account", parsed, want)
			sealed, err := codec.SealResponse(nil, &req, scheme, &codec.ResponseHeader{Switch: &want})
			noError(t, "response", err)
			sameBytes(t, "response", sealed, v.Wire)

			checkOpening(t, "body", r.Body, v.Writes)
			checkSealing(t, "body", r.Body, v.Writes)
			checkDamagedResponse(t, &req, scheme, v.Wire)
		})
	}
}

// openResponse opens a response header, offering each of its beginnings first.
// All of wire is the header.
func openResponse(t *testing.T, req *codec.RequestHeader, s codec.Scheme, wire []byte) (*codec.Response, *codec.Trace) {
	t.Helper()
	o := codec.NewResponseOpener(&codec.Request{Sender: codec.Sender{Scheme: s}, Header: *req})
	o.Trace = &codec.Trace{}
	for cut := range len(wire) {
		if _, n, err := o.Open(wire[:cut]); n != 0 || err != codec.ErrShort {
			t.Fatalf("%d of %d bytes: got %d used, %v, want short", cut, len(wire), n, err)
		}
	}
	r, n, err := o.Open(append(wire[:len(wire):len(wire)], "the body"...))
	noError(t, "response", err)
	same(t, "header's size", n, len(wire))
	return r, o.Trace
}

// checkDamagedResponse flips a bit of each byte, and expects another V.
func checkDamagedResponse(t *testing.T, req *codec.RequestHeader, s codec.Scheme, wire []byte) {
	t.Helper()
	other := *req
	other.ResponseAuth++
	_, _, err := codec.OpenResponse(wire, &other, s)
	same(t, "another V", refusalOf(err), refusal{codec.ErrAuth, "response-auth-echo"})
	if s == codec.Legacy { // nothing but V and the command's checksum is protected
		_, _, err := codec.OpenResponse(wire[:4], &other, s)
		same(t, "another V, before the command is there", refusalOf(err), refusal{codec.ErrAuth, "response-auth-echo"})
		return
	}
	for i := range wire {
		damaged := append([]byte(nil), wire...)
		damaged[i] ^= 1
		want := refusal{codec.ErrAuth, "response-length-tag"}
		if i >= 18 {
			want.field = "response-tag"
		}
		_, _, err := codec.OpenResponse(damaged, req, s)
		same(t, fmt.Sprintf("byte %d flipped", i), refusalOf(err), want)
	}
}
