package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func manCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "man",
		Usage: "print the manual page",
		Description: `Prints the page in the language of man. To read it, or to keep it:

  vmess man | man -l -
  vmess man > ~/.local/share/man/man1/vmess.1`,
		Action: func(c *cli.Context) error {
			if err := noWords(c); err != nil {
				return err
			}
			_, err := io.WriteString(a.env.Stdout, manPage(a.App))
			return err
		},
	}
}

const manEnvironment = `VMESS_IDS  users, as in a file of ids, with commas between them
NO_COLOR  if it is set and not empty, text has no colours (no-color.org)
TERM  if it is "dumb", the same`

// manPage makes the page of the commands that there are. It has no date, so
// that it is the same for the same version.
func manPage(app *cli.App) string {
	m := &man{}
	m.macro("TH", "VMESS", "1", "", "vmess "+buildVersion(), "User Commands")
	m.section("NAME")
	m.line(`vmess \- decode captured VMess sessions, and say why one failed`)
	m.section("SYNOPSIS")
	m.line(`\fBvmess\fR \fICOMMAND\fR [\fIFLAG\fR | \fIARGUMENT\fR]...`)
	m.section("DESCRIPTION")
	m.text(scope)
	m.section("COMMANDS")
	for _, c := range app.Commands {
		m.command(nil, c)
	}
	m.section("EXIT STATUS")
	m.terms(exitStatuses)
	m.section("ENVIRONMENT")
	m.terms(manEnvironment)
	m.section("EXAMPLES")
	m.macro("EX")
	m.text("vmess decode capture.pcap --id-file users.txt")
	m.macro("EE")
	return m.b.String()
}

// man is a manual page that is being set.
type man struct{ b strings.Builder }

// command sets a command, or those that it has.
func (m *man) command(path []string, c *cli.Command) {
	path = append(path[:len(path):len(path)], c.Name)
	for _, s := range c.Subcommands {
		m.command(path, s)
	}
	if len(c.Subcommands) > 0 {
		return
	}
	name := strings.Join(path, " ")
	m.macro("SS", strings.Join(strings.Fields("vmess "+name+" "+c.ArgsUsage+" "+flagsHint(c)), " "))
	m.text(strings.ToUpper(c.Usage[:1]) + c.Usage[1:] + ".")
	m.paragraphs(c.Description)
	for _, f := range c.Flags {
		word, usage := placeholder(f.(cli.DocGenerationFlag).GetUsage())
		var names []string
		for _, n := range f.Names() {
			names = append(names, `\fB`+roff(dashed(n))+`\fR`)
		}
		tag := strings.Join(names, ", ")
		if word != "" {
			tag += ` \fI` + roff(word) + `\fR`
		}
		m.macro("TP")
		m.line(tag)
		m.text(usage)
	}
}

// paragraphs sets a description; an indented paragraph stays as it is.
func (m *man) paragraphs(s string) {
	if s == "" {
		return
	}
	for para := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		m.macro("PP")
		if !strings.HasPrefix(para, " ") {
			m.text(para)
			continue
		}
		m.macro("EX")
		for l := range strings.SplitSeq(para, "\n") {
			m.text(l)
		}
		m.macro("EE")
	}
}

// terms sets "word  explanation" lines.
func (m *man) terms(s string) {
	for l := range strings.SplitSeq(s, "\n") {
		word, rest, _ := strings.Cut(l, "  ")
		m.macro("TP")
		m.line(`\fB` + roff(word) + `\fR`)
		m.text(rest)
	}
}

func (m *man) section(title string) { m.macro("SH", title) }

func (m *man) macro(name string, args ...string) {
	m.b.WriteString("." + name)
	for _, a := range args {
		fmt.Fprintf(&m.b, " \"%s\"", strings.ReplaceAll(roff(a), `"`, `\(dq`))
	}
	m.b.WriteByte('\n')
}

// line writes a line that is roff already.
func (m *man) line(s string) { m.b.WriteString(s + "\n") }

// text writes a line of plain text.
func (m *man) text(s string) {
	s = roff(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	m.line(s)
}

// roff makes plain text of what would be an escape or a hyphen.
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...").Replace(s)
}
