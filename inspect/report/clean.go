package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"vmesskit/inspect/internal/fit"
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

const ellipsis = "…"

// shorten fits s into n columns: the middle goes, because both ends of a name
// tell more.
func shorten(s string, n int) string {
	if fit.Cells(s) <= n {
		return s
	}
	if n <= 1 {
		return ellipsis[:len(ellipsis)*max(n, 0)]
	}
	head := fit.Head(s, n/2)
	rest := s[len(head):]
	room := n - 1 - fit.Cells(head)
	for fit.Cells(rest) > room {
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
	if i < 0 || fit.Cells(s) <= n || n-fit.Cells(s[i:]) < least {
		return shorten(s, n)
	}
	return shorten(s[:i], n-fit.Cells(s[i:])) + s[i:]
}

// cut fits s into n columns: the end goes.
func cut(s string, n int) string {
	if fit.Cells(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	return fit.Head(s, n-1) + ellipsis
}
