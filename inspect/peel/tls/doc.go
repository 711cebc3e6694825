// Package tls takes TLS off, passively: with the secrets that one of the peers
// wrote down (a key log), it opens the records of both directions and pushes
// what was inside. It takes no part in a handshake and checks no certificate.
//
// Start with [Open], the stage, and [KeyLog], the secrets. TLS 1.3 and 1.2 are
// read, and 1.0 and 1.1 with the same suites: AES-GCM, ChaCha20-Poly1305, and
// AES-CBC with HMAC.
//
// A direction is read by itself as far as that goes. The way of its bytes is
// the order of the files here: direction (bytes to records), record (what to do
// with one), protect (opening one), handshake and hello (what the peers say),
// settle (which keys follow from it), early (0-RTT), alert.
//
// A capture is not a connection. The hellos may be lost, or come late; records
// may be missing, or damaged; a key log may lack some of the secrets. So a
// record is not believed for its place: its tag is the proof. Where the place
// is in doubt, search.go tries the sequence numbers and the keys that could be
// next, within bounds, and what opens is right. What cannot be opened becomes a
// Gap inside.
package tls
