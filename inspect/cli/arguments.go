package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// line is a command line in the order in which urfave/cli reads it: the names
// of the command, then the flags, then "--" and the arguments. By itself it
// stops at the first argument and takes the flags behind it for arguments.
type line struct {
	command *cli.Command // nil for none
	path    []string     // its names
	flags   []string
	words   []string // the arguments
	help    bool     // --help was among the flags
}

// arrange sorts a command line. It reads flags where they are: a flag's value
// stays with it, and behind "--" there are none.
func arrange(app *cli.App, args []string) (*line, error) {
	l := &line{}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			if !l.leaf() {
				return l, usagef("-- stands behind a command's name")
			}
			l.words = append(l.words, args...)
			return l, nil
		case len(arg) > 1 && arg[0] == '-':
			rest, err := l.flag(app, arg, args)
			if err != nil {
				return l, err
			}
			args = rest
		case l.leaf():
			l.words = append(l.words, arg)
		default:
			if err := l.descend(app, arg); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// leaf reports whether the command is one that takes arguments.
func (l *line) leaf() bool { return l.command != nil && len(l.command.Subcommands) == 0 }

func (l *line) name() string { return strings.Join(l.path, " ") }

// ordered gives the line as urfave/cli wants it.
func (l *line) ordered() []string {
	return slices.Concat([]string{"vmess"}, l.path, l.flags, []string{"--"}, l.words)
}

func (l *line) descend(app *cli.App, name string) error {
	commands := app.Commands
	if l.command != nil {
		commands = l.command.Subcommands
	}
	for _, c := range commands {
		if c.HasName(name) {
			l.command = c
			l.path = append(l.path, c.Name)
			return nil
		}
	}
	err := usagef("there is no command %s", strings.TrimSpace(l.name()+" "+show(name)))
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	if near := nearest(name, names); near != "" {
		err.or("did you mean %s?", near)
	}
	return err
}

// flag takes one flag with its value, and gives what is behind it.
func (l *line) flag(app *cli.App, arg string, rest []string) ([]string, error) {
	name, value, inside := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	if name == "help" || name == "h" {
		l.help = true
		return rest, nil
	}
	if l.command == nil && name == "version" && !inside {
		return rest, l.descend(app, "version")
	}
	f := l.lookup(name)
	if f == nil && arg[1] != '-' && len(name) > 1 {
		// -n16 is -n=16.
		if short := l.lookup(name[:1]); short != nil && short.TakesValue() {
			f, name, value, inside = short, name[:1], arg[2:], true
		}
	}
	if f == nil {
		return nil, l.unknownFlag(arg)
	}
	if f.TakesValue() && !inside {
		if len(rest) == 0 {
			return nil, usagef("%s needs a value", dashed(name))
		}
		value, rest, inside = rest[0], rest[1:], true
		if strings.HasPrefix(value, "--") {
			return nil, usagef("%s needs a value, and %s looks like a flag", dashed(name), show(value)).
				or("write %s=VALUE if it is the value", dashed(name))
		}
	}
	if _, err := strconv.ParseBool(value); inside && !f.TakesValue() && err != nil {
		return nil, usagef("%s=%s", dashed(name), show(value)).or("%s alone is enough", dashed(name))
	}
	if inside {
		l.flags = append(l.flags, "--"+name+"="+value)
	} else {
		l.flags = append(l.flags, "--"+name)
	}
	return rest, nil
}

func (l *line) lookup(name string) cli.DocGenerationFlag {
	if l.command == nil {
		return nil
	}
	for _, f := range l.command.Flags {
		if slices.Contains(f.Names(), name) {
			return f.(cli.DocGenerationFlag)
		}
	}
	return nil
}

func (l *line) unknownFlag(arg string) error {
	name, _, _ := strings.Cut(arg, "=")
	if !l.leaf() {
		return usagef("%s stands in front of a command's name", show(name)).or("write it behind the command")
	}
	err := usagef("%s has no flag %s", l.name(), show(name))
	var names []string
	for _, f := range l.command.Flags {
		names = append(names, f.Names()...)
	}
	if near := nearest(strings.TrimLeft(name, "-"), names); near != "" {
		err.or("did you mean %s?", dashed(near))
	}
	return err
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// nearest gives the name that somebody who typed word may have meant, or
// nothing where none is near.
func nearest(word string, names []string) string {
	best, least := "", 1+len(word)/3
	for _, name := range names {
		if d := editDistance(word, name); d <= least && d < len(name) {
			best, least = name, d-1
		}
		if len(word) >= 3 && strings.HasPrefix(name, word) && best == "" {
			best = name
		}
	}
	return best
}

// editDistance counts the letters to add, drop or change.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
