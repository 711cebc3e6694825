// Package mux is what can travel inside a VMess body: the frames of Mux.Cool,
// XUDP, which is Mux.Cool with one sub-connection, and packetaddr, which is
// none of it. Bytes in, bytes out, as in package codec.
//
// # Mux.Cool
//
// A request whose command is mux has no target. Its body, opened and joined, is
// a row of frames in each direction, and many sub-connections share it: the
// carrier. Chunks of the body cut frames wherever they like.
//
//	metadata length 2 | session 2 | status 1 | option 1 | [target] [global id] [extra] | [data length 2 | data]
//
// The client opens a sub-connection with a New frame, which says where it goes
// and may bring the first data. Keep frames carry the rest in both directions,
// under the number that the client chose; a server never sends New. An End
// frame closes both directions at once, so that there is no half-close, and one
// bit of it says whether it went wrong. KeepAlive means nothing. A frame of a
// sub-connection that the receiver does not know, or no longer, is skipped, and
// a server answers it with an End.
//
// Data of a TCP sub-connection is a stream, and writers cut it into frames of
// 8192 bytes. In a UDP one each frame is a datagram.
//
// The metadata has its length in front because it grows: a reader uses what it
// knows and skips the rest. Two things were added like that.
//
// # XUDP
//
// The first is an address on Keep frames: where this datagram goes, or, from
// the server, where it came from. With it one sub-connection serves a UDP
// socket that talks to many, and a carrier whose only sub-connection is UDP
// under the number 0 is called XUDP. Readers that do not know it (v2ray) send
// every datagram to the first target.
//
// The second is the global id on the New frame of a UDP sub-connection: it
// names the client's socket across carriers, so that a server can move the
// NAT mapping to a new carrier when the old one breaks. All zero means none.
//
// # Packetaddr
//
// v2fly's own answer to the same question needs no frames: a UDP request goes
// to the domain [PacketDomain], and every datagram in its body has its far end
// in front. The address is coded in a third way: before the port, and with 2
// for IPv6. On a stream, behind [StreamDomain], a length stands before that.
//
// # Where to start
//
// [ParseFrame] and [Frame.Append] are one frame. [Decoder] finds frames in a
// carrier that comes in pieces, and [Encoder] writes one sub-connection.
// [Sessions] follows all sub-connections of a carrier, which is what an
// inspector wants. [ParsePacket], [Packet.Append] and [PacketDecoder] are
// packetaddr. Errors are those of package codec.
package mux
