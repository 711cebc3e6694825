package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	magic       = "\x00asm\x01\x00\x00\x00"
	sectionData = 11

	// A page of zeros or more stays out of the module, as they cost time to copy.
	maxZeros = 4096
)

// segment is a piece of the memory that a module starts with.
type segment struct {
	at   uint64
	data []byte
}

func (s *segment) end() uint64 { return s.at + uint64(len(s.data)) }

// join gives the module with its data section written anew. All else stays as it is.
func join(module []byte) ([]byte, error) {
	if !bytes.HasPrefix(module, []byte(magic)) {
		return nil, errors.New("not a WebAssembly module of version 1")
	}
	out := []byte(magic)
	c := &cursor{b: module, off: len(magic)}
	for c.off < len(module) && c.err == nil {
		start := c.off
		id := c.byte()
		body := c.bytes(c.uint())
		if c.err != nil || id != sectionData {
			out = append(out, module[start:c.off]...)
			continue
		}
		segments, err := readSegments(body)
		if err != nil {
			return nil, fmt.Errorf("data section at %d: %w", start, err)
		}
		body = appendSegments(nil, merge(segments))
		out = append(binary.AppendUvarint(append(out, sectionData), uint64(len(body))), body...)
	}
	return out, c.err
}

// readSegments gives the segments in the order of their addresses. The linker's
// order is that of its sections.
func readSegments(body []byte) ([]segment, error) {
	c := &cursor{b: body}
	n := c.uint()
	var all []segment
	for range n {
		all = append(all, c.segment())
		if c.err != nil {
			return nil, fmt.Errorf("segment %d of %d: %w", len(all), n, c.err)
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	if c.off < len(body) {
		return nil, fmt.Errorf("%d bytes behind the last segment", len(body)-c.off)
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(all); i++ {
		if all[i].at < all[i-1].end() {
			return nil, fmt.Errorf("segments overlap at address %d", all[i].at)
		}
	}
	return all, nil
}

// merge fills short gaps between segments with the zeros that are in memory
// there anyway.
func merge(all []segment) []segment {
	var out []segment
	for _, s := range all {
		if len(out) > 0 {
			last := &out[len(out)-1]
			if zeros := s.at - last.end(); zeros < maxZeros {
				last.data = append(append(last.data, make([]byte, zeros)...), s.data...)
				continue
			}
		}
		out = append(out, segment{s.at, bytes.Clone(s.data)})
	}
	return out
}
