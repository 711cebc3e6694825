package h2

import (
	"encoding/binary"
	"strconv"

	"vmesskit/inspect/flow"
)

// parser reads the DATA of one direction as gRPC's messages (a byte that says
// whether it is compressed, four of length) in each of which protobuf's field 1
// holds bytes, once or repeatedly. Those are passed on as they come.
type parser struct {
	step  step
	buf   [5]byte // a message's head
	n     int     // how much of it is there, or of a number
	left  int64   // bytes of the message to come
	field int64   // bytes of the field to come
	num   uint64  // a number whose end is to come
	total int64   // bytes of the body so far
	probe probe
}

// step says what the next byte is.
type step uint8

const (
	atHead   step = iota // of a message's head
	atTag                // of a field's number and type
	atLength             // of a field's length
	atNumber             // of a field that is a number
	atBytes              // of what is passed on
	atOther              // of a field that is not
	adrift               // nobody knows
	stopped              // it does not matter
)

// maxMessage is how long a message may be: three bytes of the four. gRPC's usual
// maximum is 4 MiB.
const maxMessage = 1<<24 - 1

// push takes DATA; start says that a frame begins here.
func (m *parser) push(s *stream, role flow.Side, at flow.Time, p []byte, start bool) {
	m.total += int64(len(p))
	if m.step == adrift {
		p = m.seek(s, role, at, p, start)
	}
	for len(p) > 0 && m.step < adrift {
		switch m.step {
		case atHead:
			p = m.head(s, role, p)
		case atBytes, atOther:
			n := int(min(m.field, int64(len(p))))
			if m.step == atBytes {
				s.sink.Data(role, at, p[:n])
			}
			m.took(int64(n))
			p = p[n:]
		default:
			m.number(s, role, p[0], m.total-int64(len(p)))
			p = p[1:]
		}
	}
}

// head reads the head of a message.
func (m *parser) head(s *stream, role flow.Side, p []byte) []byte {
	n := copy(m.buf[m.n:], p)
	m.n += n
	if p = p[n:]; m.n < len(m.buf) {
		return nil
	}
	m.n, m.left = 0, int64(binary.BigEndian.Uint32(m.buf[1:]))
	off := m.total - int64(len(p)) - int64(len(m.buf))
	switch {
	case m.buf[0] == 1:
		m.stop(s, role, flow.Unsupported, off, "the message is compressed")
	case m.buf[0] != 0:
		m.stop(s, role, flow.Damaged, off, "flag "+strconv.Itoa(int(m.buf[0]))+", want 0 or 1")
	case m.left > maxMessage:
		m.stop(s, role, flow.Damaged, off, "a message of "+strconv.FormatInt(m.left, 10)+" bytes, want at most "+strconv.Itoa(maxMessage))
	case m.left > 0:
		m.step = atTag
	}
	return p
}

// number reads a byte of a number: a tag, a length, or a field.
func (m *parser) number(s *stream, role flow.Side, b byte, off int64) {
	m.left--
	if m.n == 9 && b > 1 {
		m.stop(s, role, flow.Damaged, off, "a number of more than 64 bits")
		return
	}
	m.num |= uint64(b&0x7f) << (7 * m.n)
	m.n++
	if b >= 0x80 {
		if m.left == 0 {
			m.stop(s, role, flow.Damaged, off, "the message ends in a number")
		}
		return
	}
	v := m.num
	m.num, m.n = 0, 0
	switch m.step {
	case atTag:
		m.tag(s, role, v, off)
	case atLength:
		m.length(s, role, v, off)
	default:
		m.next()
	}
}

// tag begins a field: its number and its type in the lower three bits.
func (m *parser) tag(s *stream, role flow.Side, v uint64, off int64) {
	const number, eight, length, four = 0, 1, 2, 5
	switch kind := v & 7; {
	case v>>3 == 0:
		m.stop(s, role, flow.Damaged, off, "field 0, want 1 or more")
		return
	case v>>3 == 1 && kind != length:
		m.stop(s, role, flow.Unsupported, off, "field 1 is of type "+strconv.FormatUint(kind, 10)+", want bytes")
		return
	case kind == number:
		m.step = atNumber
	case kind == length:
		m.step, m.field = atLength, int64(v>>3)
	case kind == eight, kind == four:
		m.step, m.field = atOther, 4
		if kind == eight {
			m.field = 8
		}
		if m.field > m.left {
			m.stop(s, role, flow.Damaged, off, "the message ends in a field")
		}
		return
	default:
		m.stop(s, role, flow.Unsupported, off, "a field of type "+strconv.FormatUint(kind, 10))
		return
	}
	if m.left == 0 {
		m.stop(s, role, flow.Damaged, off, "the message ends in a field")
	}
}

