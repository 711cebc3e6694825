package cli

import (
	"encoding/hex"
	"fmt"

	"github.com/urfave/cli/v2"
)

func idKeyCommand(env *Env) *cli.Command {
	var o idKeyOptions
	return &cli.Command{
		Name:      "key",
		Usage:     "print the command key of an id",
		ArgsUsage: "ID --show-secrets",
		Description: `Prints the key that the headers of this user are sealed with, in hexadecimal digits. It is as good as the id: who has it reads all that the user sends and sent. So it has to be asked for with --show-secrets.

For ID - the id is the first line of the standard input, so that it stands on no command line.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "show-secrets", Usage: "yes, print the key", Destination: &o.secrets},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			var err error
			if o.id, err = oneWord(c, "an id"); err != nil {
				return err
			}
			return runIDKey(env, o)
		},
	}
}

type idKeyOptions struct {
	id            string
	secrets, json bool
}

func runIDKey(env *Env, o idKeyOptions) error {
	if !o.secrets {
		return usagef("the command key is a secret, as the id is").or("add --show-secrets to have it printed")
	}
	text, err := secret(env, o.id)
	if err != nil {
		return err
	}
	id, err := parseID(text)
	if err != nil {
		return err
	}
	key := id.CmdKey()
	if o.json {
		return printJSON(env.Stdout, struct {
			CmdKey string `json:"cmd_key"`
		}{hex.EncodeToString(key[:])})
	}
	_, err = fmt.Fprintln(env.Stdout, hex.EncodeToString(key[:]))
	return err
}
