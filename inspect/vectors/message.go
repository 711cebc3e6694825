package vectors

import (
	"fmt"
	"slices"

	"vmesskit/codec"
)

// message is a request or a response to be made: a header and three writes of
// a body with its end.
type message struct {
	scheme  codec.Scheme
	alter   int // of the id that authenticates a legacy header, or codec.Primary
	time    int64
	echo    uint8
	padding []byte
	header  codec.RequestHeader
}

// combinations calls f for each that a careful server takes.
func combinations(f func(path string, title string, m message)) {
	for _, scheme := range []codec.Scheme{codec.AEAD, codec.Legacy} {
		for _, security := range []codec.Security{
			codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone, codec.SecurityAES128CFB,
		} {
			for option := range codec.AuthenticatedLength << 1 {
				for _, command := range []codec.Command{codec.CommandTCP, codec.CommandUDP, codec.CommandMux} {
					m := message{scheme: scheme, alter: codec.Primary, time: requestTime, echo: echo, padding: slices.Repeat([]byte{filler}, 10)}
					m.header = codec.RequestHeader{Security: security, Option: option, Command: command, Address: codec.HostPort("example.com", 443)}
					h := m.request()
					if option.Has(codec.ConnectionReuse) || h.Validate() != nil {
						continue
					}
					f(fmt.Sprintf("%v/%v/%02x/%v", scheme, security, uint8(option), command),
						fmt.Sprintf("%v, %v, options %02x, %v", scheme, security, uint8(option), command), m)
				}
			}
		}
	}
}

// request completes the header.
func (m *message) request() *codec.RequestHeader {
	h := m.header
	h.BodyKey, h.BodyIV, h.ResponseAuth, h.Padding = bodyKey, bodyIV, m.echo, m.padding
	if h.Command == codec.CommandMux {
		h.Address = codec.Address{}
	}
	return &h
}

// inputs of the request header.
func (m *message) inputs() []Input {
	h := m.request()
	in := []Input{
		{"id", idText},
		{"scheme", m.scheme.String()},
		{codec.FieldAuthTime.String(), number(m.time)},
	}
	if m.scheme == codec.AEAD {
		in = append(in, Input{codec.FieldAuthRandom.String(), "aaaaaaaa"}, Input{codec.FieldConnectionNonce.String(), "aaaaaaaaaaaaaaaa"})
	} else {
		in = append(in, Input{"alter", alterName(m.alter)})
	}
	in = append(in, m.keys()...)
	if h.Command != codec.CommandMux {
		in = append(in, Input{"target", h.Address.String()})
	}
	return append(in, Input{codec.FieldHeaderPadding.String(), hexOf(h.Padding)})
}

// keys are the inputs that the body and the response need.
func (m *message) keys() []Input {
	h := m.request()
	return []Input{
		{codec.FieldBodyKey.String(), hexOf(h.BodyKey[:])},
		{codec.FieldBodyIV.String(), hexOf(h.BodyIV[:])},
		{codec.FieldResponseAuth.String(), hexOf([]byte{h.ResponseAuth})},
		{codec.FieldOption.String(), hexOf([]byte{byte(h.Option)})},
		{codec.FieldSecurity.String(), number(int64(h.Security))},
		{codec.FieldCommand.String(), number(int64(h.Command))},
	}
}

// bodyInputs are what the body carries.
func (m *message) bodyInputs() []Input {
	var in []Input
	for i, w := range writes {
		in = append(in, Input{"payload." + number(int64(i)), hexOf(w)})
	}
	if m.header.Option.Has(codec.GlobalPadding) {
		in = append(in, Input{codec.FieldChunkPadding.String(), "every byte aa"})
	}
	return in
}

// seal makes the request header.
func (m *message) seal() []byte {
	key := userID.CmdKey()
	if m.scheme == codec.AEAD {
		return must(codec.SealRequest(nil, key, m.request(), m.time, fill))
	}
	id := userID
	for range m.alter + 1 {
		id = codec.NextAlterID(id)
	}
	return must(codec.SealLegacyRequest(nil, key, id, m.request(), m.time))
}

// open opens it with a trace.
func (m *message) open(t *codec.Trace, b []byte) *codec.Request {
	o := codec.NewRequestOpener(codec.Sender{Scheme: m.scheme, Key: userID.CmdKey(), Time: m.time, Alter: codec.Primary})
	o.Trace = t
	r, _, err := o.Open(b)
	mustNot(err)
	return r
}

// body seals the writes and the end, and opens them where the trace goes on.
func body(sealed, opened codec.Body) {
	s := must(codec.NewSealer(sealed, fill))
	o := must(codec.NewOpener(opened))
	for _, w := range writes {
		got, _, err := o.Open(nil, must(s.Seal(nil, w)))
		mustNot(err)
		if !slices.Equal(got, w) {
			panic("internal error: a chunk does not open to what was sealed")
		}
	}
	if end := must(s.End(nil)); len(end) > 0 {
		_, _, _ = o.Open(nil, end) // io.EOF
	}
}

func must[T any](v T, err error) T {
	mustNot(err)
	return v
}

// mustNot: the inputs of vectors are ours and are valid.
func mustNot(err error) {
	if err != nil {
		panic("internal error: vector: " + err.Error())
	}
}
