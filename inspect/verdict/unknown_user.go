package verdict

import (
	"strconv"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

const compareIDs = "compare the client's id with the server's, character by character"

var unknownUserKind = Kind{
	ID:    "unknown-user",
	Title: "no id that was given made this request",
	Next:  compareIDs,
	Sure:  Likely,
	what:  unknownUserWhat,
	next:  unknownUserNext,
}

// unknownUserNext: where the server answers, only the list of ids is wrong.
func unknownUserNext(group []*judged) string {
	if group[0].facts.Tried == 0 {
		return "give this tool the ids that the server has"
	}
	for _, s := range group {
		if answered(s.facts) && speaks(s.facts, s.facts.Server()) == "raw" {
			return "give this tool the id that the client uses"
		}
	}
	return compareIDs
}

// unknownUser: the bytes look like a request, and no id fits. It is the last
// word on a session that nobody matched.
func unknownUser(_ *judge, f *session.Facts) (Verdict, bool) {
	e := Evidence{{"ids_tried", f.Tried}, {"ways", waysTried(f)}, {"answered", answered(f) || turnsDown(f)}, {"request_bytes", f.Up.Wire}, {"response_bytes", f.Down.Wire}, {"hmacs_searched", f.Searched}}
	if f.Exhausted {
		e = append(e, Item{"search", "cut short by its budget"})
	}
	return unknownUserKind.verdict(idsTried(f)+unknownUserAnswer(f), e...), true
}

// waysTried lists in which ways the ids were tried: as an AEAD request, as a legacy
// one of about this time, and as a legacy one of any time and with further alter
// ids. What begins like another protocol is tried as AEAD only.
func waysTried(f *session.Facts) []string {
	ways := []string{}
	if f.Tried > 0 {
		ways = append(ways, "aead")
	}
	if f.Tried > 0 && f.Flow.Speaks[f.Client].Protocol == "" {
		ways = append(ways, "legacy")
	}
	if f.Searched > 0 {
		ways = append(ways, "legacy-search")
	}
	return ways
}

// idsTried tells what the first bytes were compared with.
func idsTried(f *session.Facts) string {
	switch f.Tried {
	case 0:
		return "no ids were given to try this request with, "
	case 1:
		return "the one id that was tried did not make this request, "
	}
	return "none of the " + count(int64(f.Tried), "id") + " that were tried, alter ids included, made this request, "
}

// unknownUserAnswer tells what the answer says about the id.
func unknownUserAnswer(f *session.Facts) string {
	answer := f.Flow.Speaks[f.Server()]
	if l := disagreed(f); l != nil && l.Answer == flow.TurnedDown {
		return "and the server turns it down with " + saysWords(l.Says) + ", as " + title(word(l)) + " does with what it does not know"
	}
	switch {
	case answer.Protocol != "":
		return "and what answers is " + answer.Protocol + " (" + quoted(answer.Detail) + "), which is no VMess"
	case answered(f):
		return "yet the server answered " + count(f.Down.Wire, "byte") + ": the server knows an id that this tool was not given"
	case f.Flow.Packets[f.Server()] == 0:
		return "and the capture has the client's packets only, so that it does not tell what the server made of it"
	}
	return "and the server did not answer: the client's id is not the server's, or the first bytes were changed on the way"
}

// turnsDown reports whether the server refuses in words of a wrapping.
func turnsDown(f *session.Facts) bool {
	l := disagreed(f)
	return l != nil && l.Answer == flow.TurnedDown
}

func unknownUserWhat(group []*judged) string {
	answers, others, refusals := 0, 0, 0
	for _, s := range group {
		switch {
		case turnsDown(s.facts):
			refusals++
		case speaks(s.facts, s.facts.Server()) != "raw":
			others++
		case answered(s.facts):
			answers++
		}
	}
	switch {
	case group[0].facts.Tried == 0:
		return "no ids were given to open it with"
	case answers > 0:
		return "its id is not among those given; the server knows it (" + strconv.Itoa(answers) + " answered)"
	case refusals > 0:
		return "its id is not among those given, and the server turns it down"
	case others > 0:
		return "its id is not among those given, and what answers is no VMess"
	}
	return "its id is not among those given, and the server does not answer"
}
