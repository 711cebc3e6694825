package verdict

import "strings"

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
	switch f.Verdict {
	case serverRefusedKind.ID:
		possible, _ := s.verdict.Evidence.Get("possible").([]string)
		f.Next = nextByLog[strings.Join(possible, " ")]
	case transportMismatchKind.ID:
		wants, _ := s.verdict.Evidence.Get("server").(string)
		f.Next = "set " + title(wants) + " for the client, or take it off the server"
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
