package explain

import (
	"encoding/binary"

	"vmesskit/codec"
)

// section is what the rest depends on of a command section, and where its
// fields are.
type section struct {
	version  byte
	iv, key  [16]byte
	v        byte
	option   codec.Option
	padding  int
	security codec.Security
	command  codec.Command
	types    byte // the address type as it was sent
	port     uint16
	host     []byte

	size     int         // bytes of it
	short    int         // bytes that are missing of the field that did not fit
	odd      codec.Field // that cannot be followed
	sum, own []byte      // the checksum as it was read and as it should be
	spans    []span
}

// span is a field of the section, or a group of them.
type span struct {
	field    codec.Field
	off, len int
	group    bool
}

// sectionReader walks over a section.
type sectionReader struct {
	b  []byte
	at int
	s  *section
}

func (r *sectionReader) take(f codec.Field, n int) []byte {
	if r.s.short > 0 || r.s.odd != 0 {
		return make([]byte, n)
	}
	if left := len(r.b) - r.at; left < n {
		r.s.short = n - left
		return make([]byte, n)
	}
	r.s.spans = append(r.s.spans, span{f, r.at, n, false})
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *sectionReader) byte(f codec.Field) byte { return r.take(f, 1)[0] }

// parse reads a section. What cannot be followed is told in short or odd.
func (m *model) parse(b []byte) *section {
	s := &section{}
	r := sectionReader{b: b, s: s}
	s.version = r.byte(codec.FieldVersion)
	if m.section.keyFirst {
		s.key = [16]byte(r.take(codec.FieldBodyKey, 16))
		s.iv = [16]byte(r.take(codec.FieldBodyIV, 16))
	} else {
		s.iv = [16]byte(r.take(codec.FieldBodyIV, 16))
		s.key = [16]byte(r.take(codec.FieldBodyKey, 16))
	}
	s.v = r.byte(codec.FieldResponseAuth)
	s.option = codec.Option(r.byte(codec.FieldOption))
	m.nibbles(&r)
	if !m.section.noReserved {
		r.byte(codec.FieldReserved)
	}
	s.command = codec.Command(r.byte(codec.FieldCommand))
	switch {
	case s.command == codec.CommandTCP, s.command == codec.CommandUDP, s.command == codec.CommandMux && m.section.muxTarget:
		m.target(&r)
	case s.command != codec.CommandMux && s.short == 0:
		s.odd = codec.FieldCommand
	}
	m.tail(&r)
	s.size = r.at
	return s
}

func (m *model) nibbles(r *sectionReader) {
	b := r.byte(codec.FieldPaddingLength)
	if n := len(r.s.spans); r.s.short == 0 {
		r.s.spans = append(r.s.spans, span{codec.FieldSecurity, r.s.spans[n-1].off, 1, false})
	}
	if m.section.nibbles {
		b = b<<4 | b>>4
	}
	r.s.padding, r.s.security = int(b>>4), codec.Security(b&15)
}

// target reads the address.
func (m *model) target(r *sectionReader) {
	group := len(r.s.spans)
	start := r.at
	r.s.spans = append(r.s.spans, span{codec.FieldAddress, start, 0, true})
	port := func() { r.s.port = binary.BigEndian.Uint16(r.take(codec.FieldPort, 2)) }
	if !m.section.hostFirst {
		port()
	}
	r.s.types = r.byte(codec.FieldAddrType)
	switch r.s.host = nil; m.section.types.right(r.s.types) {
	case codec.AddrIPv4:
		r.s.host = r.take(codec.FieldAddrIPv4, 4)
	case codec.AddrIPv6:
		r.s.host = r.take(codec.FieldAddrIPv6, 16)
	case codec.AddrDomain:
		if n := int(r.byte(codec.FieldAddrLength)); n > 0 {
			r.s.host = r.take(codec.FieldAddrDomain, n)
		}
	default:
		if r.s.short == 0 {
			r.s.odd = codec.FieldAddrType
		}
	}
	if m.section.hostFirst {
		port()
	}
	r.s.spans[group].len = r.at - start
}

// tail reads padding and checksum.
func (m *model) tail(r *sectionReader) {
	s := r.s
	padding := func() {
		if s.padding > 0 {
			r.take(codec.FieldHeaderPadding, s.padding)
		}
	}
	covered := r.at
	if !m.section.paddingLast {
		padding()
	}
	if !m.section.sumShort {
		covered = r.at
	}
	s.sum = r.take(codec.FieldHeaderChecksum, 4)
	if s.short == 0 && s.odd == 0 {
		s.own = m.section.sum.fnv(r.b[:covered])
	}
	if m.section.paddingLast {
		padding()
	}
}

// right gives the type that was meant.
func (r typeRule) right(t byte) codec.AddrType {
	switch {
	case r == typesSOCKS && t == 3:
		return codec.AddrDomain
	case r == typesSOCKS && t == 4:
		return codec.AddrIPv6
	case r == typesSOCKS && t == 2:
		return 0
	case r == typesSwapped && t == 3:
		return codec.AddrDomain
	case r == typesSwapped && t == 2:
		return codec.AddrIPv6
	}
	return codec.AddrType(t)
}

// trace records the section's spans in a buffer.
func (s *section) trace(t *codec.Trace, buffer int) {
	open, end := -1, 0
	for _, p := range s.spans {
		if open >= 0 && p.off >= end {
			t.End(open, end)
			open = -1
		}
		if p.group {
			open, end = t.Begin(p.field, buffer, p.off), p.off+p.len
			continue
		}
		t.Span(p.field, buffer, p.off, p.len)
	}
	if open >= 0 {
		t.End(open, end)
	}
}
