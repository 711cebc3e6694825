package report

import "strings"

// heading has what is the same for all sessions, and therefore is no column.
type heading struct {
	server, via string // empty where a column tells
	day         string // of the first session
	days        bool   // it is not the day of all
}

// words gives the text that goes with the title. With times it says of which zone
// they are.
func (h *heading) words(times bool) string {
	var parts []string
	if h.server != "" {
		parts = append(parts, "at "+h.server)
	}
	if h.via != "" {
		parts = append(parts, "via "+h.via)
	}
	date := h.day
	if h.days {
		date = "from " + date
	}
	if parts = append(parts, date); times {
		parts = append(parts, "times in UTC")
	}
	return strings.Join(parts, ", ")
}

// sessionRows gives the rows of the table. What all have in common is taken out of
// them: the server or at least its address, and what is around VMess.
func sessionRows(list []Session) ([][colVerdict + 1]styled, *heading) {
	clock, h := clockOf(list)
	rows := make([][colVerdict + 1]styled, len(list))
	for i := range list {
		rows[i] = sessionRow(&list[i], clock)
	}
	h.server, h.via = clean(rows[0][colServer].text), clean(rows[0][colVia].text)
	switch {
	case alike(rows, colServer):
		blank(rows, colServer)
	case oneAddress(list):
		h.server = cutPorts(rows)
	default:
		h.server = ""
	}
	if alike(rows, colVia) {
		blank(rows, colVia)
	} else {
		h.via = ""
	}
	if h.via == "tcp" {
		h.via = ""
	}
	return rows, h
}

// alike reports whether all rows have the same in a column.
func alike(rows [][colVerdict + 1]styled, c int) bool {
	for i := range rows {
		if rows[i][c].text != rows[0][c].text {
			return false
		}
	}
	return true
}

func blank(rows [][colVerdict + 1]styled, c int) {
	for i := range rows {
		rows[i][c].text = ""
	}
}

// oneAddress reports whether the servers differ in their ports only.
func oneAddress(list []Session) bool {
	for i := range list {
		if hostOf(list[i].server()) != hostOf(list[0].server()) {
			return false
		}
	}
	return true
}

// cutPorts leaves the ports in the column of the servers, and gives the address.
func cutPorts(rows [][colVerdict + 1]styled) (address string) {
	for i := range rows {
		s := rows[i][colServer].text
		at := strings.LastIndexByte(s, ':')
		if at < 0 {
			continue
		}
		address, rows[i][colServer].text = s[:at], s[at:]
	}
	return clean(address)
}

// clockOf gives the format for the times of the sessions, and the day: it is told
// once if it is one.
func clockOf(list []Session) (format string, h *heading) {
	h = &heading{day: list[0].Facts.Flow.Start.UTC().Format(day)}
	for i := range list {
		if list[i].Facts.Flow.Start.UTC().Format(day) != h.day {
			h.days = true
			return "01-02 15:04:05", h
		}
	}
	return "15:04:05", h
}
