package harness

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Packet is a packet with its Ethernet header.
type Packet struct {
	Time  time.Time
	Frame []byte
}

// The classic format, in microseconds and little-endian, as tcpdump writes it
// on the machines that matter here.
const (
	pcapMagic    = 0xa1b2c3d4
	pcapEthernet = 1
	pcapSnap     = 262144
)

// WritePCAP writes packets to a file.
func WritePCAP(w io.Writer, packets []Packet) error {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, pcapMagic)
	out = le.AppendUint16(out, 2)
	out = le.AppendUint16(out, 4)
	out = le.AppendUint64(out, 0) // the time zone and the accuracy, which nobody uses
	out = le.AppendUint32(out, pcapSnap)
	out = le.AppendUint32(out, pcapEthernet)
	for _, p := range packets {
		out = le.AppendUint32(out, uint32(p.Time.Unix()))
		out = le.AppendUint32(out, uint32(p.Time.Nanosecond()/1000))
		out = le.AppendUint32(out, uint32(len(p.Frame)))
		out = le.AppendUint32(out, uint32(len(p.Frame)))
		out = append(out, p.Frame...)
	}
	_, err := w.Write(out)
	return err
}

// readPCAP hands on the packets of a file, or of a pipe as they come, until
// each says that it is enough.
func readPCAP(r io.Reader, each func(Packet) (enough bool)) error {
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("head of a capture: %w", err)
	}
	le := binary.LittleEndian
	if m, link := le.Uint32(head[:]), le.Uint32(head[20:]); m != pcapMagic || link != pcapEthernet {
		return fmt.Errorf("capture with magic %#x and link type %d, want %#x and %d", m, link, uint32(pcapMagic), pcapEthernet)
	}
	for {
		var record [16]byte
		if _, err := io.ReadFull(r, record[:]); err != nil {
			return err
		}
		n := le.Uint32(record[8:])
		if n > pcapSnap {
			return fmt.Errorf("packet of %d bytes, want at most %d", n, pcapSnap)
		}
		p := Packet{time.Unix(int64(le.Uint32(record[:])), int64(le.Uint32(record[4:]))*1000), make([]byte, n)}
		if _, err := io.ReadFull(r, p.Frame); err != nil {
			return err
		}
		if each(p) {
			return nil
		}
	}
}
