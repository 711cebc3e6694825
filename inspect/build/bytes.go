package build

import "vmesskit/codec"

// Bytes is a sink that keeps what each side sends.
type Bytes [2][]byte

func (b *Bytes) Send(from codec.Direction, p []byte) error {
	b[from] = append(b[from], p...)
	return nil
}

func (b *Bytes) Close(codec.Direction) error { return nil }
