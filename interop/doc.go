// Package interop holds the codec against other implementations of VMess, in
// one process: what ours writes theirs reads, what theirs writes ours reads,
// and how fast either is on the same bytes. It is a module of its own, so that
// nobody who uses vmesskit gets their dependencies. There is nothing in it but
// tests:
//
//	go test ./...
//	go test -run '^$' -bench . ./...
//
// The peer is Xray: xray-core's proxy/vmess/encoding, as its inbound and its
// outbound use it.
package interop
