package cli

import "slices"

const (
	minWidth     = 40
	maxWidth     = 10_000
	defaultWidth = 120 // where there is no terminal
)

// screenOptions says how text is to look.
type screenOptions struct {
	color string // "auto", "always" or "never"
	width int    // 0 for the terminal's
}

func checkColor(when string) error {
	if slices.Contains([]string{"auto", "always", "never"}, when) {
		return nil
	}
	return usagef("--color %s", show(when)).or("want auto, always or never")
}

func (o *screenOptions) columns(env *Env) int {
	if o.width > 0 {
		return o.width
	}
	if n := env.Columns(env.Stdout); n > 0 {
		return max(n, minWidth)
	}
	return defaultWidth
}

// colored decides on colours. What was asked for on the command line wins over
// NO_COLOR (no-color.org).
func (o *screenOptions) colored(env *Env) bool {
	switch o.color {
	case "always":
		return true
	case "never":
		return false
	}
	return env.Columns(env.Stdout) > 0 && env.Getenv("NO_COLOR") == "" && env.Getenv("TERM") != "dumb"
}
