package verdict

import (
	"slices"
	"strings"

	"vmesskit/inspect/flow"
)

// RunLimits is a finding about the limits that a run hit, as far as no session's
// verdict tells of them; there is none without such.
func RunLimits(names []string, verdicts []Verdict) []Finding {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.ID == limitKind.ID && v.Evidence.Get("limit") == name })
	})
	if len(names) == 0 {
		return nil
	}
	return []Finding{{
		Verdict: limitKind.ID, Total: len(verdicts), Sure: Certain,
		What: "limits of this tool were hit, so that a part of the capture was not looked at: " + strings.Join(names, ", "),
		Next: raise(names),
	}}
}

// raise is the next step where limits were hit.
func raise(names []string) string {
	if flags := raisable(names); flags != "" {
		return "raise it (" + flags + "), or " + cutDown
	}
	return cutDown
}

// raisable names the flags that raise those of the limits that have one.
func raisable(names []string) string {
	var flags []string
	for _, name := range names {
		for _, x := range flow.Names {
			if x.Name == name || x.Name == name+"-total" {
				flags = append(flags, "--limit "+x.Name+"=N")
			}
		}
	}
	return strings.Join(flags, ", ")
}
