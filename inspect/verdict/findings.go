package verdict

import (
	"net/netip"
	"slices"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Finding groups the sessions of one client and user that one cause explains.
type Finding struct {
	Verdict  string    // of these sessions
	Client   string    // its address without the port; empty for several
	User     string    // label, or empty where no id matched
	Server   string    // "ip:port"
	Sessions []int     // their numbers
	Total    int       // sessions of the same client, user and server in all
	Since    flow.Time // start of the first
	What     string    // what is wrong: "its clock is 600 s ahead"
	Next     string    // what to do about it
	Sure     string    // Certain, Likely or Possible

	// A configuration that the sessions contradict, and in which setting; then
	// there is no verdict, and there may be no session.
	Config, Setting string
}

// judged is a session with its verdict.
type judged struct {
	number  int
	facts   *session.Facts
	verdict *Verdict
}

// party is whom a finding concerns.
type party struct{ client, user, server string }

// Findings groups the sessions that are not ok by cause, client, user and
// server, in the order of their first session. label names a session's user;
// it is empty where none matched.
func Findings(all []*session.Facts, verdicts []Verdict, label func(*session.Facts) string) []Finding {
	parties := make([]party, len(all))
	for i, f := range all {
		parties[i] = party{
			client: clientAddr(f),
			user:   label(f),
			server: f.Flow.Ends[f.Server()].String(),
		}
	}
	joinStrangers(parties)
	total := make(map[party]int)
	groups := make(map[cause][]*judged)
	var order []cause
	for i, f := range all {
		total[parties[i]]++
		if verdicts[i].OK() {
			continue
		}
		k := cause{parties[i], verdicts[i].ID}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], &judged{i + 1, f, &verdicts[i]})
	}
	out := captureClockFinding(all, verdicts)
	out = append(out, unreachedFindings(all, verdicts)...)
	for _, k := range order {
		out = append(out, k.party.finding(groups[k], total[k.party]))
	}
	return out
}

// cause is what one finding is about.
type cause struct {
	party
	verdict string
}

// maxStrangers is how many unknown clients of one server have findings of their
// own. A server in public is probed by thousands.
const maxStrangers = 5

// joinStrangers leaves the address out of the parties that no user matched, at
// servers that have many such.
func joinStrangers(parties []party) {
	strangers := make(map[string]map[string]bool) // clients by server
	for _, p := range parties {
		if p.user == "" {
			if strangers[p.server] == nil {
				strangers[p.server] = make(map[string]bool)
			}
			strangers[p.server][p.client] = true
		}
	}
	for i := range parties {
		if p := &parties[i]; p.user == "" && len(strangers[p.server]) > maxStrangers {
			p.client = ""
		}
	}
}

// finding puts a group into words.
func (p party) finding(group []*judged, total int) Finding {
	kind, _ := Lookup(group[0].verdict.ID)
	f := Finding{
		Verdict: kind.ID, Client: p.client, User: p.user, Server: p.server,
		Total: total, Since: group[0].facts.Flow.Start,
		What: kind.Title, Next: kind.step(group), Sure: kind.Sure,
	}
	if kind.sure != nil {
		f.Sure = kind.sure(group)
	}
	if kind.what != nil {
		f.What = kind.what(group)
	}
	for _, s := range group {
		f.Sessions = append(f.Sessions, s.number)
	}
	f.hear(group)
	return f
}

// step gives the next step for sessions of this kind.
func (k *Kind) step(group []*judged) string {
	if k.next != nil {
		return k.next(group)
	}
	return k.Next
}

// NextStep gives the next step for one session; empty if its verdict is ok.
func NextStep(f *session.Facts, v *Verdict) string {
	kind, ok := Lookup(v.ID)
	if !ok {
		return ""
	}
	return kind.step([]*judged{{facts: f, verdict: v}})
}

// captureClockFinding tells once that the capturing machine's clock is off: no
// session suffers from it.
func captureClockFinding(all []*session.Facts, verdicts []Verdict) []Finding {
	f := Finding{Verdict: okKind.ID, Total: len(all), Sure: Certain, Next: "set the capturing machine's clock by NTP; the sessions are not concerned"}
	var off int64
	servers := make(map[netip.AddrPort]bool)
	for i := range verdicts {
		notes, _ := verdicts[i].Evidence.Get("notes").([]string)
		if slices.Contains(notes, noteCaptureClock) {
			off, _ = verdicts[i].Evidence.Get("capture_clock_s").(int64)
			f.Sessions = append(f.Sessions, i+1)
			servers[all[i].Flow.Ends[all[i].Server()]] = true
		}
	}
	if len(f.Sessions) == 0 {
		return nil
	}
	f.Since = all[f.Sessions[0]-1].Flow.Start
	f.What = "the capture's clock is " + aheadBehind(off)
	if len(servers) == 1 {
		f.Sure = Likely
		f.What += ", or those of the server and its clients are wrong by as much"
		f.Next = "compare the capturing machine's clock and the server's with a third one before you set either"
	}
	return []Finding{f}
}
