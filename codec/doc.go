// Package codec is the VMess protocol: bytes in, bytes out. It has no clock, no
// randomness, no network, no goroutines; time and entropy are arguments.
//
// Start with OpenRequest and SealRequest for the header, NewOpener and
// NewSealer for the body.
package codec
