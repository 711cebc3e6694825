package verdict

import (
	"slices"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// unreachedFindings tells of targets that did not answer the server. The sessions
// are sound, and yet their users got nothing.
func unreachedFindings(all []*session.Facts, verdicts []Verdict) (out []Finding) {
	type way struct{ server, target string }
	total, at := make(map[way]int), make(map[way]int)
	for _, f := range all {
		if f.Header != nil {
			total[way{f.Flow.Ends[f.Server()].String(), f.Header.Target}]++
		}
	}
	for i, f := range all {
		notes, _ := verdicts[i].Evidence.Get("notes").([]string)
		if f.Header == nil || !slices.Contains(notes, noteDestinationRefused) {
			continue
		}
		w := way{f.Flow.Ends[f.Server()].String(), f.Header.Target}
		n, ok := at[w]
		if !ok {
			n = len(out)
			at[w] = n
			out = append(out, unreached(w.target, w.server, f.Flow.Start))
			out[n].Total, out[n].Client = total[w], clientAddr(f)
		}
		out[n].Sessions = append(out[n].Sessions, i+1)
		if clientAddr(f) != out[n].Client {
			out[n].Client = ""
		}
	}
	return out
}

func clientAddr(f *session.Facts) string { return f.Flow.Ends[f.Client].Addr().Unmap().String() }

func unreached(target, server string, since flow.Time) Finding {
	return Finding{
		Verdict: okKind.ID, Server: server, Since: since, Sure: Likely,
		What: "the server did not reach " + target + ", or got nothing from it",
		Next: "look at the target, and at the server's way to it: its name there, its route, its firewall",
	}
}
