package verdict

import (
	"strings"

	"vmesskit/inspect/flow"
)

// RunLimits puts the limits into a finding that a run hit, whoever suffered from
// them. There is none without any.
func RunLimits(names []string, sessions int, since flow.Time) []Finding {
	if len(names) == 0 {
		return nil
	}
	f := Finding{
		Verdict: limitKind.ID, Total: sessions, Since: since, Sure: Certain,
		What: "limits of this tool were hit, so that a part of the capture was not looked at: " + strings.Join(names, ", "),
		Next: limitKind.Next,
	}
	if raise := raisable(names); raise != "" {
		f.Next = "raise " + raise + ", or " + limitKind.Next
	}
	return []Finding{f}
}

// raisable names the flags that raise those of the limits that have one.
func raisable(names []string) string {
	var flags []string
	for _, name := range names {
		for _, x := range flow.Names {
			if x.Name == name || x.Name == name+"-total" {
				flags = append(flags, "--limit "+x.Name)
			}
		}
	}
	return strings.Join(flags, ", ")
}
