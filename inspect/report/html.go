package report

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/verdict"
)

// HTMLOptions says what the page shows.
type HTMLOptions struct {
	NoHash   bool
	Secrets  bool
	Redacted bool // a Redactor made the sessions and the summary: hide in the trees what it hides
	Users    int  // how many accounts were given
}

// Bounds of a page, which says so where it leaves something out.
const (
	HTMLRows    = 2000 // sessions in the table
	HTMLDetails = 100  // sessions with a timeline and fields
	HTMLBodies  = 4096 // bytes of the bodies in the fields of one
)

// HTMLPage is what a page is made of.
type HTMLPage struct {
	Sessions []*Session // in order; of those beyond HTMLRows the number is told
	Summary  *Summary
	Details  map[int]*HTMLDetail // by the index of a session
}

// HTMLDetail is what the second reading of a session gave.
type HTMLDetail struct {
	Timeline *Timeline
	Trace    *codec.Trace
}

// HTML writes a page that needs nothing else: no script, no style or picture from
// elsewhere, and a policy that keeps it so. All that is not the page's own goes
// through text or attr.
func HTML(w io.Writer, p *HTMLPage, o HTMLOptions) error {
	h := &htmlPage{w: w, o: o}
	h.head(p)
	h.findings(p.Summary.Findings)
	h.table(p)
	h.details(p)
	h.raw("</main>\n</body>\n</html>\n")
	h.flush()
	return h.err
}

// htmlPage is a page in the making.
type htmlPage struct {
	w   io.Writer
	o   HTMLOptions
	b   []byte
	err error
}

// flush writes what was made so far.
func (h *htmlPage) flush() {
	if h.err == nil {
		_, h.err = h.w.Write(h.b)
	}
	h.b = h.b[:0]
}

// raw appends the page's own markup.
func (h *htmlPage) raw(markup string) { h.b = append(h.b, markup...) }

// text appends a text, in which nothing is markup and nothing unprintable. Where a
// line breaks is the browser's to say.
func (h *htmlPage) text(s string) {
	h.b = appendEscapedHTML(h.b, clean(strings.ReplaceAll(s, "\u00a0", " ")))
}

// number appends a number.
func (h *htmlPage) number(n int) { h.b = strconv.AppendInt(h.b, int64(n), 10) }

// element appends an element of a class, which may be empty, around a text.
func (h *htmlPage) element(name, class, s string) {
	h.raw("<" + name)
	if class != "" {
		h.raw(` class="` + class + `"`)
	}
	h.raw(">")
	h.text(s)
	h.raw("</" + name + ">")
}

func appendEscapedHTML(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&quot;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// head writes all that stands in front of the findings.
func (h *htmlPage) head(p *HTMLPage) {
	sum := sha256.Sum256([]byte(htmlStyle))
	h.raw(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-` + base64.StdEncoding.EncodeToString(sum[:]) + `'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>VMess sessions</title>
<style>` + htmlStyle + `</style>
</head>
<body>
<main>
<h1>VMess sessions</h1>
`)
	h.raw(`<p class="sum">`)
	h.text(sumOf(p.Summary))
	h.raw("</p>\n")
	for _, line := range filesOf(p.Summary) {
		h.element("p", "note", line)
	}
	if h.o.Secrets {
		h.element("p", "mark secret", markSecrets)
	}
	if h.o.Redacted {
		h.element("p", "mark", markRedacted)
	}
	if h.o.Users == 0 {
		h.element("p", "mark damage", "No ids were given, so that no session can be opened.")
	}
	if len(p.Summary.Limits) > 0 {
		h.element("p", "mark damage", "A limit was hit ("+strings.Join(p.Summary.Limits, ", ")+"): part of the capture was not looked at.")
	}
	h.raw("\n")
}

// sumOf is sum as a sentence, with when it was.
func sumOf(s *Summary) string {
	line := sum(s)
	if c := &s.Capture; c.Packets > 0 {
		line += ", from " + c.First.UTC().Format(day+" 15:04:05 UTC")
	}
	return line + "."
}

// filesOf names the files, and what kept them from being read.
func filesOf(s *Summary) (lines []string) {
	var names []string
	for i := range s.Capture.Files {
		f := &s.Capture.Files[i]
		names = append(names, f.Name)
		if problem := Damage(f); problem != "" {
			lines = append(lines, "Warning: "+problem+".")
		}
	}
	return append([]string{"Of " + strings.Join(names, ", ")}, lines...)
}

// classOf gives the class of a verdict's colour.
func classOf(id string) string {
	switch styleOf(id) {
	case green:
		return "ok"
	case yellow:
		return "damage"
	}
	return "bad"
}

// findings writes what is wrong and what to do.
func (h *htmlPage) findings(list []verdict.Finding) {
	if len(list) == 0 {
		return
	}
	h.raw("<h2>Findings</h2>\n<ol class=\"findings\">\n")
	for i := range list {
		f := &list[i]
		h.raw(`<li class="` + classOf(f.Verdict) + `">`)
		h.element("p", "what", headline(f))
		h.element("p", "next", f.Next)
		h.element("p", "note", basis(f))
		h.raw("</li>\n")
	}
	h.raw("</ol>\n")
}
