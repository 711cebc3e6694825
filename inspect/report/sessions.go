package report

import (
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// The columns of the table of sessions.
const (
	colIndex = iota
	colTime
	colClient
	colServer
	colVia
	colUser
	colHeader
	colSkew
	colSecurity
	colOptions
	colTarget
	colUp
	colDown
	colVerdict
)

// sessionColumns has the columns in the order of reading. Number, client and
// verdict stay on the narrowest terminal.
func sessionColumns() []column {
	return []column{
		colIndex:    {head: "#", right: true, use: useStays},
		colTime:     {head: "TIME", use: 9},
		colClient:   {head: "CLIENT", use: useStays, short: shortenEndpoint, floor: [...]int{21, 21, 15}},
		colServer:   {head: "SERVER", use: useFigures + 3, short: shortenEndpoint, floor: [...]int{21, 15, 15}},
		colVia:      {head: "VIA", use: useFigures},
		colUser:     {head: "USER", use: useVital + 1, short: shorten, floor: [...]int{14, 8, 6}},
		colHeader:   {head: "HEADER", use: 5},
		colSkew:     {head: "SKEW", right: true, use: 1},
		colSecurity: {head: "SECURITY", use: 4},
		colOptions:  {head: "OPTIONS", use: 2},
		colTarget:   {head: "TARGET", use: useVital, short: shortenEndpoint, floor: [...]int{28, 16, 12}},
		colUp:       {head: "UP", right: true, use: useFigures + 1},
		colDown:     {head: "DOWN", right: true, use: useFigures + 2},
		colVerdict:  {head: "VERDICT", use: useStays, short: cut, floor: [...]int{36, 36, 28}},
	}
}

// sessions writes the table.
func (p *page) sessions(list []Session, unlisted int) {
	t := table{columns: sessionColumns(), rows: len(list)}
	rows, heading := sessionRows(list)
	for _, row := range rows {
		for c := range row {
			t.columns[c].add(clean(row[c].text), row[c].style)
		}
	}
	shown := t.fit(p.o.Width)
	p.title("Sessions", heading.words(hasColumn(shown, "TIME")))
	p.b = t.append(p.b, shown, p.o.Width, p.o.Color)
	if unlisted > 0 {
		p.line("", plain, "and "+plural(int64(unlisted), "session")+" more, which the JSON lists", dim, 0)
	}
	if legend := legendOf(list, shown); legend != "" {
		p.line("", plain, legend, dim, 0)
	}
}

// styled is the text of one cell.
type styled struct {
	text  string
	style style
}

func sessionRow(s *Session, clock string) (row [colVerdict + 1]styled) {
	f := s.Facts
	row[colIndex] = styled{strconv.Itoa(s.Index), dim}
	row[colTime] = styled{f.Flow.Start.UTC().Format(clock), dim}
	row[colClient] = styled{s.client(), plain}
	row[colServer] = styled{s.server(), plain}
	row[colVia] = styled{via(f.Flow), dim}
	row[colUser] = styled{userOf(s), plain}
	if a := f.Auth; a != nil {
		row[colHeader].text = headerOf(a)
		row[colSkew].text = signed(skewOf(f))
	}
	if h := f.Header; h != nil {
		row[colSecurity].text = h.Security.String()
		row[colOptions] = styled{optionLetters(h.Option), dim}
		row[colTarget].text = targetOf(f)
	}
	row[colUp].text = plaintext(&f.Up)
	row[colDown].text = plaintext(&f.Down)
	row[colVerdict] = styled{verdictOf(&s.Verdict), styleOf(s.Verdict.ID)}
	return row
}

// via names the layers around VMess, from the transport inwards.
func via(r *flow.Record) string {
	stack := r.Stack()
	if i := slices.Index(stack, "vmess"); i > 0 {
		stack = stack[:i]
	}
	if len(stack) > 1 && stack[0] == "tcp" {
		stack = stack[1:]
	}
	return strings.Join(stack, "/")
}

// userOf names the user, or the session that announced the account.
func userOf(s *Session) string {
	switch {
	case s.User != "":
		return s.User
	case s.By > 0:
		return "(by " + strconv.Itoa(s.By) + ")"
	}
	return ""
}

// headerOf gives the scheme, with the alter id if it was one.
func headerOf(a *session.Auth) string {
	s := a.Scheme.String()
	if a.Scheme == codec.Legacy && a.Alter != codec.Primary {
		s += "/" + strconv.Itoa(a.Alter)
	}
	return s
}

// skewOf gives by how many seconds the client's clock is ahead of the capture's, as
// the verdicts count: between the seconds that the two clocks show.
func skewOf(f *session.Facts) int64 { return f.Auth.Time - f.FirstByte.Unix() }

// optionLetters writes the options as the letters that the codec's
// documentation gives them.
func optionLetters(o codec.Option) string {
	const letters = "SRMPA567"
	b := make([]byte, 0, len(letters))
	for i := range len(letters) {
		if o.Has(1 << i) {
			b = append(b, letters[i])
		}
	}
	return string(b)
}

// targetOf gives the target, behind the command where that is not TCP.
func targetOf(f *session.Facts) string {
	h := f.Header
	switch {
	case len(f.Mux) > 0:
		return muxTarget(f)
	case h.Command == codec.CommandTCP:
		return h.Target
	case h.Target == "":
		return h.Command.String()
	}
	return h.Command.String() + " " + h.Target
}

// muxTarget gives the target of the first sub-connection and the number of the
// others, or the first target of XUDP.
func muxTarget(f *session.Facts) string {
	first := f.Mux[0].Target
	if slices.Contains(f.Flow.Stack(), "xudp") {
		return strings.TrimSpace("xudp " + first)
	}
	if first == "" {
		first = "?"
	}
	if more := len(f.Mux) - 1; more > 0 {
		first += " +" + strconv.Itoa(more)
	}
	return f.Header.Command.String() + " " + first
}

// plaintext gives how much a direction carried: in front of its first hole and, if
// decoding was resumed, behind it.
func plaintext(s *session.Stream) string {
	behind := resumedBytes(s)
	switch {
	case !s.Opened && len(s.Pieces) == 0:
		return ""
	case len(s.Pieces) == 0:
		return size(s.Bytes)
	case s.Bytes == 0:
		return "0+" + size(behind)
	}
	front, unit, _ := strings.Cut(size(s.Bytes), " ")
	rest := size(behind)
	if !strings.HasSuffix(rest, " "+unit) {
		front += " " + unit
	}
	return front + "+" + rest
}

// resumedBytes counts what came out behind the first hole.
func resumedBytes(s *session.Stream) (n int64) {
	for i := range s.Pieces {
		n += s.Pieces[i].Bytes
	}
	return n
}

// verdictOf gives the verdict with the one piece of its evidence that tells
// most.
func verdictOf(v *verdict.Verdict) string {
	if notes, ok := v.Evidence.Get("notes").([]string); ok && v.OK() {
		return strings.Join(append([]string{v.ID}, notes...), ", ")
	}
	for _, key := range [...]string{"seconds", "where", "of", "looks_like", "transport", "captured"} {
		switch value := v.Evidence.Get(key).(type) {
		case string:
			return v.ID + ": " + value
		case int:
			return v.ID + " " + detail(key, int64(value))
		case int64:
			return v.ID + " " + detail(key, value)
		}
	}
	return v.ID
}

func detail(key string, n int64) string {
	if key == "seconds" {
		return signed(n)
	}
	return key + " " + count(n)
}
