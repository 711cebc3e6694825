package verdict

import (
	"slices"
	"strconv"
	"strings"

	"vmesskit/inspect/session"
)

// Contradictions tells what the sessions show that configurations do not say.
// Each finding names the configuration and the setting. name gives what an
// account is called.
func Contradictions(all []*session.Facts, expected []Expectation, name func(account int) string) []Finding {
	c := &comparison{
		all: all, expected: expected, name: name,
		of: make([][]int, len(expected)), taken: make([]bool, len(all)), met: make(map[string]bool),
	}
	for i := range expected {
		for n, f := range all {
			if expected[i].covers(f) {
				c.of[i] = append(c.of[i], n)
				c.taken[n] = true
			}
		}
	}
	for i := range expected {
		c.Expectation = &expected[i]
		c.sessions = c.of[i]
		if len(c.sessions) == 0 {
			c.sessions = c.strays()
		}
		c.total = len(c.sessions)
		c.met[c.File] = c.met[c.File] || c.total > 0
		c.port(len(c.of[i]) == 0)
		c.transport()
		c.senders()
		if last := !slices.ContainsFunc(expected[i+1:], func(e Expectation) bool { return e.File == c.File }); last {
			c.whole()
		}
	}
	c.alterIDs()
	return c.found
}

// comparison holds the sessions of a run against configurations.
type comparison struct {
	all      []*session.Facts
	expected []Expectation
	name     func(account int) string
	of       [][]int         // sessions at the ports of each expectation
	taken    []bool          // by session: it is at a port of some expectation
	met      map[string]bool // by file: some session has to do with it

	*Expectation       // that is being compared
	sessions     []int // what is left to compare it with
	total        int   // what there was
	found        []Finding
}

// strays gives the sessions of the users of the expectation that are at no
// configured port: the service is there, or behind something that maps ports.
func (c *comparison) strays() (out []int) {
	for n, f := range c.all {
		if !c.taken[n] && c.user(f) != nil {
			out = append(out, n)
		}
	}
	return out
}

// tell adds a finding on the sessions that differ.
func (c *comparison) tell(setting string, sessions []int, what, next string) {
	f := Finding{Config: c.File, Setting: setting, Total: c.total, What: what, Next: next, Sure: Certain}
	for i, n := range sessions {
		f.Sessions = append(f.Sessions, n+1)
		if start := c.all[n].Flow.Start; i == 0 || start < f.Since {
			f.Since = start
		}
	}
	c.found = append(c.found, f)
}

// differing gives the sessions for which see gives a value, and the values.
func (c *comparison) differing(see func(*session.Facts, *observed) string) (sessions []int, values []string) {
	told := make(map[string]bool)
	for _, n := range c.sessions {
		o := observe(c.all[n])
		v := see(c.all[n], &o)
		if v == "" {
			continue
		}
		sessions = append(sessions, n)
		if !told[v] {
			told[v] = true
			values = append(values, v)
		}
	}
	return sessions, values
}

// whole compares a file when all of its services were: a user may be in several.
func (c *comparison) whole() {
	if !c.met[c.File] {
		c.elsewhere()
		return
	}
	c.absent()
}

// elsewhere: the capture has nothing of what is in the file.
func (c *comparison) elsewhere() {
	var ports []string
	for i := range c.expected {
		for _, p := range c.expected[i].Ports {
			if c.expected[i].File == c.File {
				ports = once(ports, p.String())
			}
		}
	}
	c.tell("port", nil, "no session came to "+plural("port", ports)+", and none is of its users",
		"compare the port with the server's in the capture; name that one with --server or --port if something in between maps ports")
}

func (c *comparison) port(none bool) {
	if !none || len(c.sessions) == 0 {
		return
	}
	var seen []string
	for _, n := range c.sessions {
		f := c.all[n]
		if p := strconv.Itoa(int(f.Flow.Ends[f.Server()].Port())); !slices.Contains(seen, p) {
			seen = append(seen, p)
		}
	}
	c.tell("port", c.sessions, "no session came to "+c.ports()+"; the sessions of its users are at "+plural("port", seen),
		"compare the port with what the clients have, unless something in between maps ports")
}

// transport compares what is around VMess, from the outside in. What is inside
// of something that differs is of no interest.
func (c *comparison) transport() {
	all := c.sessions
	defer func() { c.sessions = all }()
	c.rest(c.tls())
	c.names()
	c.rest(c.network())
	c.paths()
	c.hosts()
	if c.Network == "mkcp" {
		c.disguise()
		c.seed()
	}
}

// rest goes on without the sessions that differ.
func (c *comparison) rest(differ []int) {
	var left []int
	for _, n := range c.sessions {
		if len(differ) > 0 && differ[0] == n { // both are in order
			differ = differ[1:]
			continue
		}
		left = append(left, n)
	}
	c.sessions = left
}

