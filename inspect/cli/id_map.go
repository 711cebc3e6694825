package cli

import (
	"bufio"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
)

func idMapCommand(env *Env) *cli.Command {
	var o idMapOptions
	return &cli.Command{
		Name:      "map",
		Usage:     "print the id that a text stands for",
		ArgsUsage: "TEXT",
		Description: `Xray and sing-box take a text of 1 to 30 bytes in the place of an id; this prints the id that they make of it. v2ray takes no text.

For TEXT - the text is the first line of the standard input, so that it stands on no command line.`,
		Flags: []cli.Flag{jsonFlag(&o.json)},
		Action: func(c *cli.Context) error {
			var err error
			if o.text, err = oneWord(c, "a text"); err != nil {
				return err
			}
			return runIDMap(env, o)
		},
	}
}

type idMapOptions struct {
	text string
	json bool
}

const maxMapped = 30 // bytes of a text that codec.ParseID maps, as a test holds

func runIDMap(env *Env, o idMapOptions) error {
	text, err := secret(env, o.text)
	if err != nil {
		return err
	}
	if len(text) == 0 || len(text) > maxMapped {
		return usagef("a text of %d bytes stands for no id", len(text)).or("want 1 to %d bytes; longer ones have to be ids themselves", maxMapped)
	}
	out := bufio.NewWriter(env.Stdout)
	if err := printID(out, o.json, nil, codec.MapID(text).String()); err != nil {
		return err
	}
	return out.Flush()
}
