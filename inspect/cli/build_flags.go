package cli

import (
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
	"vmesskit/inspect/build"
)

// buildOptions is what a build command was told.
type buildOptions struct {
	what     buildWhat
	from     string // description in JSON; else the session
	session  buildItem
	users    userSources
	user     string // label of the one to take
	newUsers int
	usersOut string
	sessions int
	seed     *string
	time     int64
	out      buildOutput
}

// buildItem is one session and where it takes place.
type buildItem struct {
	session build.Session
	skew    int64
	client  netip.AddrPort
	server  netip.AddrPort
	start   int64 // seconds behind the first one
	hasID   bool
}

// buildFlags are the flags whose values are still text.
type buildFlags struct {
	text                              buildWords
	user, users, sessions, seed, time string
	bytes, pcap, output               string
	json, raw                         bool
	out                               *buildOutput
}

// buildWords are the parts of a description as text, from flags or from JSON.
type buildWords struct {
	scheme, alter, skew, command, target, padding string
	security, options, dialect, chunk             string
	server, client                                string
	up, down                                      []string
	noEnd, noAnswer                               bool
}

const (
	maxBuildSessions = 10_000_000
	maxBuildUsers    = 1_000_000
	maxBuildFile     = 1 << 30 // bytes of a payload's file
)

func (f *buildFlags) parse(c *cli.Context, env *Env, o *buildOptions) error {
	o.users = userSources{files: c.StringSlice("id-file"), ids: c.StringSlice("id")}
	o.user = f.user
	f.text.up, f.text.down = c.StringSlice("up"), c.StringSlice("down")
	if f.bytes != "" {
		if _, err := parseSize(f.bytes); err != nil {
			return flagError("bytes", err)
		}
		f.text.down = append(f.text.down, "size:"+f.bytes)
	}
	if c.IsSet("seed") {
		o.seed = &f.seed
	}
	if err := f.onceStdin(o); err != nil {
		return err
	}
	if err := f.chooseForm(c, env, o); err != nil {
		return err
	}
	if err := f.numbers(env, o); err != nil {
		return err
	}
	if o.from == "" {
		item, flag, err := f.text.item(env)
		if err != nil {
			return flagError(flag, err)
		}
		o.session = item
		return nil
	}
	for _, name := range c.FlagNames() {
		if !slices.Contains([]string{"from", "seed", "time", "pcap", "o", "json", "raw", "show-secrets", "id", "id-file", "user"}, name) {
			return usagef("--%s and --from", name).or("write it into the file")
		}
	}
	return nil
}

// onceStdin looks that the standard input is wanted once.
func (f *buildFlags) onceStdin(o *buildOptions) error {
	stdin := 0
	for _, name := range slices.Concat(o.users.files, []string{o.from}, f.text.up, f.text.down) {
		if name == "-" || name == "file:-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usagef("- stands for the standard input, which can be read once only")
	}
	return nil
}

// flagError makes a usage error of a value that cannot be read.
func flagError(flag string, err error) error {
	if wrong, ok := err.(*valueError); ok {
		return usagef("--%s %s", flag, wrong.what).or("want %s", wrong.want)
	}
	return err
}

// valueError is a part of a description that cannot be read.
type valueError struct{ what, want string }

func (e *valueError) Error() string { return e.what + ", want " + e.want }

func (f *buildFlags) chooseForm(c *cli.Context, env *Env, o *buildOptions) error {
	forms := 0
	for _, set := range []bool{f.json, f.raw, f.pcap != ""} {
		if set {
			forms++
		}
	}
	if forms > 1 {
		return usagef("--json, --raw and --pcap are three forms").or("give one of them")
	}
	o.out.file, o.out.form = f.output, formHex
	switch {
	case f.json:
		o.out.form = formJSON
	case f.raw:
		o.out.form = formRaw
	case f.pcap != "":
		if f.output != "" {
			return usagef("--pcap names the file, and so does -o").or("give one of them")
		}
		o.out.file, o.out.form = f.pcap, formPcap
	case o.what == buildSessions:
		return usagef("build sessions needs --pcap FILE").or("name the file, or - for the standard output")
	}
	if o.out.secrets && o.out.form != formJSON {
		return usagef("--show-secrets goes with --json")
	}
	if o.out.file == "" {
		o.out.file = "-"
	}
	if o.out.file == "-" && (o.out.form == formRaw || o.out.form == formPcap) && env.Columns(env.Stdout) > 0 {
		return usagef("a terminal cannot show these bytes").or("name a file, or leave the form out for hex")
	}
	return nil
}

