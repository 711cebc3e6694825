package cli

import (
	"context"

	"github.com/urfave/cli/v2"
)

const buildText = `Nothing is sent: what is made is printed, or written to a file. With --seed and --time the same command line makes the same bytes, on every machine. A seed is for tests: whoever knows it knows the keys. Without --seed they come from the system's randomness.

A PAYLOAD is text:WORDS, hex:DIGITS, file:NAME or size:N, which is N drawn bytes. N may end in K, M or G (powers of 1000) or Ki, Mi or Gi (of 1024). With --command udp each PAYLOAD begins a new datagram; with mux all of it goes through one sub-connection.

The id is the first one of --id-file, VMESS_IDS or --id, or the one that --user names.`

const buildFileText = `

--from FILE reads the description from JSON instead of these flags: an object with "sessions", a list of objects that have the names of the flags as keys, without dashes: {"sessions": [{"id": "…", "security": "none", "options": ["chunk-stream"], "target": "example.com:80", "up": ["text:hello"]}]}. Each may also have "client", "server", and "start", its seconds behind the first one.`

func buildCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name:  "build",
		Usage: "make requests, responses and sessions, for tests and benchmarks",
		Subcommands: []*cli.Command{
			buildKind(env, buildRequest, "request", "make what a client sends", buildText+buildFileText),
			buildKind(env, buildResponse, "response", "make what a server answers to a request",
				"The same flags and the same seed as for the request make the answer to it.\n\n"+buildText+buildFileText),
			buildKind(env, buildSession, "session", "make both directions of one session, or a capture of it", buildText+buildFileText),
			buildKind(env, buildSessions, "sessions", "make a capture of many short sessions",
				"The users take turns. They are those of --id-file, VMESS_IDS and --id, or with --users N new ones, which --users-out writes to a file.\n\n"+buildText+buildFileText),
		},
	}
}

// buildWhat is one of the commands.
type buildWhat int

const (
	buildRequest buildWhat = iota
	buildResponse
	buildSession
	buildSessions
)

const (
	aboutRequest = "request"
	aboutBody    = "bodies"
	aboutWhere   = "connection"
)

func buildKind(env *Env, what buildWhat, name, usage, text string) *cli.Command {
	o := buildOptions{what: what}
	f := &buildFlags{}
	return &cli.Command{
		Name:        name,
		Usage:       usage,
		Description: text,
		Flags:       f.flags(&o),
		Action: func(c *cli.Context) error {
			if err := noWords(c); err != nil {
				return err
			}
			if err := f.parse(c, env, &o); err != nil {
				return err
			}
			return runBuild(c.Context, env, o)
		},
	}
}

