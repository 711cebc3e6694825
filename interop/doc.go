// Package interop holds the codec against other implementations of VMess, in
// one process: what ours writes theirs reads, what theirs writes ours reads,
// and how fast either is on the same bytes. It is a module of its own, so that
// nobody who uses vmesskit gets their dependencies:
//
//	go test ./...
//	go test -run '^$' -bench . .
//
// The peer in here is Xray: xray-core's proxy/vmess/encoding, as its inbound and
// its outbound use it. Package harness runs whole programs, and cmd/record makes
// captures with it.
package interop
