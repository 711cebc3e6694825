package cli

import (
	"bufio"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/report"
)

const decodeText = `Reads captures in pcap or pcapng, also packed with gzip or zstd, and prints what is wrong, then the sessions in them. Several files are read as one capture. For FILE - the standard input is read.

The ids are those that the server has. A file of them has one user in a line: ID [alterId] [label], where # starts a comment. VMESS_IDS has the same, separated by commas. Without any id it still says which connections look like attempts.

A connection counts as an attempt if a user authenticated in it, or another one at the same server. Where nobody did, name the server with --port or --server.`

const (
	aboutUsers     = "users"
	aboutWrappings = "what is around VMess"
	aboutWitness   = "the server's own log"
	aboutChoice    = "what is a session, and which are listed"
	aboutOutput    = "output"
)

func decodeCommand(env *Env) *cli.Command {
	var o decodeOptions
	var f decodeFlags
	return &cli.Command{
		Name:        "decode",
		Usage:       "say what the sessions in captures are, and why one failed",
		ArgsUsage:   "FILE...",
		Description: decodeText,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Category: aboutUsers, Name: "id-file", Usage: "read users from `FILE`; repeatable"},
			&cli.StringSliceFlag{Category: aboutUsers, Name: "config", Usage: "read users and ports from `FILE`, a configuration of a server or a client in the JSON of v2ray 4 and Xray, and tell what the capture contradicts; repeatable"},
			&cli.StringSliceFlag{Category: aboutUsers, Name: "id", Usage: "add one `USER`, \"ID [alterId] [label]\", with spaces or commas; repeatable; other users of the machine can see it, a file is better"},

			&cli.StringSliceFlag{Category: aboutWrappings, Name: "keylog", Usage: "read secrets of TLS from `FILE`, a key log as SSLKEYLOGFILE names it; repeatable; those inside of a pcapng are found by themselves"},
			&cli.StringSliceFlag{Category: aboutWrappings, Name: "kcp-seed", Usage: "open mKCP with the seed `TEXT`; repeatable; other users of the machine can see it, a configuration is better"},

			&cli.StringSliceFlag{Category: aboutWitness, Name: "log", Usage: "compare with `FILE`, the server's own log: of v2ray 4 or 5, Xray or sing-box, the access log or the error log at the level info; repeatable"},
			&cli.StringFlag{Category: aboutWitness, Name: "log-offset", Usage: "the log's times are `OFFSET` ahead of UTC, such as +08:00; it is found by comparing if not given", Destination: &f.logOffset},

			&cli.StringSliceFlag{Category: aboutChoice, Name: "port", Usage: "connections to port `N` are attempts; repeatable"},
			&cli.StringSliceFlag{Category: aboutChoice, Name: "server", Usage: "connections to `IP:PORT` are attempts; repeatable"},
			&cli.StringSliceFlag{Category: aboutChoice, Name: "user", Usage: "list only the sessions of the user with this `LABEL`, or #1 for the first one; repeatable"},
			&cli.StringSliceFlag{Category: aboutChoice, Name: "verdict", Usage: "list only sessions with the verdict `ID`, one of those of \"vmess help verdict\"; repeatable"},
			&cli.StringSliceFlag{Category: aboutChoice, Name: "host", Usage: "list only sessions of a client or server, or to a target, at `HOST`: an address, a network such as 192.0.2.0/24, or a part of a name; repeatable"},
			&cli.StringFlag{Category: aboutChoice, Name: "since", Usage: "list only sessions that went on at `TIME` or later: 2006-01-02T15:04:05Z, 15:04:05 (UTC), or 10m before the capture's end"},
			&cli.StringFlag{Category: aboutChoice, Name: "until", Usage: "list only sessions that had begun by `TIME`, given as for --since"},
			&cli.BoolFlag{Category: aboutChoice, Name: "all", Usage: "list the connections that are no attempts, too", Destination: &o.all},
			&cli.StringSliceFlag{Category: aboutChoice, Name: "limit", Usage: limitUsage() + "; repeatable"},
			&cli.StringFlag{Category: aboutChoice, Name: "skew-budget", Usage: "spend at most `N` hashes on finding how wrong a clock is (20000000 if not given)", Destination: &f.budget},

			&cli.BoolFlag{Category: aboutOutput, Name: "json", Usage: "print JSON, one object in a line; \"vmess schema\" describes it", Destination: &o.json},
			&cli.StringFlag{Category: aboutOutput, Name: "tree", Usage: "print session `N` alone, with every field and its bytes", Destination: &f.tree},
			&cli.StringFlag{Category: aboutOutput, Name: "tree-bytes", Usage: "of the bodies in a tree, print the first `N` bytes (65536 if not given, 0 for all)", Destination: &f.treeBytes},
			&cli.StringFlag{Category: aboutOutput, Name: "follow", Usage: "print what session `N` carried, both directions in the order of time; N.M for the M-th sub-connection of its mux alone", Destination: &f.follow},
			&cli.StringFlag{Category: aboutOutput, Name: "write", Usage: "write what the listed sessions carried to `FILE`, a pcapng of conversations between client and target, which Wireshark dissects; - is the standard output", Destination: &o.outputs.write},
			&cli.StringFlag{Category: aboutOutput, Name: "extract", Usage: "write what the listed sessions carried to files in `DIR`, one for each direction, with an index", Destination: &o.outputs.extract},
			&cli.StringFlag{Category: aboutOutput, Name: "html", Usage: "write the listed sessions to `FILE` as a page with their timelines and fields, which needs neither script nor network; - is the standard output", Destination: &o.outputs.html},
			&cli.BoolFlag{Category: aboutOutput, Name: "no-hash", Usage: "leave out the SHA-256 of what was carried", Destination: &o.noHash},
			&cli.BoolFlag{Category: aboutOutput, Name: "show-secrets", Usage: "print ids and keys as they are", Destination: &o.secrets},
			&cli.BoolFlag{Category: aboutOutput, Name: "redact", Usage: "print what can be shown to others: pseudonyms for addresses, hosts, users and files, and nothing of what was carried", Destination: &o.redact.on},
			&cli.StringFlag{Category: aboutOutput, Name: "redact-key", Usage: "the same with pseudonyms that are made with the key in `FILE`, so that they are the same in each report", Destination: &o.redact.key},
			&cli.StringFlag{Category: aboutOutput, Name: "color", Usage: "`WHEN` use colours: always, never, or auto, which is on a terminal where NO_COLOR is not set", Value: "auto", Destination: &o.screen.color},
			&cli.StringFlag{Category: aboutOutput, Name: "width", Usage: "fit text to `N` columns (the terminal's, or 120, if not given)", Destination: &f.width},
		},
		Action: func(c *cli.Context) error {
			if err := f.parse(c, &o); err != nil {
				return err
			}
			return runDecode(c.Context, env, o)
		},
	}
}

