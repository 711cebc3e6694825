package main

import (
	"encoding/binary"
	"slices"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// sample is one structure as it was found in a trace.
type sample struct {
	trace  *codec.Trace
	places []place // in the order of the visit
	size   int
	facts  []fact
}

// place is where a field is in a sample.
type place struct {
	key    string // its field, behind those of the groups around it
	field  codec.Field
	span   int // in the trace
	off, n int
}

// find gives the place of a field, or nil.
func (s *sample) find(key string) *place {
	for i := range s.places {
		if s.places[i].key == key {
			return &s.places[i]
		}
	}
	return nil
}

// bytes gives the bytes of a span.
func (s *sample) bytes(span int) []byte {
	p := &s.trace.Spans[span]
	return s.trace.Buffers[p.Buffer].Data[p.Off : p.Off+p.Len]
}

// samplesOf finds a structure in the traces: a buffer, or the groups of a
// field in a buffer.
func samplesOf(list []exchange, buffer, group codec.Field) (out []*sample) {
	for _, e := range list {
		for i := range e.trace.Buffers {
			b := &e.trace.Buffers[i]
			if b.Field != buffer || b.Derived() {
				continue
			}
			if group == codec.FieldNone {
				out = append(out, newSample(e, i, -1, 0, len(b.Data)))
				continue
			}
			for j, s := range e.trace.Spans {
				if s.Buffer == i && s.Field == group {
					out = append(out, newSample(e, i, j, s.Off, s.Len))
				}
			}
		}
	}
	return out
}

// newSample takes the members of a group, or of a whole buffer if that is -1.
func newSample(e exchange, buffer, group, start, size int) *sample {
	s := &sample{trace: e.trace, size: size}
	s.facts = append(s.facts, e.facts...)
	if e.trace.Buffers[buffer].Field != codec.FieldSection {
		s.headerFacts()
	}
	keys := map[int]string{group: ""}
	for i, span := range e.trace.Spans {
		above, inside := keys[span.Parent]
		if span.Buffer != buffer || !inside {
			continue
		}
		p := place{key: above + "/" + span.Field.String(), field: span.Field, span: i, off: span.Off - start, n: span.Len}
		keys[i] = p.key
		s.places = append(s.places, p)
		s.addFacts(p)
	}
	return s
}

// headerFacts takes what the request's header says about all that follows.
func (s *sample) headerFacts() {
	for i := range s.trace.Buffers {
		if s.trace.Buffers[i].Field != codec.FieldSection {
			continue
		}
		for j, span := range s.trace.Spans {
			if span.Buffer == i {
				s.addFacts(place{field: span.Field, span: j, off: outside})
			}
		}
	}
}

// addFacts takes the fact that a field with names is, or those that its bits
// are.
func (s *sample) addFacts(p place) {
	info := p.field.Info()
	if info.Form != codec.FormEnum && info.Form != codec.FormFlags {
		return
	}
	v := s.bytes(p.span)[0]
	if info.Mask != 0 {
		v &= info.Mask
	}
	if info.Form == codec.FormEnum {
		s.facts = append(s.facts, fact{info.Name, enumWord(p.field, v), p.off})
		return
	}
	set := flagWords(p.field, v)
	for _, bit := range flagWords(p.field, 0xFF) {
		value := "no"
		if slices.Contains(set, bit) {
			value = "yes"
		}
		s.facts = append(s.facts, fact{info.Name + has + bit, value, p.off})
	}
}

// enumWord gives the word for the value of a field.
func enumWord(f codec.Field, v uint8) string {
	switch f {
	case codec.FieldSecurity:
		return codec.Security(v).String()
	case codec.FieldCommand:
		return codec.Command(v).String()
	case codec.FieldAddrType:
		return codec.AddrType(v).String()
	case codec.FieldResponseCommand:
		return codec.ResponseCommand(v).String()
	case codec.FieldMuxStatus:
		return mux.Status(v).String()
	case codec.FieldMuxNetwork:
		return mux.Network(v).String()
	case codec.FieldPacketAddrType:
		return [...]string{1: "1", 2: "2"}[v]
	}
	panic("internal error: no words for " + f.String())
}

// flagWords gives the words for the bits of a field.
func flagWords(f codec.Field, v uint8) []string {
	switch f {
	case codec.FieldOption, codec.FieldResponseOption:
		return codec.Option(v).Names(nil)
	case codec.FieldMuxOption:
		return mux.Option(v).Names(nil)
	}
	panic("internal error: no words for " + f.String())
}

// length gives the number that a field holds which counts bytes, wherever in
// the structure it is: also inside of what was opened, or under a mask.
func (s *sample) length(f codec.Field) (int, bool) {
	for _, p := range s.places {
		switch {
		case p.field == f:
			return number(s.bytes(p.span), f), true
		case p.field == codec.FieldChunkLengthMasked && f == codec.FieldChunkLength:
			mask := s.drawn(codec.FieldMaskDraw, p)
			return int(binary.BigEndian.Uint16(s.bytes(p.span)) ^ mask), true
		}
		if inner := s.opened(p); inner >= 0 && s.trace.Spans[inner].Field == f {
			n := number(s.bytes(inner), f)
			if f == codec.FieldChunkLength { // less 16 modulo 65536: a short one wraps around, and here all are short
				n = int(int16(n))
			}
			return n, true
		}
	}
	return 0, false
}

// number reads one or two bytes.
func number(b []byte, f codec.Field) int {
	if len(b) == 2 {
		return int(binary.BigEndian.Uint16(b))
	}
	if m := f.Info().Mask; m == 0xF0 {
		return int(b[0] >> 4)
	}
	return int(b[0])
}

// opened gives the one span of what came out of a field, or -1. What has more
// in it is a structure of its own.
func (s *sample) opened(p place) int {
	found := -1
	for i := range s.trace.Buffers {
		if b := &s.trace.Buffers[i]; b.From != p.span || b.Derived() {
			continue
		}
		for j, span := range s.trace.Spans {
			if span.Buffer != i {
				continue
			}
			if found >= 0 {
				return -1
			}
			found = j
		}
	}
	return found
}

// drawn gives what was drawn for the chunk that a field is in.
func (s *sample) drawn(f codec.Field, p place) uint16 {
	chunk := s.trace.Spans[p.span].Parent
	if chunk < 0 { // inside of what was opened: the chunk is around that
		chunk = s.trace.Spans[s.trace.Buffers[s.trace.Spans[p.span].Buffer].From].Parent
	}
	for i := range s.trace.Buffers {
		if b := &s.trace.Buffers[i]; b.Field == f && b.From == chunk {
			return binary.BigEndian.Uint16(b.Data)
		}
	}
	return 0
}
