package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vmesskit/codec"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

// TestScripts runs testdata/script. Beside testscript's own commands they have
//
//	vmess ARGUMENT...             runs a command line, which ends with status 0
//	status N ARGUMENT...          the same with status N
//	input FILE                    is the standard input of the next command
//	users CASE FILE               writes the users of a capture as a list of ids
//	nosecrets CASE                no id or key of the case in the last output
//	secrets CASE                  the ids of the case are in it
//
// and the variables $CAPTURES and $LOGS, where the captures are, and STDOUT_COLUMNS,
// STDERR_COLUMNS, which make terminals of the two.
func TestScripts(t *testing.T) {
	captures, err := filepath.Abs("../../testdata/captures")
	if err != nil {
		t.Fatal(err)
	}
	cases := readManifest(t, captures)
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("CAPTURES", captures)
			e.Setenv("LOGS", filepath.Join(filepath.Dir(captures), "logs"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"vmess":     func(ts *testscript.TestScript, neg bool, args []string) { runScript(ts, exitFine, args) },
			"status":    status,
			"input":     func(ts *testscript.TestScript, neg bool, args []string) { ts.Setenv("INPUT", args[0]) },
			"users":     cases.users,
			"nosecrets": cases.noSecrets,
			"secrets":   cases.secrets,
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	runScript(ts, want, args[1:])
}

func runScript(ts *testscript.TestScript, want int, args []string) {
	env := scriptEnv(ts)
	if name := ts.Getenv("INPUT"); name != "" {
		f, err := os.Open(ts.MkAbs(name))
		ts.Check(err)
		defer f.Close()
		ts.Setenv("INPUT", "")
		env.Stdin = f
	}
	if got := Main(context.Background(), append([]string{"vmess"}, args...), env); got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

// scriptEnv is the world of a script. Randomness always is the same.
func scriptEnv(ts *testscript.TestScript) Env {
	stdout, stderr := ts.Stdout(), ts.Stderr()
	return Env{
		Stdin:  strings.NewReader(""),
		Stdout: stdout,
		Stderr: stderr,
		Getenv: ts.Getenv,
		Open:   func(name string) (fs.File, error) { return os.Open(ts.MkAbs(name)) },
		Spool: func() (Spool, error) {
			f, err := os.Create(ts.MkAbs("spool"))
			return tempFile{f}, err
		},
		Stat: func(name string) (fs.FileInfo, error) { return os.Stat(ts.MkAbs(name)) },
		New: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(ts.MkAbs(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		},
		Append: func(name string) (io.WriteCloser, error) {
			return os.OpenFile(ts.MkAbs(name), os.O_WRONLY|os.O_APPEND, 0)
		},
		Mkdir: func(name string, perm fs.FileMode) error { return os.Mkdir(ts.MkAbs(name), perm) },
		Create: func(name string, perm fs.FileMode) (io.WriteCloser, error) {
			return os.OpenFile(ts.MkAbs(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
		},
		Tick: func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} },
		Now:  func() time.Time { return time.Unix(1_700_000_000, 0) },
		Rand: rand.NewChaCha8([32]byte{1}),
		Columns: func(stream any) int {
			name := "STDOUT_COLUMNS"
			if stream == any(stderr) {
				name = "STDERR_COLUMNS"
			}
			n, _ := strconv.Atoi(ts.Getenv(name))
			return n
		},
	}
}

// manifest has the users of each case.
type manifest map[string][]manifestUser

type manifestUser struct {
	ID      string
	AlterID int `json:"alter_id"`
}

func readManifest(t *testing.T, captures string) manifest {
	text, err := os.ReadFile(filepath.Join(captures, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name  string
			Users []manifestUser
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	m := manifest{}
	for _, c := range file.Cases {
		m[c.Name] = c.Users
	}
	return m
}

func (m manifest) of(ts *testscript.TestScript, name string) []manifestUser {
	if len(m[name]) == 0 {
		ts.Fatalf("the manifest has no users for %s", name)
	}
	return m[name]
}

func (m manifest) users(ts *testscript.TestScript, neg bool, args []string) {
	var b strings.Builder
	for i, u := range m.of(ts, args[0]) {
		fmt.Fprintf(&b, "%s %d user-%d\n", u.ID, u.AlterID, i+1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// lastOutput gives all that the last command printed, without the hyphens
// and colons that may stand in hexadecimal digits.
func lastOutput(ts *testscript.TestScript) string {
	return strings.NewReplacer("-", "", ":", "", " ", "").
		Replace(strings.ToLower(ts.ReadFile("stdout") + ts.ReadFile("stderr")))
}

func (m manifest) noSecrets(ts *testscript.TestScript, neg bool, args []string) {
	out := lastOutput(ts)
	if len(out) < 100 {
		ts.Fatalf("only %d bytes of output to look through", len(out))
	}
	for _, u := range m.of(ts, args[0]) {
		id, err := codec.ParseUUID(u.ID)
		ts.Check(err)
		key := id.CmdKey()
		for i, secret := range slices.Concat([]codec.ID{id, codec.ID(key)}, codec.AlterIDs(nil, id, u.AlterID)) {
			if strings.Contains(out, hex.EncodeToString(secret[:])) {
				ts.Fatalf("secret %d of user %s is in the output (0 the id, 1 its key, then alter ids)", i, u.ID)
			}
		}
	}
}

func (m manifest) secrets(ts *testscript.TestScript, neg bool, args []string) {
	out := lastOutput(ts)
	for _, u := range m.of(ts, args[0]) {
		if !strings.Contains(out, strings.ReplaceAll(u.ID, "-", "")) {
			ts.Fatalf("the id %s is not in the output", u.ID)
		}
	}
}
