package main

import (
	"strings"

	"vmesskit/codec"
)

// targeted tells whether a mux frame has a target.
func targeted(s *sample) bool {
	metadata, _ := s.length(codec.FieldMuxMetaLength)
	next := s.find("/mux-option").off + 1
	return s.fact("mux-status") == "new" || s.fact("mux-status") == "keep" && metadata > 4 && s.buffer()[next] == 2
}

// left counts the metadata of a mux frame behind its target.
func (s *sample) left() int {
	metadata, _ := s.length(codec.FieldMuxMetaLength)
	address := s.find("/address")
	return 2 + metadata - (address.off + address.n)
}

// buffer gives all bytes of the buffer that a sample is in.
func (s *sample) buffer() []byte {
	return s.trace.Buffers[s.trace.Spans[s.places[0].span].Buffer].Data
}

// having gives the samples with a field.
func having(list []*sample, f codec.Field) (out []*sample) {
	for _, s := range list {
		if s.find("/"+f.String()) != nil {
			out = append(out, s)
		}
	}
	return out
}

// where gives the samples for which a fact has one of the values.
func where(list []*sample, name string, values ...string) (out []*sample) {
	for _, s := range list {
		if strings.Contains(" "+strings.Join(values, " ")+" ", " "+s.fact(name)+" ") {
			out = append(out, s)
		}
	}
	return out
}
