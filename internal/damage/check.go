package main

import (
	"fmt"
	"slices"

	"vmesskit/codec"
	"vmesskit/inspect/session"
)

// check lists what is wrong with what was decoded of a damaged file.
func (x *truth) check(sessions []*session.Facts) (wrong []string) {
	for i, f := range sessions {
		say := func(format string, args ...any) {
			wrong = append(wrong, fmt.Sprintf("session %d: ", i+1)+fmt.Sprintf(format, args...))
		}
		if fault := f.Flow.Fault(); fault != "" {
			say("a broken promise: %s", fault)
		}
		for _, s := range directions(f) {
			x.checkStream(s, bare(f), say)
		}
	}
	return wrong
}

// bare reports whether nothing vouches for the bytes of a body: no tag and no
// checksum. What was damaged on the way is plaintext there.
func bare(f *session.Facts) bool {
	return f.Header != nil && f.Header.Security == codec.SecurityNone
}

// directions gives both directions, and those of the sub-connections inside; of a
// carrier these only, for what it holds itself are frames. Where the frame that
// opened a sub-connection is missing, nobody knows what its bytes begin with.
func directions(f *session.Facts) []*session.Stream {
	if len(f.Mux) == 0 {
		return []*session.Stream{&f.Up, &f.Down}
	}
	var out []*session.Stream
	for i := range f.Mux {
		if f.Mux[i].Network != "" {
			out = append(out, &f.Mux[i].Up, &f.Mux[i].Down)
		}
	}
	return out
}

func (x *truth) checkStream(s *session.Stream, bare bool, say func(string, ...any)) {
	if !s.Opened {
		return
	}
	if s.Packets {
		list := s.Datagrams
		for _, p := range s.Pieces {
			list = append(slices.Clip(list), p.Datagrams...)
		}
		x.checkDatagrams(list, bare, say)
		return
	}
	if !x.sent(s.Bytes, s.Sum) {
		say("%d bytes are not what was sent", s.Bytes)
	}
	for _, p := range s.Pieces {
		if !bare && !x.within(p.Offset, p.Bytes, p.Sum) {
			say("a piece of %d bytes at %d was never sent", p.Bytes, p.Offset)
		}
	}
}

func (x *truth) checkDatagrams(list []session.Datagram, bare bool, say func(string, ...any)) {
	for i, d := range list {
		if !x.packets[d.Sum] && !bare {
			say("datagram %d of %d bytes was never sent", i, d.Bytes)
		}
	}
}
