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
