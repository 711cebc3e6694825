package verdict

import (
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// aheadBehind puts a clock's difference into words, with hours beside the
// seconds where it is of that size: so a time zone is seen at once.
func aheadBehind(seconds int64) string {
	way := " ahead"
	if seconds < 0 {
		seconds, way = -seconds, " behind"
	}
	words := strconv.FormatInt(seconds, 10) + " s"
	if hours, minutes := (seconds+30)/3600, (seconds+30)%3600/60; hours > 0 && hours < 100 {
		words += " (" + strconv.FormatInt(hours, 10) + " h"
		if minutes > 0 {
			words += " " + strconv.FormatInt(minutes, 10) + " min"
		}
		words += ")"
	}
	return words + way
}

// besideCapture puts a difference from the capture's clock into words.
func besideCapture(seconds int64) string {
	if seconds < 0 {
		return aheadBehind(seconds) + " the capture's"
	}
	return aheadBehind(seconds) + " of the capture's"
}

// count puts a number in front of a word, in the plural where it is due.
func count(n int64, word string) string {
	if n != 1 {
		word += "s"
	}
	return strconv.FormatInt(n, 10) + " " + word
}

// each lists the different values that a key of the evidence has in a group.
func each(group []*judged, key string) string {
	var list []string
	for _, s := range group {
		if v, _ := s.verdict.Evidence.Get(key).(string); v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return strings.Join(list, ", ")
}

func legacy(f *session.Facts) bool { return f.Auth.Scheme == codec.Legacy }

// insecure reports whether the body has no AEAD cipher: what
// disableInsecureEncryption refuses.
func insecure(f *session.Facts) bool { return f.Header != nil && !f.Header.Security.AEAD() }

func quoted(s string) string { return strconv.Quote(s) }

// answered reports whether the server sent anything that the capture shows.
func answered(f *session.Facts) bool { return f.Down.Wire > 0 }

// serverClosedFirst reports whether the server ended the connection before
// the client did.
func serverClosedFirst(f *session.Facts) bool { return f.FirstOut.Seen && f.FirstOut.By == f.Server() }

// speaks gives what a side's first bytes look like; "raw" for bytes like those
// of VMess.
func speaks(f *session.Facts, s flow.Side) string {
	if p := f.Flow.Speaks[s].Protocol; p != "" {
		return p
	}
	return "raw"
}

// holes lists the gaps of both directions as evidence.
func holes(f *session.Facts) []Item {
	var out []Item
	for _, d := range []struct {
		name string
		s    *session.Stream
	}{{"up", &f.Up}, {"down", &f.Down}} {
		var list []Evidence
		for _, g := range d.s.Gaps {
			list = append(list, Evidence{{"offset", g.Offset}, {"bytes", g.Len}})
		}
		if len(list) > 0 {
			out = append(out, Item{d.name, list})
		}
		if d.s.GapCount > len(list) {
			out = append(out, Item{d.name + "_gaps", d.s.GapCount})
		}
	}
	return out
}

// lost counts the bytes that are known to be missing.
func lost(f *session.Facts) (bytes int64, holes int) {
	for _, s := range []*session.Stream{&f.Up, &f.Down} {
		for _, g := range s.Gaps {
			bytes += max(g.Len, 0)
		}
		holes += s.GapCount
	}
	return bytes, holes
}
