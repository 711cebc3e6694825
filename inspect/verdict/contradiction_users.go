package verdict

import (
	"slices"
	"strconv"

	"vmesskit/codec"
	"vmesskit/inspect/session"
)

// senders compares what the headers say with what the configuration says of
// their users.
func (c *comparison) senders() {
	if c.Client {
		c.security()
		c.scheme()
		return
	}
	c.insecure()
	c.answeredAlterIDs()
}

// security: what a client asks for is on the wire.
func (c *comparison) security() {
	var differ []int
	var want, seen []string
	for _, n := range c.sessions {
		f := c.all[n]
		u := c.user(f)
		if u == nil || f.Header == nil || asked(u.Security, f.Header) {
			continue
		}
		differ = append(differ, n)
		want, seen = once(want, u.Security), once(seen, securityWord(f.Header))
	}
	if len(differ) > 0 {
		c.tell("security", differ, "the sessions use "+some(seen)+" where the configuration says "+some(want),
			"look whether the client runs with this configuration; newer Xray takes none and zero for auto")
	}
}

// asked reports whether a header is what a setting gives.
func asked(setting string, h *session.Header) bool {
	switch setting {
	case "auto":
		return h.Security.AEAD()
	case "none", "zero":
		return securityWord(h) == setting || h.Command != codec.CommandTCP && h.Security == codec.SecurityNone
	}
	return h.Security.String() == setting
}

// securityWord is a header's security as settings have it: zero is none on the
// wire, without chunks.
func securityWord(h *session.Header) string {
	if h.Security == codec.SecurityNone && h.Command == codec.CommandTCP && !h.Option.Has(codec.ChunkStream) {
		return "zero"
	}
	return h.Security.String()
}

// scheme: an alterId above 0 gives the legacy header, 0 the AEAD one.
func (c *comparison) scheme() {
	var aead, old []int
	for _, n := range c.sessions {
		f := c.all[n]
		switch u := c.user(f); {
		case u == nil:
		case u.AlterIDs == 0 && f.Auth.Scheme == codec.Legacy:
			old = append(old, n)
		case u.AlterIDs > 0 && f.Auth.Scheme == codec.AEAD:
			aead = append(aead, n)
		}
	}
	const next = "look whether the client runs with this configuration; Xray has the AEAD header only, v2ray before 4.28 the legacy one"
	if len(old) > 0 {
		c.tell("alterId", old, "the configuration says alterId 0, which is the AEAD header, and the sessions have the legacy one", next)
	}
	if len(aead) > 0 {
		c.tell("alterId", aead, "the configuration says alterId "+strconv.Itoa(c.user(c.all[aead[0]]).AlterIDs)+
			", which is the legacy header, and the sessions have the AEAD one", next)
	}
}

// insecure: the server answered what its configuration refuses.
func (c *comparison) insecure() {
	if !c.RefusesInsecure {
		return
	}
	differ, seen := c.differing(func(f *session.Facts, _ *observed) string {
		if f.Response == nil || !insecure(f) {
			return ""
		}
		return securityWord(f.Header)
	})
	if len(differ) > 0 {
		c.tell("disableInsecureEncryption", differ, "the configuration refuses insecure encryption, and the server answers sessions with "+some(seen),
			"look whether the server runs with this configuration; Xray has no such setting any more")
	}
}

// answeredAlterIDs: the server answered an alter id that its configuration
// does not have.
func (c *comparison) answeredAlterIDs() {
	var differ []int
	most, allowed := 0, 0
	for _, n := range c.sessions {
		f := c.all[n]
		u := c.user(f)
		if u == nil || f.Response == nil || f.Auth.Scheme != codec.Legacy || f.Auth.Alter < u.AlterIDs {
			continue // the id itself has index -1
		}
		differ = append(differ, n)
		most, allowed = max(most, f.Auth.Alter+1), u.AlterIDs
	}
	if len(differ) > 0 {
		c.tell("alterId", differ, "the configuration says alterId "+strconv.Itoa(allowed)+", and the server answers alter id "+strconv.Itoa(most),
			"look whether the server runs with this configuration")
	}
}

// absent tells who of a server's users was never seen.
func (c *comparison) absent() {
	seen := make(map[int]bool)
	for _, f := range c.all {
		if f.Auth != nil {
			seen[f.Auth.User] = true
		}
	}
	var names []string
	for i := range c.expected {
		e := &c.expected[i]
		for _, u := range e.Users {
			if e.File == c.File && !e.Client && !seen[u.Account] {
				seen[u.Account] = true
				names = append(names, c.name(u.Account))
			}
		}
	}
	if len(names) == 0 {
		return
	}
	what := "user " + names[0] + " was never seen"
	if len(names) > 1 {
		what = strconv.Itoa(len(names)) + " users were never seen: " + some(names)
	}
	c.tell("users", nil, what, "nothing is wrong if they were not there; else look for sessions with the verdict unknown-user, whose id may be theirs")
}

// alterIDs compares configurations with each other: a client's alterId must not
// be above its server's.
func (c *comparison) alterIDs() {
	server := make(map[int]int)
	for i := range c.expected {
		for _, u := range c.expected[i].Users {
			if !c.expected[i].Client {
				server[u.Account] = max(server[u.Account], u.AlterIDs)
			}
		}
	}
	for i := range c.expected {
		c.Expectation = &c.expected[i]
		c.total = len(c.of[i])
		for _, u := range c.Users {
			most, both := server[u.Account]
			if c.Client && both && u.AlterIDs > most {
				c.tell("alterId", nil, "the client's configuration says alterId "+strconv.Itoa(u.AlterIDs)+", the server's "+strconv.Itoa(most),
					"set alterId to 0 on both sides, so that the AEAD header is used; the client's must not be above the server's")
				break
			}
		}
	}
}

// once adds a word to a list that does not have it.
func once(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}
