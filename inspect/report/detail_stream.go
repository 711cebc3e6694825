package report

import (
	"encoding/hex"
	"strconv"
	"strings"

	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// stream says what one direction carried.
func (d *sheet) stream(key string, s *session.Stream) {
	switch {
	case !s.Opened && s.Wire == 0:
		d.row(key, d.silence+"; "+endWords(s.Close.String()))
	case !s.Opened:
		d.row(key, plural(s.Wire, "byte")+" on the wire, not opened; "+endWords(s.Close.String()))
	default:
		line := plural(s.Bytes, "byte")
		if s.Chunks > 0 {
			line += " in " + plural(s.Chunks, "chunk")
		}
		if len(s.Pieces) > 0 {
			line += ", and " + plural(resumedBytes(s), "byte") + " behind a hole"
		}
		d.row(key, line+", "+count(s.Wire)+" on the wire; "+endWords(s.End))
	}
	switch {
	case s.EndFirst:
		d.row("", "an end chunk stands in front of the data")
	case s.Broken && len(s.Pieces) == 0:
		d.row("", "decoding stopped before the end")
	}
	if s.Lost {
		d.row("", "the first bytes are missing")
	}
	for _, g := range s.Gaps {
		missing := "an unknown number of bytes"
		if g.Len >= 0 {
			missing = plural(g.Len, "byte")
		}
		d.row("", missing+" missing at "+count(g.Offset))
	}
	if n := s.GapCount - len(s.Gaps); n > 0 {
		d.row("", "and "+plural(int64(n), "gap")+" more")
	}
	if s.Opened && s.Hashed && !d.o.NoHash {
		d.row("sha256", hex.EncodeToString(s.Sum[:])) // fits a terminal of 80 columns so
	}
	d.datagrams(s.Datagrams, s.Hashed)
	d.pieces(s)
}

// endWords says how a direction ended.
func endWords(end string) string {
	switch end {
	case "end-chunk":
		return "ended by an end chunk"
	case "fin", "rst":
		return "closed (" + end + ")"
	case "open":
		return "no close in the capture"
	case "cut":
		return "cut off"
	}
	return "end: " + end
}

// mostListed is how many datagrams of a direction are listed, how many pieces,
// and how many sub-connections; the JSON has all.
const mostListed = 16

func (d *sheet) datagrams(list []session.Datagram, hashed bool) {
	for i := range list {
		if i == mostListed {
			d.row("", "and "+plural(int64(len(list)-mostListed), "datagram")+" more")
			return
		}
		line := "datagram " + strconv.Itoa(i+1) + ": " + plural(int64(list[i].Bytes), "byte")
		if hashed && !d.o.NoHash {
			line += ", sha256 " + hex.EncodeToString(list[i].Sum[:8]) + ellipsis
		}
		if addr := list[i].Addr; addr != "" {
			line += ", " + addr
		}
		d.row("", line)
	}
}

// pieces says where decoding resumed behind holes and damage.
func (d *sheet) pieces(s *session.Stream) {
	for i := range s.Pieces {
		if i == mostListed {
			d.row("", "and "+plural(int64(len(s.Pieces)-mostListed), "piece")+" more")
			return
		}
		p := &s.Pieces[i]
		d.row("resumed", resumed(p))
		if s.Hashed && !d.o.NoHash {
			d.row("", "sha256 "+hex.EncodeToString(p.Sum[:8])+ellipsis)
		}
		d.datagrams(p.Datagrams, s.Hashed)
	}
}

// resumed puts a piece into words. Lost is what was not decoded, whether it is
// missing or not.
func resumed(p *session.Piece) string {
	line, place := "behind an unknown number of lost bytes", "somewhere in the plaintext"
	if p.Skipped >= 0 {
		line = "behind " + plural(p.Skipped, "lost byte")
	}
	if p.Chunk >= 0 {
		line += ", at chunk " + count(p.Chunk)
	}
	line += ": " + plural(p.Bytes, "byte")
	if p.Chunks > 0 {
		line += " in " + plural(p.Chunks, "chunk")
	}
	if p.Offset >= 0 {
		place = "at " + count(p.Offset) + " of the plaintext"
	}
	return line + ", " + place
}

// mux lists the sub-connections.
func (d *sheet) mux(list []session.Sub) {
	key := "mux"
	for i := range list {
		if i == mostListed {
			d.row("", "and "+plural(int64(len(list)-mostListed), "sub-connection")+" more")
			return
		}
		s := &list[i]
		name := strings.TrimSpace(s.Network + " " + s.Target)
		if s.Target == "" {
			name = "an unknown target"
		}
		d.row(key, strconv.Itoa(int(s.ID))+": "+name+subWords("up", &s.Up)+subWords("down", &s.Down)+inside(s)+globalID(s)+"; "+endedWords(s.Ended))
		key = ""
	}
}

// inside says what a sub-connection carries.
func inside(s *session.Sub) string {
	if c := carries(&s.Up, &s.Down); c != "" {
		return ", carries " + c
	}
	return ""
}

// globalID tells which socket of the client a sub-connection is of.
func globalID(s *session.Sub) string {
	if s.GlobalID == (mux.GlobalID{}) {
		return ""
	}
	return ", global id " + hex.EncodeToString(s.GlobalID[:])
}

// carries names what is inside of both directions, as far as it is known.
func carries(up, down *session.Stream) string {
	for _, s := range []*flow.Speech{up.Speaks, down.Speaks} {
		if s == nil {
			continue
		}
		if s.Name != "" {
			return s.Protocol + " for " + s.Name
		}
		return s.Protocol
	}
	return ""
}

// subWords says what one direction of a sub-connection carried.
func subWords(way string, s *session.Stream) string {
	if !s.Opened {
		return ", " + way + " not opened"
	}
	line := ", " + way + " " + plural(s.Bytes, "byte")
	if s.Packets {
		line += " in " + plural(s.Chunks, "datagram")
	}
	if s.End == "cut" {
		line += " (cut off)"
	}
	return line
}

// endedWords says which side sent an End frame.
func endedWords(by string) string {
	switch by {
	case "both":
		return "ended by both"
	case "client", "server":
		return "ended by the " + by
	}
	return "not ended"
}