func (f *buildFlags) flags(o *buildOptions) []cli.Flag {
	f.out = &o.out
	many := o.what == buildSessions
	flags := []cli.Flag{
		&cli.StringSliceFlag{Category: aboutUsers, Name: "id-file", Usage: "read users from `FILE`; repeatable"},
		&cli.StringSliceFlag{Category: aboutUsers, Name: "id", Usage: "add one `USER`, \"ID [alterId] [label]\", with spaces or commas; repeatable; other users of the machine can see it, a file is better"},
	}
	if many {
		flags = append(flags,
			&cli.StringFlag{Category: aboutUsers, Name: "users", Usage: "make `N` new users", Destination: &f.users},
			&cli.StringFlag{Category: aboutUsers, Name: "users-out", Usage: "write the users to `FILE`, as a list for --id-file", Destination: &o.usersOut},
			&cli.StringFlag{Category: aboutUsers, Name: "sessions", Usage: "make `N` sessions (1000 if not given)", Destination: &f.sessions},
		)
	} else {
		flags = append(flags, &cli.StringFlag{Category: aboutUsers, Name: "user", Usage: "take the user with this `LABEL`, or #1 for the first one", Destination: &f.user})
	}
	flags = append(flags,
		&cli.StringFlag{Category: aboutRequest, Name: "scheme", Usage: "`NAME` of the header: aead or legacy (aead if not given)", Destination: &f.text.scheme},
		&cli.StringFlag{Category: aboutRequest, Name: "alter", Usage: "authenticate with alter id `N`, from 0, in a legacy header", Destination: &f.text.alter},
		&cli.StringFlag{Category: aboutRequest, Name: "time", Usage: "`TIME` of the session, in Unix seconds or as 2026-01-02T15:04:05Z (now, if not given)", Destination: &f.time},
		&cli.StringFlag{Category: aboutRequest, Name: "skew", Usage: "the client's clock is `N` seconds ahead, or behind if negative", Destination: &f.text.skew},
		&cli.StringFlag{Category: aboutRequest, Name: "command", Usage: "`NAME` of what is carried: tcp, udp or mux (tcp if not given)", Destination: &f.text.command},
		&cli.StringFlag{Category: aboutRequest, Name: "target", Usage: "`HOST:PORT` that the client wants to reach (example.com:443 if not given)", Destination: &f.text.target},
		&cli.StringFlag{Category: aboutRequest, Name: "padding", Usage: "`N` bytes of padding in the header, 0 to 15 (drawn if not given)", Destination: &f.text.padding},

		&cli.StringFlag{Category: aboutBody, Name: "security", Usage: "`NAME` of the cipher: aes-128-gcm, chacha20-poly1305, none, zero, aes-128-cfb or unknown (aes-128-gcm if not given)", Destination: &f.text.security},
		&cli.StringFlag{Category: aboutBody, Name: "options", Usage: "`LIST` of options with commas between, or their number: chunk-stream, chunk-masking, global-padding, authenticated-length (the first two if not given)", Destination: &f.text.options},
		&cli.StringFlag{Category: aboutBody, Name: "dialect", Usage: "`NAME` of whom to follow where peers read options in different ways: v2ray or sing (v2ray if not given)", Destination: &f.text.dialect},
		&cli.StringFlag{Category: aboutBody, Name: "chunk", Usage: "`N` bytes on the wire for a chunk at most (8192 if not given, 2048 for udp)", Destination: &f.text.chunk},
	)
	if o.what != buildResponse {
		flags = append(flags, &cli.StringSliceFlag{Category: aboutBody, Name: "up", Usage: "the client sends `PAYLOAD`; repeatable"})
	}
	if o.what != buildRequest {
		flags = append(flags,
			&cli.StringSliceFlag{Category: aboutBody, Name: "down", Usage: "the server sends `PAYLOAD`; repeatable"},
			&cli.StringFlag{Category: aboutBody, Name: "bytes", Usage: "the server sends `N` drawn bytes: --down size:N", Destination: &f.bytes},
		)
	}
	flags = append(flags, &cli.BoolFlag{Category: aboutBody, Name: "no-end", Usage: "leave out the end chunks, as sing-box does", Destination: &f.text.noEnd})
	if o.what == buildSession || many {
		flags = append(flags,
			&cli.BoolFlag{Category: aboutBody, Name: "no-answer", Usage: "the server says nothing", Destination: &f.text.noAnswer},
			&cli.StringFlag{Category: aboutWhere, Name: "server", Usage: "`IP:PORT` of the server in a capture (198.51.100.2:443 if not given)", Destination: &f.text.server},
			&cli.StringFlag{Category: aboutWhere, Name: "client", Usage: "`IP:PORT` of the client in a capture (192.0.2.1:40000 if not given); of many, the first one", Destination: &f.text.client},
		)
	}
	flags = append(flags,
		&cli.StringFlag{Category: aboutOutput, Name: "seed", Usage: "make all randomness of `TEXT`; for tests only", Destination: &f.seed},
		&cli.StringFlag{Category: aboutOutput, Name: "from", Usage: "read the description from `FILE`, in JSON", Destination: &o.from},
	)
	if o.what == buildSession || many {
		flags = append(flags, &cli.StringFlag{Category: aboutOutput, Name: "pcap", Usage: "write a capture to `FILE`", Destination: &f.pcap})
	}
	if !many {
		flags = append(flags,
			&cli.StringFlag{Category: aboutOutput, Name: "o", Usage: "write to `FILE` (the standard output if not given)", Destination: &f.output},
			&cli.BoolFlag{Category: aboutOutput, Name: "json", Usage: "print JSON", Destination: &f.json},
		)
	}
	if o.what == buildRequest || o.what == buildResponse {
		flags = append(flags, &cli.BoolFlag{Category: aboutOutput, Name: "raw", Usage: "write bytes, not hex", Destination: &f.raw})
	}
	if !many {
		flags = append(flags, &cli.BoolFlag{Category: aboutOutput, Name: "show-secrets", Usage: "print id and keys, too; with --json", Destination: &o.out.secrets})
	}
	return flags
}

func runBuild(ctx context.Context, env *Env, o buildOptions) error {
	plan, err := o.plan(env)
	if err != nil {
		return err
	}
	if o.usersOut != "" {
		if err := plan.writeUsers(env, o.usersOut); err != nil {
			return err
		}
	}
	return o.out.write(ctx, env, o.what, plan)
}
