package cli

import (
	"bufio"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/report"
	"vmesskit/inspect/report/inner"
	"vmesskit/inspect/session"
)

// followOptions says whose dialogue to print.
type followOptions struct {
	session int // 0 for none
	sub     int // number of a sub-connection, 0 for all that there is
}

// parseFollow reads N or N.M.
func parseFollow(text string) (o followOptions, err error) {
	n, m, dotted := strings.Cut(text, ".")
	first, err := number("--follow", n, 1, 1e9)
	second := int64(0)
	if err == nil && dotted {
		second, err = number("--follow", m, 1, 1e9)
	}
	if err != nil {
		return o, usagef("--follow %s", show(text)).or("want N, the number of a session, or N.M for a sub-connection of it, both from 1")
	}
	return followOptions{session: int(first), sub: int(second)}, nil
}

// decodeFollow prints what one session carried.
func decodeFollow(env *Env, in *inputs, options inspect.Options, o *decodeOptions, progress *progress, out *bufio.Writer) error {
	g := &gather{Writer: nowhere{}}
	if _, err := inspect.Decode(in.list, options, g); err != nil {
		return err
	}
	s, err := o.follow.of(g.sessions)
	if err != nil {
		return err
	}
	text := o.text(env, len(options.Accounts))
	d := &dialogue{inner.NewDialogue(out, s, inner.DialogueOptions{JSON: o.json, Sub: o.follow.sub - 1, Width: text.Width})}
	if err := o.printFollowed(env, out, s, len(options.Accounts)); err != nil {
		return err
	}
	progress.done()
	err = readAgain(in, options, []*report.Session{s}, []output{d})
	if err == nil {
		_, err = d.finish()
	}
	if err == nil && !s.Verdict.OK() {
		return errNegative
	}
	return err
}

// of finds the session.
func (f *followOptions) of(list []*report.Session) (*report.Session, error) {
	if f.session > len(list) {
		return nil, usagef("%v", &inspect.NoSession{Index: f.session, Sessions: len(list)}).or("--follow takes a number from the list of sessions")
	}
	s := list[f.session-1]
	if f.sub > len(s.Facts.Mux) {
		return nil, usagef("session %d has %s", f.session, plural(len(s.Facts.Mux), "sub-connection")).or("--follow N.M takes the M-th of those that --tree N lists")
	}
	return s, nil
}

// printFollowed says whose dialogue it is.
func (o *decodeOptions) printFollowed(env *Env, out *bufio.Writer, s *report.Session, users int) error {
	if o.json {
		return o.writer(env, out, users).Session(s)
	}
	text, err := o.text(env, users), error(nil)
	if o.follow.sub > 0 {
		err = report.DetailOfSub(out, s, o.follow.sub-1, text)
	} else {
		err = report.Detail(out, s, text)
	}
	if err != nil {
		return err
	}
	words := "What it carried, as it is"
	switch f := s.Facts; {
	case f.Header == nil:
		words = "Nothing of what it carried could be opened"
	case o.follow.sub > 0:
		words = "What sub-connection " + strconv.Itoa(o.follow.sub) + " carried, as it is"
	}
	_, err = out.WriteString("\n" + words + "\n\n")
	return err
}

// dialogue is the output of --follow.
type dialogue struct{ made *inner.Dialogue }

func (d *dialogue) session(*report.Session) (session.Tap, *codec.Trace) { return d.made, nil }
func (d *dialogue) finish() (string, error)                             { return "", d.made.Err() }
