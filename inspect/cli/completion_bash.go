package cli

import (
	"fmt"
	"strings"
)

// bashCompletion works in bash 3.2, too, which macOS has.
func bashCompletion(all []*completed) string {
	var b strings.Builder
	b.WriteString("# bash" + completionNote + `
_vmess() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= words= flags= files= i
	local IFS=$' \t\n'
	COMPREPLY=()
	if [[ $cur == "=" ]]; then
		cur=
	elif [[ $prev == "=" && COMP_CWORD -ge 2 ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case "$at/${COMP_WORDS[i]}" in
`)
	fmt.Fprintf(&b, "\t\t%s) at=$at/${COMP_WORDS[i]} ;;\n\t\tesac\n\tdone\n\tcase \"$at $prev\" in\n", strings.Join(commandPaths(all), "|"))
	for _, c := range all {
		for _, f := range c.flags {
			if f.value == "" {
				continue
			}
			fmt.Fprintf(&b, "\t\"%s %s\")", c.at, f.name)
			switch {
			case f.files:
				b.WriteString(" files=1 ;;\n")
			case f.words != nil:
				fmt.Fprintf(&b, " words=%q ;;\n", strings.Join(f.words, " "))
			default:
				b.WriteString(" return ;;\n")
			}
		}
	}
	b.WriteString("\t*)\n\t\tcase \"$at\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\t\t%q) words=%q flags=%q", c.at, strings.Join(c.commandNames(), " "), strings.Join(c.flagNames(), " "))
		if c.files {
			b.WriteString(" files=1")
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString(`		esac
		if [[ $cur == -* ]]; then
			words=$flags files=
		fi
		;;
	esac
	if [[ -n $words ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	elif [[ -n $files ]]; then
		IFS=$'\n'
		COMPREPLY=($(compgen -f -- "$cur"))
		compopt -o filenames 2>/dev/null
	fi
}
complete -F _vmess vmess
`)
	return b.String()
}
