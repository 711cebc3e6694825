package report

// style is how a piece of text looks, as the parameter of a terminal's SGR
// sequence; the zero value is plain. Only the sixteen colours are used, which
// follow the terminal's own theme.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// paint appends s in a style.
func (st style) paint(b []byte, on bool, s string) []byte {
	if !on || st == plain || s == "" {
		return append(b, s...)
	}
	b = append(b, "\x1b["...)
	b = append(b, st...)
	b = append(b, 'm')
	b = append(b, s...)
	return append(b, "\x1b[0m"...)
}

// A refusal is somebody's mistake, damage is the capture's or the network's.
var damage = map[string]bool{
	"corrupt": true, "mid-stream": true, "gap": true, "gap-at-start": true, "one-way": true, "snaplen": true,
	"tls-keys-missing": true, "unsupported-transport": true, "limit": true,
}

// styleOf gives the colour of a verdict.
func styleOf(id string) style {
	switch {
	case id == "ok":
		return green
	case damage[id]:
		return yellow
	}
	return red
}
