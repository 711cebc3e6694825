package report

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func (r *Redactor) texts(list []string) (out []string) {
	for _, s := range list {
		out = append(out, r.text(s))
	}
	return out
}

// text gives words of the inspector's with pseudonyms in the places of names.
func (r *Redactor) text(s string) string {
	for _, n := range r.odd {
		s = strings.ReplaceAll(s, n.was, n.is)
	}
	for _, u := range r.users {
		if strings.Contains(s, u) {
			s = replaceWord(s, u, r.user(u))
		}
	}
	for _, f := range r.files {
		s = replaceWord(s, f, r.name("file", f))
	}
	s = r.quotes(s)
	var b []byte
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(c rune) bool { return !partOfName(c) })
		if n < 0 {
			n = len(s)
		}
		word := strings.TrimRight(s[:n], ".:")
		b = append(b, r.word(word)...)
		b = append(b, s[len(word):n]...)
		if s = s[n:]; s != "" {
			b, s = append(b, s[0]), s[1:]
		}
	}
	return string(b)
}

// oddName is a path or a host that is no word, since it has a space, a bracket or
// the like in it.
type oddName struct{ was, is string }

// mostOdd is how many of them are known: who asks for them may make them up.
const mostOdd = 1000

// whole notes such a name, so that it is found as a whole.
func (r *Redactor) whole(name string) {
	isOdd := strings.IndexFunc(name, func(c rune) bool { return !partOfName(c) }) >= 0
	if !isOdd || len(r.odd) == mostOdd || slices.ContainsFunc(r.odd, func(n oddName) bool { return n.was == name }) {
		return
	}
	n := oddName{name, "/path"}
	if name[0] != '/' {
		n.is = r.address("host", name)
		r.made[n.is] = true
	}
	i := slices.IndexFunc(r.odd, func(other oddName) bool { return len(other.was) < len(name) })
	if i < 0 {
		i = len(r.odd)
	}
	r.odd = slices.Insert(r.odd, i, n)
}

// quotes leaves out what is quoted, which others said: the network, or a log.
// Limits are the inspector's own.
func (r *Redactor) quotes(s string) string {
	out := ""
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return out + s
		}
		out += s[:i]
		quoted, err := strconv.QuotedPrefix(s[i:])
		if err != nil {
			return out + `"…` // it has no end
		}
		s = s[i+len(quoted):]
		if said, err := strconv.Unquote(quoted); err == nil && !strings.HasSuffix(out, "the limit ") {
			quoted = `"` + r.said(said) + `"`
		}
		out += quoted
	}
}

// said gives what stays of something quoted: users, and an answer's status.
func (r *Redactor) said(s string) string {
	for _, u := range r.users {
		if s == u || s == r.names[u] {
			return r.user(u)
		}
	}
	const status = "HTTP/1.1 200"
	if len(s) >= len(status) && strings.HasPrefix(s, "HTTP/1.") && s[8] == ' ' && isNumber(s[7:8]+s[9:12]) {
		return s[:len(status)]
	}
	return "…"
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

func partOfName(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || strings.ContainsRune(".:-_[]/?=%&~", c)
}

// replaceWord puts a word in the place of another one.
func replaceWord(s, word, with string) string {
	out := ""
	for {
		i := strings.Index(s, word)
		if i < 0 {
			return out + s
		}
		before, behind := s[:i], s[i+len(word):]
		whole := (before == "" || !partOfName(rune(before[len(before)-1]))) && (behind == "" || !partOfName(rune(behind[0])) || behind[0] == ':' || behind[0] == '.')
		if out += before; whole {
			out += with
		} else {
			out += word
		}
		s = behind
	}
}

// longestHex is how many hexadecimal digits are no more than a number.
const longestHex = 15

// word gives what may be shown in a word's place.
func (r *Redactor) word(w string) string {
	bare := strings.Trim(hostOf(w), "[]")
	_, known := r.names[strings.ToLower(bare)]
	known = known || r.hosts[strings.ToLower(bare)]
	switch {
	case r.made[w]:
		return w
	case len(w) > 1 && w[0] == '/':
		return "/path"
	case strings.Contains(w, "://"):
		return "url"
	case len(w) > longestHex && strings.Trim(w, "0123456789abcdefABCDEF") == "":
		return "hex"
	case known && !slices.Contains(r.users, bare) || isAddress(w) || isAddress(bare) || isHost(bare):
		return r.address("host", w)
	}
	return w
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return err == nil
}

// isHost reports whether a word looks like a host with a domain.
func isHost(s string) bool {
	labels := strings.Split(s, ".")
	top := labels[len(labels)-1]
	if len(labels) < 2 || len(top) < 2 {
		return false
	}
	for _, c := range top {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return !slices.Contains(labels, "") && !strings.ContainsAny(s, "/?=%&~:[]_")
}
