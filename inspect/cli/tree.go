package cli

import (
	"bufio"
	"errors"

	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
)

// treeBytes is how much of the bodies a tree has.
const treeBytes = 1 << 20

// decodeTree prints one session in detail, and its fields.
func decodeTree(env *Env, in *inputs, options inspect.Options, o *decodeOptions, progress *progress, out *bufio.Writer) error {
	s, trace, err := inspect.Trace(in.list, options, o.tree, treeBytes)
	progress.done()
	var unread *capture.Error
	switch {
	case s == nil && err != nil && !errors.As(err, &unread):
		return usagef("%v", err).or("--tree takes a number from the list of sessions")
	case err != nil:
		return err
	}
	if err := report.Detail(out, s, nil, o.text(env, len(options.Accounts))); err != nil {
		return err
	}
	_ = trace
	if !s.Verdict.OK() {
		return errNegative
	}
	return nil
}
