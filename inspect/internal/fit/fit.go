// Package fit breaks text into lines that fit a terminal: Words where the
// words stay whole, Lines where nothing may be wider.
package fit

import (
	"strings"
	"unicode/utf8"
)

// Cells gives how many columns of a terminal a printable text takes.
func Cells(s string) (n int) {
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

// Head gives as much of the beginning of s as n columns hold.
func Head(s string, n int) string {
	for i, r := range s {
		if n -= cellsOf(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// noBreak is a blank at which no line is broken. A printable text has none.
const noBreak = "\u00a0"

// Unbroken makes s one word.
func Unbroken(s string) string { return strings.ReplaceAll(s, " ", noBreak) }

// Words breaks s between words into lines of at most n columns; a longer word
// has a line of its own. There is at least one line.
func Words(s string, n int) []string {
	return join(words(s), n)
}

// Lines is Words with longer words broken, too. With n 0 there is one line, as
// s has it.
func Lines(s string, n int) []string {
	if n <= 0 {
		return []string{strings.ReplaceAll(s, noBreak, " ")}
	}
	var pieces []string
	for _, word := range words(s) {
		for Cells(word) > n {
			part := Head(word, n)
			if part == "" { // a character of two columns in one
				_, size := utf8.DecodeRuneInString(word)
				part = word[:size]
			}
			pieces, word = append(pieces, part), word[len(part):]
		}
		if word != "" {
			pieces = append(pieces, word)
		}
	}
	return join(pieces, n)
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
}

// join puts as many words on a line as it holds.
func join(words []string, n int) []string {
	var lines []string
	line := ""
	for i, word := range words {
		switch {
		case i == 0:
			line = word
		case Cells(line)+1+Cells(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	lines = append(lines, line)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], noBreak, " ")
	}
	return lines
}
