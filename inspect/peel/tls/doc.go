// Package tls takes TLS off, passively: with the secrets that one of the peers
// wrote down (a key log), it opens the records of both directions and pushes
// what was inside. It takes no part in a handshake and checks no certificate.
//
// Start with [Open], the stage, and [KeyLog], the secrets. TLS 1.3 and 1.2 are
// read, and 1.0 and 1.1 with the same suites: AES-GCM, ChaCha20-Poly1305, and
// AES-CBC with HMAC.
//
// A direction is read by itself as far as that goes. The way of its bytes is
// the order of the files here: direction cuts them into records, record says
// what to do with one, epoch and protect open it; handshake and hello are what
// the peers say, and settle is which keys follow from that; early is 0-RTT.
//
// A capture is not a connection. The hellos may be lost, or come late; records
// may be missing, or damaged; a key log may lack some of the secrets. So a
// record is not believed for its place: its tag is the proof. Where the place
// is in doubt, the stage looks for the next record (scan), tries the sequence
// numbers and the keys that could be next (search) or, without a client random,
// the secrets of every connection that there are (stranger), all within bounds.
// What cannot be opened becomes a Gap inside.
package tls
