package cli

import (
	"bufio"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
)

func idAlterCommand(env *Env) *cli.Command {
	var o idAlterOptions
	n := "16"
	return &cli.Command{
		Name:      "alter",
		Usage:     "print the alter ids of an id",
		ArgsUsage: "ID",
		Description: `Prints the alter ids that a legacy client with this id authenticates with, each with its index. A client whose alterId is N uses those from 0 to N-1.

For ID - the id is the first line of the standard input, so that it stands on no command line.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "n", Usage: "print the first `N` (16 if not given)", Destination: &n, Value: n},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			var err error
			if o.id, err = oneWord(c, "an id"); err != nil {
				return err
			}
			count, err := number("-n", n, 1, codec.MaxAlterIDs)
			if err != nil {
				return err
			}
			o.n = int(count)
			return runIDAlter(env, o)
		},
	}
}

type idAlterOptions struct {
	id   string
	n    int
	json bool
}

func runIDAlter(env *Env, o idAlterOptions) error {
	text, err := secret(env, o.id)
	if err != nil {
		return err
	}
	id, err := parseID(text)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(env.Stdout)
	for i, alter := range codec.AlterIDs(nil, id, o.n) {
		if err := printID(out, o.json, &i, alter.String()); err != nil {
			return err
		}
	}
	return out.Flush()
}
