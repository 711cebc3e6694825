package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	"vmesskit/inspect/serverlog"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// serverLogs are the server's own logs.
type serverLogs struct {
	files  []string
	offset *int64 // by how many seconds their times are ahead of UTC, where that was given
}

// witness reads the logs when it is known what to ask them for; nil where there
// are none.
func (s *serverLogs) witness(ctx context.Context, env *Env) func([]*session.Facts, []verdict.Verdict) (*verdict.Hearing, error) {
	if len(s.files) == 0 {
		return nil
	}
	return func(all []*session.Facts, verdicts []verdict.Verdict) (*verdict.Hearing, error) {
		asked := verdict.Ask(all)
		t := &verdict.Testimony{Offset: s.offset}
		for _, name := range s.files {
			if err := readLog(ctx, env, name, asked, t); err != nil {
				return nil, err
			}
		}
		return verdict.Consider(all, verdicts, t), nil
	}
}

func readLog(ctx context.Context, env *Env, name string, asked *verdict.Asked, t *verdict.Testimony) error {
	src := env.Stdin
	if name != "-" {
		f, err := env.open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		src = f
	}
	var read atomic.Int64
	text, err := unpacked(&watched{ctx, src, io.NopCloser(nil), &read})
	if err == nil {
		err = serverlog.Read(text, asked, t)
	}
	if err != nil && ctx.Err() == nil {
		return unreadable(called(name), err)
	}
	return err
}

// unpacked takes gzip off: logs are packed when they are put away.
func unpacked(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return gzip.NewReader(in)
	}
	return in, nil
}

// parseOffset reads "+08:00", "-0330", "8" or "Z".
func parseOffset(text string) (seconds int64, ok bool) {
	if text == "Z" || text == "UTC" {
		return 0, true
	}
	sign, digits := int64(1), text
	switch {
	case strings.HasPrefix(text, "-"):
		sign, digits = -1, text[1:]
	case strings.HasPrefix(text, "+"):
		digits = text[1:]
	}
	hours, minutes, colon := strings.Cut(digits, ":")
	if !colon && len(digits) == 4 {
		hours, minutes = digits[:2], digits[2:]
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	m := uint64(0)
	if err == nil && minutes != "" {
		m, err = strconv.ParseUint(minutes, 10, 8)
	}
	if err != nil || h > 15 || m > 59 || colon && len(minutes) != 2 {
		return 0, false
	}
	return sign * int64(h*3600+m*60), true
}
