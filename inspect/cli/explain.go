package cli

import (
	"bufio"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	explainer "vmesskit/inspect/explain"
	"vmesskit/inspect/report"
)

const explainText = `For those who write a client or a server: reads what one side sent, or both, and prints what is wrong, every comparison that was made, every key and nonce with its formula, and every field with its bytes. Where a layer does not open it tries the mistakes that others made, alone and in pairs, and names the one that makes it open.

HEX is hex or base64, or a file with either of them or with the bytes as they are; @FILE is a file in any case, and - is the standard input. HEX is the request, from the first byte of the connection; a response needs its request.

With --have NAME=HEX, values of your own are compared with ours in the order of derivation, and the first that differs is named: --have header-length-key=d501… NAME is a field's name as the output has it. A number in brackets is a chunk's, and "down." stands in front of what belongs to the response: --have down.chunk-nonce[1]=0001…`

const aboutMessage = "what to explain"

func explainCommand(env *Env) *cli.Command {
	var o explainOptions
	var f explainFlags
	return &cli.Command{
		Name:        "explain",
		Usage:       "say which derivation a client or server has got wrong",
		ArgsUsage:   "HEX",
		Description: explainText,
		Flags: []cli.Flag{
			&cli.StringFlag{Category: aboutMessage, Name: "request", Usage: "what the client sent, in place of the argument: `HEX`, a file or @FILE", Destination: &f.request},
			&cli.StringFlag{Category: aboutMessage, Name: "response", Usage: "what the server sent: `HEX`, a file or @FILE", Destination: &f.response},
			&cli.StringFlag{Category: aboutMessage, Name: "time", Usage: "the server's clock was `T`, Unix seconds or 2006-01-02T15:04:05Z; a legacy header cannot be read without it", Destination: &f.time},
			&cli.StringSliceFlag{Category: aboutMessage, Name: "have", Usage: "compare a value of your own, `NAME=HEX`; repeatable"},

			&cli.StringSliceFlag{Category: aboutUsers, Name: "id-file", Usage: "read users from `FILE`; repeatable"},
			&cli.StringSliceFlag{Category: aboutUsers, Name: "config", Usage: "read users from `FILE`, a server's configuration in v2ray's JSON; repeatable"},
			&cli.StringSliceFlag{Category: aboutUsers, Name: "id", Usage: "add one `USER`, \"ID [alterId] [label]\", with spaces or commas; repeatable; other users of the machine can see it, a file is better"},

			&cli.BoolFlag{Category: aboutOutput, Name: "json", Usage: "print JSON: the explanation in one line, the fields in the next", Destination: &o.json},
			&cli.BoolFlag{Category: aboutOutput, Name: "list", Usage: "print the known mistakes instead", Destination: &o.list},
			&cli.BoolFlag{Category: aboutOutput, Name: "show-secrets", Usage: "print derived values, keys and payload as they are", Destination: &o.secrets},
			&cli.StringFlag{Category: aboutOutput, Name: "tree-bytes", Usage: "of the bodies in the tree of fields, print the first `N` bytes (65536 if not given, 0 for all)", Destination: &f.treeBytes},
			&cli.StringFlag{Category: aboutOutput, Name: "color", Usage: "`WHEN` use colours: always, never, or auto, which is on a terminal where NO_COLOR is not set", Value: "auto", Destination: &o.screen.color},
			&cli.StringFlag{Category: aboutOutput, Name: "width", Usage: "fit text to `N` columns (the terminal's, or 120, if not given)", Destination: &f.width},
		},
		Action: func(c *cli.Context) error {
			if err := f.parse(c, &o); err != nil {
				return err
			}
			return runExplain(env, o)
		},
	}
}

type explainOptions struct {
	request, response string
	time              *int64
	have              []explainer.Value
	users             userSources
	treeBytes         int
	json, secrets     bool
	list              bool
	screen            screenOptions
}

// explainFlags are the flags whose values are still text.
type explainFlags struct{ request, response, time, treeBytes, width string }

