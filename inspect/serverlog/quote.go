package serverlog

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxWords  = 200 // bytes that are quoted of a line
	maxUser   = 64
	maxTarget = 300
)

// quote gives what a line says from the place i on, in the words that matter:
// without the names of packages, what a program did to hide that it refuses, and
// bytes of the client's.
func quote(words string, i int) string {
	const between = " > "
	if start := strings.LastIndex(words[:i], between); start >= 0 {
		i = start + len(between)
	} else if i > 0 && strings.Contains(words[:i], ": ") {
		i = strings.LastIndex(words[:i], ": ") + 2
	}
	said, _, _ := strings.Cut(words[i:], `"`) // what follows is what the client sent
	var parts []string
	for part := range strings.SplitSeq(said, between) {
		part = strings.TrimSpace(unnamed(part))
		if part != "" && !drains(part) {
			parts = append(parts, part)
		}
	}
	return mask(withoutQueries(strings.Join(parts, between)), maxWords)
}

// withoutQueries takes off what stands behind the question mark of a path: early
// data, and secrets of other protocols.
func withoutQueries(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		path, query, found := strings.Cut(w, "?")
		if !found || !strings.Contains(path, "/") {
			continue
		}
		words[i] = path + query[len(strings.TrimRight(query, ",")):]
	}
	return strings.Join(words, " ")
}

// unnamed takes off the name of the package that speaks, such as
// "v2ray.com/core/proxy/vmess/encoding: ".
func unnamed(part string) string {
	for {
		name, rest, found := strings.Cut(part, ": ")
		if !found || !strings.Contains(name, "/") || strings.Contains(name, " ") {
			return part
		}
		part = rest
	}
}

func drains(part string) bool { return strings.Contains(part, "drain") }

// mask gives a text in printable letters, at most so many bytes, without ids.
func mask(s string, most int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		word := string(r)
		if long := idAt(s, i); long > 0 {
			word, n = "(an id)", long
		} else if r == utf8.RuneError || !strconv.IsPrint(r) {
			word = "?"
		}
		if b.Len()+len(word) > most {
			b.WriteString("…")
			break
		}
		b.WriteString(word)
		i += n
	}
	return b.String()
}

// idAt gives the length of what may be an id at a place: 32 hexadecimal digits
// or more, with or without hyphens; 0 for none.
func idAt(s string, i int) int {
	digits, n := 0, 0
	for ; i+n < len(s); n++ {
		c := s[i+n]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' {
			digits++
		} else if c != '-' || n == 0 {
			break
		}
	}
	if digits < 32 {
		return 0
	}
	return n
}
