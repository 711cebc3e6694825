// Package peel takes off what is around VMess: TLS, WebSocket, HTTP, HTTP/2,
// gRPC, mKCP, and proxies in front. It knows nothing of what is inside.
//
// Start with Open, the stage between the capture and the sessions: it looks at
// the first bytes of each conversation and hands it to the wrapping that they
// are of, or to the sessions. What a wrapping holds comes back to it, so that
// wrappings stack in any order. wrappings.go has the table; a wrapping is one
// file, or one folder where it is a protocol of its own.
package peel
