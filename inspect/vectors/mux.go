package vectors

import (
	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// frameCase is one frame of Mux.Cool.
type frameCase struct {
	id, title string
	frame     mux.Frame
	pinned    []string
}

var (
	muxDomain = mux.Target{Network: mux.TCP, Address: codec.HostPort("example.com", 80)}
	muxIPv4   = mux.Target{Network: mux.UDP, Address: codec.HostPort("8.8.8.8", 53)}
	muxIPv6   = mux.Target{Network: mux.UDP, Address: codec.HostPort("2001:db8::1", 5353)}
	muxNTP    = mux.Target{Network: mux.UDP, Address: codec.HostPort("example.com", 123)}
	globalID  = mux.GlobalID{1, 2, 3, 4, 5, 6, 7, 8}
)

var frameCases = []frameCase{
	{"mux/new-tcp", "opens a stream and brings its first data", mux.Frame{ID: 1, Status: mux.New, Option: mux.WithData, Target: muxDomain, Data: []byte("hello")}, []string{"v2fly", "xray"}},
	{"mux/keep", "more data of a stream", mux.Frame{ID: 1, Status: mux.Keep, Option: mux.WithData, Data: []byte("world")}, []string{"v2fly"}},
	{"mux/keep-empty", "no data", mux.Frame{ID: 1, Status: mux.Keep}, []string{"v2fly"}},
	{"mux/new-udp", "opens a sub-connection of datagrams without one", mux.Frame{ID: 2, Status: mux.New, Target: muxIPv4}, []string{"v2fly"}},
	{"mux/end", "ends a sub-connection", mux.Frame{ID: 1, Status: mux.End}, []string{"v2fly"}},
	{"mux/end-error", "ends a sub-connection that went wrong", mux.Frame{ID: 1, Status: mux.End, Option: mux.WithError}, []string{"v2fly"}},
	{"mux/keepalive", "means nothing", mux.Frame{Status: mux.KeepAlive}, []string{"v2fly"}},
	{"xudp/new", "the first datagram of XUDP, with a global id", mux.Frame{Status: mux.New, Option: mux.WithData, Target: muxIPv4, HasGlobalID: true, GlobalID: globalID, Data: []byte("q1")}, []string{"xray"}},
	{"xudp/new-without", "the first datagram, without a global id", mux.Frame{Status: mux.New, Option: mux.WithData, Target: muxIPv4, Data: []byte("q1")}, []string{"xray"}},
	{"xudp/ipv6", "a datagram to another address", mux.Frame{Status: mux.Keep, Option: mux.WithData, Target: muxIPv6, Data: []byte("q2")}, []string{"xray"}},
	{"xudp/domain", "a datagram to a name", mux.Frame{Status: mux.Keep, Option: mux.WithData, Target: muxNTP, Data: []byte("q3")}, []string{"xray"}},
	{"xudp/same", "a datagram to where the first one went", mux.Frame{Status: mux.Keep, Option: mux.WithData, Data: []byte("q4")}, []string{"xray"}},
}

func muxVectors() []*Vector {
	var out []*Vector
	for _, c := range frameCases {
		f := c.frame
		wire := must(f.Append(nil))
		v := &Vector{ID: c.id, Title: "a Mux.Cool frame: " + c.title, Inputs: []Input{
			{codec.FieldMuxSession.String(), number(int64(f.ID))},
			{codec.FieldMuxStatus.String(), f.Status.String()},
			{codec.FieldMuxOption.String(), number(int64(f.Option))},
		}}
		if f.Target != (mux.Target{}) {
			v.Inputs = append(v.Inputs, Input{codec.FieldMuxNetwork.String(), f.Target.Network.String()}, Input{"target", f.Target.Address.String()})
		}
		if f.HasGlobalID {
			v.Inputs = append(v.Inputs, Input{codec.FieldMuxGlobalID.String(), hexOf(f.GlobalID[:])})
		}
		if f.Data != nil {
			v.Inputs = append(v.Inputs, Input{codec.FieldMuxData.String(), hexOf(f.Data)})
		}
		v.Steps = []Step{
			{codec.FieldMuxMetaLength.String(), wire[:2], "BE16(bytes of the metadata behind this)", nil},
			{codec.FieldMuxFrame.String(), wire, "", c.pinned},
		}
		out = append(out, v)
	}
	for _, c := range []struct {
		name   string
		target codec.Address
	}{{"ipv4", codec.HostPort("1.2.3.4", 1234)}, {"ipv6", codec.HostPort("2001:db8::1", 53)}} {
		p := mux.Packet{Address: c.target, Data: []byte("payload")}
		out = append(out, &Vector{
			ID: "packetaddr/" + c.name, Title: "a packetaddr packet, " + c.name,
			Inputs: []Input{{"target", c.target.String()}, {codec.FieldPacketData.String(), hexOf(p.Data)}},
			Steps: []Step{
				{codec.FieldPacket.String(), must(p.Append(nil)), "type || address || port || data", []string{"v2fly", "sing"}},
				{"packetaddr-segment", must(p.AppendSegment(nil)), "BE16(bytes of the packet) || packet", []string{"v2fly"}},
			},
		})
	}
	return out
}
