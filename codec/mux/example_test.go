package mux_test

import (
	"fmt"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// A client opens a sub-connection, sends and ends.
func ExampleEncoder() {
	e := mux.Encoder{ID: 1, Target: mux.Target{Network: mux.TCP, Address: codec.HostPort("example.com", 80)}}
	b, err := e.Append(nil, []byte("hello"))
	if err != nil {
		fmt.Println(err)
		return
	}
	b = e.AppendEnd(b)
	fmt.Printf("%x\n", b)
	// Output: 001400010101010050020b6578616d706c652e636f6d000568656c6c6f000400010300
}

// Frames come out of a carrier, however it is cut.
func ExampleDecoder() {
	carrier := []byte("\x00\x14\x00\x01\x01\x01\x01\x00\x50\x02\x0bexample.com\x00\x05hello\x00\x04\x00\x01\x03\x00")
	var d mux.Decoder
	for _, piece := range [][]byte{carrier[:9], carrier[9:]} {
		for {
			f, n, err := d.Next(piece)
			if err == codec.ErrShort {
				break
			}
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("%d %s %s %q\n", f.ID, f.Status, f.Target, f.Data)
			piece = piece[n:]
		}
	}
	fmt.Println(d.Finish())
	// Output:
	// 1 new tcp:example.com:80 "hello"
	// 1 end  ""
	// boundary
}

// An inspector asks what went through a carrier.
func ExampleSessions() {
	client := mux.NewXUDP(codec.HostPort("192.0.2.53", 53))
	server := mux.Encoder{Target: mux.Target{Network: mux.UDP}, Server: true}
	up, _ := client.AppendPacket(nil, []byte("question"), codec.Address{})
	down, _ := server.AppendPacket(nil, []byte("an answer"), codec.HostPort("198.51.100.53", 53))

	m := mux.Sessions{Data: func(d mux.Delivery) { fmt.Printf("%s %s: %s\n", d.From, d.Peer, d.Data) }}
	if err := m.Feed(codec.Up, up); err != nil {
		fmt.Println(err)
	}
	if err := m.Feed(codec.Down, client.AppendEnd(down)); err != nil {
		fmt.Println(err)
	}
	for _, s := range m.List() {
		fmt.Println(s.ID, s.Target, s.Up.Bytes, s.Down.Bytes, s.End(), m.XUDP())
	}
	// Output:
	// up 192.0.2.53:53: question
	// down 198.51.100.53:53: an answer
	// 0 udp:192.0.2.53:53 8 9 server true
}

// A datagram of packetaddr has its far end in front.
func ExamplePacket() {
	p := mux.Packet{Address: codec.HostPort("1.2.3.4", 1234), Data: []byte("payload")}
	b, err := p.Append(nil)
	fmt.Printf("%x %v\n", b, err)
	// Output: 010102030404d27061796c6f6164 <nil>
}

// One frame, made by hand and read back.
func ExampleFrame() {
	f := mux.Frame{ID: 7, Status: mux.Keep, Option: mux.WithData, Data: []byte("data")}
	b, err := f.Append(nil)
	fmt.Printf("%x %v\n", b, err)

	back, n, err := mux.ParseFrame(append(b, "behind it"...))
	fmt.Printf("%d %s %v %q, %d bytes, %v\n", back.ID, back.Status, back.Option.Names(nil), back.Data, n, err)

	f.Status = mux.End
	fmt.Println(f.Validate(codec.Up))
	// Output:
	// 000400070201000464617461 <nil>
	// 7 keep [data] "data", 12 bytes, <nil>
	// vmess: mux frame: mux-data at 8: malformed data that nobody reads
}

// A client names its socket, so that a server can go on with it on another
// carrier.
func ExampleGlobalID() {
	e := mux.NewXUDP(codec.HostPort("192.0.2.53", 53))
	e.GlobalID, e.HasGlobalID = mux.GlobalID{1, 2, 3, 4, 5, 6, 7, 8}, true
	b, err := e.AppendPacket(nil, []byte("question"), codec.Address{})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, _, err := mux.ParseFrame(b)
	fmt.Println(f.Status, f.Target, f.HasGlobalID, f.GlobalID, err)
	// Output: new udp:192.0.2.53:53 true [1 2 3 4 5 6 7 8] <nil>
}

// Packets of a packetaddr stream, however it is cut.
func ExamplePacketDecoder() {
	var stream []byte
	for i, host := range []string{"192.0.2.53", "2001:db8::53"} {
		p := mux.Packet{Address: codec.HostPort(host, 53), Data: []byte{'0' + byte(i)}}
		stream, _ = p.AppendSegment(stream)
	}
	var d mux.PacketDecoder
	for _, piece := range [][]byte{stream[:15], stream[15:]} {
		for {
			p, n, err := d.Next(piece)
			if err == codec.ErrShort {
				break
			}
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("%s %q\n", p.Address, p.Data)
			piece = piece[n:]
		}
	}
	fmt.Println(d.Finish())
	// Output:
	// 192.0.2.53:53 "0"
	// [2001:db8::53]:53 "1"
	// boundary
}

// A target is a network and an address; of some only the network is known.
func ExampleTarget() {
	fmt.Println(mux.Target{Network: mux.UDP, Address: codec.HostPort("192.0.2.53", 53)})
	fmt.Println(mux.Target{Network: mux.TCP})
	// Output:
	// udp:192.0.2.53:53
	// tcp
}