// length begins the bytes of a field whose number is in field.
func (m *parser) length(s *stream, role flow.Side, v uint64, off int64) {
	if v > uint64(m.left) {
		m.stop(s, role, flow.Damaged, off, "a field of "+strconv.FormatUint(v, 10)+" bytes, and "+strconv.FormatInt(m.left, 10)+" are left of the message")
		return
	}
	m.step = atOther
	if m.field == 1 {
		m.step = atBytes
	}
	if m.field = int64(v); v == 0 {
		m.next()
	}
}

// took counts bytes of a field.
func (m *parser) took(n int64) {
	m.left -= n
	if m.field -= n; m.field == 0 {
		m.next()
	}
}

// next goes to the next field, or to the next message.
func (m *parser) next() {
	if m.step = atTag; m.left == 0 {
		m.step = atHead
	}
}

// stop reads this direction no further.
func (m *parser) stop(s *stream, role flow.Side, h flow.Halt, off int64, why string) {
	m.step = stopped
	s.grpc.Stop(h, "gRPC at byte "+strconv.FormatInt(off, 10)+" of the "+whose(role)+"'s body: "+why)
}

// end is the proper end of a direction.
func (m *parser) end(s *stream, role flow.Side) {
	if m.step < adrift && (m.step != atHead || m.n > 0) {
		m.stop(s, role, flow.Damaged, m.total, "the body ends in a message")
	}
}

// gap takes a hole of n bytes, or of an unknown number.
func (m *parser) gap(s *stream, role flow.Side, at flow.Time, n int64) {
	if m.step == stopped {
		return
	}
	if n > 0 {
		m.total += n
	}
	switch inside := n > 0 && n <= m.field; {
	case m.step == atBytes && inside:
		s.sink.Gap(role, at, n)
		m.took(n)
	case m.step == atOther && inside:
		m.took(n)
	default:
		if m.step != adrift {
			s.sink.Gap(role, at, -1)
		}
		m.lose()
	}
}

// lose forgets where messages begin.
func (m *parser) lose() { *m = parser{step: adrift, total: m.total} }

// seek looks for a message at the beginning of a frame, where programs begin
// them if they can.
func (m *parser) seek(s *stream, role flow.Side, at flow.Time, p []byte, start bool) []byte {
	if start {
		m.probe.n = 0
	} else if m.probe.n == 0 {
		return nil
	}
	n, is := m.probe.see(p)
	switch is {
	case perhaps:
		return nil
	case no:
		m.probe.n = 0
		return nil
	}
	first := m.probe.take()
	m.step = atHead
	m.total -= int64(len(first) + len(p) - n)
	m.push(s, role, at, first, true)
	m.total += int64(len(p) - n)
	return p[n:]
}

// probe tells whether a body begins with a message that holds bytes in field 1.
type probe struct {
	p [16]byte
	n int
}

type verdict uint8

const (
	perhaps verdict = iota
	yes
	no
)

// see looks at what there was before together with p, of which it takes n bytes.
func (b *probe) see(p []byte) (n int, is verdict) {
	n = copy(b.p[b.n:], p)
	b.n += n
	return n, tunnel(b.p[:b.n])
}

// take gives what was seen.
func (b *probe) take() []byte {
	p := b.p[:b.n]
	b.n = 0
	return p
}

// tunnel judges the beginning of a body.
func tunnel(p []byte) verdict {
	const head, tag = 5, 0x0a
	for i, b := range p[:min(len(p), head+1)] {
		if i < 2 && b != 0 || i == head && b != tag {
			return no
		}
	}
	if len(p) <= head+1 {
		return perhaps
	}
	length, n := uint64(0), 0
	for _, b := range p[head+1:] {
		length |= uint64(b&0x7f) << (7 * n)
		if n++; b < 0x80 {
			if message := uint64(binary.BigEndian.Uint32(p[1:])); length > 0 && uint64(1+n)+length <= message {
				return yes
			}
			return no
		}
		if n == 5 {
			return no
		}
	}
	return perhaps
}
