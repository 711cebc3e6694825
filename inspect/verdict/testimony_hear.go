package verdict

import (
	"slices"
	"strings"

	"vmesskit/inspect/session"
)

// How a log stands to what the capture shows.
const (
	agrees      = "agrees"
	explains    = "explains" // the capture alone does not tell
	contradicts = "contradicts"
)

// hear adds what the log says of a session to its verdict.
func hear(f *session.Facts, v *Verdict, said []Statement, m *matching) {
	s := weightiest(said)
	how := contradicts
	switch better, ok := explained(f, v, s, m); {
	case ok:
		how = explains
		*v = better
	case agree(f, v, s):
		how = agrees
		v.Reason += agreement(v, s)
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

// agree reports whether a line says the same as a verdict. A server that does
// not know legacy headers finds no user in any of them.
func agree(f *session.Facts, v *Verdict, s *Statement) bool {
	return slices.Contains(agreesWith[s.Means], v.ID) || s.Means == NoUser && v.ID == clockSkewKind.ID && legacy(f)
}

// agreement is what a line adds to a reason that is right.
func agreement(v *Verdict, s *Statement) string {
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
	if !vague(f, v) || agree(f, v, s) && s.Means != TargetFailed {
		return Verdict{}, false
	}
	switch s.Means {
	case Accepted:
		return okKind.verdict("the request decodes, and by its log the server took it; no answer came, which is so where the target says nothing",
			Item{"notes", []string{noteNoAnswer}}), true
	case TargetFailed:
		return okKind.verdict("the request decodes, and by its log the server took it; its target could not be reached: "+s.words(),
			Item{"notes", []string{noteDestinationRefused}}), true
	}
	kind, why, e := refusal(f, s, m)
	right := "the header is right and in time"
	if f.Header == nil {
		right = "the user is right and in time"
	}
	for _, item := range v.Evidence {
		if slices.Contains(howItClosed, item.Key) {
			e = append(e, item)
		}
	}
	return kind.verdict(right+", but by its log "+why+": "+s.words(), e...), true
}

// howItClosed is what stays of the evidence.
var howItClosed = []string{"closed_by", "after_ms", "request_bytes", "response_bytes", "did"}

// refusal is a line's meaning as a verdict.
func refusal(f *session.Facts, s *Statement, m *matching) (kind *Kind, why string, e Evidence) {
	possible := func(ids ...string) { e = append(e, Item{"possible", ids}) }
	kind = &serverRefusedKind
	switch s.Means {
	case NoUser:
		why = "the server has no such user"
		if legacy(f) {
			kind, why = &legacyRefusedKind, "the server has no user with such a header: programs that say it so take AEAD only"
		}
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
	return kind, why, e
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
