package serverlog

import (
	"strconv"
	"strings"
	"time"

	"vmesskit/inspect/flow"
)

// entry is a line, taken apart.
type entry struct {
	at     flow.Time // 0 for none
	zoned  bool      // at is right; otherwise it is in the server's zone, taken for UTC
	number string    // of the connection, as the program counts them
	words  string    // what is said
}

// unwrap takes off what another program put around a line: an object of JSON,
// such as Docker's, and a terminal's colours.
func unwrap(text string) string {
	if strings.HasPrefix(text, "{") {
		for _, key := range []string{`"log":"`, `"MESSAGE":"`, `"message":"`, `"msg":"`} {
			if inside, ok := member(text, key); ok {
				text = inside
				break
			}
		}
	}
	return plain(text)
}

// member gives the text behind a key of JSON, which is compact or has a space
// behind the colon.
func member(text, key string) (string, bool) {
	_, rest, ok := strings.Cut(text, key)
	if !ok {
		if _, rest, ok = strings.Cut(text, strings.Replace(key, ":", ": ", 1)); !ok {
			return "", false
		}
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			inside, err := strconv.Unquote(`"` + strings.ReplaceAll(rest[:i], `\/`, "/") + `"`)
			return strings.TrimSpace(inside), err == nil
		}
	}
	return "", false
}

// plain takes a terminal's colours out.
func plain(text string) string {
	const escape = '\x1b'
	if strings.IndexByte(text, escape) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != escape {
			b.WriteByte(text[i])
			continue
		}
		if i++; i < len(text) && text[i] == '[' {
			for i++; i < len(text) && (text[i] < '@' || text[i] > '~'); i++ {
			}
		}
	}
	return b.String()
}

// split finds the time, the level and the number of a line. A system's log puts
// more in front.
func split(text string) entry {
	l := entry{words: text}
	l.time()
	l.level()
	l.connection()
	return l
}

const farFromStart = 200 // bytes in front of a line's own time

// time reads "2026/07/17 09:59:58.123456" (v2ray, Xray) or
// "+0000 2026-07-17 09:59:58" (sing-box).
func (l *entry) time() {
	const v2ray, sing = "2006/01/02 15:04:05", "-0700 2006-01-02 15:04:05"
	head := l.words[:min(len(l.words), farFromStart)]
	for i := range head {
		c := head[i]
		switch {
		case c >= '0' && c <= '9' && i+len(v2ray) <= len(head) && head[i+4] == '/':
			if at, err := time.Parse(v2ray, head[i:i+len(v2ray)]); err == nil {
				l.take(at, false, i+len(v2ray))
				return
			}
		case (c == '+' || c == '-') && i+len(sing) <= len(head) && head[i+5] == ' ':
			if at, err := time.Parse(sing, head[i:i+len(sing)]); err == nil {
				l.take(at, true, i+len(sing))
				return
			}
		}
	}
}

func (l *entry) take(at time.Time, zoned bool, end int) {
	l.at, l.zoned = flow.Time(at.UnixNano()), zoned
	l.words = strings.TrimLeft(l.words[end:], ".0123456789")
	l.words = strings.TrimSpace(l.words)
}

// level takes off "[Info]" or "INFO", with sing-box's seconds since its start
// behind it where it has no time.
func (l *entry) level() {
	word, rest, _ := strings.Cut(l.words, " ")
	name := strings.ToLower(strings.Trim(word, "[]"))
	name, _, _ = strings.Cut(name, "[")
	switch name {
	case "debug", "info", "warning", "warn", "error", "trace", "fatal", "panic":
		l.words = strings.TrimSpace(rest)
	}
}

// connection takes off "[2820302655]" or "[2820302655 0ms]".
func (l *entry) connection() {
	inside, rest, ok := strings.Cut(strings.TrimPrefix(l.words, "["), "]")
	if !ok || !strings.HasPrefix(l.words, "[") {
		return
	}
	number, _, _ := strings.Cut(inside, " ")
	if _, err := strconv.ParseUint(number, 10, 32); err == nil {
		l.number, l.words = strings.Clone(number), strings.TrimSpace(rest) // it may be kept
	}
}
