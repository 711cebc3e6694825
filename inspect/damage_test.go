package inspect_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"vmesskit/inspect"
	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

// classic is a pcap file, taken apart.
type classic struct {
	head    []byte
	order   binary.ByteOrder
	packets []packet
}

// packet is a record with its head of 16 bytes.
type packet []byte

// readClassic takes a classic pcap apart; nil if it is none.
func readClassic(t *testing.T, b []byte) *classic {
	t.Helper()
	if len(b) < 24 {
		return nil
	}
	c := &classic{head: b[:24], order: binary.LittleEndian}
	switch binary.BigEndian.Uint32(b) {
	case 0xa1b2c3d4, 0xa1b23c4d:
		c.order = binary.BigEndian
	case 0xd4c3b2a1, 0x4d3cb2a1:
	default:
		return nil
	}
	for b = b[24:]; len(b) >= 16; {
		n := 16 + int(c.order.Uint32(b[8:]))
		if n > len(b) {
			break
		}
		c.packets = append(c.packets, b[:n])
		b = b[n:]
	}
	return c
}

// file puts packets together.
func (c *classic) file(packets []packet) []byte {
	out := slices.Clone(c.head)
	for _, p := range packets {
		out = append(out, p...)
	}
	return out
}

// ports gives the ports of TCP over IPv4 behind an Ethernet head.
func (p packet) ports() (source, destination uint16) {
	ip := p[16+14:]
	tcp := ip[int(ip[0]&15)*4:]
	return binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
}

// everyKth changes every k-th packet: drops it, repeats it, or lets it change
// places with the next.
func everyKth(packets []packet, k int, how string) (out []packet) {
	for i := 0; i < len(packets); i++ {
		hit := i%k == k-1
		switch {
		case hit && how == "drop":
		case hit && how == "repeat":
			out = append(out, packets[i], packets[i])
		case hit && how == "swap" && i+1 < len(packets):
			out = append(out, packets[i+1], packets[i])
			i++
		default:
			out = append(out, packets[i])
		}
	}
	return out
}

// truth knows the plaintext of a capture's sessions.
type truth struct {
	whole map[[2]netip.AddrPort][]*session.Facts // undamaged, by their ends
	texts [][2][]byte                            // of each transfer, up and down
	known map[[32]byte][]byte                    // the text that a whole direction is the beginning of
}

func learn(t *testing.T, c *corpus.Case, file []byte) *truth {
	t.Helper()
	k := decodeFile(t, c, file)
	x := &truth{whole: map[[2]netip.AddrPort][]*session.Facts{}, known: map[[32]byte][]byte{}}
	for _, s := range k.sessions {
		x.whole[s.Facts.Flow.Ends] = append(x.whole[s.Facts.Flow.Ends], s.Facts)
	}
	for i := range c.Connections {
		up, down := c.Connections[i].Streams()
		x.texts = append(x.texts, [2][]byte{up, down})
	}
	return x
}

// text finds what a direction of a whole session is the beginning of.
func (x *truth) text(s *session.Stream, direction int) []byte {
	if text, ok := x.known[s.Sum]; ok {
		return text
	}
	for _, texts := range x.texts {
		if text := texts[direction]; int64(len(text)) >= s.Bytes && sha256.Sum256(text[:s.Bytes]) == s.Sum {
			x.known[s.Sum] = text
			return text
		}
	}
	return nil
}

// check holds that what was decoded of a damaged session is a beginning of what
// was sent. It tells how many directions had something to compare.
func (x *truth) check(f *session.Facts) (compared int, err error) {
	candidates := x.whole[f.Flow.Ends]
	if len(candidates) == 0 {
		candidates = x.whole[[2]netip.AddrPort{f.Flow.Ends[1], f.Flow.Ends[0]}]
	}
	for direction, s := range []*session.Stream{&f.Up, &f.Down} {
		if !s.Opened || s.Bytes == 0 {
			continue
		}
		right := slices.ContainsFunc(candidates, func(w *session.Facts) bool {
			return x.begins(s, []*session.Stream{&w.Up, &w.Down}[direction], direction)
		})
		if !right {
			return compared, fmt.Errorf("%s to %s, direction %d: %d bytes that were not sent", f.Flow.Ends[0], f.Flow.Ends[1], direction, s.Bytes)
		}
		compared++
		if err := x.checkPieces(s, candidates, direction); err != nil {
			return compared, fmt.Errorf("%s to %s, direction %d: %w", f.Flow.Ends[0], f.Flow.Ends[1], direction, err)
		}
	}
	return compared, nil
}

