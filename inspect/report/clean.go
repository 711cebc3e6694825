package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// clean makes a text of the network's or of a file's safe to print: what a
// terminal would act on, or would not show, is written as an escape.
func clean(s string) string {
	if printable(s) {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < 0x80 && !strconv.IsPrint(r):
			b = append(b, '\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15])
		case strconv.IsPrint(r):
			b = append(b, s[i:i+n]...)
		default:
			b = appendEscaped(b, r)
		}
		i += n
	}
	return string(b)
}

func printable(s string) bool {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || !strconv.IsPrint(r) {
			return false
		}
		i += n
	}
	return true
}

// cells gives how many columns of a terminal a clean text takes.
func cells(s string) (n int) {
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

// cellsOf gives 2 for the characters of East Asia and for pictures.
func cellsOf(r rune) int {
	switch {
	case r < 0x1100:
		return 1
	case r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3, r >= 0xF900 && r <= 0xFAFF,
		r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6,
		r >= 0x1F300 && r <= 0x1FAFF, r >= 0x20000 && r <= 0x3FFFD:
		return 2
	}
	return 1
}

const ellipsis = "…"

// shorten fits s into n columns: the middle goes, because both ends of a name
// tell more.
func shorten(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	if n <= 1 {
		return ellipsis[:len(ellipsis)*max(n, 0)]
	}
	head := fitting(s, n/2)
	rest := s[len(head):]
	room := n - 1 - cells(head)
	for cells(rest) > room {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	return head + ellipsis + rest
}

// shortenEndpoint fits a host and port into n columns: the port stays, and both
// ends of the host.
func shortenEndpoint(s string, n int) string {
	const least = 5 // columns of a host that still tell something
	i := strings.LastIndexByte(s, ':')
	if i < 0 || cells(s) <= n || n-cells(s[i:]) < least {
		return shorten(s, n)
	}
	return shorten(s[:i], n-cells(s[i:])) + s[i:]
}

// cut fits s into n columns: the end goes.
func cut(s string, n int) string {
	if cells(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	return fitting(s, n-1) + ellipsis
}

// fitting gives as much of the beginning of s as n columns hold.
func fitting(s string, n int) string {
	for i, r := range s {
		if n -= cellsOf(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// noBreak is a blank at which wrap does not break. A clean text has none.
const noBreak = "\u00a0"

// unbroken makes s one word for wrap.
func unbroken(s string) string { return strings.ReplaceAll(s, " ", noBreak) }

// wrap breaks s between words into lines of at most n columns; a word that is
// longer is broken itself. With n 0 there is one line.
func wrap(s string, n int) []string {
	if n <= 0 {
		return []string{strings.ReplaceAll(s, noBreak, " ")}
	}
	var lines []string
	line := ""
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' }) {
		if line != "" && cells(line)+1+cells(word) <= n {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for cells(word) > n {
			part := fitting(word, max(n, 2))
			lines, word = append(lines, part), word[len(part):]
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], noBreak, " ")
	}
	return lines
}
