package capture

import (
	"encoding/binary"
	"io"
	"net/netip"

	"vmesskit/inspect/flow"
)

// Origin says who made a pcapng file, and of what.
type Origin struct {
	Application string // "vmesskit v1.0"
	Interface   string // a name for where the packets are from
	Description string // and more about it
}

const (
	blockNames      = 4 // Name Resolution Block
	blockOverhead   = 12
	packetOverhead  = blockOverhead + 20
	maxOption       = 1 << 12 // bytes of a text; longer ones are cut
	optionsOverhead = 8
)

// NewPcapngWriter begins a pcapng file. Packets have the times that they are
// given: those of one event are of one moment.
func NewPcapngWriter(w io.Writer, o Origin) *Writer {
	le := binary.LittleEndian
	b := make([]byte, 0, writeBuffer)
	b, start := beginBlock(b, blockSection)
	b = le.AppendUint32(b, 0x1a2b3c4d)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, ^uint64(0)) // the section's length is not stated
	b = appendOption(b, 4, o.Application)
	b = endBlock(append(b, 0, 0, 0, 0), start)

	b, start = beginBlock(b, blockInterface)
	b = le.AppendUint32(b, writeEthernet)
	b = le.AppendUint32(b, writeSnaplen)
	b = appendOption(b, 2, o.Interface)
	b = appendOption(b, 3, o.Description)
	b = append(b, 9, 0, 1, 0, 9, 0, 0, 0) // if_tsresol: nanoseconds
	b = endBlock(append(b, 0, 0, 0, 0), start)
	return &Writer{w: w, buf: b, ng: true}
}

// Comment gives the next packet a comment. A classic file has no place for it.
func (w *Writer) Comment(text string) { w.comment = text }

// Name says in a pcapng file how an address is called.
func (w *Writer) Name(a netip.Addr, name string) {
	if !w.ng {
		return
	}
	kind, addr := uint16(1), a.Unmap().AsSlice()
	if a.Unmap().Is6() {
		kind = 2
	}
	name = name[:min(len(name), maxOption)]
	if len(w.buf)+blockOverhead+optionsOverhead+len(addr)+len(name)+8 > cap(w.buf) {
		w.write()
	}
	b, start := beginBlock(w.buf, blockNames)
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(addr)+len(name)+1))
	b = append(append(append(b, addr...), name...), 0)
	b = pad(b)
	w.buf = endBlock(append(b, 0, 0, 0, 0), start)
}

// block begins an Enhanced Packet Block, as room does.
func (w *Writer) block(at flow.Time, n int) []byte {
	padded := (n + 3) &^ 3
	comment := w.comment[:min(len(w.comment), maxOption)]
	w.comment = ""
	if len(w.buf)+packetOverhead+padded+len(comment)+optionsOverhead+4 > cap(w.buf) {
		w.write()
	}
	le := binary.LittleEndian
	b, start := beginBlock(w.buf, blockEnhanced)
	stamp := uint64(max(at, 0))
	for _, word := range [...]uint32{0, uint32(stamp >> 32), uint32(stamp), uint32(n), uint32(n)} {
		b = le.AppendUint32(b, word)
	}
	frame := len(b)
	b = extend(b, padded)
	clear(b[frame+n:])
	if comment != "" {
		b = append(appendOption(b, 1, comment), 0, 0, 0, 0)
	}
	w.buf = endBlock(b, start)
	return w.buf[frame : frame+n]
}

// beginBlock writes the head of a block, without its length.
func beginBlock(b []byte, kind uint32) (out []byte, start int) {
	return append(binary.LittleEndian.AppendUint32(b, kind), 0, 0, 0, 0), len(b)
}

// endBlock writes the length in both of its places.
func endBlock(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	binary.LittleEndian.PutUint32(b[start+4:], n)
	return binary.LittleEndian.AppendUint32(b, n)
}

// appendOption writes a text, if there is one.
func appendOption(b []byte, code uint16, text string) []byte {
	if text == "" {
		return b
	}
	text = text[:min(len(text), maxOption)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return pad(append(b, text...))
}

// pad fills up to four bytes. Blocks begin at such a place, and so does the
// buffer whenever one begins.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
