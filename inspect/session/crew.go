package session

import (
	"cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// crew opens chunks on other processors while the packets go on being read.
// Only that: who they belong to, where they begin and what they mean stays with
// the one goroutine that all stages run on.
type crew struct {
	jobs   chan *batch
	spare  []*batch
	ahead  int // batches of one body that may be under way
	bodies int // that are being read in batches
}

// batch is a run of whole chunks of one body.
type batch struct {
	cipher *codec.ChunkCipher
	buf    []byte // filled up to used, framed up to next
	used   int
	next   int
	frames []codec.Frame

	payloads [][]byte // of the frames, in order; nil for one that refused
	err      error    // of the first that did
	panicked string
	done     chan struct{}
}

const (
	batchSize  = 512 << 10 // at least two chunks of any size
	longStream = 1 << 20   // from here on a body is opened in batches
	maxBodies  = 8         // at the same time; this bounds the memory of batches
)

// newCrew starts n workers. Without any there is no crew.
func newCrew(n int) *crew {
	if n <= 0 {
		return nil
	}
	c := &crew{jobs: make(chan *batch, n+1), ahead: n + 1}
	for range n {
		go func() {
			for b := range c.jobs {
				b.open()
			}
		}()
	}
	return c
}

// dismiss ends the workers.
func (c *crew) dismiss() {
	if c != nil {
		close(c.jobs)
	}
}

// batch gives an empty batch that begins with the bytes of rest.
func (c *crew) batch(cipher *codec.ChunkCipher, rest []byte) *batch {
	var b *batch
	if n := len(c.spare); n > 0 {
		b, c.spare = c.spare[n-1], c.spare[:n-1]
	} else {
		b = &batch{buf: make([]byte, batchSize), done: make(chan struct{}, 1)}
	}
	b.cipher, b.used, b.next = cipher, copy(b.buf, rest), 0
	b.frames, b.payloads, b.err, b.panicked = b.frames[:0], b.payloads[:0], nil, ""
	return b
}

// open is the work: the chunks in order, until too many in a row refuse.
func (b *batch) open() {
	defer func() {
		if r := recover(); r != nil {
			b.panicked = flow.PanicText(r)
		}
		b.done <- struct{}{}
	}()
	at, refused := 0, 0
	for i := 0; i < len(b.frames) && refused < maxRefused; i++ {
		f := &b.frames[i]
		payload, err := b.cipher.Open(f, b.buf[at:at+f.Size()])
		if err == nil {
			refused = 0
		} else {
			payload, refused = nil, refused+1
			b.err = cmp.Or(b.err, err)
		}
		b.payloads = append(b.payloads, payload)
		at += f.Size()
	}
}