// checkPieces holds that what was decoded behind holes is what was sent: at its
// place, or where that is not known, somewhere.
func (x *truth) checkPieces(s *session.Stream, candidates []*session.Facts, direction int) error {
	if len(s.Pieces) == 0 {
		return nil
	}
	var why error
	for _, w := range candidates {
		whole := []*session.Stream{&w.Up, &w.Down}[direction]
		text := x.text(whole, direction)
		if text == nil && !whole.Packets {
			continue
		}
		if why = x.hasPieces(s, whole, text); why == nil {
			return nil
		}
	}
	if why == nil {
		why = fmt.Errorf("nothing to hold %d pieces against", len(s.Pieces))
	}
	return why
}

func (x *truth) hasPieces(s, whole *session.Stream, text []byte) error {
	for i := range s.Pieces {
		p := &s.Pieces[i]
		if whole.Packets {
			if p.Chunk < 0 || int(p.Chunk)+len(p.Datagrams) > len(whole.Datagrams) || !slices.Equal(p.Datagrams, whole.Datagrams[p.Chunk:int(p.Chunk)+len(p.Datagrams)]) {
				return fmt.Errorf("piece %d: %d datagrams from chunk %d on that were not sent", i+1, len(p.Datagrams), p.Chunk)
			}
			continue
		}
		at := p.Offset
		for n := int64(0); at < 0 && n+p.Bytes <= int64(len(text)); n++ {
			if sha256.Sum256(text[n:n+p.Bytes]) == p.Sum {
				at = n
			}
		}
		if at < 0 || at+p.Bytes > int64(len(text)) || sha256.Sum256(text[at:at+p.Bytes]) != p.Sum {
			return fmt.Errorf("piece %d: %d bytes at %d that were not sent", i+1, p.Bytes, p.Offset)
		}
	}
	return nil
}

func (x *truth) begins(s, whole *session.Stream, direction int) bool {
	switch {
	case s.Bytes == whole.Bytes:
		return s.Sum == whole.Sum
	case s.Packets:
		return len(s.Datagrams) <= len(whole.Datagrams) && slices.Equal(s.Datagrams, whole.Datagrams[:len(s.Datagrams)])
	}
	text := x.text(whole, direction)
	return int64(len(text)) >= s.Bytes && sha256.Sum256(text[:s.Bytes]) == s.Sum
}

