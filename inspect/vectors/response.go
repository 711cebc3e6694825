package vectors

import "vmesskit/codec"

func responseVectors() []*Vector {
	var out []*Vector
	combinations(func(path, title string, m message) {
		v := m.responseVector("response/"+path, "a response: "+title, nil, true)
		v.pin(m.bodyPinned(), codec.FieldResponse)
		v.pinBody(&m)
		out = append(out, v)
	})
	for _, scheme := range []codec.Scheme{codec.AEAD, codec.Legacy} {
		for _, c := range []struct{ name, host string }{{"no-host", ""}, {"domain", "detour.example"}, {"ipv4", "203.0.113.9"}} {
			m := message{scheme: scheme, time: requestTime, echo: echo}
			m.header = codec.RequestHeader{Security: codec.SecurityAES128GCM, Option: 0x0d, Command: codec.CommandTCP, Address: codec.HostPort("example.com", 443)}
			v := m.responseVector("switch-account/"+scheme.String()+"/"+c.name, "a response header with a SwitchAccount command: "+scheme.String()+", "+c.name,
				&codec.SwitchAccount{Host: c.host, Port: 12345, ID: mustID("27848739-7e62-4138-9fd3-098a63964b6b"), AlterIDs: 64, Level: 1, Minutes: 5}, false)
			v.pin([]string{"v2fly"}, codec.FieldResponse)
			out = append(out, v)
		}
	}
	return out
}

func (m *message) responseVector(id, title string, to *codec.SwitchAccount, withBody bool) *Vector {
	t := &codec.Trace{}
	request := &codec.Request{Sender: codec.Sender{Scheme: m.scheme}, Header: *m.request()}
	wire, sealed, err := request.Respond(nil, &codec.ResponseHeader{Switch: to})
	mustNot(err)
	o := codec.NewResponseOpener(request)
	o.Trace = t
	r, _, err := o.Open(wire)
	mustNot(err)
	v := &Vector{ID: id, Title: title, Inputs: append([]Input{{"scheme", m.scheme.String()}}, m.keys()...)}
	if to != nil {
		v.Inputs = append(v.Inputs, Input{codec.FieldSwitchHost.String(), to.Host}, Input{codec.FieldSwitchPort.String(), number(int64(to.Port))},
			Input{codec.FieldSwitchID.String(), to.ID.String()}, Input{codec.FieldSwitchAlterIDs.String(), number(int64(to.AlterIDs))},
			Input{codec.FieldSwitchLevel.String(), number(int64(to.Level))}, Input{codec.FieldSwitchValidity.String(), number(int64(to.Minutes))})
	}
	if withBody {
		body(sealed, r.Body())
		v.Inputs = append(v.Inputs, m.bodyInputs()...)
	}
	v.Steps = steps(t)
	return v
}
