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
		colTime:     {head: "TIME", use: 6},
		colClient:   {head: "CLIENT", use: useStays, short: shortenEndpoint, floor: [...]int{21, 21, 15}},
		colServer:   {head: "SERVER", use: 3, short: shortenEndpoint, floor: [...]int{21, 21, 15}},
		colVia:      {head: "VIA", use: 7},
		colUser:     {head: "USER", use: useVital + 1, short: shorten, floor: [...]int{14, 8, 6}},
		colHeader:   {head: "HEADER", use: 5},
		colSkew:     {head: "SKEW", right: true, use: 1},
		colSecurity: {head: "SECURITY", use: 4},
		colOptions:  {head: "OPTIONS", use: 2},
		colTarget:   {head: "TARGET", use: useVital, short: shortenEndpoint, floor: [...]int{28, 16, 12}},
		colUp:       {head: "UP", right: true, use: useFigures},
		colDown:     {head: "DOWN", right: true, use: useFigures + 1},
		colVerdict:  {head: "VERDICT", use: useStays, short: cut, floor: [...]int{36, 36, 28}},
	}
}

// sessions writes the table.
func (p *page) sessions(list []Session, unlisted int) {
	clock, beside := clockOf(list)
	t := table{columns: sessionColumns(), rows: len(list)}
	servers, wrapped := false, false
	for i := range list {
		s := &list[i]
		row := sessionRow(s, clock)
		for c := range row {
			t.columns[c].add(clean(row[c].text), row[c].style)
		}
		servers = servers || s.server() != list[0].server()
		wrapped = wrapped || row[colVia].text != "tcp"
	}
	if !wrapped {
		t.columns = slices.Delete(t.columns, colVia, colVia+1)
	}
	if !servers {
		t.columns = slices.Delete(t.columns, colServer, colServer+1)
		beside = "at " + list[0].server() + ", " + beside
	}
	p.title("Sessions", beside)
	var shown []*column
	p.b, shown = t.append(p.b, p.o.Width, p.o.Color)
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
		row[colSkew].text = signed(a.Skew)
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

// clockOf gives the format for the times of the sessions, and the words that
// go with it: the day is told once if it is one.
func clockOf(list []Session) (format, beside string) {
	first := list[0].Facts.Flow.Start.UTC().Format(day)
	for i := range list {
		if list[i].Facts.Flow.Start.UTC().Format(day) != first {
			return "01-02 15:04:05", "from " + first + ", times in UTC"
		}
	}
	return "15:04:05", first + ", times in UTC"
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

func plaintext(s *session.Stream) string {
	if !s.Opened {
		return ""
	}
	return size(s.Bytes)
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
	return key + " " + strconv.FormatInt(n, 10)
}
