package cli

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"
)

// Main runs one command line, args[0] being the program's name, and gives the
// exit status: 0 all is fine; 1 it worked, and the result is a negative one; 2
// wrong use; 3 an input cannot be read; 4 a limit was hit. Cancelling ctx ends
// the reading of inputs.
func Main(ctx context.Context, args []string, env Env) int {
	name, err := run(ctx, args, &env)
	tell(&env, name, err)
	return exitStatus(err)
}

// run gives the command's name besides the error.
func run(ctx context.Context, args []string, env *Env) (string, error) {
	app := newApp(env)
	if len(args) < 2 {
		app.help(env.Stderr, nil, nil)
		return "", usagef("no command").or("name one of those above")
	}
	l, err := arrange(app.App, args[1:])
	switch {
	case err != nil:
		return l.name(), err
	case l.help:
		return l.name(), app.help(env.Stdout, l.path, l.command)
	case !l.leaf():
		app.help(env.Stderr, l.path, l.command)
		return l.name(), usagef("%s has commands of its own", l.name()).or("name one of those above")
	}
	return l.name(), app.RunContext(ctx, l.ordered())
}

// app is the command line of one call.
type app struct {
	*cli.App
	env *Env
}

func newApp(env *Env) *app {
	a := &app{env: env}
	a.App = &cli.App{
		Name:                      "vmess",
		HideHelp:                  true, // arrange sees --help first, and help.go prints it
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    io.Discard, // what urfave/cli prints by itself is said by tell
		ErrWriter:                 io.Discard,
		ExitErrHandler:            func(*cli.Context, error) {},
		Commands: []*cli.Command{
			decodeCommand(env),
			explainCommand(env),
			buildCommand(env),
			idCommand(env),
			vectorsCommand(env),
			schemaCommand(env),
			completionCommand(a),
			manCommand(a),
			versionCommand(env),
			helpCommand(a),
		},
	}
	finish(a.Commands)
	return a
}

// finish sets what all commands have in common.
func finish(commands []*cli.Command) {
	for _, c := range commands {
		c.HideHelp = true
		c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usagef("%v", err) }
		finish(c.Subcommands)
	}
}

// noWords refuses arguments for a command that takes none.
func noWords(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("%s takes no arguments, %s is one too many", c.Command.Name, show(c.Args().First()))
	}
	return nil
}
