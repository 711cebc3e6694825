package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set by the build: -ldflags "-X vmesskit/inspect/cli.version=…".
var version string

func versionCommand(env *Env) *cli.Command {
	var o versionOptions
	return &cli.Command{
		Name:  "version",
		Usage: "print which vmess this is",
		Flags: []cli.Flag{jsonFlag(&o.json)},
		Action: func(c *cli.Context) error {
			if err := noWords(c); err != nil {
				return err
			}
			return runVersion(env, o)
		},
	}
}

type versionOptions struct{ json bool }

func runVersion(env *Env, o versionOptions) error {
	v := struct {
		Version string `json:"version"`
		Go      string `json:"go"`
		System  string `json:"system"`
	}{buildVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if o.json {
		return printJSON(env.Stdout, v)
	}
	_, err := fmt.Fprintf(env.Stdout, "vmess %s (%s, %s)\n", v.Version, v.Go, v.System)
	return err
}

// buildVersion also knows what `go install` was asked for.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func jsonFlag(to *bool) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: to}
}

// printJSON prints one object in one line.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
