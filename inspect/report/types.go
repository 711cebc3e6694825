package report

import (
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Session is one session as it is reported: the facts, the judgement and the
// names that the user gave.
type Session struct {
	Index   int    // from 1, in the order of the first packets
	User    string // label, or "#1" for the first account; empty where none matched or the id was announced
	ID      string // the id itself, only where secrets were asked for
	By      int    // index of the session that announced the id, else 0
	Facts   *session.Facts
	Verdict verdict.Verdict
}

// Summary closes a run.
type Summary struct {
	Capture    capture.Summary
	Sessions   int
	Hidden     int     // sessions besides, which a Filter kept back
	Verdicts   []Count // by verdict, in the order of the closed list
	OtherFlows int
	Findings   []verdict.Finding
	Log        *verdict.Hearing // what became of the server's log; nil if there was none
	Limits     []string         // names of the limits that were hit
}

// Other is a flow that is no VMess attempt; it is listed only on demand.
type Other struct {
	Flow     *flow.Record
	Up, Down int64 // bytes that sides A and B sent
}

// Count is how many sessions got a verdict.
type Count struct {
	ID string
	N  int
}

// Writer receives a run: the capture first, then each session, then the other
// flows if they were asked for, the summary last.
type Writer interface {
	Capture(*capture.Summary) error
	Session(*Session) error
	Other(*Other) error
	Summary(*Summary) error
}
