package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// testEnv is an environment in which the command line is all there is.
func testEnv(stdout, stderr io.Writer) Env {
	return Env{
		Stdin:  strings.NewReader(""),
		Stdout: stdout,
		Stderr: stderr,
		Getenv: func(string) string { return "" },
		Open:   func(name string) (fs.File, error) { return os.Open(name) },
		Stat:   func(name string) (fs.FileInfo, error) { return os.Stat(name) },
		New: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		},
		Append: func(name string) (io.WriteCloser, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		},
		Mkdir: func(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) },
		Create: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
		},
		Spool:   newSpool,
		Tick:    func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
		Now:     func() time.Time { return time.Unix(1_700_000_000, 0) },
		Rand:    strings.NewReader(strings.Repeat("0123456789abcdef", 16)),
		Columns: func(any) int { return 0 },
	}
}

const oneSession = "../../testdata/captures/fail-dest-refused.pcap"

// stuck is an input from which nothing comes but the interrupt.
type stuck struct {
	interrupt context.CancelFunc
	test      context.Context
}

func (s stuck) Read([]byte) (int, error) {
	s.interrupt()
	<-s.test.Done()
	return 0, io.EOF
}

// TestInterrupt cancels a run that waits for its input: what came until then
// is shown.
func TestInterrupt(t *testing.T) {
	whole, err := os.ReadFile(oneSession)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		sent   int // bytes of the capture before the interrupt
		want   string
		stderr string
	}{
		{"at once", 0, "", "vmess: interrupted\n"},
		{"in a packet", len(whole) - 10, `"type":"summary"`, "vmess: interrupted; the result is of what was read until then\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var stdout, stderr bytes.Buffer
			env := testEnv(&stdout, &stderr)
			env.Stdin = io.MultiReader(bytes.NewReader(whole[:c.sent]), stuck{cancel, t.Context()})
			if got := Main(ctx, []string{"vmess", "decode", "-", "--json", "--id", "some-text", "--skew-budget", "1"}, env); got != exitInterrupted {
				t.Errorf("status %d, want %d", got, exitInterrupted)
			}
			if got := stdout.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("stdout %q, want %q in it", got, c.want)
			}
			if got := stderr.String(); !strings.HasSuffix(got, c.stderr) {
				t.Errorf("stderr %q, want %q at its end", got, c.stderr)
			}
		})
	}
}

// failing is a writer that does not write.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputFails(t *testing.T) {
	broken := &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	full := &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	for _, args := range []string{
		"version", "help", "schema", "help verdict", "id new -n 3", "id map x", "id alter x",
		"id check x", "id key x --show-secrets", "build request --id x", "build session --id x --json", "build session --id x --bytes 1M --pcap -",
		"vectors list", "vectors export id", "vectors verify testdata/right.json", "completion bash", "man",
		"decode " + oneSession, "decode --json " + oneSession, "decode --tree 1 " + oneSession,
	} {
		for _, c := range []struct {
			err    error
			want   int
			stderr string
		}{
			{broken, exitBrokenPipe, ""},
			{full, exitUnreadable, "vmess: write /dev/stdout: no space left on device\n"},
		} {
			var stderr bytes.Buffer
			line := strings.Fields("vmess " + args)
			if got := Main(t.Context(), line, testEnv(failing{c.err}, &stderr)); got != c.want {
				t.Errorf("%s: %v: status %d, want %d", args, c.err, got, c.want)
			}
			if got := stderr.String(); got != c.stderr {
				t.Errorf("%s: %v: stderr %q, want %q", args, c.err, got, c.stderr)
			}
		}
	}
}

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errNegative, 1},
		{usagef("wrong"), 2},
		{fmt.Errorf("more: %w", usagef("wrong")), 2},
		{unreadable("a.pcap", fs.ErrNotExist), 3},
		{errors.New("another"), 3},
		{&limitError{"sessions"}, 4},
		{context.Canceled, 130},
		{errInterrupted{}, 130},
		{syscall.EPIPE, 141},
	} {
		if got := exitStatus(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
	}
}

// TestOneLine holds what the command says to one line, whatever the arguments
// are.
func TestOneLine(t *testing.T) {
	const id = "5bcdc5d2-0000-4000-8000-1234567890ab"
	for _, word := range []string{"a\nb", "\x1b[31m", id, strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "--" + id, id + ",4,x", "-", "", "\xff"} {
		for _, args := range [][]string{
			{word}, {"decode", word}, {"decode", "x", "--port", word}, {"decode", "x", "--server", word},
			{"decode", "x", "--user", word}, {"decode", "x", "--verdict", word}, {"decode", "x", "--color", word},
			{"decode", "x", "--tree", word}, {"decode", "x", "--config", word}, {"decode", "x", "--id-file", word},
			{"id", word}, {"id", "new", word}, {"id", "new", "-n", word}, {"id", "map", word + strings.Repeat("x", 30)},
			{"build", word}, {"build", "request", "--target", word}, {"build", "request", "--up", word}, {"build", "session", "--id", "x", "--from", word},
			{"build", "request", "--id", "x", "--user", word}, {"build", "request", "--options", word}, {"build", "request", "--time", word},
			{"id", "key", word}, {"id", "key", "--show-secrets", word + "0"}, {"id", "check", "--id-file", word}, {"completion", word}, {"man", word},
			{"vectors", word}, {"vectors", "export", word}, {"vectors", "verify", word},
			{"help", word}, {"help", "verdict", word}, {"version", word}, {"version", "--json=" + word}, {"schema", "--" + word},
		} {
			var stdout, stderr bytes.Buffer
			Main(t.Context(), append([]string{"vmess"}, args...), testEnv(&stdout, &stderr))
			if stderr.Len() == 0 {
				continue // it is no mistake here
			}
			lines := strings.SplitAfter(stderr.String(), "\n")
			last := lines[max(0, len(lines)-2)]
			if strings.Count(stderr.String(), "vmess: ") != 1 || !strings.HasPrefix(last, "vmess: ") || strings.Contains(last, "\x1b") || !utf8.ValidString(last) {
				t.Errorf("%q: last line %q", args, last)
			}
			if strings.Contains(strings.ToLower(stderr.String()), "5bcdc5d2") {
				t.Errorf("%q: the id is in %q", args, stderr.String())
			}
		}
	}
}
