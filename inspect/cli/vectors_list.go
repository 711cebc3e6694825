package cli

import (
	"bufio"
	"fmt"

	"github.com/urfave/cli/v2"
)

func vectorsListCommand(env *Env) *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:        "list",
		Usage:       "list the vectors with their ids",
		ArgsUsage:   "[ID]...",
		Description: vectorsText,
		Flags:       []cli.Flag{jsonFlag(&asJSON)},
		Action: func(c *cli.Context) error {
			return runVectorsList(env, c.Args().Slice(), asJSON)
		},
	}
}

func runVectorsList(env *Env, ids []string, asJSON bool) error {
	list, err := findVectors(ids)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(env.Stdout)
	width := 0
	for _, v := range list {
		width = max(width, len(v.ID))
	}
	for _, v := range list {
		if asJSON {
			if err := printJSON(out, struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			}{v.ID, v.Title}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(out, "%-*s  %s\n", width, v.ID, v.Title)
	}
	return out.Flush()
}
