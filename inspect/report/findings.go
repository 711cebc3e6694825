package report

import (
	"strconv"
	"strings"

	"vmesskit/inspect/internal/fit"
	"vmesskit/inspect/verdict"
)

// findings writes what is wrong and what to do, the first thing that an
// operator wants to read.
func (p *page) findings(list []verdict.Finding) {
	if len(list) == 0 {
		return
	}
	p.title("Findings", "")
	for i := range list {
		if i > 0 {
			p.gap()
		}
		p.finding(i+1, &list[i])
	}
}

func (p *page) finding(number int, f *verdict.Finding) {
	lead := strconv.Itoa(number) + ". "
	hang := len(lead)
	indent := strings.Repeat(" ", hang)
	st := styleOf(f.Verdict)
	if f.Config != "" {
		st = yellow
	}
	p.line(lead, bold, clean(headline(f)), st, hang)
	p.line(indent+"-> ", cyan, clean(f.Next), plain, hang+3)
	p.line(indent, plain, basis(f), dim, hang)
}

// headline says in a line whom it concerns, how often, and what is wrong. What
// concerns no server either is wrong with the capture.
func headline(f *verdict.Finding) string {
	who := f.Client
	switch {
	case f.Config != "" && len(f.Sessions) == 0:
		return f.Config + ": " + f.What
	case f.Config != "":
		return f.Config + ": " + f.What + " (" + affected(f) + ")"
	case who == "" && f.Server == "" && len(f.Sessions) == 0:
		return f.What
	case who == "" && f.Server == "":
		return f.What + " (" + affected(f) + ")"
	case who == "":
		who = "several clients"
	}
	if f.User != "" {
		who += " (" + f.User + ")"
	}
	return who + ": " + affected(f) + "; " + f.What
}

// refused are the verdicts that say of themselves that the server turned the
// session down.
var refused = map[string]bool{
	"alterid-mismatch": true, "clock-skew": true, "server-clock-skew": true, "legacy-refused": true,
	"insecure-refused": true, "server-refused": true, "replay": true,
}

// affected says how many sessions it concerns.
func affected(f *verdict.Finding) string {
	s := count(int64(len(f.Sessions))) + " of " + count(int64(f.Total))
	if refused[f.Verdict] {
		return s + " refused"
	}
	if f.Total == 1 {
		return s + " session"
	}
	return s + " sessions"
}

// basis says what it is called, how sure it is, since when, and where to look.
// Its parts are not broken over two lines if they can be helped.
func basis(f *verdict.Finding) string {
	parts := []string{f.Sure}
	switch {
	case f.Config != "":
		parts[0] = "configuration, " + f.Setting + ", " + f.Sure
	case f.Verdict != "ok":
		parts[0] = f.Verdict + ", " + f.Sure
	}
	if len(f.Sessions) > 0 {
		parts = append(parts, "since "+f.Since.UTC().Format(day+" 15:04:05 UTC"))
	}
	if f.Server != "" {
		parts = append(parts, "server "+f.Server)
	}
	switch len(f.Sessions) {
	case 0:
	case 1:
		parts = append(parts, "session "+ranges(f.Sessions))
	default:
		parts = append(parts, "sessions "+ranges(f.Sessions))
	}
	for i := range parts {
		parts[i] = fit.Unbroken(clean(parts[i]))
	}
	return strings.Join(parts, "; ")
}
