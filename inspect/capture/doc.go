// Package capture turns capture files into conversations: pcap and pcapng,
// plain or packed, become packets, the packets become IP, and that becomes
// ordered TCP streams and UDP datagrams which are pushed into flow sinks.
//
// Start at [Read]. It takes the files of one capture (several are merged in
// time order), a [flow.Source] that is told of every new conversation, and
// gives back a [Summary] of what was in the files. The way of a packet is the
// order of the files here: input, buffer, pcap or pcapng, merge, link,
// network, ip, fragment, then tcp, conn and stream, or udp.
//
// On that way all wrappings come off: VLAN and QinQ, IEEE 802.3 with LLC and
// SNAP, PPPoE and PPP, MPLS with its pseudowires, GRE with PPTP and ERSPAN,
// IP in IP, VXLAN and Geneve, in any order and up to 24 headers deep. The
// innermost addresses and ports are the conversation, and nothing of what is
// around them counts: a mirror port, or a capture of several interfaces, shows
// a packet with and without its wrapping, and the two directions need not have
// the same VLAN, label or network. The price is that two tenants of one
// network who use the same four at the same time become one conversation. A
// tunnel over UDP is known by its port together with its header and what it
// holds; a datagram where these do not fit is a plain one.
//
// A capture is never as tidy as the connection was. What this package makes
// of it:
//
//   - Bytes that came twice are delivered once; the first delivery wins.
//   - A hole is waited for. It becomes a Gap once the receiver has
//     acknowledged it and 64 more packets of the flow or 2 s of packet time
//     did not bring it, or when the flow ends, or when Limits.Reorder is full.
//     When Limits.ReorderTotal is, the flow that has waited longest gives up
//     its hole.
//     Where the receiver was not captured, 1024 packets or 2 s are enough.
//     One hole may be told in several Gaps that touch.
//   - A connection whose beginning was not captured starts with the lowest
//     bytes among its first packets; what came before is no Gap, but
//     Record.Began is false.
//   - Two equal UDP datagrams are two: who reads them has to know whether one
//     is a copy.
//   - The time of bytes is that of the packet that brought them, also where
//     they had to wait for others.
//   - A side whose end was not seen is closed as Cut at the end of the capture,
//     and as Open where the other side reset the connection, or a UDP flow was
//     silent for three minutes.
//   - An RST is believed if the receiver may have believed it: its sequence
//     number is the next one, or lies within what is acknowledged or kept. One
//     a little ahead is believed when the stream arrives exactly there. It ends
//     nothing at once, since who forges one does not stop the peers: Close
//     tells it when the other side closes or the flow ends, with the time of
//     the RST, and not at all if its side went on with new bytes within two minutes. The others
//     are counted in Summary.Ignored.
//   - A connection that was closed is remembered for five minutes: packets of
//     it that bring nothing new are counted in Summary.Ignored and begin no
//     conversation.
//   - Packets cut by a snaplen give the bytes there are and a Gap for the rest.
//   - Checksums are not looked at: offloading makes them wrong in captures of
//     healthy traffic.
//
// Of more than 256 inputs the others are opened when the time of their first
// packet comes, and all are closed at their end; so thousands of files that
// follow each other need few at once. Where too many are of the same time the
// system's limit of open files is an error, and the remedy is to merge some of
// them first.
//
// Damage ends the reading of that file only, and is told in Summary.Files;
// everything in front of it is kept. There is no goroutine, clock or log
// here, and nothing is allocated for a packet that arrives in order.
package capture
