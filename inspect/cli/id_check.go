package cli

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
	"vmesskit/inspect/config"
)

func idCheckCommand(env *Env) *cli.Command {
	var o idCheckOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "say what programs make of the text of an id, and what is wrong with it",
		ArgsUsage: "[TEXT]...",
		Description: `For each TEXT it prints the id in its canonical form, whether the text is the id or is mapped to it, whether v2ray, Xray and sing-box read it in different ways, whether the same id was there before, and whether it is one of the public examples that are copied from manuals. The exit status is 1 where something is wrong.

For TEXT - each line of the standard input is one, so that ids stand on no command line. Of a file, which has one user in a line, the ids are shown with --show-secrets only.`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "id-file", Usage: "check the ids of `FILE`, too; repeatable"},
			&cli.BoolFlag{Name: "show-secrets", Usage: "print the ids of files", Destination: &o.secrets},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			o.texts, o.files = c.Args().Slice(), c.StringSlice("id-file")
			if len(o.texts)+len(o.files) == 0 {
				return usagef("id check needs an id").or("give one, - for the standard input, or --id-file FILE")
			}
			return runIDCheck(env, o)
		},
	}
}

type idCheckOptions struct {
	texts, files  []string
	secrets, json bool
}

// checkedID is a text and what was found about it.
type checkedID struct {
	Place    string         `json:"place"`
	Form     howRead        `json:"form"`
	Bytes    int            `json:"bytes"`
	ID       string         `json:"id,omitempty"`
	Problems []string       `json:"problems,omitempty"`
	Notes    []string       `json:"notes,omitempty"`
	Readings []printReading `json:"readings,omitempty"` // where programs differ

	text   string
	secret bool // the id is not to be shown
}

type printReading struct {
	Program string  `json:"program"`
	Form    howRead `json:"form"`
	ID      string  `json:"id,omitempty"`
}

func runIDCheck(env *Env, o idCheckOptions) error {
	list, err := o.read(env)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(env.Stdout)
	first := map[codec.ID]string{}
	problems := 0
	for _, c := range list {
		c.judge(first)
		problems += len(c.Problems)
		if o.json {
			if err := printJSON(out, c); err != nil {
				return err
			}
			continue
		}
		c.print(out)
	}
	if !o.json && len(list) > 1 {
		fmt.Fprintf(out, "%d ids, problems: %d\n", len(list), problems)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if problems > 0 {
		return errNegative
	}
	return nil
}

// read collects the texts.
func (o *idCheckOptions) read(env *Env) ([]*checkedID, error) {
	var list []*checkedID
	for i, text := range o.texts {
		if text != "-" {
			list = append(list, &checkedID{Place: fmt.Sprintf("argument %d", i+1), text: text})
			continue
		}
		lines, err := readLines(env, "-")
		if err != nil {
			return nil, err
		}
		for n, line := range lines {
			if line != "" {
				list = append(list, &checkedID{Place: fmt.Sprintf("line %d", n+1), text: line})
			}
		}
	}
	for _, name := range o.files {
		lines, err := readLines(env, name)
		if err != nil {
			return nil, err
		}
		for n, line := range lines {
			if text := firstWord(line); text != "" {
				list = append(list, &checkedID{Place: fmt.Sprintf("%s:%d", called(name), n+1), text: text, secret: !o.secrets})
			}
		}
	}
	return list, nil
}

func readLines(env *Env, name string) ([]string, error) {
	text, err := env.readFile(name, config.MaxIDFile)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimPrefix(string(text), "\xef\xbb\xbf"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, nil
}

// firstWord is the id of a line in a list of users.
func firstWord(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return ""
	}
	return words[0]
}

// judge finds out about the text. first has where each id was seen before.
func (c *checkedID) judge(first map[codec.ID]string) {
	c.Bytes = len(c.text)
	id, err := codec.ParseID(c.text)
	switch {
	case err != nil:
		c.Form = readNot
		c.Problems = append(c.Problems, "not every program reads it as an id: want 32 hex digits with or without hyphens, or a text of 1 to 30 bytes")
		if trimmed := strings.TrimSpace(c.text); trimmed != c.text {
			c.Problems = append(c.Problems, "there are spaces around it")
		}
	case len(c.text) <= maxMapped:
		c.Form = readMapped
		c.Notes = append(c.Notes, "mapped: Xray and sing-box make the id of the text; v2ray and others take the id only")
		if strings.TrimSpace(c.text) != c.text {
			c.Problems = append(c.Problems, "there are spaces around it, which count")
		}
	default:
		c.Form = readLiteral
	}
	c.compare()
	if err != nil {
		return
	}
	if !c.secret {
		c.ID = id.String()
	}
	if why := guessable(id); why != "" {
		c.Problems = append(c.Problems, why)
	}
	if before, again := first[id]; again {
		c.Problems = append(c.Problems, "the same id as "+before)
	} else {
		first[id] = c.Place
	}
}

// compare tells where programs read the text in different ways. That v2ray
// knows no mapped ones is said already.
func (c *checkedID) compare() {
	all := readings(c.text)
	if agree(all) || c.Form == readMapped {
		return
	}
	for _, r := range all {
		p := printReading{Program: r.program, Form: r.how}
		if r.how != readNot && !c.secret {
			p.ID = r.id.String()
		}
		c.Readings = append(c.Readings, p)
	}
	if c.Form == readLiteral {
		c.Problems = append(c.Problems, "programs make different ids of it")
	}
}

func (c *checkedID) print(out *bufio.Writer) {
	switch {
	case c.Form == readNot:
		fmt.Fprintf(out, "%s: %d bytes, refused\n", c.Place, c.Bytes)
	case c.secret:
		fmt.Fprintf(out, "%s: %s\n", c.Place, c.Form)
	default:
		fmt.Fprintf(out, "%s: %s, %s\n", c.Place, c.ID, c.Form)
	}
	for _, p := range c.Problems {
		fmt.Fprintf(out, "  problem: %s\n", p)
	}
	for _, r := range c.Readings {
		switch {
		case r.Form == readNot:
			fmt.Fprintf(out, "  %s refuses it\n", r.Program)
		case r.ID == "":
			fmt.Fprintf(out, "  %s takes it as %s\n", r.Program, r.Form)
		default:
			fmt.Fprintf(out, "  %s takes it as %s: %s\n", r.Program, r.Form, r.ID)
		}
	}
	for _, n := range c.Notes {
		fmt.Fprintf(out, "  %s\n", n)
	}
}