func (f *buildFlags) numbers(env *Env, o *buildOptions) error {
	o.sessions = 1
	if o.what == buildSessions {
		o.sessions = 1000
	}
	if f.sessions != "" {
		n, err := number("--sessions", f.sessions, 1, maxBuildSessions)
		if err != nil {
			return err
		}
		o.sessions = int(n)
	}
	if f.users != "" {
		if len(o.users.files)+len(o.users.ids) > 0 {
			return usagef("--users makes new users, and others are given").or("give one of the two")
		}
		n, err := number("--users", f.users, 1, maxBuildUsers)
		if err != nil {
			return err
		}
		o.newUsers = int(n)
	}
	o.time = env.Now().Unix()
	if f.time != "" {
		t, err := parseTime(f.time)
		if err != nil {
			return flagError("time", err)
		}
		o.time = t
	}
	return nil
}

// parseTime reads Unix seconds or a date.
func parseTime(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n <= math.MaxUint32 {
		return n, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil && t.Unix() >= 0 && t.Unix() <= math.MaxUint32 {
		return t.Unix(), nil
	}
	return 0, &valueError{show(text), "Unix seconds or a time such as 2026-01-02T15:04:05Z, from 1970 to 2106"}
}

// item reads a description; with an error it tells which part of it is wrong.
func (t *buildWords) item(env *Env) (it buildItem, part string, err error) {
	s := &it.session
	s.Alter, s.Padding, s.NoEnd, s.NoAnswer = codec.Primary, build.Drawn, t.noEnd, t.noAnswer
	for _, p := range []struct {
		name, text, otherwise string
		read                  func(string) error
	}{
		{"scheme", t.scheme, "aead", func(v string) (err error) {
			s.Scheme, err = oneOf(v, codec.AEAD, codec.Legacy)
			return err
		}},
		{"alter", t.alter, "", whole(0, codec.MaxAlterIDs-1, func(n int64) { s.Alter = int(n) })},
		{"skew", t.skew, "", whole(-1e9, 1e9, func(n int64) { it.skew = n })},
		{"command", t.command, "tcp", func(v string) (err error) {
			s.Command, err = oneOf(v, codec.CommandTCP, codec.CommandUDP, codec.CommandMux)
			return err
		}},
		{"target", t.target, "example.com:443", func(v string) (err error) {
			s.Target, err = parseTarget(v)
			return err
		}},
		{"padding", t.padding, "", whole(0, 15, func(n int64) { s.Padding = int(n) })},
		{"options", t.options, "chunk-stream,chunk-masking", func(v string) (err error) {
			s.Option, err = parseOptions(v)
			return err
		}},
		{"security", t.security, "aes-128-gcm", func(v string) error { return t.readSecurity(v, s) }},
		{"dialect", t.dialect, "v2ray", func(v string) error {
			switch v {
			case "v2ray":
				s.Dialect = codec.DialectV2Ray
			case "sing":
				s.Dialect = codec.DialectSing
			default:
				return &valueError{show(v), "v2ray or sing"}
			}
			return nil
		}},
		{"chunk", t.chunk, "", whole(128, codec.MaxChunk, func(n int64) { s.Chunk = int(n) })},
		{"server", t.server, "198.51.100.2:443", endpoint(&it.server)},
		{"client", t.client, t.firstClient(), endpoint(&it.client)},
		{"up", "", "", func(string) (err error) {
			s.Up, err = pieces(env, t.up)
			return err
		}},
		{"down", "", "", func(string) (err error) {
			s.Down, err = pieces(env, t.down)
			return err
		}},
	} {
		text := p.text
		if text == "" {
			text = p.otherwise
		}
		if text == "" && p.name != "up" && p.name != "down" {
			continue
		}
		if err := p.read(text); err != nil {
			return it, p.name, err
		}
	}
	where := build.Connection{Client: it.client, Server: it.server}
	if err := where.Check(); err != nil {
		return it, "client", &valueError{"is of another kind than the server", "both IPv4 or both IPv6"}
	}
	return it, "", t.judge(s)
}

// judge checks the whole, which no single flag can be blamed for.
func (t *buildWords) judge(s *build.Session) error {
	if err := s.Check(); err != nil {
		return usagef("%v", err).or("no peer would take that")
	}
	return nil
}

// firstClient is an address of the server's kind.
func (t *buildWords) firstClient() string {
	if strings.HasPrefix(t.server, "[") {
		return "[2001:db8::1]:40000"
	}
	return "192.0.2.1:40000"
}

// readSecurity also takes the words that never are on the wire.
func (t *buildWords) readSecurity(v string, s *build.Session) (err error) {
	switch v {
	case "auto":
		s.Security = codec.SecurityAES128GCM
	case "zero":
		if t.options != "" && s.Option != 0 {
			return &valueError{"zero with options", "none with options, or --options 0: zero is none without chunks"}
		}
		s.Security, s.Option = codec.SecurityNone, 0
	default:
		s.Security, err = oneOf(v, codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone,
			codec.SecurityZero, codec.SecurityAES128CFB, codec.SecurityUnknown, codec.SecurityAuto)
	}
	return err
}

// oneOf finds a value by its name.
func oneOf[T interface{ String() string }](word string, values ...T) (T, error) {
	var names []string
	for _, v := range values {
		if v.String() == word {
			return v, nil
		}
		names = append(names, v.String())
	}
	return values[0], &valueError{show(word), strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]}
}

