package cli

import (
	"cmp"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect"
)

// decodeFlags are the flags whose values are still text.
type decodeFlags struct {
	budget, tree, treeBytes, follow, width, logOffset string
}

func (f *decodeFlags) parse(c *cli.Context, o *decodeOptions) error {
	o.users = userSources{files: c.StringSlice("id-file"), configs: c.StringSlice("config"), ids: c.StringSlice("id")}
	o.around = wrappingSecrets{keyLogs: c.StringSlice("keylog"), seeds: c.StringSlice("kcp-seed")}
	o.logs = serverLogs{files: c.StringSlice("log")}
	o.files = c.Args().Slice()
	return cmp.Or(
		f.numbers(o),
		f.offset(o),
		f.endpoints(c, o),
		f.limits(c, o),
		f.choice(c, o),
		checkColor(o.screen.color),
		checkFiles(o),
	)
}

func (f *decodeFlags) numbers(o *decodeOptions) error {
	o.body = treeBytes
	for _, n := range []struct {
		flag, text  string
		least, most int64
		to          func(int64)
	}{
		{"--skew-budget", f.budget, 1, 1e15, func(n int64) { o.budget = n }},
		{"--tree", f.tree, 1, 1e9, func(n int64) { o.tree = int(n) }},
		{"--tree-bytes", f.treeBytes, 0, 1e12, func(n int64) { o.body = int(n) }},
		{"--width", f.width, minWidth, maxWidth, func(n int64) { o.screen.width = int(n) }},
	} {
		if n.text == "" {
			continue
		}
		v, err := number(n.flag, n.text, n.least, n.most)
		if err != nil {
			return err
		}
		n.to(v)
	}
	return nil
}

func (f *decodeFlags) offset(o *decodeOptions) error {
	if f.logOffset == "" {
		return nil
	}
	if len(o.logs.files) == 0 {
		return usagef("--log-offset goes with --log").or("name the log with --log FILE")
	}
	seconds, ok := parseOffset(f.logOffset)
	if !ok {
		return usagef("--log-offset %s is no offset from UTC", show(f.logOffset)).or("want one such as +08:00 or -03:30")
	}
	o.logs.offset = &seconds
	return nil
}

func (f *decodeFlags) endpoints(c *cli.Context, o *decodeOptions) error {
	for _, text := range c.StringSlice("port") {
		n, err := number("--port", text, 1, 65535)
		if err != nil {
			return err
		}
		o.servers = append(o.servers, inspect.ServerPort(uint16(n)))
	}
	for _, text := range c.StringSlice("server") {
		s, err := parseServer(text)
		if err != nil {
			return err
		}
		o.servers = append(o.servers, inspect.ServerAt(s))
	}
	return nil
}

// parseServer reads an address and port. A name would have to be looked up in
// the network.
func parseServer(text string) (netip.AddrPort, error) {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return netip.AddrPort{}, usagef("--server %s has no port from 1 to 65535", show(text)).
			or("want an address and port, such as 192.0.2.1:443 or [2001:db8::1]:443")
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if err != nil {
		return netip.AddrPort{}, usagef("--server %s is no IP address with a port, and names are not looked up, since vmess makes no network connection", show(text)).
			or("give the address that is in the capture")
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), nil
}

func (f *decodeFlags) choice(c *cli.Context, o *decodeOptions) error {
	o.filter.User = c.StringSlice("user")
	o.filter.Verdict = c.StringSlice("verdict")
	for _, id := range o.filter.Verdict {
		if _, err := lookupVerdict(id); err != nil {
			return err
		}
	}
	if err := f.where(c, o); err != nil {
		return err
	}
	if f.follow != "" {
		var err error
		if o.follow, err = parseFollow(f.follow); err != nil {
			return err
		}
	}
	if o.tree == 0 && c.IsSet("tree-bytes") {
		return usagef("--tree-bytes goes with --tree").or("say which session with --tree N")
	}
	return cmp.Or(f.one(c, o), f.files(c, o), o.redact.check(o))
}

// one looks that what is printed of one session does not meet what is for many.
func (f *decodeFlags) one(c *cli.Context, o *decodeOptions) error {
	flag := "tree"
	switch {
	case o.tree > 0 && o.follow.session > 0:
		return usagef("--tree and --follow print one session each").or("give one of the two")
	case o.follow.session > 0:
		flag = "follow"
	case o.tree == 0:
		return nil
	}
	for _, other := range []string{"user", "verdict", "host", "since", "until", "all", "write", "extract", "html"} {
		if c.IsSet(other) {
			return usagef("--%s prints one session, --%s chooses among many", flag, other).or("give one of the two")
		}
	}
	return nil
}

// files looks that each output has a place of its own.
func (f *decodeFlags) files(c *cli.Context, o *decodeOptions) error {
	if o.outputs.takesStdout() && (o.json || o.outputs.write == o.outputs.html) {
		return usagef("the standard output can be one thing only").or("name a file for the other one")
	}
	of := make(map[string]string)
	for _, flag := range []string{"write", "extract", "html"} {
		name := c.String(flag)
		clean := filepath.Clean(name)
		switch {
		case !c.IsSet(flag):
			continue
		case name == "":
			return usagef("--%s has no name", flag)
		case of[clean] != "":
			return usagef("--%s and --%s both write %s", of[clean], flag, show(name)).or("give each a name of its own")
		}
		of[clean] = flag
	}
	return nil
}

// checkFiles looks that the standard input is wanted once.
func checkFiles(o *decodeOptions) error {
	if len(o.files) == 0 {
		return usagef("decode needs a capture file").or("name one, or - for the standard input; vmess help decode tells more")
	}
	stdin := 0
	for _, name := range slices.Concat(o.files, o.users.files, o.users.configs, o.around.keyLogs, o.logs.files, o.redact.files()) {
		if name == "-" {
			stdin++
		}
		if name == "" {
			return usagef("a file's name is empty")
		}
	}
	if stdin > 1 {
		return usagef("- stands for the standard input, which can be read once only")
	}
	return nil
}
