package cli

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
)

func idCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name:        "id",
		Usage:       "make and check ids, and compute what peers derive from them",
		Subcommands: []*cli.Command{idNewCommand(env), idAlterCommand(env), idMapCommand(env), idCheckCommand(env), idKeyCommand(env)},
	}
}

// printedID is an id in JSON.
type printedID struct {
	Index *int   `json:"index,omitempty"`
	ID    string `json:"id"`
}

// maxSecret bounds what is read as a secret from the standard input.
const maxSecret = 64 << 10

// secret gives an argument or, for "-", the first line of the standard input:
// what stands on a command line is seen by the whole machine.
func secret(env *Env, arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	text, err := env.readFile("-", maxSecret)
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), err
}

// parseID reads an id without repeating it where it is wrong.
func parseID(text string) (codec.ID, error) {
	id, err := codec.ParseID(text)
	if err != nil {
		return id, usagef("an id of %d bytes that cannot be read", len(text)).
			or("want 32 hex digits with or without hyphens, or a text of 1 to 30 bytes")
	}
	return id, nil
}

// number reads the value of a flag.
func number(flag, value string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < least || n > most {
		return 0, usagef("%s %s", flag, show(value)).or("want a number from %d to %d", least, most)
	}
	return n, nil
}

// oneWord gives the only argument of a command.
func oneWord(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 0:
		return "", usagef("id %s needs %s", c.Command.Name, what)
	case 1:
		return c.Args().First(), nil
	}
	return "", usagef("id %s takes one argument, not %d", c.Command.Name, c.NArg()).or("quote a text that has spaces")
}
