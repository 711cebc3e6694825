package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect/internal/fit"
	"vmesskit/inspect/verdict"
)

const scope = `It decodes only with ids or keys that you supply: it does not guess ids, does not probe servers, does not capture from interfaces, and makes no network connection. Ids and keys stay out of what it prints, unless you ask for them.`

const exitStatuses = `0  all is fine
1  it worked, and the result is negative: the verdict on a listed session is not ok, or a check found something wrong
2  wrong use
3  an input cannot be read, or the output not be written
4  a limit was hit: what is printed is not all`

func helpCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:        "help",
		Usage:       "print the help of a command, or what a verdict means",
		ArgsUsage:   "[COMMAND | verdict [ID]]",
		Description: "vmess help verdict lists the verdicts; with an ID it says what that one means and what to do.",
		Action: func(c *cli.Context) error {
			return runHelp(a, c.Args().Slice())
		},
	}
}

func runHelp(a *app, words []string) error {
	if len(words) > 0 && words[0] == "verdict" {
		return a.helpVerdict(words[1:])
	}
	l := &line{}
	for _, word := range words {
		if l.leaf() {
			return usagef("%s has no commands of its own", l.name()).or("see vmess help %s", l.name())
		}
		if err := l.descend(a.App, word); err != nil {
			return err
		}
	}
	return a.help(a.env.Stdout, l.path, l.command)
}

// helpVerdict prints the page of a verdict, or the list of them.
func (a *app) helpVerdict(words []string) error {
	switch len(words) {
	case 0:
		p := &page{width: helpWidth(a.env, a.env.Stdout)}
		p.text(0, "What decode says of a session; vmess help verdict ID tells more.")
		p.line()
		for _, k := range verdict.Kinds() {
			p.row(2, 24, k.ID, k.Title)
		}
		return p.print(a.env.Stdout)
	case 1:
		k, err := lookupVerdict(words[0])
		if err != nil {
			return err
		}
		p := &page{width: helpWidth(a.env, a.env.Stdout)}
		p.markdown(k.Page())
		return p.print(a.env.Stdout)
	}
	return usagef("help verdict takes one id")
}

// lookupVerdict finds a verdict, or says which there are.
func lookupVerdict(id string) (*verdict.Kind, error) {
	if k, ok := verdict.Lookup(id); ok {
		return k, nil
	}
	var ids []string
	for _, k := range verdict.Kinds() {
		ids = append(ids, k.ID)
	}
	return nil, usagef("there is no verdict %s", show(id)).or("want one of %s", strings.Join(ids, ", "))
}

// help prints the help of a command, or of the whole where it is nil.
func (a *app) help(w io.Writer, path []string, c *cli.Command) error {
	p := &page{width: helpWidth(a.env, w)}
	switch {
	case c == nil:
		p.text(0, "vmess decodes captured VMess sessions, says who talked to what, and why a session failed.")
		p.section("usage")
		p.text(2, "vmess COMMAND [FLAG | ARGUMENT]...")
		p.commands("", a.Commands)
		p.section("for example")
		p.raw("  vmess decode capture.pcap --id-file users.txt\n")
		p.section("scope")
		p.text(2, scope)
		p.section("exit status")
		p.lines(2, exitStatuses)
		p.line()
		p.text(0, "vmess help COMMAND, or COMMAND --help, tells more.")
	case len(c.Subcommands) > 0:
		p.text(0, fmt.Sprintf("vmess %s: %s.", strings.Join(path, " "), c.Usage))
		p.commands(strings.Join(path, " ")+" ", c.Subcommands)
	default:
		p.text(0, fmt.Sprintf("vmess %s: %s.", strings.Join(path, " "), c.Usage))
		p.section("usage")
		p.text(2, strings.Join(strings.Fields("vmess "+strings.Join(path, " ")+" "+c.ArgsUsage+" "+flagsHint(c)), " "))
		if c.Description != "" {
			p.line()
			p.paragraphs(c.Description)
		}
		p.flags(c.Flags)
	}
	return p.print(w)
}

func flagsHint(c *cli.Command) string {
	if len(c.Flags) == 0 {
		return ""
	}
	return "[FLAG]..."
}

// helpWidth keeps lines at a length that can be read.
func helpWidth(env *Env, w io.Writer) int {
	if n := env.Columns(w); n > 0 {
		return max(40, min(n, 100))
	}
	return 80
}

// page is a page of help that is being set.
type page struct {
	b     strings.Builder
	width int
}

func (p *page) print(w io.Writer) error {
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *page) line()        { p.b.WriteByte('\n') }
func (p *page) raw(s string) { p.b.WriteString(s) }

func (p *page) section(title string) { p.b.WriteString("\n" + title + "\n") }

// text sets a paragraph.
func (p *page) text(indent int, s string) {
	for _, l := range fit.Words(s, p.width-indent) {
		p.raw(strings.Repeat(" ", indent) + l + "\n")
	}
}

// paragraphs sets text in which an empty line ends a paragraph and an indented
// one stays as it is.
func (p *page) paragraphs(s string) {
	for i, para := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			p.line()
		}
		if strings.HasPrefix(para, " ") {
			p.raw(para + "\n")
			continue
		}
		p.text(0, para)
	}
}

// lines sets "word  explanation" lines.
func (p *page) lines(indent int, s string) {
	for l := range strings.SplitSeq(s, "\n") {
		word, rest, _ := strings.Cut(l, "  ")
		p.row(indent, len(word)+2, word, rest)
	}
}

// row sets an explanation in a column behind its word, or below it where the
// word is too long.
func (p *page) row(indent, column int, word, text string) {
	left := strings.Repeat(" ", indent) + word
	for _, l := range fit.Words(text, p.width-indent-column) {
		gap := indent + column - fit.Cells(left)
		if gap < 1 {
			p.raw(left + "\n")
			left, gap = "", indent+column
		}
		p.raw(left + strings.Repeat(" ", gap) + l + "\n")
		left = ""
	}
}

func (p *page) commands(prefix string, commands []*cli.Command) {
	p.section("commands")
	var names, usages []string
	column := 12
	add := func(name, usage string) {
		names, usages = append(names, name), append(usages, usage)
		column = max(column, len(name)+2)
	}
	for _, c := range commands {
		if len(c.Subcommands) == 0 {
			add(prefix+c.Name, c.Usage)
		}
		for _, s := range c.Subcommands {
			add(c.Name+" "+s.Name, s.Usage)
		}
	}
	for i, name := range names {
		p.row(2, column, name, usages[i])
	}
}

// flags lists the flags under their categories, in the order in which they
// were declared.
func (p *page) flags(flags []cli.Flag) {
	const column = 22
	category := "\x00"
	for _, f := range flags {
		if c := f.(cli.CategorizableFlag).GetCategory(); c != category {
			category = c
			if c == "" {
				c = "flags"
			}
			p.section(c)
		}
		doc := f.(cli.DocGenerationFlag)
		word, usage := placeholder(doc.GetUsage())
		left := dashed(f.Names()[0])
		if word != "" {
			left += " " + word
		}
		p.row(2, column, left, usage)
	}
}

// placeholder takes the name of a flag's value out of its usage, where it
// stands in backquotes. In front it is no part of the sentence.
func placeholder(usage string) (word, text string) {
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		word, after, _ := strings.Cut(rest, "`")
		if before == "" {
			return word, after
		}
		return word, before + word + after
	}
	return "", usage
}
