package cli

import (
	"context"

	"vmesskit/codec"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// webPage is --html.
type webPage struct {
	*newFile
	o       *decodeOptions
	g       *gather
	details map[int]*report.HTMLDetail
}

func beginPage(ctx context.Context, env *Env, o *decodeOptions, g *gather) (output, error) {
	w, err := createNew(ctx, env, o.outputs.html)
	if err != nil {
		return nil, err
	}
	return &webPage{w, o, g, make(map[int]*report.HTMLDetail)}, nil
}

// session asks for what is shown of the first sessions.
func (p *webPage) session(s *report.Session) (session.Tap, *codec.Trace) {
	last := p.g.sessions[min(len(p.g.sessions), report.HTMLDetails)-1]
	if s.Index > last.Index {
		return nil, nil
	}
	d := &report.HTMLDetail{Timeline: report.NewTimeline(s.Facts), Trace: &codec.Trace{MaxBytes: report.HTMLBodies}}
	p.details[s.Index] = d
	return d.Timeline, d.Trace
}

func (p *webPage) finish() (string, error) {
	made := &report.HTMLPage{Sessions: p.g.sessions, Summary: p.g.summary, Details: p.details}
	if r := p.o.redactor; r != nil {
		made.Summary, made.Sessions = r.Summary(made.Summary), nil
		for _, s := range p.g.sessions {
			made.Sessions = append(made.Sessions, r.Session(s))
		}
	}
	err := report.HTML(p, made, report.HTMLOptions{
		NoHash: p.o.noHash, Secrets: p.o.secrets, Redacted: p.o.redactor != nil, Users: p.o.given,
	})
	return called(p.name) + ": a page of " + plural(len(p.g.sessions), "session"), p.close(err)
}
