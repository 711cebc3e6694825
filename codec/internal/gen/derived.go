package main

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vmesskit/codec"
)

// derived is a value that is computed, one way to compute it, and what that
// gives in the example.
type derived struct {
	field   codec.Field
	formula string
	value   []byte
	scheme  codec.Scheme // of the first session that derived it
}

// derivedValues gives every value that is computed in sessions, in an order in
// which each one needs only what is in front of it.
func derivedValues(list []exchange, talks []talk) ([]derived, error) {
	var out []derived
	for i, e := range list {
		for _, b := range e.trace.Buffers {
			known := slices.ContainsFunc(out, func(d derived) bool { return d.field == b.Field && d.formula == b.Formula })
			if b.Derived() && !known {
				out = append(out, derived{b.Field, b.Formula, b.Data, talks[i].scheme})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b derived) int { return int(a.field) - int(b.field) })
	return out, inOrder(out)
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	nameOnly = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)
)

// inOrder refuses a value that is needed in front of its own place, and the
// field table's other derived values if no session has them.
func inOrder(list []derived) error {
	at := map[string]int{}
	for i, d := range list {
		if _, ok := at[d.field.String()]; !ok {
			at[d.field.String()] = i
		}
	}
	for i, d := range list {
		for _, name := range nameOnly.FindAllString(quoted.ReplaceAllString(d.formula, ""), -1) {
			if need, ok := at[name]; ok && need > i {
				return fmt.Errorf("%s needs %s, which is derived behind it", d.field, name)
			}
		}
	}
	for f := codec.FieldCmdKey; int(f) <= codec.Fields(); f++ {
		if _, ok := at[f.String()]; !ok {
			return fmt.Errorf("no session derives %s", f)
		}
	}
	return nil
}

// derivedText writes the values with their formulas.
func derivedText(list []derived) string {
	var b strings.Builder
	for i, d := range list {
		info := d.field.Info()
		again := i > 0 && list[i-1].field == d.field
		several := again || i+1 < len(list) && list[i+1].field == d.field
		head := info.Name
		if several {
			head += " (" + d.scheme.String() + ")"
		}
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s = %s\n", head, d.formula)
		if !again {
			fmt.Fprintf(&b, "    %s\n", info.Doc)
		}
		fmt.Fprintf(&b, "    %d bytes: %s\n", len(d.value), hex.EncodeToString(d.value))
	}
	return b.String()
}
