package verdict

import (
	"slices"
	"strings"

	"vmesskit/inspect/session"
)

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
