package inner

import (
	"encoding/json"
	"io"
	"strconv"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// DialogueOptions says how a dialogue looks.
type DialogueOptions struct {
	JSON  bool // a line for each piece, instead of text
	Sub   int  // index of the only sub-connection that is wanted; session.NoSub for all
	Width int  // columns of the terminal; 0 is no bound
}

// Dialogue writes what one session carried, both directions in the order of
// time: each piece with its bytes in hex, and as text as far as they are
// printable ASCII, so that a terminal takes no harm.
type Dialogue struct {
	w      io.Writer
	o      DialogueOptions
	s      *report.Session
	row    int
	offset map[way]int64
	ended  map[way]bool
	holes  [2]int // so far, by direction
	late   []func()
	last   flow.Time // of what was written
	b      []byte
	err    error
}

// way is a direction of the session or of a sub-connection.
type way struct {
	sub  int
	from codec.Direction
}

// NewDialogue makes the dialogue of a session.
func NewDialogue(w io.Writer, s *report.Session, o DialogueOptions) *Dialogue {
	d := &Dialogue{w: w, o: o, s: s, row: 16, offset: make(map[way]int64), ended: make(map[way]bool)}
	if o.Width > 0 && o.Width < rowWidth(d.row) {
		d.row = 8
	}
	return d
}

// Err gives the first error of the output.
func (d *Dialogue) Err() error { return d.err }

// wanted reports whether a sub-connection is to be shown.
func (d *Dialogue) wanted(sub int) bool { return d.o.Sub == session.NoSub || d.o.Sub == sub }

func (d *Dialogue) Header(codec.Direction, flow.Time) {}

// Finish writes the ends that stood in front of what was found again behind holes.
func (d *Dialogue) Finish() {
	for _, end := range d.late {
		end()
	}
	d.late = nil
}

func (d *Dialogue) Open(sub int, at flow.Time) {
	if d.wanted(sub) && !d.o.JSON {
		m := &d.s.Facts.Mux[sub]
		d.head(at, sub, "opens "+printable(m.Network+" "+m.Target))
		d.write()
	}
}

func (d *Dialogue) Data(p *session.Carried) {
	if !d.wanted(p.Sub) {
		return
	}
	at := way{p.Sub, p.From}
	if d.o.JSON {
		d.line(p, d.offset[at])
	} else {
		what := p.From.String() + ", " + report.Plural(int64(len(p.Data)), "byte")
		switch {
		case p.Addr != "" && p.From == codec.Up:
			what += " to " + printable(p.Addr)
		case p.Addr != "":
			what += " from " + printable(p.Addr)
		}
		d.head(p.At, p.Sub, what)
		d.rows(p.Data, d.offset[at])
	}
	d.offset[at] += int64(len(p.Data))
	d.write()
}

func (d *Dialogue) Hole(from codec.Direction, at flow.Time) {
	if d.o.JSON {
		d.begin("hole", session.NoSub, from, at)
		d.b = append(d.b, "}\n"...)
	} else {
		d.head(at, session.NoSub, from.String()+", "+d.lost(from))
	}
	d.write()
	d.holes[from]++
}

// pieces gives what the first reading found behind the holes of a direction.
func (d *Dialogue) pieces(from codec.Direction) []session.Piece {
	if from == codec.Up {
		return d.s.Facts.Up.Pieces
	}
	return d.s.Facts.Down.Pieces
}

// lost says how large the hole is that comes now: behind each there is a piece, or
// nothing more.
func (d *Dialogue) lost(from codec.Direction) string {
	list := d.pieces(from)
	switch n := d.holes[from]; {
	case n >= len(list):
		return "what follows could not be opened"
	case list[n].Skipped < 0:
		return "an unknown number of bytes lost here"
	default:
		return report.Plural(list[n].Skipped, "byte") + " lost here"
	}
}

func (d *Dialogue) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {
	key := way{sub, from}
	if d.o.JSON || d.s.Facts.Header == nil || d.ended[key] || sub != session.NoSub && !d.wanted(sub) || how != flow.FIN && how != flow.RST {
		return
	}
	d.ended[key] = true
	end := func() {
		d.head(max(at, d.last), sub, from.String()+" ends ("+how.String()+")")
		d.write()
	}
	if len(d.pieces(from)) > 0 {
		d.late = append(d.late, end)
		return
	}
	end()
}

// write writes what was made.
func (d *Dialogue) write() {
	if d.err == nil {
		_, d.err = d.w.Write(d.b)
	}
	d.b = d.b[:0]
}

// head writes when it was, in which sub-connection, and what.
func (d *Dialogue) head(at flow.Time, sub int, what string) {
	d.last = max(d.last, at)
	d.b = at.UTC().AppendFormat(d.b, "15:04:05.000000")
	d.b = append(d.b, "  "...)
	if sub != session.NoSub {
		d.b = append(strconv.AppendInt(append(d.b, '.'), int64(sub+1), 10), ' ')
	}
	d.b = append(append(d.b, what...), '\n')
}

const offsetDigits = 8

// rowWidth gives the columns of a row of n bytes.
func rowWidth(n int) int { return 2 + offsetDigits + 2 + 3*n + 1 + 1 + n }

// rows writes bytes as other programs do.
func (d *Dialogue) rows(p []byte, offset int64) {
	for i := 0; i < len(p); i += d.row {
		d.b = append(d.b, "  "...)
		d.b = appendHex(d.b, uint64(offset)+uint64(i), offsetDigits)
		d.b = append(d.b, "  "...)
		part := p[i:min(i+d.row, len(p))]
		for k := range d.row {
			switch {
			case k < len(part):
				d.b = append(d.b, digits[part[k]>>4], digits[part[k]&15], ' ')
			default:
				d.b = append(d.b, "   "...)
			}
			if k == d.row/2-1 {
				d.b = append(d.b, ' ')
			}
		}
		d.b = append(d.b, ' ')
		for _, c := range part {
			if c < ' ' || c > '~' {
				c = '.'
			}
			d.b = append(d.b, c)
		}
		d.b = append(d.b, '\n')
	}
}

const digits = "0123456789abcdef"

// appendHex writes a number with at least so many digits.
func appendHex(b []byte, n uint64, least int) []byte {
	s := strconv.FormatUint(n, 16)
	for range least - len(s) {
		b = append(b, '0')
	}
	return append(b, s...)
}

// DataSchemaID names the format of the lines of a dialogue in JSON.
const DataSchemaID = "vmess.follow/1"

// begin begins a JSON object: what it is, of what, and when.
func (d *Dialogue) begin(kind string, sub int, from codec.Direction, at flow.Time) {
	d.b = append(d.b, `{"type":"`+kind+`","schema":"`+DataSchemaID+`","index":`...)
	d.b = strconv.AppendInt(d.b, int64(d.s.Index), 10)
	if sub != session.NoSub {
		d.b = append(d.b, `,"sub":`...)
		d.b = strconv.AppendInt(d.b, int64(sub+1), 10)
	}
	d.b = append(d.b, `,"direction":"`+from.String()+`","time":"`...)
	d.b = at.UTC().AppendFormat(d.b, "2006-01-02T15:04:05.000000000Z07:00")
	d.b = append(d.b, '"')
}

// line writes a piece as one JSON object.
func (d *Dialogue) line(p *session.Carried, offset int64) {
	d.begin("data", p.Sub, p.From, p.At)
	d.b = append(d.b, `,"offset":`...)
	d.b = strconv.AppendInt(d.b, offset, 10)
	if p.Addr != "" {
		addr, _ := json.Marshal(printable(p.Addr)) // a string has no error
		d.b = append(append(d.b, `,"addr":`...), addr...)
	}
	d.b = append(d.b, `,"hex":"`...)
	for _, c := range p.Data {
		d.b = append(d.b, digits[c>>4], digits[c&15])
	}
	d.b = append(d.b, "\"}\n"...)
}