func whole(least, most int64, to func(int64)) func(string) error {
	return func(text string) error {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return &valueError{show(text), "a number from " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10)}
		}
		to(n)
		return nil
	}
}

func endpoint(to *netip.AddrPort) func(string) error {
	return func(text string) error {
		a, err := netip.ParseAddrPort(text)
		if err != nil || a.Port() == 0 {
			return &valueError{show(text), "an address and port, such as 192.0.2.7:443 or [2001:db8::1]:443"}
		}
		*to = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		return nil
	}
}

func parseTarget(text string) (codec.Address, error) {
	bad := &valueError{show(text), "HOST:PORT, such as example.com:443 or [2001:db8::1]:443"}
	i := strings.LastIndexByte(text, ':')
	if i < 1 {
		return codec.Address{}, bad
	}
	host := text[:i]
	port, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil || strings.Contains(host, ":") && host[0] != '[' {
		return codec.Address{}, bad
	}
	a := codec.HostPort(host, uint16(port))
	if a.Validate() != nil {
		return codec.Address{}, bad
	}
	return a, nil
}

// parseOptions reads a list of words, or a number.
func parseOptions(text string) (o codec.Option, err error) {
	if n, err := strconv.ParseUint(text, 0, 8); err == nil {
		return codec.Option(n), nil
	}
	all := codec.Option(0xff).Names(nil)
	for word := range strings.SplitSeq(text, ",") {
		i := slices.Index(all, strings.TrimSpace(word))
		if i < 0 {
			return 0, &valueError{show(word), "a number, or some of " + strings.Join(all[:5], ", ")}
		}
		o |= 1 << i
	}
	return o, nil
}

// pieces reads payloads.
func pieces(env *Env, texts []string) ([]build.Piece, error) {
	var out []build.Piece
	for _, text := range texts {
		kind, rest, _ := strings.Cut(text, ":")
		var p build.Piece
		var err error
		switch kind {
		case "text":
			p.Data = []byte(rest)
		case "hex":
			if p.Data, err = hex.DecodeString(rest); err != nil {
				return nil, &valueError{"hex: with something else than pairs of digits", "hex:48656c6c6f"}
			}
		case "file":
			if p.Data, err = env.readFile(rest, maxBuildFile); err != nil {
				return nil, err
			}
		case "size":
			if p.Size, err = parseSize(rest); err != nil {
				return nil, err
			}
		default:
			return nil, &valueError{"that says no kind of payload", "text:WORDS, hex:DIGITS, file:NAME or size:N"}
		}
		out = append(out, p)
	}
	return out, nil
}

// parseSize reads a number of bytes.
func parseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "KMGTi")
	unit, ok := map[string]int64{
		"": 1, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
	}[text[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || n > math.MaxInt64/4/unit {
		return 0, &valueError{show(text), "a number of bytes such as 500, 64Ki or 1G"}
	}
	return n * unit, nil
}