func (f *explainFlags) parse(c *cli.Context, o *explainOptions) error {
	o.users = userSources{files: c.StringSlice("id-file"), configs: c.StringSlice("config"), ids: c.StringSlice("id")}
	o.request, o.response = f.request, f.response
	switch {
	case c.NArg() > 1:
		return usagef("explain takes one argument, %s is one too many", show(c.Args().Get(1))).or("the server's side is given with --response")
	case c.NArg() == 1 && o.request != "":
		return usagef("the request is given twice, as an argument and with --request")
	case c.NArg() == 1:
		o.request = c.Args().First()
	}
	if o.request == "" && o.response == "" && !o.list {
		return usagef("explain needs a request").or("give it in hex, or name a file that has it; vmess help explain tells more")
	}
	if err := f.numbers(o); err != nil {
		return err
	}
	for _, text := range c.StringSlice("have") {
		v, err := parseHave(text)
		if err != nil {
			return err
		}
		o.have = append(o.have, v)
	}
	return checkColor(o.screen.color)
}

func (f *explainFlags) numbers(o *explainOptions) error {
	o.treeBytes = treeBytes
	if f.treeBytes != "" {
		n, err := number("--tree-bytes", f.treeBytes, 0, 1e12)
		if err != nil {
			return err
		}
		o.treeBytes = int(n)
	}
	if f.width != "" {
		n, err := number("--width", f.width, minWidth, maxWidth)
		if err != nil {
			return err
		}
		o.screen.width = int(n)
	}
	if f.time == "" {
		return nil
	}
	n, err := strconv.ParseInt(f.time, 10, 64)
	if err != nil {
		at, err := time.Parse(time.RFC3339, f.time)
		if err != nil {
			return usagef("--time %s", show(f.time)).or("want Unix seconds, or a time like 2006-01-02T15:04:05Z")
		}
		n = at.Unix()
	}
	if n < 0 || n >= 1<<40 {
		return usagef("--time %s", show(f.time)).or("want Unix seconds; milliseconds are too many")
	}
	o.time = &n
	return nil
}

// parseHave reads NAME=HEX. The value may be secret and is not repeated.
func parseHave(text string) (explainer.Value, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return explainer.Value{}, usagef("--have %s has no value", show(name)).or("want NAME=HEX")
	}
	if wrong := explainer.ParseName(name); wrong != "" {
		err := usagef("--have %s: %s", show(name), wrong)
		bare, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "down."), "up."), "[")
		if near := nearest(bare, explainer.Names()); near != "" {
			return explainer.Value{}, err.or("did you mean %s?", near)
		}
		return explainer.Value{}, err.or("want one of %s", strings.Join(explainer.Names(), ", "))
	}
	data, ok := explainer.ParseText(value)
	if !ok {
		return explainer.Value{}, usagef("--have %s has a value that is neither hex nor base64", show(name))
	}
	return explainer.Value{Name: name, Data: data}, nil
}

func runExplain(env *Env, o explainOptions) error {
	if o.list {
		return listMistakes(env, o)
	}
	if err := checkStdin(append([]string{o.request, o.response}, append(o.users.files, o.users.configs...)...)); err != nil {
		return err
	}
	users, err := o.users.read(env)
	if err != nil {
		return err
	}
	in := explainer.Input{Time: o.time, Have: o.have, MaxTrace: o.treeBytes}
	for _, a := range users.accounts {
		in.Accounts = append(in.Accounts, explainer.Account{Account: a.Account, Label: a.Label})
	}
	if err := o.readMessages(env, &in); err != nil {
		return err
	}
	r := explainer.Explain(in)
	out := bufio.NewWriter(env.Stdout)
	if err := o.print(env, out, r); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if !r.OK() {
		return errNegative
	}
	return nil
}

// checkStdin looks that the standard input is wanted once.
func checkStdin(names []string) error {
	n := 0
	for _, name := range names {
		if name == "-" || name == "@-" {
			n++
		}
	}
	if n > 1 {
		return usagef("- stands for the standard input, which can be read once only")
	}
	return nil
}

