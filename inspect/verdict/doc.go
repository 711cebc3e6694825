// Package verdict judges what happened to each session, and why. It reads
// facts only.
//
// The verdicts are a closed list (kinds, in list.go). Each is one file with its
// page beside it: clock_skew.go and clock_skew.md. The file has the rule that
// recognises the case and the words for it. The order in which the rules are
// asked is the order of suspicion, in judge.go: start there.
//
// Findings group the sessions by cause. Two witnesses may come besides: the
// server's log (Consider, testimony.go) and configurations (Contradictions).
package verdict
