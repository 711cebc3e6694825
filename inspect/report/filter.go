package report

import (
	"slices"

	"vmesskit/inspect/verdict"
)

// FilterOptions says which sessions to let through. An empty list lets all
// through; otherwise one of its words has to fit.
type FilterOptions struct {
	User    []string // labels, or "#1" for the first account
	Verdict []string // ids of verdicts
}

// Filter passes on to w the sessions that fit, the findings that concern at
// least one of them, and a summary that counts them. A session under an
// account that a server announced belongs to the user to whom it did.
func Filter(w Writer, f FilterOptions) Writer {
	return &filter{Writer: w, f: f, ofUser: make(map[int]bool), passed: make(map[int]bool)}
}

type filter struct {
	Writer
	f        FilterOptions
	ofUser   map[int]bool // by index: sessions of these users
	passed   map[int]bool // by index: sessions passed on
	verdicts map[string]int
}

func (f *filter) Session(s *Session) error {
	fits := len(f.f.User) == 0 || s.User != "" && slices.Contains(f.f.User, s.User) || s.By > 0 && f.ofUser[s.By]
	if !fits {
		return nil
	}
	f.ofUser[s.Index] = true
	if len(f.f.Verdict) > 0 && !slices.Contains(f.f.Verdict, s.Verdict.ID) {
		return nil
	}
	f.passed[s.Index] = true
	if f.verdicts == nil {
		f.verdicts = make(map[string]int)
	}
	f.verdicts[s.Verdict.ID]++
	return f.Writer.Session(s)
}

func (f *filter) Summary(s *Summary) error {
	part := *s
	part.Sessions = len(f.passed)
	part.Hidden = s.Hidden + s.Sessions - part.Sessions
	part.Verdicts = nil
	for _, v := range s.Verdicts {
		if n := f.verdicts[v.ID]; n > 0 {
			part.Verdicts = append(part.Verdicts, Count{ID: v.ID, N: n})
		}
	}
	part.Findings = nil
	for _, finding := range s.Findings {
		if f.concerns(&finding) {
			part.Findings = append(part.Findings, finding)
		}
	}
	return f.Writer.Summary(&part)
}

func (f *filter) concerns(finding *verdict.Finding) bool {
	return slices.ContainsFunc(finding.Sessions, func(i int) bool { return f.passed[i] })
}
