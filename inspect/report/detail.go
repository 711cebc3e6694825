package report

import (
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Detail writes all that is known of one session, and the next step that its
// verdict names.
func Detail(w io.Writer, s *Session, o TextOptions) error {
	d := sheet{page: page{o: o}}
	d.marks()
	d.gap()
	d.head(s)
	d.rows(s)
	_, err := w.Write(d.b)
	return err
}

// rows writes all of them.
func (d *sheet) rows(s *Session) {
	d.route(s)
	d.sender(s)
	d.header(s.Facts)
	d.stream("up", &s.Facts.Up)
	d.stream("down", &s.Facts.Down)
	d.row("carries", carries(&s.Facts.Up, &s.Facts.Down))
	d.mux(s.Facts.Mux)
	d.rest(s)
	d.row("next", verdict.NextStep(s.Facts, &s.Verdict))
}

// sheet is a page of rows, each with a word in front.
type sheet struct {
	page
	put func(key, value string) // takes the rows, where they are not to be lines of text
}

const rowIndent = 12

// row writes one; an empty key goes on with the row before.
func (d *sheet) row(key, value string) {
	switch {
	case value == "":
	case d.put != nil:
		d.put(key, value)
	default:
		d.line("  "+key+strings.Repeat(" ", max(rowIndent-2-len(key), 1)), dim, clean(value), plain, rowIndent)
	}
}

func (d *sheet) head(s *Session) {
	d.b = bold.paint(d.b, d.o.Color, "Session "+strconv.Itoa(s.Index)+": ")
	d.b = styleOf(s.Verdict.ID).paint(d.b, d.o.Color, clean(s.Verdict.ID))
	d.b = append(d.b, '\n')
	if s.Verdict.Reason != "" {
		d.line("  ", plain, clean(s.Verdict.Reason), plain, 2)
	}
	d.b = append(d.b, '\n')
}

// route says where and when.
func (d *sheet) route(s *Session) {
	r := s.Facts.Flow
	d.row("client", s.client()+sent(r, s.Facts.Client))
	d.row("server", s.server()+sent(r, s.Facts.Server()))
	d.row("time", r.Start.UTC().Format(day+" 15:04:05.999999999 UTC")+", for "+lasting(r.Start, r.End))
	layers := strings.Join(r.Stack(), " > ")
	if !r.Began && r.Network == flow.TCP {
		layers += "; the beginning is not in the capture"
	}
	if r.Snapped {
		layers += "; packets are cut by the snaplen"
	}
	d.row("layers", layers)
	d.layers(r)
}

func sent(r *flow.Record, side flow.Side) string {
	s := ", " + plural(r.Packets[side], "packet")
	if p := &r.Speaks[side]; p.Protocol != "" {
		s += ", speaks " + p.Protocol
		if p.Detail != "" {
			s += " (" + p.Detail + ")"
		}
	}
	return s
}

// sender says who authenticated, and what its clock says.
func (d *sheet) sender(s *Session) {
	a := s.Facts.Auth
	switch {
	case a == nil && d.o.Users == 0:
		d.row("user", "unknown, since no ids were given")
		return
	case a == nil:
		d.row("user", "no id matches")
		return
	}
	user := s.User
	if s.By > 0 {
		user = "the account that session " + strconv.Itoa(s.By) + " was given"
	}
	d.row("user", user)
	if d.o.Secrets && s.ID != "" {
		d.row("id", s.ID+" (secret)")
	}
	d.row("auth", a.Scheme.String()+alterText(a))
	clock := strconv.FormatInt(a.Time, 10)
	if t := unixTime(a.Time); t != "" {
		clock = t + ", Unix " + clock
	}
	d.row("its clock", clock+", "+signed(a.Skew)+" from the capture's")
}

func alterText(a *session.Auth) string {
	switch {
	case a.Scheme != codec.Legacy:
		return ""
	case a.Alter == codec.Primary:
		return ", by the id itself"
	case a.Given:
		return ", by alter id " + strconv.Itoa(a.Alter)
	}
	return ", by alter id " + strconv.Itoa(a.Alter) + ", which the account does not have"
}

// header says what the header asks for.
func (d *sheet) header(f *session.Facts) {
	h := f.Header
	if h == nil {
		return
	}
	d.row("command", strings.TrimSpace(h.Command.String()+" "+h.Target))
	d.row("security", h.Security.String())
	options := strings.Join(h.Option.Names(nil), ", ")
	if options == "" {
		options = "none"
	}
	d.row("options", options)
	d.row("header", plural(int64(h.Size), "byte"))
	for _, odd := range oddities(f) {
		d.row("odd", odd)
	}
	if r := f.Response; r != nil {
		d.row("response", plural(int64(r.Size), "byte")+", command "+r.Command.String())
	}
}

// stream says what one direction carried.
func (d *sheet) stream(key string, s *session.Stream) {
	switch {
	case !s.Opened && s.Wire == 0:
		d.row(key, "nothing on the wire; "+endWords(s.Close.String()))
	case !s.Opened:
		d.row(key, plural(s.Wire, "byte")+" on the wire, not opened; "+endWords(s.Close.String()))
	default:
		line := plural(s.Bytes, "byte")
		if s.Chunks > 0 {
			line += " in " + plural(s.Chunks, "chunk")
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
		d.row(key, strconv.Itoa(int(s.ID))+": "+name+subWords("up", &s.Up)+subWords("down", &s.Down)+inside(s)+"; "+endedWords(s.Ended))
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

// rest says what refused, what was announced and what the verdict rests on.
func (d *sheet) rest(s *Session) {
	f := s.Facts
	for i := range f.Faults {
		fault := &f.Faults[i]
		line := fault.Where + " at " + count(fault.Offset)
		if fault.Chunk >= 0 {
			line = fault.Where + ", chunk " + count(fault.Chunk) + " at " + count(fault.Offset)
		}
		d.row("refused", line+": "+strings.TrimPrefix(fault.Text, "vmess: "))
	}
	if a := f.Announced; a != nil {
		host := a.Host
		if host == "" {
			host = "the same host"
		}
		d.row("announced", "another account at "+host+", port "+strconv.Itoa(int(a.Port))+", "+
			plural(int64(a.AlterIDs), "alter id")+", for "+plural(int64(a.Minutes), "minute"))
	}
	if c := &f.FirstOut; c.Seen {
		side := "the client"
		if c.By != f.Client {
			side = "the server"
		}
		d.row("closed", "by "+side+" first ("+c.How.String()+"), "+lasting(f.Flow.Start, c.At)+" after the start")
	}
	if f.Searched > 0 {
		line := "other times and alter ids, " + count(f.Searched) + " hashes"
		if f.Exhausted {
			line += ", until the budget was spent"
		}
		d.row("searched", line)
	}
	if f.Flow.Limit != "" {
		d.row("limit", f.Flow.Limit)
	}
	key := "evidence"
	for _, item := range evidenceOf(s) {
		told := toldAbove[item.Key] || len(f.Faults) > 0 && ofFault[item.Key]
		if value := plainValue(item.Value); value != "" && !told {
			d.row(key, item.Key+": "+value)
			key = ""
		}
	}
}

// The pieces of evidence that the sheet has in rows of their own: always, and
// where something refused to open.
var (
	toldAbove = map[string]bool{
		"up": true, "down": true, "up_gaps": true, "down_gaps": true, "announced": true, "announced_by": true,
		"oddities": true, "request_bytes": true, "response_bytes": true, "hmacs_searched": true, "search": true,
	}
	ofFault = map[string]bool{"where": true, "chunk": true, "offset": true, "kind": true, "error": true}
)

// plainValue writes a piece of evidence in one line; what is empty says
// nothing.
func plainValue(v any) string {
	var parts []string
	switch v := v.(type) {
	case string:
		return v
	case []string:
		parts = v
	case verdict.Evidence:
		for _, item := range v {
			if value := plainValue(item.Value); value != "" {
				parts = append(parts, item.Key+" "+value)
			}
		}
	case []verdict.Evidence:
		for _, e := range v {
			parts = append(parts, plainValue(e))
		}
		return strings.Join(parts, "; ")
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return strings.Join(parts, ", ")
}
