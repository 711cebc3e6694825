package cli

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect/report"
)

func schemaCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name:        "schema",
		Usage:       "print the JSON Schema of what decode --json prints",
		Description: "Each line that decode --json prints is one object that follows this schema.",
		Action: func(c *cli.Context) error {
			if err := noWords(c); err != nil {
				return err
			}
			return runSchema(env)
		},
	}
}

func runSchema(env *Env) error {
	_, err := io.WriteString(env.Stdout, strings.TrimSuffix(report.Schema, "\n")+"\n")
	return err
}
