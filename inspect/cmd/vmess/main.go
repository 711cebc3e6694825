// The vmess command decodes captured VMess sessions with the ids of their
// owner. All of it is in package cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"vmesskit/inspect/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(cli.Main(ctx, os.Args, cli.System()))
}
