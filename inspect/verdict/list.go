package verdict

import (
	"embed"
	"strings"
)

// Kind is an entry of the closed list.
type Kind struct {
	ID    string
	Title string // what it means, in a line
	Next  string // the next step, in an operator's words
	Sure  string // how sure a finding of this kind is, where the case says nothing else

	// what says in a finding what is wrong with its sessions; nil for Title.
	what func(group []*judged) string
	// sure is how sure it is where that depends on the case; nil for Sure.
	sure func(group []*judged) string
	// next is the step where it depends on the case; nil for Next.
	next func(group []*judged) string
}

// How sure a finding is.
const (
	Certain  = "certain"
	Likely   = "likely"
	Possible = "possible"
)

// kinds is the closed list, in the order of reports.
var kinds = []*Kind{
	&okKind,
	&unknownUserKind, &alterIDMismatchKind, &clockSkewKind, &serverClockSkewKind,
	&legacyRefusedKind, &insecureRefusedKind, &serverRefusedKind,
	&replayKind, &corruptKind,
	&transportMismatchKind, &notVMessKind, &notVMessServerKind,
	&midStreamKind, &gapKind, &gapAtStartKind, &oneWayKind, &snaplenKind,
	&tlsKeysMissingKind, &unsupportedTransportKind,
	&limitKind, &toolFaultKind,
}

// Kinds gives the closed list.
func Kinds() []*Kind { return kinds }

// Lookup finds an entry by its id.
func Lookup(id string) (*Kind, bool) {
	for _, k := range kinds {
		if k.ID == id {
			return k, true
		}
	}
	return nil, false
}

//go:embed *.md
var pages embed.FS

// Page gives the verdict's documentation: what it means, how it comes about,
// what to do.
func (k *Kind) Page() string {
	text, err := pages.ReadFile(strings.ReplaceAll(k.ID, "-", "_") + ".md")
	if err != nil {
		return k.Title + "\n"
	}
	return string(text)
}

// verdict makes a verdict of this kind.
func (k *Kind) verdict(reason string, e ...Item) Verdict {
	return Verdict{ID: k.ID, Reason: reason, Evidence: e}
}
