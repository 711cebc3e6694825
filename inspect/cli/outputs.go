package cli

import (
	"context"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
	"vmesskit/inspect/report/inner"
	"vmesskit/inspect/session"
)

// outputOptions names the files that are made of what sessions carried.
type outputOptions struct {
	write   string // pcapng of the inner streams; "-" is the standard output
	extract string // folder for a file a direction
	html    string // page; "-" as above
}

func (o *outputOptions) any() bool { return o.write != "" || o.extract != "" || o.html != "" }

// takesStdout reports whether a file goes where the list would.
func (o *outputOptions) takesStdout() bool { return o.write == "-" || o.html == "-" }

// output is one of them in the making: it takes part in the second reading of
// the captures.
type output interface {
	// session says what is wanted of a session, in either of the two; nil for
	// nothing.
	session(s *report.Session) (session.Tap, *codec.Trace)
	// finish writes the rest and says in words what there is.
	finish() (what string, err error)
}

// gather is a report.Writer that keeps what it is told and passes it on.
type gather struct {
	report.Writer
	capture  *capture.Summary
	sessions []*report.Session
	summary  *report.Summary
}

func (g *gather) Capture(c *capture.Summary) error {
	g.capture = c
	return g.Writer.Capture(c)
}

func (g *gather) Session(s *report.Session) error {
	g.sessions = append(g.sessions, s)
	return g.Writer.Session(s)
}

func (g *gather) Summary(s *report.Summary) error {
	g.summary = s
	return g.Writer.Summary(s)
}

// nowhere is a report.Writer that writes nothing.
type nowhere struct{}

func (nowhere) Capture(*capture.Summary) error { return nil }
func (nowhere) Session(*report.Session) error  { return nil }
func (nowhere) Other(*report.Other) error      { return nil }
func (nowhere) Summary(*report.Summary) error  { return nil }

// writeOutputs reads the captures again and makes the files of the sessions that
// are listed.
func writeOutputs(ctx context.Context, env *Env, in *inputs, options inspect.Options, o *decodeOptions, g *gather, progress *progress) error {
	list, err := o.beginOutputs(ctx, env, g)
	if err == nil {
		err = readAgain(in, options, g.sessions, list)
	}
	progress.done()
	for _, out := range list {
		what, failed := out.finish()
		if err == nil && failed == nil {
			env.note("%s", what)
		}
		if err == nil {
			err = failed
		}
	}
	return err
}

// readAgain gives each session's second reading to the outputs.
func readAgain(in *inputs, options inspect.Options, sessions []*report.Session, list []output) error {
	wanted := make(map[int]*report.Session, len(sessions))
	for _, s := range sessions {
		wanted[s.Facts.Ordinal] = s
	}
	return inspect.Again(in.list, options, func(ordinal int) *session.Again {
		s := wanted[ordinal]
		if s == nil {
			return nil
		}
		again := s.Facts.Again()
		var taps []session.Tap
		for _, out := range list {
			tap, trace := out.session(s)
			if tap != nil {
				taps = append(taps, tap)
			}
			if trace != nil {
				again.Trace = trace
			}
		}
		if len(taps) > 0 {
			again.Tap = inner.Tee(taps...)
		}
		return again
	})
}

// beginOutputs opens what is asked for. What is open is given also if another
// one fails.
func (o *decodeOptions) beginOutputs(ctx context.Context, env *Env, g *gather) (list []output, err error) {
	if o.outputs.write != "" {
		out, err := beginConversations(ctx, env, o.outputs.write, g.sessions)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	if o.outputs.extract != "" {
		out, err := beginFiles(ctx, env, o.outputs.extract, g.sessions)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	if o.outputs.html != "" {
		out, err := beginPage(ctx, env, o, g)
		if err != nil {
			return list, err
		}
		list = append(list, out)
	}
	return list, nil
}

// plural writes a number with its noun.
func plural(n int, noun string) string { return report.Plural(int64(n), noun) }
