package inspect

import (
	"cmp"
	"slices"
	"strings"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// attempts divides the flows into attempts at VMess and others, each in the
// order of their first packets. A flow is an attempt if a user authenticated
// in it, or if its server was named, had such a flow in the same run or was
// announced; where there is no such server at all, every flow is one that is
// not recognisably something else on that protocol's own port.
func (o *Options) attempts(all []*session.Facts) (sessions, others []*session.Facts) {
	slices.SortStableFunc(all, func(a, b *session.Facts) int { return cmp.Compare(a.Flow.Packet, b.Flow.Packet) })
	known := o.servers(all)
	for _, f := range all {
		if known.reversed(f) {
			f.Reverse()
		}
		if f.Auth != nil || known.has(f, f.Server()) || known.none() && !elsewhere(f) {
			sessions = append(sessions, f)
		} else {
			others = append(others, f)
		}
	}
	return sessions, without(others, sessions)
}

// without leaves one of each flow of the capture that holds several
// conversations, and none of one that holds a session.
func without(others, sessions []*session.Facts) []*session.Facts {
	counted := make(map[*flow.Record]bool)
	for _, f := range sessions {
		counted[f.Flow.Root()] = true
	}
	return slices.DeleteFunc(others, func(f *session.Facts) bool {
		root := f.Flow.Root()
		was := counted[root]
		counted[root] = true
		return was
	})
}

// elsewhere reports whether a flow is recognisably something else on that
// protocol's own port. What may be a wrapping of VMess is not: TLS that does not
// open, or an HTTP head with unknown bytes behind it.
func elsewhere(f *session.Facts) bool {
	port := f.Flow.Ends[f.Server()].Port()
	if tls := f.Flow.Wrappings(); len(tls) > 0 {
		return len(tls) == 1 && strings.HasPrefix(tls[0].Name, "tls") && port == 443 && plainHTTP(&f.Flow.Speaks[f.Client])
	}
	for side, speech := range f.Flow.Speaks {
		switch speech.Protocol {
		case "http":
			if port == 80 && flow.Side(side) == f.Client && plainHTTP(&speech) {
				return true
			}
		case "ssh":
			if port == 22 {
				return true
			}
		case "dns":
			if port == 53 {
				return true
			}
		}
	}
	return false
}

// plainHTTP reports whether a client asks for pages, and nothing else.
func plainHTTP(s *flow.Speech) bool { return s.Protocol == "http" && !s.Opaque }

// limits names the limits that were hit in a run.
func limits(d *session.Decoder, sum *capture.Summary, sessions []*session.Facts) []string {
	hit := make(map[string]bool)
	for name := range sum.Limits {
		hit[name] = true
	}
	for _, f := range sessions {
		if f.Flow.Limit != "" {
			hit[f.Flow.Limit] = true
		}
	}
	if d.Limited() {
		hit["sessions"] = true
	}
	var out []string
	for name := range hit {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
