package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	ids "vmesskit/inspect/config/users"
)

// The exit status of the command. Those from 128 on are what a shell shows for
// a process that a signal ended.
const (
	exitFine        = 0
	exitNegative    = 1
	exitUsage       = 2
	exitUnreadable  = 3
	exitLimit       = 4
	exitInterrupted = 130 // SIGINT
	exitBrokenPipe  = 141 // SIGPIPE
)

// errNegative ends a run that worked and whose result is not a good one. The
// result says everything, so that nothing is printed for it.
var errNegative = errors.New("negative result")

// usageError is a wrong command line.
type usageError struct {
	what string
	next string // what to do about it; where it is empty the help is named
}

func (e *usageError) Error() string { return e.what }

func usagef(format string, args ...any) *usageError {
	return &usageError{what: fmt.Sprintf(format, args...)}
}

// or names the next step.
func (e *usageError) or(format string, args ...any) *usageError {
	e.next = fmt.Sprintf(format, args...)
	return e
}

// inputError is an input that cannot be read.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// unreadable says which input cannot be read. What the system says would name
// the file a second time.
func unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &inputError{fmt.Errorf("%s: %w", show(name), err)}
}

// limitError ends a run that a limit cut short.
type limitError struct{ text string }

func (e *limitError) Error() string { return e.text }

// exitStatus is the one place that maps an error to a status.
func exitStatus(err error) int {
	var usage *usageError
	var limit *limitError
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errNegative):
		return exitNegative
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &limit):
		return exitLimit
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, syscall.EPIPE):
		return exitBrokenPipe
	}
	return exitUnreadable
}

// tell prints what an error has to say, in one line.
func tell(env *Env, command string, err error) {
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errNegative), errors.Is(err, syscall.EPIPE):
		return
	case errors.As(err, &usage):
		next := usage.next
		if next == "" {
			next = "see " + strings.TrimSpace("vmess help "+command)
		}
		env.say(usage.what + "; " + next)
	default:
		env.say(err.Error())
	}
}

// note prints what is worth knowing although the run goes on.
func (e *Env) note(format string, args ...any) { e.say(fmt.Sprintf(format, args...)) }

// say prints one line of which a terminal can take no harm.
func (e *Env) say(text string) {
	var b strings.Builder
	for i, r := range text {
		switch {
		case unicode.IsPrint(r) && r != utf8.RuneError:
			b.WriteRune(r)
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	fmt.Fprintf(e.Stderr, "vmess: %s\n", b.String())
}

// show gives a word of the command line as a message may have it. An id in the
// wrong place is not repeated; a file's name may begin with one.
func show(word string) string {
	after, found := ids.CutID(strings.TrimLeft(word, "-"))
	switch {
	case word == "":
		return `""`
	case found && !strings.HasPrefix(after, ".") && !strings.HasPrefix(after, "_"):
		return "(an id)"
	}
	return word
}
