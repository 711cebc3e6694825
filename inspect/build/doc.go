// Package build makes VMess traffic that never was: requests, responses, whole
// sessions and captures of many. Everything in it follows from a [Seed] and the
// times that are given, so that the same description makes the same bytes on
// every machine.
//
// Start with [Session] and its Write, which tells a [Sink] what each side sends,
// one write after the other. [Bytes] is a sink that keeps one direction, and
// [Capture] is one that makes a pcap file of it. Payload is drawn while it is
// sealed, so that a session may be as long as one likes.
//
// It is for tests, for benchmarks and for learning. Traffic of a seed that
// somebody knows hides nothing from him: with the seed come the keys.
package build
