package inspect

import (
	"errors"
	"slices"
	"strconv"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Decode reads the inputs as one capture and writes what it finds to w. The
// error is the writer's or the log's, or a *capture.Error where nothing
// could be read; damage further in is in the summary, beside all that was decoded.
func Decode(inputs []capture.Input, o Options, w report.Writer) (*report.Summary, error) {
	decoder, sum, err := read(inputs, o, session.Options{})
	if err != nil {
		return nil, err
	}
	if err := w.Capture(&sum); err != nil {
		return nil, err
	}
	sessions, others := o.attempts(decoder.Facts())
	verdicts := verdict.Judge(sessions)
	summary := &report.Summary{Capture: sum, Sessions: len(sessions), OtherFlows: len(others), Limits: limits(decoder, &sum, sessions)}
	if o.Log != nil {
		if summary.Log, err = o.Log(sessions, verdicts); err != nil {
			return nil, err
		}
	}
	summary.Verdicts = countVerdicts(verdicts)
	summary.Findings = slices.Concat(
		verdict.RunLimits(summary.Limits, verdicts),
		verdict.Findings(sessions, verdicts, o.label),
	)
	if o.Compare != nil {
		summary.Findings = append(summary.Findings, o.Compare(sessions, o.name)...)
	}
	if err := o.write(w, sessions, verdicts, others); err != nil {
		return nil, err
	}
	return summary, w.Summary(summary)
}

// read runs the packets through the stages. Where a capture has secrets behind
// the connections that need them, it is read once more, if it can be.
func read(inputs []capture.Input, o Options, so session.Options) (*session.Decoder, capture.Summary, error) {
	if o.Keys == nil {
		o.Keys = peel.NewKeyLog()
	}
	known := o.Keys.Late()
	decoder, sum, err := readOnce(inputs, o, so)
	once := slices.ContainsFunc(inputs, func(in capture.Input) bool { return in.Once })
	if err == nil && !known && o.Keys.Late() && !once {
		return readOnce(inputs, o, so)
	}
	return decoder, sum, err
}

// secretsOfTLS is the kind of a block of pcapng that holds a key log.
const secretsOfTLS = 0x544c534b

func readOnce(inputs []capture.Input, o Options, so session.Options) (*session.Decoder, capture.Summary, error) {
	if o.Limits == (flow.Limits{}) {
		o.Limits = flow.DefaultLimits()
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	so.Hash, so.Budget, so.Limits, so.Workers = !o.NoHash, o.Budget, o.Limits, o.Workers
	decoder := session.NewDecoder(o.Accounts, so)
	defer decoder.Close()
	sum, err := capture.Read(inputs, peel.Open(decoder, peel.Options{Keys: o.Keys, Seeds: o.Seeds, Limits: o.Limits, Begins: decoder.Begins}), capture.Options{
		Limits: o.Limits, Unpack: o.Unpack, Progress: o.Progress,
		Secrets: func(kind uint32, data []byte) {
			if kind == secretsOfTLS {
				o.Keys.Read(data) // lines that are none are left out, as everywhere in a capture
			}
		},
	})
	return decoder, sum, err
}

// write reports the sessions in the order of their first packets.
func (o *Options) write(w report.Writer, sessions []*session.Facts, verdicts []verdict.Verdict, others []*session.Facts) error {
	index := make(map[*session.Facts]int, len(sessions))
	for i, f := range sessions {
		index[f] = i + 1
	}
	for i, f := range sessions {
		s := &report.Session{Index: i + 1, User: o.label(f), Facts: f, Verdict: verdicts[i]}
		if f.Auth != nil && f.Auth.From != nil {
			s.By = index[f.Auth.From]
		}
		if o.Secrets && s.User != "" {
			s.ID = o.Accounts[f.Auth.User].ID.String()
		}
		if err := w.Session(s); err != nil {
			return err
		}
	}
	if !o.Others {
		return nil
	}
	for _, f := range others {
		if err := w.Other(&report.Other{Flow: f.Flow, Up: f.Up.Wire, Down: f.Down.Wire}); err != nil {
			return err
		}
	}
	return nil
}

// label names the user of a session: the given label, or the number among the
// ids given.
func (o *Options) label(f *session.Facts) string {
	if f.Auth == nil || f.Auth.User < 0 {
		return ""
	}
	return o.name(f.Auth.User)
}

// name names an account.
func (o *Options) name(account int) string {
	if l := o.Accounts[account].Label; l != "" {
		return l
	}
	return "#" + strconv.Itoa(account+1)
}

func countVerdicts(list []verdict.Verdict) []report.Count {
	n := make(map[string]int)
	for i := range list {
		n[list[i].ID]++
	}
	var out []report.Count
	for _, k := range verdict.Kinds() {
		if n[k.ID] > 0 {
			out = append(out, report.Count{ID: k.ID, N: n[k.ID]})
		}
	}
	return out
}

// NoSession is the error for an index that no session has.
type NoSession struct{ Index, Sessions int }

func (e *NoSession) Error() string {
	return "session " + strconv.Itoa(e.Index) + ": the capture has " + strconv.Itoa(e.Sessions)
}

// Trace gives one session of the capture, by its index, with every byte of its
// headers and chunks mapped to a field. It reads the inputs twice: the first
// time tells which flows are sessions. Of the bodies maxBytes are kept; 0 is
// no bound. The error is that of Decode, or a *NoSession.
func Trace(inputs []capture.Input, o Options, index, maxBytes int) (*report.Session, *codec.Trace, error) {
	if o.Keys == nil {
		o.Keys = peel.NewKeyLog()
	}
	var pick picker
	pick.index = index
	if _, err := Decode(inputs, o, &pick); err != nil {
		return nil, nil, err
	}
	if pick.found == nil {
		return nil, nil, &NoSession{index, pick.seen}
	}
	t := &codec.Trace{MaxBytes: maxBytes}
	err := Again(inputs, o, func(ordinal int) *session.Again {
		if ordinal != pick.found.Facts.Ordinal {
			return nil
		}
		again := pick.found.Facts.Again()
		again.Trace = t
		return again
	})
	return pick.found, t, err
}

// Again reads the inputs of a run once more, for more than the facts: what was
// carried, and every field. The conversations are asked for by Facts.Ordinal; of
// which nothing is wanted, the function gives nil. The options are those of the
// run; with its Keys, which then hold what was in the capture, nothing has to be
// read for the secrets alone.
func Again(inputs []capture.Input, o Options, again func(ordinal int) *session.Again) error {
	o.NoHash = true
	if o.Keys == nil {
		o.Keys = peel.NewKeyLog()
		if _, _, err := readOnce(inputs, o, session.Options{}); err != nil {
			return err
		}
	}
	wanted := make(map[int]bool)
	decoder, _, err := readOnce(inputs, o, session.Options{Again: func(ordinal int) *session.Again {
		a := again(ordinal)
		if a != nil {
			wanted[ordinal] = true
		}
		return a
	}})
	if err != nil {
		return err
	}
	for _, f := range decoder.Facts() {
		if f.Flow.Panic != "" && wanted[f.Ordinal] {
			return errors.New("internal error in the session that began with packet " + strconv.FormatInt(f.Flow.Packet, 10) + ": " + f.Flow.Panic)
		}
	}
	return nil
}

// picker keeps one session of a run.
type picker struct {
	index, seen int
	found       *report.Session
}

func (p *picker) Capture(*capture.Summary) error { return nil }
func (p *picker) Other(*report.Other) error      { return nil }
func (p *picker) Summary(*report.Summary) error  { return nil }

func (p *picker) Session(s *report.Session) error {
	p.seen++
	if s.Index == p.index {
		p.found = s
	}
	return nil
}