// readMessages reads what both sides sent: each by itself, or a conversation
// that has them in one.
func (o *explainOptions) readMessages(env *Env, in *explainer.Input) error {
	request, err := env.message(o.request)
	if err != nil {
		return err
	}
	response, err := env.message(o.response)
	if err != nil {
		return err
	}
	if up, down, ok := explainer.Conversation(request); ok {
		if o.response != "" {
			return usagef("the response is given twice, in the conversation and with --response")
		}
		in.Request, in.Response = up, down
		return nil
	}
	if in.Request, err = meant(o.request, request); err != nil {
		return err
	}
	in.Response, err = meant(o.response, response)
	return err
}

// message reads what was given for a side, as it stands there: a file, or the
// word itself.
func (e *Env) message(word string) ([]byte, error) {
	if word == "" {
		return nil, nil
	}
	name, named := strings.CutPrefix(word, "@")
	if !named && word != "-" && !e.isFile(word) {
		return []byte(word), nil
	}
	return e.readFile(name, explainer.MaxInput)
}

// leastText is how many bytes a word stands for that is no file's name: those
// that every request begins with.
const leastText = 16

// isFile reports whether a word that may be hex or base64 is rather to be read
// as a file's name. What is short is looked for as a file, so that a name that is
// wrong is told.
func (e *Env) isFile(word string) bool {
	const mostName = 4096
	if len(word) > mostName || strings.ContainsAny(word, " \n") {
		return false
	}
	data, isText := explainer.ParseText(word)
	if isText && len(data) >= leastText || explainer.Typo(word) != "" {
		return e.exists(word)
	}
	return true
}

// meant gives the bytes that were meant by what was read, or says why they
// cannot be told.
func meant(word string, read []byte) ([]byte, error) {
	if word == "" {
		return nil, nil
	}
	for _, magic := range []string{"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x0a\x0d\x0d\x0a"} {
		if strings.HasPrefix(string(read), magic) {
			return nil, usagef("%s is a capture", show(word)).or("vmess decode reads it")
		}
	}
	data, isText := explainer.ParseText(string(read))
	switch typo := explainer.Typo(string(read)); {
	case typo != "": // it might pass for base64
		return nil, usagef("what is to be explained cannot be read: %s", typo)
	case isText && (word != string(read) || len(data) >= leastText):
		return data, nil
	case word == string(read):
		return nil, usagef("what is to be explained is neither a file nor hex or base64 of %d bytes or more", leastText)
	}
	return explainer.Bytes(read), nil
}

// exists reports whether there is a file of that name.
func (e *Env) exists(name string) bool {
	f, err := e.Open(name)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// print writes the explanation, then the tree of fields.
func (o *explainOptions) print(env *Env, out *bufio.Writer, r *explainer.Result) error {
	tree := report.TreeOptions{Width: o.screen.columns(env), Color: o.screen.colored(env), Secrets: o.secrets}
	if o.json {
		if err := explainer.JSON(out, r, o.secrets); err != nil {
			return err
		}
		return report.TreeJSON(out, r.Trace, tree)
	}
	if err := explainer.Text(out, r, explainer.TextOptions{Width: tree.Width, Secrets: o.secrets}); err != nil {
		return err
	}
	if len(r.Trace.Buffers) == 0 {
		return nil
	}
	out.WriteString("\nevery field\n")
	return report.Tree(out, r.Trace, tree)
}

// listMistakes prints the mistakes that are tried.
func listMistakes(env *Env, o explainOptions) error {
	out := bufio.NewWriter(env.Stdout)
	if o.json {
		if err := explainer.MistakesJSON(out); err != nil {
			return err
		}
		return out.Flush()
	}
	p := &page{width: o.screen.columns(env)}
	for _, m := range explainer.Mistakes() {
		p.row(0, 30, m.ID, m.Title)
	}
	if err := p.print(out); err != nil {
		return err
	}
	return out.Flush()
}
