package verdict

import (
	"slices"
	"strings"

	"vmesskit/inspect/session"
)

// How a log stands to what the capture shows.
const (
	agrees      = "agrees"
	explains    = "explains"    // the capture alone does not tell
	contradicts = "contradicts" //
)

// hear adds what the log says of a session to its verdict.
func hear(f *session.Facts, v *Verdict, said []Statement, m *matching) {
	s := weightiest(said)
	how := contradicts
	switch better, ok := explained(f, v, s, m); {
	case ok:
		how = explains
		*v = better
	case slices.Contains(agreesWith[s.Means], v.ID):
		how = agrees
		v.Reason += agreement(f, v, s)
	case v.ID == unknownUserKind.ID:
		how = explains
		v.Reason = strangerKnown(f, s)
	default:
		v.Reason += "; the server's log says otherwise: " + s.words()
	}
	if v.ID == unknownUserKind.ID && s.User != "" {
		v.Evidence = append(v.Evidence, Item{"log_user", s.User})
	}
	v.Evidence = append(append(v.Evidence, Item{"log_says", how}), told(said, m)...)
}

// weight orders what a log says of one session. That a request was taken counts
// for more than what befell it later, except in its body or at its target.
var weight = []Means{
	DamagedBody, TargetFailed, Accepted,
	Repeated, WrongTime, LegacyRefused, InsecureRefused, NoUser, NoUserOrTime, DamagedHeader, WrongPath, WrongTransport, TooShort,
}

func weightiest(said []Statement) *Statement {
	best := 0
	for i := range said {
		if slices.Index(weight, said[i].Means) < slices.Index(weight, said[best].Means) {
			best = i
		}
	}
	return &said[best]
}

// agreesWith lists the verdicts that say the same as a line. What is no VMess to
// begin with is made by no user, and so is a header of a kind that a server does
// not know; v2ray does not look at the time apart from the user.
var agreesWith = map[Means][]string{
	Accepted: {"ok", "corrupt", "gap", "gap-at-start", "one-way", "snaplen", "mid-stream", "limit", "tool-fault",
		"tls-keys-missing", "unsupported-transport"},
	NoUser:          {"unknown-user", "alterid-mismatch", "legacy-refused", "corrupt", "transport-mismatch", "not-vmess"},
	NoUserOrTime:    {"unknown-user", "alterid-mismatch", "clock-skew", "server-clock-skew", "corrupt", "transport-mismatch", "not-vmess"},
	WrongTime:       {"clock-skew", "server-clock-skew"},
	Repeated:        {"replay"},
	LegacyRefused:   {"legacy-refused"},
	InsecureRefused: {"insecure-refused"},
	DamagedHeader:   {"corrupt"},
	DamagedBody:     {"corrupt"},
	WrongTransport:  {"transport-mismatch", "not-vmess"},
	WrongPath:       {"transport-mismatch"},
	TooShort:        {"not-vmess", "transport-mismatch", "mid-stream"},
	TargetFailed:    {"ok"},
}

// agreement is what a line adds to a reason that is right.
func agreement(f *session.Facts, v *Verdict, s *Statement) string {
	if v.ID == okKind.ID || s.Means == Accepted {
		return "; the server's log has it, too"
	}
	return "; the server's log agrees: " + s.words()
}

// words quotes a line.
func (s *Statement) words() string { return quoted(s.Says) }

// strangerKnown: no id that was given made the request, and the server found
// more in it than a stranger.
func strangerKnown(f *session.Facts, s *Statement) string {
	reason := strings.TrimSuffix(idsTried(f), ", ")
	switch {
	case s.Means == Accepted || s.Means == TargetFailed || s.Means == DamagedBody:
		if s.User != "" {
			return reason + ", yet the server took it as " + quoted(s.User) + ", by its log: that user has another id than this tool was given"
		}
		return reason + ", yet the server took it, by its log: it has an id that this tool was not given"
	case s.Means == WrongTransport || s.Means == WrongPath || s.Means == TooShort:
		return reason + ", and the server did not get as far as the user; its log says: " + s.words()
	}
	return reason + ", and by its log the server has a user for it but refuses the request: " + s.words()
}

// vague reports whether a verdict says what happened and not quite why: a
// refusal without a trace, or one that is inferred from the kind of request; and
// no answer.
func vague(f *session.Facts, v *Verdict) bool {
	switch v.ID {
	case serverRefusedKind.ID, legacyRefusedKind.ID, insecureRefusedKind.ID:
		return true
	case okKind.ID:
		return f.Response == nil
	case oneWayKind.ID:
		return f.Auth != nil && f.Response == nil
	}
	return false
}

