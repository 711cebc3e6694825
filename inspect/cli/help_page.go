package cli

import (
	"strings"

	"vmesskit/inspect/internal/fit"
)

// markdown sets a verdict's page, which has headings, paragraphs, lists and words
// in backquotes, and nothing else of Markdown.
func (p *page) markdown(text string) {
	for i, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			p.line()
		}
		heading := strings.TrimLeft(block, "#")
		if len(heading) < len(block) {
			p.raw(strings.TrimSpace(heading) + "\n")
			continue
		}
		for _, item := range items(block) {
			p.item(item)
		}
	}
}

// items takes a block apart into the items of a list, their lines joined; one that
// is no list is one.
func items(block string) (list []string) {
	for l := range strings.SplitSeq(block, "\n") {
		if n := len(list); n > 0 && marker(l) == "" {
			list[n-1] += " " + strings.TrimSpace(l)
			continue
		}
		list = append(list, l)
	}
	return list
}

// marker gives what an item of a list begins with: "- " or "1. ".
func marker(l string) string {
	word, _, ok := strings.Cut(l, " ")
	number, dotted := strings.CutSuffix(word, ".")
	if ok && (word == "-" || dotted && number != "" && strings.Trim(number, "0123456789") == "") {
		return word + " "
	}
	return ""
}

// item sets one, its lines as far in as its text begins.
func (p *page) item(s string) {
	lead := marker(s)
	for i, l := range fit.Words(unquoted(s[len(lead):]), p.width-len(lead)) {
		if i > 0 {
			lead = strings.Repeat(" ", len(lead))
		}
		p.raw(lead + l + "\n")
	}
}

// unquoted takes the backquotes off. Several words keep quotes, so that one sees
// where they end.
func unquoted(s string) string {
	parts := strings.Split(s, "`")
	for i := 1; i < len(parts); i += 2 {
		if strings.Contains(parts[i], " ") {
			parts[i] = `"` + parts[i] + `"`
		}
	}
	return strings.Join(parts, "")
}
