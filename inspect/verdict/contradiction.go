package verdict

import (
	"slices"
	"strconv"

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
