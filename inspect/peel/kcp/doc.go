// Package kcp takes VMess out of mKCP: streams over UDP, with numbers,
// acknowledgements and resent segments, behind a fake header and a thin seal.
//
// Start with Open, the stage. A datagram goes through three steps:
//
//	datagram -> header off, seal open (form.go, header.go, seal.go)
//	         -> segments              (segment.go)
//	         -> the conversation that each names, in order (conv.go, direction.go)
//
// One pair of sockets may hold several conversations; each becomes a record of
// its own. What was watched of v2ray 4.34 and Xray 26.3, beside the layouts:
//
//   - A side that has no more to send sets the option "closing" in all that it
//     still sends. It goes on to resend what was not acknowledged.
//   - A side that is through sends "terminate". Its body is that of a ping: what
//     its sender waits to see acknowledged, what it waits to receive, and its
//     timeout for resending in milliseconds. It comes at once and then every
//     5 s, up to three times.
//   - A peer that was told so answers with its own "terminate" seconds later, or
//     falls silent. A side that is idle for long begins to close by itself.
//   - Without further settings Xray 26.3 seals nothing at all: the segments
//     stand bare in the datagram. Its setting "finalmask" adds v2ray's seals and
//     headers, and a header that is a question of DNS.
package kcp
