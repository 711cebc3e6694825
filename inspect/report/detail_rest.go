package report

import (
	"strconv"
	"strings"

	"vmesskit/inspect/verdict"
)

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
		return count(int64(v))
	case int64:
		return count(v)
	}
	return strings.Join(parts, ", ")
}
