package cli

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// leaves calls f for each command of the app that takes flags and arguments.
func leaves(t *testing.T, f func(path []string, c *cli.Command)) {
	t.Helper()
	env := testEnv(nil, nil)
	n := 0
	var walk func(path []string, list []*cli.Command)
	walk = func(path []string, list []*cli.Command) {
		for _, c := range list {
			own := append(path[:len(path):len(path)], c.Name)
			if len(c.Subcommands) > 0 {
				walk(own, c.Subcommands)
				continue
			}
			n++
			f(own, c)
		}
	}
	walk(nil, newApp(&env).Commands)
	if n < 15 {
		t.Fatalf("%d commands", n)
	}
}

// TestCompletionIsWhole wants every command and every flag in each script, in
// the words of that shell.
func TestCompletionIsWhole(t *testing.T) {
	for _, s := range shells {
		script := runMain(t, exitFine, "completion", s.name)
		has := func(what string) {
			t.Helper()
			if !strings.Contains(script, what) {
				t.Errorf("%s: %q is missing", s.name, what)
			}
		}
		leaves(t, func(path []string, c *cli.Command) {
			at := "/" + strings.Join(path, "/")
			has(at)
			for _, f := range c.Flags {
				name, value := f.Names()[0], f.(cli.DocGenerationFlag).TakesValue()
				switch {
				case s.name == "fish":
					form := " -l " + name + " "
					if len(name) == 1 {
						form = " -s " + name + " "
					}
					if value && !strings.Contains(script, form+"-r -F -d") && !strings.Contains(script, form+"-x") {
						t.Errorf("fish: --%s does not take a value", name)
					}
					has(form)
				case value:
					has(at + " " + dashed(name))
				default:
					has(dashed(name))
				}
			}
		})
	}
}

// TestBashCompletion lets bash complete, after each command and each flag.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("bash is not here; install it: the script is tried in it")
	}
	var probes strings.Builder
	var want []string
	probe := func(answer string, words ...string) {
		var quotedWords []string
		for _, w := range words {
			quotedWords = append(quotedWords, quoted(w))
		}
		fmt.Fprintf(&probes, "COMP_WORDS=(vmess %s) COMP_CWORD=%d; _vmess; echo \"${COMPREPLY[*]}\"\n", strings.Join(quotedWords, " "), len(words))
		want = append(want, answer)
	}
	leaves(t, func(path []string, c *cli.Command) {
		if len(path) > 1 {
			probe(path[1], path[0], path[1])
		}
		probe(path[0], path[0])
		var flags []string
		for _, f := range c.Flags {
			flags = append(flags, dashed(f.Names()[0]))
			if doc := f.(cli.DocGenerationFlag); doc.TakesValue() && !strings.Contains(doc.GetUsage(), "`FILE`") && valueWords(f.Names()[0]) == nil {
				probe("", append(slices.Clone(path), dashed(f.Names()[0]), "")...)
			}
		}
		probe(strings.Join(append(flags, "--help"), " "), append(slices.Clone(path), "-")...)
		if !slices.Equal(path, []string{"help"}) {
			probe("--help", append(slices.Clone(path), "--hel")...)
		}
	})
	probe("new alter map check key", "id", "")
	probe("build", "bui")
	probe("auto always never", "decode", "a.pcap", "--color", "")
	probe("always", "decode", "--color", "=", "al")
	probe("auto always never", "decode", "--color", "=")
	probe("gap gap-at-start", "decode", "--verdict", "ga")
	probe("bash zsh fish powershell", "completion", "")
	probe("version verdict", "help", "ver")
	probe("completion_test.go", "decode", "--id-file", "completion_t")
	probe("completion_test.go", "decode", "completion_t")
	probe("--users --users-out", "build", "sessions", "--id-file", "users.txt", "--use")
	cmd := exec.Command(bash, "--noprofile", "--norc", "-u", "-s")
	cmd.Stdin = strings.NewReader(runMain(t, exitFine, "completion", "bash") + "\n" + probes.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) != len(want)+1 {
		t.Fatalf("%d answers, want %d:\n%.3000s", len(lines)-1, len(want), out)
	}
	asked := strings.Split(probes.String(), "\n")
	for i, w := range want {
		got := strings.Join(strings.Fields(lines[i]), " ")
		if got != w && !(len(strings.Fields(w)) == 1 && slices.Contains(strings.Fields(got), w)) {
			t.Errorf("%s\ngot  %q\nwant %q", asked[i], got, w)
		}
	}
}

// TestOtherCompletions lets the shells that are here read their scripts.
func TestOtherCompletions(t *testing.T) {
	for _, c := range []struct {
		shell, program string
		args           []string
	}{
		{"zsh", "zsh", []string{"-n"}},
		{"fish", "fish", []string{"--no-execute"}},
		{"bash", "bash", []string{"-n"}},
	} {
		program, err := exec.LookPath(c.program)
		if err != nil {
			t.Logf("%s is not here", c.program)
			continue
		}
		cmd := exec.Command(program, c.args...)
		cmd.Stdin = strings.NewReader(runMain(t, exitFine, "completion", c.shell))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", c.shell, err, out)
		}
	}
}

// TestQuotes looks for what a word in the usage of a flag could break: quotes
// and brackets that are left open.
func TestQuotes(t *testing.T) {
	script := runMain(t, exitFine, "completion", "powershell")
	var open []rune
	inside := false
	for n, line := range strings.Split(script, "\n") {
		for _, r := range line {
			switch {
			case strings.HasPrefix(strings.TrimSpace(line), "#"):
			case r == '\'':
				inside = !inside
			case inside:
			case r == '(' || r == '{' || r == '[':
				open = append(open, r)
			case r == ')' || r == '}' || r == ']':
				if len(open) == 0 || open[len(open)-1] != map[rune]rune{')': '(', '}': '{', ']': '['}[r] {
					t.Fatalf("line %d: %c closes nothing: %s", n+1, r, line)
				}
				open = open[:len(open)-1]
			}
		}
		if inside {
			t.Fatalf("line %d: a quote is open: %s", n+1, line)
		}
	}
	if len(open) > 0 {
		t.Errorf("%q is open at the end", string(open))
	}
}

// TestManPage wants every command and flag in the page, and no complaint from
// groff.
func TestManPage(t *testing.T) {
	page := runMain(t, exitFine, "man")
	leaves(t, func(path []string, c *cli.Command) {
		title := ".SS \"vmess " + roff(strings.Join(path, " "))
		_, rest, found := strings.Cut(page, title)
		if !found {
			t.Errorf("%q is missing", title)
			return
		}
		own, _, _ := strings.Cut(rest, "\n.SS")
		for _, f := range c.Flags {
			if !strings.Contains(own, `\fB`+roff(dashed(f.Names()[0]))+`\fR`) {
				t.Errorf("%v: the flag %s is missing", path, f.Names()[0])
			}
		}
	})
	for _, section := range []string{"NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT"} {
		if !strings.Contains(page, ".SH \""+section+"\"\n") {
			t.Errorf("no section %s", section)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Log("groff is not here")
		return
	}
	cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z")
	cmd.Stdin = strings.NewReader(page)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

// TestRoff holds what would be an instruction in the middle of a text.
func TestRoff(t *testing.T) {
	m := &man{}
	m.text(".SH \\n it's -x")
	m.macro("SS", `say "hello"`)
	if got, want := m.b.String(), "\\&.SH \\en it\\(aqs \\-x\n.SS \"say \\(dqhello\\(dq\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
