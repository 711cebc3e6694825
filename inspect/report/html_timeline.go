package report

import (
	"math/bits"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Measures of a timeline's picture, in its own units.
const (
	lineBin    = 4
	lineHalf   = 44 // above the axis and below it
	lineMargin = 12
	lineWidth  = timelineBins * lineBin
	lineHeight = 2 * (lineHalf + lineMargin)
	lineAxis   = lineHeight / 2
)

// timeline draws when how much was carried: up above the axis, down below it. The
// heights grow with the logarithm, so that a question is seen beside its answer.
func (h *htmlPage) timeline(t *Timeline, f *session.Facts) {
	most := t.most()
	h.raw(`<figure><svg viewBox="0 0 ` + strconv.Itoa(lineWidth) + ` ` + strconv.Itoa(lineHeight) + `" preserveAspectRatio="none" role="img">`)
	h.raw("<title>")
	h.text("bytes up and down over " + lasting(t.start, t.end))
	h.raw("</title>")
	for from, class := range [...]string{codec.Up: "up", codec.Down: "down"} {
		h.raw(`<g class="` + class + `">`)
		for i, n := range t.bins[from] {
			if n > 0 {
				h.bar(codec.Direction(from), i, tall(n, most))
			}
		}
		h.raw("</g>")
	}
	h.rect("axis", 0, lineAxis, lineWidth, 1)
	for _, m := range t.marks {
		h.mark(t, m)
	}
	h.raw("</svg>\n<figcaption>")
	h.legend(t, f)
	h.raw("</figcaption></figure>\n")
}

// tall gives the height of a bar.
func tall(n, most int64) int {
	scale := bits.Len64(uint64(most)) - 4
	return min(max((bits.Len64(uint64(n))-4)*lineHalf/max(scale, 1), 3), lineHalf)
}

func (h *htmlPage) bar(from codec.Direction, bin, height int) {
	y := lineAxis - height
	if from == codec.Down {
		y = lineAxis + 1
	}
	h.rect("", bin*lineBin, y, lineBin-1, height)
}

func (h *htmlPage) rect(class string, x, y, width, height int) {
	h.raw("<rect")
	if class != "" {
		h.raw(` class="` + class + `"`)
	}
	for _, a := range [...]struct {
		name string
		n    int
	}{{"x", x}, {"y", y}, {"width", width}, {"height", height}} {
		h.raw(" " + a.name + `="`)
		h.number(a.n)
		h.raw(`"`)
	}
	h.raw("/>")
}

var markClasses = [...]string{markHeader: "header", markSub: "sub", markHole: "hole", markFIN: "fin", markRST: "rst"}

// mark draws a mark at the edge of its direction, beyond the bars.
func (h *htmlPage) mark(t *Timeline, m event) {
	const height = lineMargin - 3
	y := 0
	if m.from == codec.Down {
		y = lineHeight - height
	}
	h.rect(markClasses[m.what], t.bin(m.at)*lineBin, y, lineBin, height)
}

// legend says what the picture shows, for those also who do not see it. The sizes are
// those of the table: what the bars show of a mux is without its frames.
func (h *htmlPage) legend(t *Timeline, f *session.Facts) {
	clock := func(at flow.Time) string { return at.UTC().Format("15:04:05.000") }
	h.element("span", "", clock(t.start))
	h.element("span", "key up", strings.TrimSpace("up "+plaintext(&f.Up)))
	h.element("span", "key down", strings.TrimSpace("down "+plaintext(&f.Down)))
	for what, word := range [...]string{markHeader: "header opened", markSub: "sub-connection begins", markHole: "hole", markFIN: "closed", markRST: "reset"} {
		n := 0
		for _, m := range t.marks {
			if m.what == markKind(what) {
				n++
			}
		}
		if n > 1 {
			word += " ×" + strconv.Itoa(n)
		}
		if n > 0 {
			h.element("span", "key "+markClasses[what], word)
		}
	}
	if t.more > 0 {
		h.element("span", "", "and "+count(int64(t.more))+" marks more")
	}
	h.element("span", "", clock(t.end))
}
