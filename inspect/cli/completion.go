package cli

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
	"vmesskit/inspect/verdict"
)

// shells are those that completion knows, with the writer of each.
var shells = []struct {
	name  string
	write func([]*completed) string
}{
	{"bash", bashCompletion},
	{"zsh", zshCompletion},
	{"fish", fishCompletion},
	{"powershell", powershellCompletion},
}

func shellNames() []string {
	var names []string
	for _, s := range shells {
		names = append(names, s.name)
	}
	return names
}

func completionCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that lets a shell complete commands and flags",
		ArgsUsage: "SHELL",
		Description: `SHELL is bash, zsh, fish or powershell. To have it in every new shell:

  vmess completion bash > ~/.local/share/bash-completion/completions/vmess
  vmess completion zsh > ~/.zfunc/_vmess       # a folder of $fpath
  vmess completion fish > ~/.config/fish/completions/vmess.fish
  vmess completion powershell >> $PROFILE`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("completion takes the name of a shell").or("want one of %s", strings.Join(shellNames(), ", "))
			}
			return runCompletion(a, c.Args().First())
		},
	}
}

func runCompletion(a *app, shell string) error {
	for _, s := range shells {
		if s.name == shell {
			_, err := io.WriteString(a.env.Stdout, s.write(completedCommands(a.App)))
			return err
		}
	}
	return usagef("there is no completion for %s", show(shell)).or("want one of %s", strings.Join(shellNames(), ", "))
}

// completed is a command as completion sees it.
type completed struct {
	at       string // "/id/new"; empty for the whole
	commands []completedWord
	flags    []completedFlag
	files    bool     // its arguments are files
	words    []string // or these
}

type completedWord struct{ name, usage string }

type completedFlag struct {
	name  string // with its dashes
	usage string
	value string   // what its value is called; empty where it takes none
	files bool     // the value is a file
	words []string // or one of these
}

// completedCommands lists all commands, the whole first.
func completedCommands(app *cli.App) []*completed {
	root := &completed{flags: []completedFlag{helpFlag, {name: "--version", usage: "print which vmess this is"}}}
	out := []*completed{root}
	for _, c := range app.Commands {
		out = append(out, completedCommand(root, "", c)...)
	}
	for _, c := range out {
		if c.at == "/help" {
			for _, w := range root.commands {
				c.words = append(c.words, w.name)
			}
			c.words = append(c.words, "verdict")
		}
	}
	return out
}

var helpFlag = completedFlag{name: "--help", usage: "print the help of the command"}

func completedCommand(parent *completed, at string, c *cli.Command) []*completed {
	parent.commands = append(parent.commands, completedWord{c.Name, c.Usage})
	own := &completed{at: at + "/" + c.Name, files: strings.Contains(c.ArgsUsage, "FILE") || strings.Contains(c.ArgsUsage, "RESULTS")}
	if strings.Contains(c.ArgsUsage, "SHELL") {
		own.words = shellNames()
	}
	for _, f := range c.Flags {
		doc := f.(cli.DocGenerationFlag)
		value, usage := placeholder(doc.GetUsage())
		if doc.TakesValue() && value == "" {
			value = "VALUE"
		}
		for _, name := range f.Names() {
			own.flags = append(own.flags, completedFlag{dashed(name), strings.TrimSpace(usage), value, value == "FILE", valueWords(name)})
		}
	}
	own.flags = append(own.flags, helpFlag)
	out := []*completed{own}
	for _, s := range c.Subcommands {
		out = append(out, completedCommand(own, own.at, s)...)
	}
	return out
}

// valueWords are the values of flags that have a few.
func valueWords(flag string) []string {
	switch flag {
	case "color":
		return []string{"auto", "always", "never"}
	case "verdict":
		var ids []string
		for _, k := range verdict.Kinds() {
			ids = append(ids, k.ID)
		}
		return ids
	case "scheme":
		return []string{codec.AEAD.String(), codec.Legacy.String()}
	case "command":
		return []string{codec.CommandTCP.String(), codec.CommandUDP.String(), codec.CommandMux.String()}
	case "security":
		return []string{"aes-128-gcm", "chacha20-poly1305", "none", "zero", "aes-128-cfb", "unknown"}
	case "dialect":
		return []string{"v2ray", "sing"}
	}
	return nil
}

// commandPaths gives the paths of all commands but the whole.
func commandPaths(all []*completed) []string {
	var out []string
	for _, c := range all[1:] {
		out = append(out, c.at)
	}
	return out
}

func (c *completed) commandNames() []string {
	names := append([]string(nil), c.words...)
	for _, w := range c.commands {
		names = append(names, w.name)
	}
	return names
}

func (c *completed) flagNames() []string {
	var names []string
	for _, f := range c.flags {
		names = append(names, f.name)
	}
	return names
}

const completionNote = " completion of vmess. Made by \"vmess completion\"; do not edit.\n"
