package cli

import (
	"fmt"
	"strings"
)

func fishCompletion(all []*completed) string {
	var b strings.Builder
	b.WriteString("# fish" + completionNote + `
function __vmess_at
    set -l at ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at/$word"
`)
	fmt.Fprintf(&b, "            case %s\n                set at \"$at/$word\"\n        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\n\ncomplete -c vmess -f\n",
		strings.Join(commandPaths(all), " "))
	for _, c := range all {
		at := fmt.Sprintf("complete -c vmess -n '__vmess_at \"%s\"'", c.at)
		for _, w := range c.words {
			fmt.Fprintf(&b, "%s -a %s\n", at, w)
		}
		for _, w := range c.commands {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", at, w.name, fishQuoted(w.usage))
		}
		if c.files {
			fmt.Fprintf(&b, "%s -F\n", at)
		}
		for _, f := range c.flags {
			form := "-l " + strings.TrimLeft(f.name, "-")
			if !strings.HasPrefix(f.name, "--") {
				form = "-s " + f.name[1:]
			}
			switch {
			case f.files:
				form += " -r -F"
			case f.words != nil:
				form += " -x -a " + fishQuoted(strings.Join(f.words, " "))
			case f.value != "":
				form += " -x"
			}
			fmt.Fprintf(&b, "%s %s -d %s\n", at, form, fishQuoted(f.usage))
		}
	}
	return b.String()
}

// fishQuoted is for fish, where a backslash stays special between single
// quotes.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
