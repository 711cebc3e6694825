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

	Client, Server string // in the place of their addresses, where a Redactor gave them others
}

// client and server give the ends as they are shown.
func (s *Session) client() string {
	if s.Client != "" {
		return s.Client
	}
	return endpoint(s.Facts.Flow.Ends[s.Facts.Client])
}

func (s *Session) server() string {
	if s.Server != "" {
		return s.Server
	}
	return endpoint(s.Facts.Flow.Ends[s.Facts.Server()])
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

	A, B string // in the place of their addresses, where a Redactor gave them others
}

// ends gives both as they are shown.
func (o *Other) ends() (a, b string) {
	if o.A != "" {
		return o.A, o.B
	}
	return endpoint(o.Flow.Ends[flow.A]), endpoint(o.Flow.Ends[flow.B])
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
