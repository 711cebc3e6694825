package cli

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect/vectors"
)

func vectorsVerifyCommand(env *Env) *cli.Command {
	var o verifyOptions
	return &cli.Command{
		Name:      "verify",
		Usage:     "say which value of an implementation is the first wrong one",
		ArgsUsage: "RESULTS",
		Description: `RESULTS is a JSON file with the values that an implementation has computed for vectors, as many or as few as it likes, by their names in the export:

  {"request/worked-example": {"cmd-key": "8175…", "auth-id-key": "814e…"}}

Of each vector it names the first value that is wrong in the order of derivation: the ones behind it follow from it. For RESULTS - the standard input is read. The exit status is 1 where a value is wrong.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "list every vector with a wrong value, not only the first few", Destination: &o.all},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("vectors verify takes one file, not %d", c.NArg()).or("name it, or - for the standard input")
			}
			o.file = c.Args().First()
			return runVectorsVerify(env, o)
		},
	}
}

type verifyOptions struct {
	file      string
	all, json bool
}

const (
	maxResults   = 64 << 20
	shownWrong   = 5
	shownRunning = 96 // digits of a value
)

// results are somebody's values, by vector and name.
type results map[string]map[string][]byte

func runVectorsVerify(env *Env, o verifyOptions) error {
	text, err := env.readFile(o.file, maxResults)
	if err != nil {
		return err
	}
	root, err := readJSON(called(o.file), text)
	if err != nil {
		return err
	}
	given, values, err := readResults(root)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(env.Stdout)
	wrong := 0
	for _, v := range vectors.All() {
		m := v.Check(given[v.ID])
		if m == nil {
			continue
		}
		if wrong++; o.json {
			err = printJSON(out, wrongJSON(v, m))
		} else if o.all || wrong <= shownWrong {
			wrongText(out, v, m)
		}
		if err != nil {
			return err
		}
	}
	if err := verified(out, o, len(given), values, wrong); err != nil {
		return err
	}
	if wrong > 0 {
		return errNegative
	}
	return nil
}

// verified prints the sum.
func verified(out *bufio.Writer, o verifyOptions, given, values, wrong int) error {
	if o.json {
		if err := printJSON(out, struct {
			Type    string `json:"type"`
			Vectors int    `json:"vectors"`
			Values  int    `json:"values"`
			Wrong   int    `json:"wrong"`
			Of      int    `json:"of"`
		}{"summary", given, values, wrong, len(vectors.All())}); err != nil {
			return err
		}
		return out.Flush()
	}
	if rest := wrong - shownWrong; rest > 0 && !o.all {
		fmt.Fprintf(out, "and %d more vectors with a wrong value; --all lists them\n\n", rest)
	}
	if wrong == 0 {
		fmt.Fprintf(out, "all %d values are right, of %d vectors of %d\n", values, given, len(vectors.All()))
	} else {
		fmt.Fprintf(out, "%d of %d vectors have a wrong value\n", wrong, given)
	}
	return out.Flush()
}

// readResults reads the file. A vector or a name that does not exist is an
// error: a value that is never looked at would seem right.
func readResults(root *jsonValue) (results, int, error) {
	all, err := root.members()
	if err != nil {
		return nil, 0, err
	}
	known := map[string]*vectors.Vector{}
	for _, v := range vectors.All() {
		known[v.ID] = v
	}
	given, n := results{}, 0
	for _, id := range all.keys {
		entry := all.values[id]
		v := known[id]
		if v == nil {
			if near := nearVector(id); near != "" {
				return nil, 0, entry.fail("there is no such vector; did you mean %s?", near)
			}
			return nil, 0, entry.fail("there is no such vector; see vmess vectors list")
		}
		var names []string
		for _, s := range v.Steps {
			names = append(names, s.Name)
		}
		values, err := entry.members(names...)
		if err != nil {
			return nil, 0, err
		}
		given[id] = map[string][]byte{}
		for _, name := range values.keys {
			digits, err := values.values[name].text()
			if err != nil {
				return nil, 0, err
			}
			if given[id][name], err = hex.DecodeString(digits); err != nil {
				return nil, 0, values.values[name].fail("no pairs of hexadecimal digits")
			}
			n++
		}
	}
	if n == 0 {
		return nil, 0, root.fail("no value in it, want {ID: {NAME: HEX}}")
	}
	return given, n, nil
}

func wrongText(out *bufio.Writer, v *vectors.Vector, m *vectors.Mistake) {
	fmt.Fprintf(out, "%s: %s is wrong\n", v.ID, m.Step.Name)
	fmt.Fprintf(out, "  got   %s\n  want  %s\n", digits(m.Got), digits(m.Step.Value))
	if m.Step.Formula != "" {
		fmt.Fprintf(out, "  which is %s\n", m.Step.Formula)
	}
	if m.Hint != "" {
		fmt.Fprintf(out, "  %s\n", m.Hint)
	}
	if len(m.Step.Pinned) > 0 {
		fmt.Fprintf(out, "  %s made the value that is wanted\n", strings.Join(m.Step.Pinned, " and "))
	}
	fmt.Fprintln(out)
}

// digits shows a value, or the beginning of a long one.
func digits(b []byte) string {
	s := hex.EncodeToString(b)
	if len(s) > shownRunning {
		return fmt.Sprintf("%s… (%d bytes)", s[:shownRunning], len(b))
	}
	return s
}

func wrongJSON(v *vectors.Vector, m *vectors.Mistake) any {
	return struct {
		Type    string   `json:"type"`
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Index   int      `json:"index"`
		Got     string   `json:"got"`
		Want    string   `json:"want"`
		Formula string   `json:"formula,omitempty"`
		Hint    string   `json:"hint,omitempty"`
		Pinned  []string `json:"pinned_by,omitempty"`
	}{"wrong", v.ID, m.Step.Name, m.Index, hex.EncodeToString(m.Got), hex.EncodeToString(m.Step.Value), m.Step.Formula, m.Hint, m.Step.Pinned}
}
