package kcp

import (
	"bytes"
	"strconv"
)

// Form is how the segments of a datagram are hidden.
type Form struct {
	Header Header
	Seal   Seal
	Seed   int // the number of the seed that opens it, from 1; 0 where there is none
}

// Seal is what protects the segments.
type Seal uint8

const (
	Obfuscated Seal = iota // v2ray's own: a checksum and a fixed mixing of the bytes
	Seeded                 // AES-128-GCM with a key made of a seed
	Unsealed               // nothing, as Xray 26.3 sends them unless told otherwise
)

// protection gives the seal in words, without the seed.
func (f Form) protection() string {
	switch f.Seal {
	case Seeded:
		return "seed #" + strconv.Itoa(f.Seed)
	case Unsealed:
		return "none"
	}
	return "obfuscation"
}

// Recognise reports whether a datagram is one of mKCP, and its form. It is told
// by a checksum, a length and whole segments, or by the tag that a seed opens;
// where nothing is sealed, by segments that fit to the byte and hold values that
// go together. The datagram stays as it is.
func Recognise(p []byte, seeds []string) (Form, bool) {
	form, _, ok := newBox(seeds).open(bytes.Clone(p))
	return form, ok
}
