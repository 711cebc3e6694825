package capture

import (
	"encoding/binary"
	"io"

	"vmesskit/inspect/flow"
)

// Writer writes Ethernet frames to a file, classic pcap with nanoseconds or
// pcapng. It keeps the first error, and drops what comes behind it; Flush tells it.
type Writer struct {
	w   io.Writer
	buf []byte
	err error

	step, latency flow.Time // that a WriteConn lets pass: behind each packet, and behind a SYN

	ng      bool
	comment string // of the next packet, where the file is pcapng
}

// writeBuffer is how much is collected before it is written.
const writeBuffer = 256 << 10

const (
	writeSnaplen  = 1 << 18
	writeEthernet = 1 // LINKTYPE_ETHERNET
)

// NewWriter begins a classic file. The packets of a connection follow one
// another in time.
func NewWriter(w io.Writer) *Writer {
	b := make([]byte, 0, writeBuffer)
	b = binary.LittleEndian.AppendUint32(b, 0xa1b23c4d)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	for _, word := range [...]uint32{0, 0, writeSnaplen, writeEthernet} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	return &Writer{w: w, buf: b, step: writeStep, latency: writeLatency}
}

// Packet writes one frame.
func (w *Writer) Packet(at flow.Time, frame []byte) error {
	copy(w.room(at, len(frame)), frame)
	return w.err
}

// room begins a packet of n bytes and gives the place for its frame, which is
// to be filled before the next call.
func (w *Writer) room(at flow.Time, n int) []byte {
	if w.ng {
		return w.block(at, n)
	}
	if len(w.buf)+recordHeader+n > cap(w.buf) {
		w.write()
	}
	b := w.buf
	sec := at.Unix()
	b = binary.LittleEndian.AppendUint32(b, uint32(sec))
	b = binary.LittleEndian.AppendUint32(b, uint32(int64(at)-sec*1e9))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	w.buf = extend(b, n)
	return w.buf[len(b):]
}

// extend makes a buffer longer by n bytes.
func extend(b []byte, n int) []byte {
	if len(b)+n > cap(b) {
		return append(b, make([]byte, n)...) // a frame that is larger than the buffer
	}
	return b[:len(b)+n]
}

// write passes on what was collected.
func (w *Writer) write() {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// Flush writes what is still held.
func (w *Writer) Flush() error {
	w.write()
	return w.err
}
