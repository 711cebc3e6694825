package cli

import (
	"fmt"
	"strings"
)

func zshCompletion(all []*completed) string {
	var b strings.Builder
	b.WriteString("#compdef vmess\n# zsh" + completionNote + `
_vmess() {
	local at= i
	local -a commands flags
	for ((i = 2; i < CURRENT; i++)); do
		case "$at/${words[i]}" in
`)
	fmt.Fprintf(&b, "\t\t(%s) at=\"$at/${words[i]}\" ;;\n\t\tesac\n\tdone\n\tcase \"$at ${words[CURRENT-1]}\" in\n", strings.Join(commandPaths(all), "|"))
	for _, c := range all {
		for _, f := range c.flags {
			if f.value == "" {
				continue
			}
			fmt.Fprintf(&b, "\t(\"%s %s\")", c.at, f.name)
			switch {
			case f.files:
				b.WriteString(" _files; return ;;\n")
			case f.words != nil:
				fmt.Fprintf(&b, " compadd -- %s; return ;;\n", strings.Join(f.words, " "))
			default:
				fmt.Fprintf(&b, " _message %s; return ;;\n", quoted(f.value))
			}
		}
	}
	b.WriteString("\tesac\n\tcase \"$at\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\t(%q)\n", c.at)
		var words, flags []string
		for _, w := range c.words {
			words = append(words, quoted(w))
		}
		for _, w := range c.commands {
			words = append(words, described(w.name, w.usage))
		}
		for _, f := range c.flags {
			flags = append(flags, described(f.name, f.usage))
		}
		fmt.Fprintf(&b, "\t\tcommands=(%s)\n\t\tflags=(\n\t\t\t%s\n\t\t) ;;\n", strings.Join(words, " "), strings.Join(flags, "\n\t\t\t"))
	}
	b.WriteString(`	esac
	if [[ ${words[CURRENT]} == -* ]]; then
		_describe -o flag flags
	elif (( ${#commands} )); then
		_describe command commands
	else
		_files
	fi
}

if [[ ${funcstack[1]} == _vmess ]]; then
	_vmess "$@"
else
	compdef _vmess vmess
fi
`)
	return b.String()
}

// described is a word with its explanation, as _describe wants it.
func described(word, usage string) string {
	return quoted(strings.ReplaceAll(word, ":", `\:`) + ":" + usage)
}

// quoted puts a text between single quotes, in which zsh and sh change nothing.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
