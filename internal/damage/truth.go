package main

import (
	"crypto/sha256"
	"encoding"
	"encoding/json"

	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

// sum is a hash of plaintext.
type sum = [sha256.Size]byte

// text is what was sent in one direction of a transfer, with the state of its
// hash at every step, so that the hash of any beginning is near.
type text struct {
	bytes  []byte
	states [][]byte
}

const step = 4 << 10

func newText(b []byte) *text {
	t := &text{bytes: b}
	h := sha256.New()
	for at := 0; ; at += step {
		state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			panic(err) // the standard library's hash has one
		}
		t.states = append(t.states, state)
		if at >= len(b) {
			return t
		}
		h.Write(b[at:min(at+step, len(b))])
	}
}

// beginning gives the hash of the first n bytes.
func (t *text) beginning(n int64) (s sum) {
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(t.states[n/step]); err != nil {
		panic(err)
	}
	h.Write(t.bytes[n/step*step : n])
	h.Sum(s[:0])
	return s
}

// truth is all that was sent in a case.
type truth struct {
	texts   []*text
	packets map[sum]bool // datagrams
	known   map[beginning]bool
	spent   int64 // bytes that were hashed to find pieces
}

// beginning is a run of bytes at the start of some text.
type beginning struct {
	bytes int64
	sum   sum
}

// learn makes the plaintext of a case again. What its recipe does not give, such as
// datagrams in a row, comes from the undamaged capture, which the conformance
// test holds against the manifest.
func learn(c *corpus.Case, whole []*session.Facts) *truth {
	x := &truth{packets: map[sum]bool{}, known: map[beginning]bool{}}
	for i := range c.Connections {
		for _, b := range streams(&c.Connections[i]) {
			x.texts = append(x.texts, newText(b))
		}
	}
	for _, f := range whole {
		for _, s := range directions(f) {
			x.known[beginning{s.Bytes, s.Sum}] = true
			for _, d := range s.Datagrams {
				x.packets[d.Sum] = true
			}
		}
	}
	return x
}

// streams gives both directions of a transfer over TCP.
func streams(c *corpus.Connection) [][]byte {
	var one corpus.BytesOf
	if json.Unmarshal(c.Up, &one) != nil {
		return nil
	}
	up, down := c.Streams()
	return [][]byte{up, down}
}

// sent reports whether n bytes with this hash are the beginning of something
// that was sent.
func (x *truth) sent(n int64, s sum) bool {
	b := beginning{n, s}
	if n == 0 || x.known[b] {
		return true
	}
	for _, t := range x.texts {
		if int64(len(t.bytes)) >= n && t.beginning(n) == s {
			x.known[b] = true
			return true
		}
	}
	return false
}

// searched bounds the bytes that are hashed in a case to find pieces whose place
// is not known; what is beyond is not looked for.
const searched = 64 << 20

// within reports whether n bytes with this hash stand somewhere in what was sent:
// at their offset, if that is known.
func (x *truth) within(offset, n int64, s sum) bool {
	for _, t := range x.texts {
		first, last := offset, offset
		if offset < 0 {
			first, last = 0, int64(len(t.bytes))-n
			if x.spent += max(0, last+1) * n; x.spent > searched {
				return true
			}
		}
		for at := first; at <= last && at+n <= int64(len(t.bytes)); at++ {
			if sha256.Sum256(t.bytes[at:at+n]) == s {
				return true
			}
		}
	}
	return false
}