func (c *comparison) tls() (differ []int) {
	for _, n := range c.sessions {
		f := c.all[n]
		switch o := observe(f); {
		case c.TLS && !o.tls && o.known(f), !c.TLS && o.tls && (f.Auth != nil || granted(f)):
			differ = append(differ, n)
		}
	}
	what := "no TLS is configured, and the sessions are in TLS"
	if c.TLS {
		what = "TLS is configured, and the sessions have none"
	}
	if len(differ) > 0 {
		c.tell("tls", differ, what, "set the transport's security to tls on both sides, or take it off both; where something in front takes the TLS off, all is well")
	}
	return differ
}

func (c *comparison) names() {
	if !c.Client || !c.TLS || c.ServerName == "" {
		return
	}
	differ, seen := c.differing(func(_ *session.Facts, o *observed) string {
		if o.serverName == "" || hostOnly(o.serverName) == hostOnly(c.ServerName) {
			return ""
		}
		return o.serverName
	})
	if len(differ) > 0 {
		c.tell("serverName", differ, "the configuration has the TLS server name "+c.ServerName+", the sessions ask for "+some(seen),
			"look whether the client runs with this configuration")
	}
}

func (c *comparison) network() []int {
	if c.Network == "" {
		return nil
	}
	differ, seen := c.differing(func(f *session.Facts, o *observed) string {
		if o.network == "" || o.network == c.Network || !o.known(f) {
			return ""
		}
		return transportTitle(o.network)
	})
	if len(differ) > 0 {
		c.tell("network", differ, "the configuration says "+transportTitle(c.Network)+", the sessions come as "+some(seen),
			"set network (and, for HTTP camouflage, the header of tcp) the same on both sides")
	}
	return differ
}

// transportTitle is a network in an operator's words.
func transportTitle(network string) string {
	if network == "tcp" {
		return "TCP with nothing around"
	}
	return title(network)
}

func (c *comparison) paths() {
	if len(c.Paths) == 0 || c.Network == "http" && !c.Client {
		return // a server with camouflage takes any path
	}
	differ, seen := c.differing(func(f *session.Facts, o *observed) string {
		same := func(want string) bool { return samePath(want, o) }
		if o.path == "" || o.network != c.Network || slices.ContainsFunc(c.Paths, same) {
			return ""
		}
		return o.path
	})
	if len(differ) > 0 {
		c.tell("path", differ, "the configuration says "+title(c.Network)+" with path "+c.Paths[0]+", the clients ask for "+some(seen),
			"make the path the same on both sides, letter by letter")
	}
}

// samePath compares as far as a path is shown: a long one ends in dots, and one
// may have early data behind it.
func samePath(want string, o *observed) bool {
	shown, long := strings.CutSuffix(o.path, "...")
	return want == o.path || long && strings.HasPrefix(want, shown) || o.early && strings.HasPrefix(shown, want)
}

// hosts: only some servers look at it.
func (c *comparison) hosts() {
	if len(c.Hosts) == 0 || c.Network == "http" && !c.Client {
		return
	}
	differ, seen := c.differing(func(f *session.Facts, o *observed) string {
		same := func(want string) bool { return hostOnly(want) == hostOnly(o.host) }
		if o.host == "" || o.network != c.Network || slices.ContainsFunc(c.Hosts, same) {
			return ""
		}
		return o.host
	})
	if len(differ) > 0 {
		c.tell("host", differ, "the configuration says "+title(c.Network)+" with host "+some(c.Hosts)+", the clients ask for "+some(seen),
			"make the host the same on both sides")
	}
}

func (c *comparison) disguise() {
	want := c.Header
	if want == "" {
		want = "none"
	}
	differ, seen := c.differing(func(_ *session.Facts, o *observed) string {
		if o.header == "" || o.header == want {
			return ""
		}
		return o.header
	})
	if len(differ) > 0 {
		c.tell("header", differ, "the configuration says mKCP with header "+want+", the sessions have "+some(seen),
			"set the header of kcp the same on both sides")
	}
}

func (c *comparison) seed() {
	differ, _ := c.differing(func(_ *session.Facts, o *observed) string {
		if o.protection == "" || strings.HasPrefix(o.protection, "seed") == c.Sealed {
			return ""
		}
		return o.protection
	})
	switch {
	case len(differ) == 0:
	case c.Sealed:
		c.tell("seed", differ, "the configuration says mKCP with a seed, the sessions have none", "set the seed of kcp the same on both sides")
	default:
		c.tell("seed", differ, "the configuration says mKCP without a seed, the sessions have one", "set the seed of kcp the same on both sides")
	}
}
