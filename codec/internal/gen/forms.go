package main

import (
	"fmt"

	"vmesskit/codec"
)

// forms tells which form a body has, from sessions with all kinds of it.
func forms(list []exchange) (string, error) {
	all := samplesOf(list, codec.FieldClientWire, codec.FieldRequest)
	var rows [][]string
	for _, form := range []struct {
		words string
		is    func(body) bool
	}{
		{"chunks with a tag", func(b body) bool { return b.inner == codec.FieldPayloadTag }},
		{"chunks without one", func(b body) bool { return b.inner == codec.FieldPayloadPlain }},
		{"chunks inside of one CFB stream", func(b body) bool { return b.inner == codec.FieldChunkEncrypted }},
		{"no chunks, but bytes, under CFB or plain", func(b body) bool { return b.inner == codec.FieldStream }},
		{"an end chunk, when the sender is done", func(b body) bool { return b.ends }},
	} {
		var with, without []*sample
		for _, s := range all {
			if form.is(bodyOf(s)) {
				with = append(with, s)
			} else {
				without = append(without, s)
			}
		}
		words, ok := condition(with, without, func(*sample) int { return 0 })
		if !ok {
			return "", fmt.Errorf("no facts tell when a body has %s", form.words)
		}
		rows = append(rows, []string{form.words, words})
	}
	return markdown([]string{"a body has", "only if"}, rows), nil
}

// body is what a request's body looks like.
type body struct {
	inner codec.Field // what marks its form
	ends  bool
}

func bodyOf(s *sample) (b body) {
	buffer := s.trace.Spans[s.places[0].span].Buffer
	chunks := 0
	for _, span := range s.trace.Spans {
		switch {
		case span.Buffer != buffer:
		case span.Field == codec.FieldChunk:
			chunks++
		case span.Field == codec.FieldPayloadTag, span.Field == codec.FieldPayloadPlain,
			span.Field == codec.FieldChunkEncrypted, span.Field == codec.FieldStream:
			b.inner = span.Field
		}
	}
	b.ends = chunks > samplePayloads
	return b
}
