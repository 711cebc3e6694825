package vectors

import (
	"slices"
	"strings"

	"vmesskit/codec"
)

func requestVectors() []*Vector {
	out := []*Vector{workedExample()}
	out = append(out, headerVectors()...)
	combinations(func(path, title string, m message) {
		out = append(out, m.requestVector("request/"+path, "a request: "+title))
	})
	return out
}

func (m *message) requestVector(id, title string) *Vector {
	t := &codec.Trace{}
	r := m.open(t, m.seal())
	body(m.request().RequestBody(), r.Body())
	v := &Vector{ID: id, Title: title, Inputs: append(m.inputs(), m.bodyInputs()...), Steps: steps(t)}
	v.pin([]string{"v2fly"}, codec.FieldCmdKey)
	if m.scheme == codec.AEAD {
		v.pin([]string{"v2fly"}, codec.FieldAuthIDKey, codec.FieldAuthIDPlain, codec.FieldAuthChecksum,
			codec.FieldHeaderLengthKey, codec.FieldHeaderLengthNonce, codec.FieldHeaderKey, codec.FieldHeaderNonce)
		v.pin([]string{"sing"}, codec.FieldAuthID)
	}
	v.pinBody(m)
	return v
}

// workedExample is the request of which two implementations have made every
// value: one sealed it, the other opened it.
func workedExample() *Vector {
	m := message{scheme: codec.AEAD, alter: codec.Primary, time: requestTime, echo: filler, padding: make([]byte, 13)}
	m.header = codec.RequestHeader{
		Security: codec.SecurityAES128GCM, Option: codec.ChunkStream | codec.ChunkMasking, Command: codec.CommandTCP,
		Address: codec.HostPort("example.com", 443),
	}
	v := m.requestVector("request/worked-example", "a request of which two implementations made every value")
	v.pin([]string{"v2fly"}, codec.FieldSection, codec.FieldHeaderLengthPlain)
	v.pin([]string{"sing"}, codec.FieldHeaderLengthSealed, codec.FieldHeaderLengthTag,
		codec.FieldHeaderSealed, codec.FieldHeaderTag, codec.FieldRequest)
	v.Step("chunk.0.mask-draw").Pinned = []string{"v2fly"}
	for i := range writes {
		s := v.Step("chunk." + number(int64(i)) + ".chunk")
		s.Pinned = append(slices.Clone(s.Pinned), "sing")
	}
	return v
}

// headerCase is a header that v2fly made, at a time that its clock had.
type headerCase struct {
	name             string
	security         codec.Security
	option           codec.Option
	command          codec.Command
	target           codec.Address
	time, legacyTime int64
	alter            int // the alter id of the legacy header
}

var headerCases = []headerCase{
	{"domain", codec.SecurityAES128GCM, 0x0d, codec.CommandTCP, codec.HostPort("example.com", 443), 1795333255, 1795333268, 1},
	{"ipv4", codec.SecurityChaCha20Poly1305, 0x0d, codec.CommandTCP, codec.HostPort("192.0.2.7", 80), 1795333255, 1795333248, 0},
	{"ipv6", codec.SecurityNone, 0x05, codec.CommandUDP, codec.HostPort("2001:db8::1", 53), 1795333255, 1795333247, 0},
	{"mux", codec.SecurityAES128GCM, 0x1d, codec.CommandMux, codec.Address{}, 1795333255, 1795333279, 0},
	{"cfb", codec.SecurityAES128CFB, 0x01, codec.CommandTCP, codec.HostPort("a.example", 8080), 1795333255, 1795333282, 2},
	{"zero", codec.SecurityNone, 0x00, codec.CommandTCP, codec.HostPort("zero.example", 8080), 1795333255, 1795333267, 0},
}

// headerVectors are headers alone, each kind of target once.
func headerVectors() []*Vector {
	var out []*Vector
	for _, scheme := range []codec.Scheme{codec.AEAD, codec.Legacy} {
		for _, c := range headerCases {
			m := message{scheme: scheme, alter: codec.Primary, time: c.time, echo: echo, padding: slices.Repeat([]byte{filler}, 10)}
			m.header = codec.RequestHeader{Security: c.security, Option: c.option, Command: c.command, Address: c.target}
			if scheme == codec.Legacy {
				m.time, m.alter = c.legacyTime, c.alter
			}
			t := &codec.Trace{}
			m.open(t, m.seal())
			v := &Vector{
				ID:    "request-header/" + scheme.String() + "/" + c.name,
				Title: "a request header: " + scheme.String() + ", " + c.name, Inputs: m.inputs(), Steps: steps(t),
			}
			v.pin([]string{"v2fly"}, codec.FieldCmdKey, codec.FieldSection, codec.FieldRequest, codec.FieldLegacyIV, codec.FieldAuthIDPlain)
			out = append(out, v)
		}
	}
	return out
}

// pin notes who has made the same bytes of fields.
func (v *Vector) pin(by []string, fields ...codec.Field) {
	for _, f := range fields {
		if s := v.Step(f.String()); s != nil {
			s.Pinned = by
		}
	}
}

// recorded are the options of the recorded bodies.
var recorded = []codec.Option{0x00, 0x01, 0x05, 0x0d, 0x11, 0x15, 0x1d}

// bodyPinned tells who has made the same body.
func (m *message) bodyPinned() []string {
	h := &m.header
	if h.Command == codec.CommandMux || !slices.Contains(recorded, h.Option) {
		return nil
	}
	if m.scheme == codec.AEAD && h.Security != codec.SecurityAES128CFB {
		return []string{"v2fly", "xray"}
	}
	return []string{"v2fly"}
}

// pinBody notes who has made the same chunks.
func (v *Vector) pinBody(m *message) {
	by := m.bodyPinned()
	for i := range v.Steps {
		s := &v.Steps[i]
		if strings.HasPrefix(s.Name, "stream.") || strings.HasPrefix(s.Name, "chunk.") && strings.HasSuffix(s.Name, ".chunk") {
			s.Pinned = by
		}
	}
}
