package cli

import (
	"bufio"
	"errors"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/report"
)

// treeBytes is how much of the bodies a tree has, if nothing else is asked for.
const treeBytes = 64 << 10

// decodeTree prints one session in detail, and its fields.
func decodeTree(env *Env, in *inputs, options inspect.Options, o *decodeOptions, progress *progress, out *bufio.Writer) error {
	s, trace, err := inspect.Trace(in.list, options, o.tree, o.body)
	progress.done()
	var none *inspect.NoSession
	switch {
	case errors.As(err, &none):
		return usagef("%v", none).or("--tree takes a number from the list of sessions")
	case err != nil:
		return err
	}
	if o.redactor != nil {
		s = o.redactor.Session(s)
	}
	if err := o.printTree(env, out, s, trace, len(options.Accounts)); err != nil {
		return err
	}
	if !s.Verdict.OK() {
		return errNegative
	}
	return nil
}

// printTree prints the session, then its fields: two lines of JSON, or text.
func (o *decodeOptions) printTree(env *Env, out *bufio.Writer, s *report.Session, trace *codec.Trace, users int) error {
	text := o.text(env, users)
	tree := report.TreeOptions{Width: text.Width, Color: text.Color, Secrets: o.secrets, Redact: o.redactor != nil}
	if o.json {
		if err := o.writer(env, out, users).Session(s); err != nil {
			return err
		}
		return report.TreeJSON(out, trace, tree)
	}
	if err := report.Detail(out, s, text); err != nil {
		return err
	}
	out.WriteByte('\n')
	return report.Tree(out, trace, tree)
}
