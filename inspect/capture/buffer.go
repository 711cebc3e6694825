package capture

import (
	"encoding/binary"
	"io"
)

// buffer reads a file in large pieces and gives out views into them, so that
// a packet is not copied on its way to the sinks.
type buffer struct {
	name string // of the file, for errors
	src  io.Reader
	mem  []byte
	r, w int   // mem[r:w] is read and not yet consumed
	off  int64 // of mem[r] in the unpacked file
	err  error // how src ended
	busy bool  // the latest read filled the buffer
	most int   // how large it becomes while reads fill it
}

const firstBuffer = 64 << 10

func newBuffer(name string, src io.Reader, most int) *buffer {
	return &buffer{name: name, src: src, mem: make([]byte, min(firstBuffer, most)), most: most}
}

// peek gives the next n bytes without consuming them. The view is valid until
// the next peek or skip beyond it. With an error come the bytes there are.
func (b *buffer) peek(n int) ([]byte, error) {
	if b.w-b.r >= n {
		return b.mem[b.r : b.r+n : b.r+n], nil
	}
	return b.fill(n)
}

func (b *buffer) fill(n int) ([]byte, error) {
	if len(b.mem)-b.r < n {
		b.w = copy(b.mem, b.mem[b.r:b.w])
		b.r = 0
	}
	if b.busy && b.r == 0 && len(b.mem) < b.most {
		b.grow(b.most)
	}
	for b.w-b.r < n {
		if b.err != nil {
			return b.mem[b.r:b.w:b.w], b.err
		}
		if b.w == len(b.mem) {
			b.grow(n)
		}
		b.read()
	}
	return b.mem[b.r : b.r+n : b.r+n], nil
}

// grow makes room for a structure of n bytes. It doubles at most, so memory
// follows the bytes that really came and not a length that a file claims.
func (b *buffer) grow(n int) {
	mem := make([]byte, min(2*len(b.mem), b.r+n))
	copy(mem, b.mem[:b.w])
	b.mem = mem
}

func (b *buffer) read() {
	const patience = 100 // reads without bytes and without an error
	for range patience {
		n, err := b.src.Read(b.mem[b.w:])
		b.w += n
		b.err, b.busy = err, b.w == len(b.mem)
		if n > 0 || err != nil {
			return
		}
	}
	b.err = io.ErrNoProgress
}

// skip consumes n bytes that peek gave.
func (b *buffer) skip(n int) {
	b.r += n
	b.off += int64(n)
}

// discard consumes n bytes that nobody looks at, and gives how many there
// were.
func (b *buffer) discard(n int64) (int64, error) {
	left := n
	for left > 0 {
		step := min(left, int64(len(b.mem)))
		got, err := b.peek(int(step))
		b.skip(len(got))
		left -= int64(len(got))
		if err != nil {
			return n - left, err
		}
	}
	return n, nil
}

// order is the byte order of a file or section; true is big-endian.
type order bool

func (o order) u16(b []byte) uint16 {
	if o {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o order) u32(b []byte) uint32 {
	if o {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (o order) u64(b []byte) uint64 {
	if o {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func (o order) String() string {
	if o {
		return "big"
	}
	return "little"
}