func decodeFile(t *testing.T, c *corpus.Case, file []byte) *keeper {
	t.Helper()
	var k keeper
	if _, err := inspect.Decode(inMemory(file), optionsFor(t, c), &k); err != nil && len(file) >= 24 {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return &k
}

// share counts how decoding went on behind holes.
type share struct {
	holed, resumed int   // directions
	lacking, found int64 // bytes of plaintext behind the first hole, missing ones included
	far, farFound  int   // directions with tags and two of Xray's largest chunks behind the last hole
}

// add counts a direction of a session in a capture that lacks packets.
func (s *share) add(f *session.Facts, d, whole *session.Stream) {
	if !d.Broken || f.Header == nil {
		return
	}
	s.holed++
	lacking, found := whole.Bytes-d.Bytes, int64(0)
	for i := range d.Pieces {
		found += d.Pieces[i].Bytes
	}
	s.lacking, s.found = s.lacking+lacking, s.found+found
	if found > 0 {
		s.resumed++
	}
	last := d.Gaps[len(d.Gaps)-1]
	if f.Header.Security.AEAD() && d.GapCount == len(d.Gaps) && d.Wire-last.Offset-last.Len > 2*8_192 {
		s.far++
		if found > 0 {
			s.farFound++
		}
	}
}

// TestHoles drops packets of captures here and there. What is decoded behind the
// holes is what was sent; and where enough follows a hole, decoding resumes.
func TestHoles(t *testing.T) {
	const largest = 512 << 10
	var n share
	runs := 0
	for _, c := range readCorpus(t) {
		if !c.RawTCP() || len(c.File) > 1 || c.Expected != "ok" {
			continue
		}
		file := load(t, c.File[0])
		p := readClassic(t, file)
		if p == nil || len(file) > largest {
			continue
		}
		x := learn(t, c, file)
		for _, k := range []int{5, 17, 41} {
			from := min(k/2, len(p.packets))
			runs++
			packets := slices.Concat(p.packets[:from], everyKth(p.packets[from:], k, "drop"))
			for _, s := range decodeFile(t, c, p.file(packets)).sessions {
				if _, err := x.check(s.Facts); err != nil {
					t.Errorf("%s, without every %d: session %d: %v", c.Name, k, s.Index, err)
				}
				if whole := x.whole[s.Facts.Flow.Ends]; len(whole) == 1 {
					n.add(s.Facts, &s.Facts.Up, &whole[0].Up)
					n.add(s.Facts, &s.Facts.Down, &whole[0].Down)
				}
			}
		}
	}
	t.Logf("%d captures with holes: %d of %d directions resumed, with %d of %d bytes; %d of %d with much behind the last hole",
		runs, n.resumed, n.holed, n.found, n.lacking, n.farFound, n.far)
	if n.holed < 100 || n.resumed*2 < n.holed || n.found*3 < n.lacking || n.far < 10 || n.farFound < n.far {
		t.Error("that is too little")
	}
}

// TestHolesOfTheCorpus: of the captures that lack packets, what comes behind the
// holes. The conformance run holds it against the plaintext.
func TestHolesOfTheCorpus(t *testing.T) {
	cases := readCorpus(t)
	for name, want := range map[string][]int64{
		"gap-request-two":     {3890},
		"gap-response-middle": {34032},
		"gap-scattered":       {2376, 45828},
		"fail-tamper-body-up": {3102},
	} {
		c := cases[name]
		for _, s := range decodeFile(t, c, load(t, c.File[0])).sessions {
			var got []int64
			for _, p := range slices.Concat(s.Facts.Up.Pieces, s.Facts.Down.Pieces) {
				got = append(got, p.Bytes)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: pieces of %d bytes, want %d", name, got, want)
			}
		}
	}
}

// TestDamage cuts captures and changes every k-th packet: nothing panics, and
// what is decoded is always the beginning of what was sent. The whole corpus
// takes minutes; here it is the small captures.
func TestDamage(t *testing.T) {
	const largest = 24 << 10
	runs, compared, files := 0, 0, 0
	for _, c := range readCorpus(t) {
		if !c.RawTCP() || len(c.File) > 1 {
			continue
		}
		file := load(t, c.File[0])
		p := readClassic(t, file)
		if p == nil || len(file) > largest {
			continue
		}
		files++
		x := learn(t, c, file)
		try := func(what string, damaged []byte) {
			t.Helper()
			runs++
			for _, s := range decodeFile(t, c, damaged).sessions {
				if s.Verdict.ID == "tool-fault" {
					t.Errorf("%s, %s: session %d: %v", c.Name, what, s.Index, s.Verdict.Evidence)
				}
				n, err := x.check(s.Facts)
				if err != nil {
					t.Errorf("%s, %s: session %d: %v", c.Name, what, s.Index, err)
				}
				compared += n
			}
		}
		for at := 0; at < len(file); at += 997 {
			try(fmt.Sprint("cut at ", at), file[:at])
		}
		for _, k := range []int{2, 3, 7, 31} {
			for _, how := range []string{"drop", "repeat", "swap"} {
				try(fmt.Sprint(how, " every ", k), p.file(everyKth(p.packets, k, how)))
			}
		}
	}
	t.Logf("%d captures, %d damaged readings, %d directions compared", files, runs, compared)
	if files < 20 || compared < runs {
		t.Errorf("%d captures, %d damaged readings, %d directions compared: not much of a test", files, runs, compared)
	}
}
