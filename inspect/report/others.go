package report

import (
	"strings"

	"vmesskit/inspect/flow"
)

// others writes the table of the flows that are no VMess attempts.
func (p *page) others(list []Other, unlisted int) {
	t := table{rows: len(list), columns: []column{
		{head: "TIME", use: 2},
		{head: "A", use: useStays, short: shortenEndpoint, floor: [...]int{21, 21, 15}},
		{head: "B", use: useStays, short: shortenEndpoint, floor: [...]int{21, 21, 15}},
		{head: "LAYERS", use: 1},
		{head: "A SENT", right: true, use: useStays},
		{head: "B SENT", right: true, use: useStays},
		{head: "LOOKS LIKE", use: useStays, short: shorten, floor: [...]int{24, 24, 12}},
	}}
	for i := range list {
		r := list[i].Flow
		a, b := list[i].ends()
		row := [...]string{
			r.Start.UTC().Format(day + " 15:04:05"),
			a, b,
			strings.Join(r.Stack(), "/"), size(list[i].Up), size(list[i].Down), looks(r),
		}
		for c := range row {
			t.columns[c].add(clean(row[c]), plain)
		}
	}
	shown, beside := t.fit(p.o.Width), ""
	if hasColumn(shown, "TIME") {
		beside = "times in UTC"
	}
	p.title("Other flows", beside)
	p.b = t.append(p.b, shown, p.o.Width, p.o.Color)
	if unlisted > 0 {
		p.line("", plain, "and "+plural(int64(unlisted), "flow")+" more, which the JSON lists", dim, 0)
	}
}

// looks says what the first bytes show, the client's before the server's.
func looks(r *flow.Record) string {
	for _, s := range r.Speaks {
		switch {
		case s.Protocol != "" && s.Detail != "":
			return s.Protocol + ": " + s.Detail
		case s.Protocol != "":
			return s.Protocol
		}
	}
	return ""
}
