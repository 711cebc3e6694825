package report

import "strconv"

// The heads of the columns, by their constants.
var htmlHeads = [...]string{
	colIndex: "#", colTime: "Time", colClient: "Client", colServer: "Server", colVia: "Via", colUser: "User", colHeader: "Header",
	colSkew: "Skew", colSecurity: "Security", colOptions: "Options", colTarget: "Target", colUp: "Up", colDown: "Down", colVerdict: "Verdict",
}

// table writes the sessions, each a row. On a narrow screen a row becomes a card,
// with the heads beside the values.
func (h *htmlPage) table(p *HTMLPage) {
	h.raw("<h2>Sessions</h2>\n")
	list := p.Sessions
	if len(list) == 0 {
		h.element("p", "", "There is none to show.")
		return
	}
	if n := len(list) - HTMLRows; n > 0 {
		list = list[:HTMLRows]
		defer h.element("p", "note", "And "+plural(int64(n), "session")+" more, which the JSON lists.")
	}
	shown := make([]Session, len(list))
	for i, s := range list {
		shown[i] = *s
	}
	rows, heading := sessionRows(shown)
	used := [colVerdict + 1]bool{}
	for i := range rows {
		for c := range rows[i] {
			used[c] = used[c] || rows[i][c].text != ""
		}
	}
	h.element("p", "note", heading.words(true))
	h.raw("<div class=\"wide\"><table>\n<thead><tr>")
	for c, head := range htmlHeads {
		if used[c] {
			h.element("th", cellClass(c, ""), head)
		}
	}
	h.raw("</tr></thead>\n<tbody>\n")
	for i := range rows {
		h.row(&rows[i], &used, shown[i].Verdict.ID, p.Details[shown[i].Index] != nil)
		h.flush()
	}
	h.raw("</tbody></table></div>\n")
}

// cellClass gives the class of a cell: numbers stand at the right, a verdict has
// its colour, and what a narrow screen can do without is marked: spare is the first
// to go.
func cellClass(c int, verdictID string) string {
	switch c {
	case colVerdict:
		if verdictID != "" {
			return classOf(verdictID)
		}
	case colIndex, colUp, colDown:
		return "n"
	case colSkew:
		return "n extra spare"
	case colOptions:
		return "extra spare"
	case colServer, colVia, colHeader, colSecurity:
		return "extra"
	}
	return ""
}

// row writes one. Its number leads to the details, if there are any.
func (h *htmlPage) row(row *[colVerdict + 1]styled, used *[colVerdict + 1]bool, verdictID string, linked bool) {
	h.raw("<tr>")
	for c := range row {
		if !used[c] {
			continue
		}
		h.raw(`<td data-head="` + htmlHeads[c] + `" class="` + cellClass(c, verdictID) + `">`)
		switch {
		case c == colIndex && linked:
			h.raw(`<a href="#s` + row[c].text + `">` + row[c].text + `</a>`)
		case row[c].text == "":
			h.raw(nothing)
		default:
			h.text(row[c].text)
		}
		h.raw("</td>")
	}
	h.raw("</tr>\n")
}

// details writes what is known of each of the first sessions.
func (h *htmlPage) details(p *HTMLPage) {
	if len(p.Details) == 0 {
		return
	}
	h.raw("<h2>Details</h2>\n")
	note := "Times in UTC. Of the bodies, the fields of the first " + count(HTMLBodies) + " bytes are listed"
	if n := len(p.Sessions); n > len(p.Details) {
		note += "; of " + plural(int64(n), "session") + ", the first " + strconv.Itoa(len(p.Details)) + " are here"
	}
	h.element("p", "note", note+".")
	h.element("p", "note", "A timeline has bars for the bytes that were carried, up above the line and down below it, on a logarithmic scale, "+
		"and marks at the edge of a direction for what happened in it: its header opened, a sub-connection began, a hole, its end.")
	for _, s := range p.Sessions {
		if d := p.Details[s.Index]; d != nil {
			h.detail(s, d)
			h.flush()
		}
	}
}

func (h *htmlPage) detail(s *Session, d *HTMLDetail) {
	index := strconv.Itoa(s.Index)
	class := classOf(s.Verdict.ID)
	h.raw(`<details class="session" id="s` + index + `"><summary><span class="no">` + index + `</span> `)
	h.element("span", "verdict "+class, verdictOf(&s.Verdict))
	h.raw(" ")
	h.element("span", "who", s.client())
	if f := s.Facts; f.Header != nil {
		h.raw(" → ")
		h.element("span", "who", targetOf(f))
	}
	h.raw("</summary>\n")
	h.element("p", "what", s.Verdict.Reason)
	if d.Timeline != nil {
		h.timeline(d.Timeline, s.Facts)
	}
	h.sheet(s)
	if d.Trace != nil {
		h.tree(d)
	}
	h.raw("</details>\n")
}

// sheet writes the rows of Detail.
func (h *htmlPage) sheet(s *Session) {
	h.raw("<dl>")
	open := false
	d := sheet{page: page{o: TextOptions{NoHash: h.o.NoHash, Secrets: h.o.Secrets, Users: h.o.Users}}}
	d.put = func(key, value string) {
		switch {
		case key == "" && open:
			h.raw("<br>")
		default:
			if open {
				h.raw("</dd>")
			}
			h.element("dt", "", key)
			h.raw("<dd>")
			open = true
		}
		h.text(value)
	}
	d.rows(s)
	if open {
		h.raw("</dd>")
	}
	h.raw("</dl>\n")
}