// explained gives the verdict that a line makes of a vague one.
func explained(f *session.Facts, v *Verdict, s *Statement, m *matching) (Verdict, bool) {
	if !vague(f, v) || v.ID != serverRefusedKind.ID && slices.Contains(agreesWith[s.Means], v.ID) && s.Means != TargetFailed {
		return Verdict{}, false
	}
	right := "the header is right and in time, "
	if f.Header == nil {
		right = "the user is right and in time, "
	}
	kind, why := &serverRefusedKind, ""
	var e Evidence
	possible := func(ids ...string) { e = append(e, Item{"possible", ids}) }
	switch s.Means {
	case Accepted:
		return okKind.verdict("the request decodes, and by its log the server took it; no answer came, which is so where the target says nothing",
			Item{"notes", []string{noteNoAnswer}}), true
	case TargetFailed:
		return okKind.verdict("the request decodes, and by its log the server took it; its target could not be reached: "+s.words(),
			Item{"notes", []string{noteDestinationRefused}}), true
	case NoUser:
		why = "the server has no such user"
		possible(unknownUserKind.ID)
	case NoUserOrTime:
		why = "the server has no such user, or not at this time: its clock may be off"
		possible(unknownUserKind.ID, serverClockSkewKind.ID)
	case WrongTime:
		why = "the server's clock is off"
		possible(serverClockSkewKind.ID)
		if beyond(m.clock) != 0 {
			kind, e = &serverClockSkewKind, Evidence{{"seconds", m.clock}}
		}
	case Repeated:
		kind, why = &replayKind, "the server had it before, when this capture was not running"
	case LegacyRefused:
		kind, why = &legacyRefusedKind, "the server takes AEAD only"
	case InsecureRefused:
		kind, why = &insecureRefusedKind, "the server refuses this security"
		if f.Header != nil {
			e = append(e, Item{"security", f.Header.Security.String()})
		}
	case DamagedHeader:
		why = "it was changed on its way from here to the server"
		possible(corruptKind.ID)
	case DamagedBody:
		kind, why = &corruptKind, "what is behind it was changed on its way from here to the server"
		e = append(e, Item{"where", "request-body"})
	case WrongTransport, WrongPath:
		kind, why = &transportMismatchKind, "the server expects another transport"
		e = append(e, Item{"client", clientSpeaks(f)}, Item{"server", serverWants(f, s)})
	case TooShort:
		why = "the server did not get all of it"
		possible(transportMismatchKind.ID, corruptKind.ID)
	}
	reason := right + "but by the server's log " + strings.TrimPrefix(why, "the server's log ") + ": " + s.words()
	for _, item := range v.Evidence {
		if item.Key == "closed_by" || item.Key == "after_ms" || item.Key == "request_bytes" || item.Key == "response_bytes" {
			e = append(e, item)
		}
	}
	return kind.verdict(reason, e...), true
}

// clientSpeaks is the innermost wrapping of a client, in a word.
func clientSpeaks(f *session.Facts) string {
	if l := innermost(f); l != nil {
		return word(l)
	}
	return "raw"
}

// serverWants is the wrapping that a line says is missing.
func serverWants(f *session.Facts, s *Statement) string {
	if s.Wants != "" {
		return s.Wants
	}
	return clientSpeaks(f) // the same, with another path
}

// hear adds to a finding what the log says of its sessions.
func (f *Finding) hear(group []*judged) {
	counts := make(map[string]int)
	var last, otherwise *judged
	for _, s := range group {
		how, _ := s.verdict.Evidence.Get("log_says").(string)
		counts[how]++
		switch how {
		case contradicts:
			otherwise = s
		case explains:
			last = s
		}
	}
	if heard := len(group) - counts[""]; heard == 0 {
		return
	}
	if last != nil {
		f.explain(last)
	}
	if n := counts[agrees]; n > 0 {
		f.What += "; the server's log agrees" + ofSeveral(n, len(group))
	}
	if n := counts[contradicts]; n > 0 {
		f.What += "; the server's log says otherwise" + ofSeveral(n, len(group)) + ": " + quoted(firstSays(otherwise))
	} else if counts[agrees]+counts[explains] == len(group) {
		f.Sure = Certain
	}
}

func ofSeveral(n, all int) string {
	if n == all {
		return ""
	}
	return " (" + count(int64(n), "session") + ")"
}

// firstSays gives the first line that the log has of a session.
func firstSays(s *judged) string {
	list, _ := s.verdict.Evidence.Get("log").([]Evidence)
	if len(list) == 0 {
		return ""
	}
	says, _ := list[0].Get("says").(string)
	return says
}

// explain puts into a finding what only the log tells.
func (f *Finding) explain(s *judged) {
	f.What = s.kindWhat(f.What)
	if f.Verdict == serverRefusedKind.ID {
		possible, _ := s.verdict.Evidence.Get("possible").([]string)
		f.Next = nextByLog[strings.Join(possible, " ")]
	}
	if user, _ := s.verdict.Evidence.Get("log_user").(string); user != "" {
		f.Next = "give this tool the id that the server has for " + quoted(user)
	}
}

// kindWhat is what is wrong, where the capture alone does not tell.
func (s *judged) kindWhat(what string) string {
	switch s.verdict.ID {
	case serverRefusedKind.ID:
		what = "a right header, and the server refuses it"
	case unknownUserKind.ID:
		what = "its id is not among those given"
	}
	return what + "; the server's log says why: " + quoted(firstSays(s))
}

// nextByLog is the step where a server refused and its log says why, by what is
// possible.
var nextByLog = map[string]string{
	unknownUserKind.ID: "give the server this user's id, or the client one that the server has",
	unknownUserKind.ID + " " + serverClockSkewKind.ID: "look whether the server has this user's id; if it has, set the server's clock by NTP",
	serverClockSkewKind.ID:                            "set the server's clock by NTP",
	corruptKind.ID:                                    "look for what changes bytes between the place of the capture and the server",
	transportMismatchKind.ID + " " + corruptKind.ID:   "compare the transport settings of both sides, and look for what stands between them",
}
