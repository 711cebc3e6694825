package cli

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect/flow"
)

// limitUsage lists the limits with their defaults.
func limitUsage() string {
	d := flow.DefaultLimits()
	var list []string
	for i := range flow.Names {
		x := &flow.Names[i]
		list = append(list, x.Name+" ("+limitText(x, d.Get(x))+")")
	}
	return "set a limit, `NAME=N`: " + strings.Join(list, ", ")
}

// limitText writes a limit as it can be given.
func limitText(x *flow.Named, n int64) string {
	switch {
	case x.Bytes && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "Mi"
	case x.Bytes && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "Ki"
	}
	return strconv.FormatInt(n, 10)
}

func (f *decodeFlags) limits(c *cli.Context, o *decodeOptions) error {
	o.limits = flow.DefaultLimits()
	for _, text := range c.StringSlice("limit") {
		name, value, _ := strings.Cut(text, "=")
		n, err := parseSize(value)
		if err != nil || n < 1 {
			return usagef("--limit %s is no NAME=N", show(text)).or("want a number from 1 on, such as reorder=16Mi or flows=500000")
		}
		if !o.limits.Set(name, n) {
			return usagef("--limit %s: there is no such limit", show(name)).or("want one of %s", limitNames())
		}
	}
	return nil
}

func limitNames() string {
	var list []string
	for i := range flow.Names {
		list = append(list, flow.Names[i].Name)
	}
	return strings.Join(list, ", ")
}