type decodeOptions struct {
	files    []string
	users    userSources
	around   wrappingSecrets
	logs     serverLogs
	servers  []inspect.Server
	filter   report.FilterOptions
	all      bool
	budget   int64 // 0 for the usual one
	limits   flow.Limits
	json     bool
	tree     int // 0 for none
	body     int // bytes of the bodies in the tree, 0 for all
	follow   followOptions
	outputs  outputOptions
	noHash   bool
	secrets  bool
	redact   redactOptions
	redactor *report.Redactor // nil for none
	given    int              // accounts
	named    bool             // servers
	screen   screenOptions
}

func runDecode(ctx context.Context, env *Env, o decodeOptions) error {
	users, err := o.users.read(env)
	if err != nil {
		return err
	}
	users.tellMapped(env)
	if err := resolveNames(o.filter.User, users.accounts); err != nil {
		return err
	}
	keys, err := o.around.read(env)
	if err != nil {
		return err
	}
	o.given = len(users.accounts)
	if o.redactor, err = o.redact.redactor(env); err != nil {
		return err
	}
	if o.redactor != nil {
		o.redactor.Know(users.names())
	}
	if err := o.outputs.check(env); err != nil {
		return err
	}
	in, err := openInputs(ctx, env, o.files, o.again())
	if err != nil {
		return err
	}
	defer in.close()

	options := o.inspect(users, keys)
	o.named = len(options.Servers) > 0
	options.Log = o.logs.witness(ctx, env)
	progress := newProgress(env, in.size, &in.read)
	out := bufio.NewWriterSize(env.Stdout, 64<<10)
	switch {
	case o.tree > 0:
		err = decodeTree(env, in, options, &o, progress, out)
	case o.follow.session > 0:
		err = decodeFollow(env, in, options, &o, progress, out)
	default:
		err = decodeAll(ctx, env, in, options, &o, progress, out)
	}
	progress.done()
	if flushed := out.Flush(); flushed != nil {
		return flushed
	}
	if ctx.Err() != nil {
		return interrupted(err)
	}
	if len(users.accounts) == 0 && !o.tells() && (err == nil || errors.Is(err, errNegative)) {
		env.note("note: no ids were given, so that no session can be opened; %s", howToGive)
	}
	return inputFault(err)
}

