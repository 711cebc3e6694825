package report

import (
	"strings"

	"vmesskit/codec"
)

// legendOf explains the abbreviations that the table of the sessions has, in a
// line; it is empty where there are none.
func legendOf(list []Session, shown []*column) string {
	has := make(map[string]bool)
	for _, c := range shown {
		has[c.head] = true
	}
	var parts []string
	if has["OPTIONS"] {
		parts = append(parts, optionLegend(list)...)
	}
	if has["HEADER"] {
		parts = append(parts, alterLegend(list)...)
	}
	if has["UP"] || has["DOWN"] {
		parts = append(parts, resumedLegend(list)...)
	}
	if has["USER"] {
		parts = append(parts, announcedLegend(list)...)
	}
	return strings.Join(parts, "; ")
}

// optionLegend gives the names of the letters that occur.
func optionLegend(list []Session) []string {
	var all codec.Option
	for i := range list {
		if h := list[i].Facts.Header; h != nil {
			all |= h.Option
		}
	}
	if all == 0 {
		return nil
	}
	names := all.Names(nil)
	for i, letter := range optionLetters(all) {
		names[i] = string(letter) + " " + names[i]
	}
	return []string{strings.Join(names, ", ")}
}

// alterLegend explains how an alter id is written.
func alterLegend(list []Session) []string {
	for i := range list {
		if a := list[i].Facts.Auth; a != nil && a.Scheme == codec.Legacy && a.Alter != codec.Primary {
			return []string{"legacy/N: by alter id N, counted from 0"}
		}
	}
	return nil
}

// resumedLegend explains the two numbers of a direction with a hole.
func resumedLegend(list []Session) []string {
	for i := range list {
		if f := list[i].Facts; len(f.Up.Pieces)+len(f.Down.Pieces) > 0 {
			return []string{"N+M: in front of a hole, and behind it"}
		}
	}
	return nil
}

// announcedLegend explains how an announced account is written.
func announcedLegend(list []Session) []string {
	for i := range list {
		if s := &list[i]; s.User == "" && s.By > 0 {
			return []string{"(by N): an account that session N was given"}
		}
	}
	return nil
}
