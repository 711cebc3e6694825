package codec

import (
	"encoding/binary"

	"vmesskit/codec/internal/wire"
)

// SwitchAccount is the server's word to go on at another port, with another
// id, for some minutes. v2ray sends it when an inbound has a detour to a
// dynamic port; the sessions there use AES-128-CFB with chunks.
type SwitchAccount struct {
	Host     string // IP or domain; empty: where the client is already
	Port     uint16
	ID       ID
	AlterIDs uint16
	Level    uint8
	Minutes  uint8 // validity
}

// maxSwitchHost is the longest host with which the data, 27 bytes besides,
// still fits the response's length byte.
const maxSwitchHost = 255 - 27

// layout visits the fields behind the checksum.
func (s *SwitchAccount) layout(c *wire.Cursor) {
	c.Text8(wire.FieldSwitchHostLength, wire.FieldSwitchHost, &s.Host)
	c.U16(wire.FieldSwitchPort, &s.Port)
	c.Fixed(wire.FieldSwitchID, s.ID[:])
	c.U16(wire.FieldSwitchAlterIDs, &s.AlterIDs)
	c.U8(wire.FieldSwitchLevel, &s.Level)
	c.U8(wire.FieldSwitchValidity, &s.Minutes)
}

// Append appends the command's data to dst: the checksum, then the fields.
func (s *SwitchAccount) Append(dst []byte) ([]byte, error) {
	if len(s.Host) > maxSwitchHost {
		return dst, &Error{Kind: ErrLimit, Field: wire.FieldSwitchHostLength, Off: 4, Err: wire.Want(len(s.Host), 0, maxSwitchHost)}
	}
	start := len(dst)
	c := wire.Appender(append(dst, 0, 0, 0, 0))
	s.layout(&c)
	out, err := c.Done()
	if err != nil {
		return dst, err
	}
	binary.BigEndian.PutUint32(out[start:], fnv1a(out[start+4:]))
	return out, nil
}

// ParseSwitchAccount reads the data of a SwitchAccount command. The error is
// an *Error: ErrShort where it ends early, ErrChecksum where that is wrong.
func ParseSwitchAccount(data []byte) (SwitchAccount, error) { return parseSwitchAccount(data, nil, -1) }

// parseSwitchAccount records the visit in a buffer of its own: the data is one
// field of the response header.
func parseSwitchAccount(data []byte, t *Trace, from int) (s SwitchAccount, err error) {
	buffer := t.Open(wire.FieldSwitchAccount, data, lastSpan(t, wire.FieldResponseCommandData, from))
	c := wire.Reader(data)
	c.TraceTo(t, buffer)
	var sum [4]byte
	c.Fixed(wire.FieldSwitchChecksum, sum[:])
	s.layout(&c)
	var rest []byte
	c.Rest(wire.FieldTrailing, &rest)
	if c.Err() != nil {
		return SwitchAccount{}, c.Err()
	}
	if binary.BigEndian.Uint32(sum[:]) != fnv1a(data[4:]) {
		return SwitchAccount{}, &Error{Kind: ErrChecksum, Field: wire.FieldSwitchChecksum}
	}
	return s, nil
}

// lastSpan finds the latest span of field f in a buffer.
func lastSpan(t *Trace, f Field, buffer int) int {
	if t == nil {
		return -1
	}
	for i := len(t.Spans) - 1; i >= 0; i-- {
		if t.Spans[i].Field == f && t.Spans[i].Buffer == buffer {
			return i
		}
	}
	return -1
}