const howToGive = "give those of the server with --id-file FILE, --config FILE, --id or VMESS_IDS"

// tells reports whether the result itself says what is worth knowing of the
// run: that no ids were given, that a file is damaged. The list for people
// does, so that stderr does not say it again. JSON is read by programs, and a
// tree or a dialogue is of one session.
func (o *decodeOptions) tells() bool {
	return !o.json && o.tree == 0 && o.follow.session == 0 && !o.outputs.takesStdout()
}

// again reports whether the inputs are read twice.
func (o *decodeOptions) again() bool { return o.tree > 0 || o.follow.session > 0 || o.outputs.any() }

// inspect gives the decoder's options.
func (o *decodeOptions) inspect(users *users, keys *peel.KeyLog) inspect.Options {
	return inspect.Options{
		Accounts: users.accounts,
		Keys:     keys,
		Seeds:    slices.Concat(o.around.seeds, users.seeds()),
		Servers:  slices.Concat(o.servers, users.servers),
		Compare:  users.compare(),
		Others:   o.all,
		Secrets:  o.secrets,
		NoHash:   o.noHash,
		Workers:  runtime.GOMAXPROCS(0) - 1,
		Limits:   o.limits,
		Budget:   o.budget,
		Unpack:   unpackers,
	}
}

// decodeAll lists the sessions.
func decodeAll(ctx context.Context, env *Env, in *inputs, options inspect.Options, o *decodeOptions, progress *progress, out *bufio.Writer) error {
	list := o.writer(env, out, len(options.Accounts))
	if o.outputs.takesStdout() {
		list = nowhere{}
	}
	before := progress.done
	if o.outputs.any() {
		before = func() {} // there is more to wait for
	}
	if o.redactor != nil {
		list = o.redactor.Writer(list)
	}
	listed := &tally{Writer: list, before: before}
	var w report.Writer = listed
	g := &gather{Writer: listed}
	if o.outputs.any() {
		w = g
	}
	if !o.filter.None() {
		w = report.Filter(w, o.filter)
	}
	sum, err := inspect.Decode(in.list, options, w)
	if err != nil {
		return err
	}
	if o.outputs.any() {
		err := writeOutputs(ctx, env, in, options, o, g, progress)
		if err != nil {
			return err
		}
	}
	if !o.tells() {
		in.warn(ctx, env, sum.Capture.Files)
	}
	if len(sum.Limits) > 0 {
		return &limitError{"a limit was hit, what is printed is not all: " + strings.Join(sum.Limits, ", ")}
	}
	if listed.bad > 0 {
		return errNegative
	}
	return nil
}

func (o *decodeOptions) writer(env *Env, out *bufio.Writer, users int) report.Writer {
	if o.json {
		return report.NewNDJSON(out, report.JSONOptions{NoHash: o.noHash, Secrets: o.secrets, Redacted: o.redactor != nil})
	}
	return report.NewText(out, o.text(env, users))
}

// text gives the options of what is printed for people.
func (o *decodeOptions) text(env *Env, users int) report.TextOptions {
	return report.TextOptions{
		Width:   o.screen.columns(env),
		Color:   o.screen.colored(env),
		NoHash:  o.noHash,
		Secrets: o.secrets,
		Others:  o.all,
		Users:   users,
		Named:   o.named,

		LogOffset: o.logs.offset != nil,

		Redacted:  o.redactor != nil,
		HowToGive: howToGive,
	}
}

// tally counts what is listed.
type tally struct {
	report.Writer
	before func() // called in front of what is printed
	bad    int    // sessions whose verdict is not ok
}

func (t *tally) Session(s *report.Session) error {
	t.before()
	if !s.Verdict.OK() {
		t.bad++
	}
	return t.Writer.Session(s)
}

func (t *tally) Summary(s *report.Summary) error {
	t.before()
	return t.Writer.Summary(s)
}
