package cli

import (
	"bufio"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/urfave/cli/v2"
)

const maxNewIDs = 1_000_000

func idNewCommand(env *Env) *cli.Command {
	var o idNewOptions
	n := "1"
	return &cli.Command{
		Name:        "new",
		Usage:       "make new ids",
		Description: "Prints random ids (UUIDs of version 4), one in a line.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "n", Usage: "make `N` of them", Destination: &n, Value: n},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			if err := noWords(c); err != nil {
				return err
			}
			var err error
			if o.n, err = number("-n", n, 1, maxNewIDs); err != nil {
				return err
			}
			return runIDNew(c.Context, env, o)
		},
	}
}

type idNewOptions struct {
	n    int64
	json bool
}

func runIDNew(ctx context.Context, env *Env, o idNewOptions) error {
	out := bufio.NewWriter(env.Stdout)
	random := bufio.NewReader(env.Rand)
	for range o.n {
		id, err := uuid.NewRandomFromReader(random)
		if err != nil {
			return fmt.Errorf("the source of randomness: %w", err)
		}
		if err := printID(out, o.json, nil, id.String()); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return out.Flush()
}

// printID prints one id; index is nil where it has none.
func printID(out *bufio.Writer, asJSON bool, index *int, id string) error {
	if asJSON {
		return printJSON(out, printedID{index, id})
	}
	if index != nil {
		fmt.Fprintf(out, "%5d  ", *index)
	}
	_, err := fmt.Fprintln(out, id)
	return err
}
