package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const buildID = "66ad4540-b58c-4ad2-9926-ea63445a9b57"

// runMain runs a command line that is to end well.
func runMain(t *testing.T, want int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := Main(t.Context(), append([]string{"vmess"}, args...), testEnv(&stdout, &stderr)); got != want {
		t.Fatalf("vmess %s: status %d, want %d: %s", strings.Join(args, " "), got, want, &stderr)
	}
	return stdout.String()
}

// TestBuildAndDecode builds a session of every cipher, header and command, and
// wants decode to find in the capture what was asked for.
func TestBuildAndDecode(t *testing.T) {
	dir := t.TempDir()
	users := filepath.Join(dir, "users.txt")
	if err := os.WriteFile(users, []byte(buildID+" 4 alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"aead", "legacy"} {
		for _, security := range []string{"aes-128-gcm", "chacha20-poly1305", "none", "zero", "aes-128-cfb", "unknown"} {
			for _, command := range []string{"tcp", "udp", "mux"} {
				for _, options := range []string{"", "0x01", "0x0d", "0x11", "0x15", "0x1d"} {
					if security == "zero" && (options != "" || command == "udp") {
						continue
					}
					t.Run(strings.Join([]string{scheme, security, command, options}, "/"), func(t *testing.T) {
						file := filepath.Join(dir, "built.pcap")
						args := []string{"build", "session", "--id-file", users, "--seed", "1", "--time", "1700000000",
							"--scheme", scheme, "--security", security, "--command", command, "--target", "198.51.100.9:80",
							"--up", "text:question", "--down", "text:answer", "--down", "size:5000", "--pcap", file}
						if options != "" {
							args = append(args, "--options", options)
						}
						if scheme == "legacy" {
							args = append(args, "--alter", "2", "--skew", "-7")
						}
						runMain(t, exitFine, args...)
						checkBuilt(t, runMain(t, exitFine, "decode", "--json", "--id-file", users, file), scheme, security, command)
					})
				}
			}
		}
	}
}

func checkBuilt(t *testing.T, decoded, scheme, security, command string) {
	t.Helper()
	var s struct {
		User, Scheme, Security, Command, Target, Verdict string
		Start                                            time.Time
		Alter                                            *int
		SkewS                                            int `json:"skew_s"`
		Up, Down                                         struct {
			Bytes int64
			End   string
		}
	}
	line := strings.Split(decoded, "\n")[1]
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		t.Fatal(err)
	}
	want := security
	if security == "zero" {
		want = "none"
	}
	alter, skew := -9, 0
	if s.Alter != nil {
		alter = *s.Alter
	}
	wantAlter := -9
	if scheme == "legacy" {
		wantAlter, skew = 2, -7
	}
	got := fmt.Sprint(s.User, s.Scheme, s.Security, s.Command, s.Verdict, s.Start.Unix(), alter, s.SkewS)
	if want := fmt.Sprint("alice", scheme, want, command, "ok", 1700000000, wantAlter, skew); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// What mux frames add is not payload of the session's own.
	if command != "mux" && (s.Up.Bytes != 8 || s.Down.Bytes != 5006 || s.Target != "198.51.100.9:80") {
		t.Errorf("%d bytes up and %d down to %s, want 8 and 5006 to 198.51.100.9:80", s.Up.Bytes, s.Down.Bytes, s.Target)
	}
	if s.Up.Bytes < 8 || s.Down.Bytes < 5006 {
		t.Errorf("%d bytes up and %d down", s.Up.Bytes, s.Down.Bytes)
	}
	if strings.Contains(decoded, buildID) {
		t.Error("the id is in the output")
	}
}

// TestBuildKeepsIDs wants no id in anything that was not asked for it.
func TestBuildKeepsIDs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, args := range []string{
		"build request --seed 1", "build request", "build response --seed 1", "build session --json", "build request --json",
		"build session --pcap -", "build sessions --sessions 3 --pcap -", "build request --raw",
	} {
		var stdout, stderr bytes.Buffer
		env := testEnv(&stdout, &stderr)
		env.Getenv = func(name string) string {
			if name == "VMESS_IDS" {
				return buildID
			}
			return ""
		}
		if got := Main(t.Context(), strings.Fields("vmess "+args), env); got != exitFine {
			t.Errorf("%s: status %d: %s", args, got, &stderr)
		}
		all := stdout.String() + stderr.String()
		for _, secret := range []string{buildID, strings.ReplaceAll(buildID, "-", ""), "81757e37f9668a8e7700d11ee834ede0", "\x66\xad\x45\x40\xb5\x8c"} {
			if strings.Contains(all, secret) {
				t.Errorf("%s: %q is in the output", args, secret)
			}
		}
	}
}

// TestBuildManySessions makes the sessions of a benchmark, and finds each of
// them again.
func TestBuildManySessions(t *testing.T) {
	dir := t.TempDir()
	users, file := filepath.Join(dir, "users.txt"), filepath.Join(dir, "many.pcap")
	args := []string{"build", "sessions", "--sessions", "500", "--users", "50", "--users-out", users, "--seed", "x",
		"--time", "1700000000", "--up", "size:100", "--down", "size:300", "--pcap", file}
	runMain(t, exitFine, args...)
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	runMain(t, exitFine, args...)
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same seed made another file, %v", err)
	}
	out := runMain(t, exitFine, "decode", "--json", "--id-file", users, file)
	if n := strings.Count(out, `"verdict":"ok"`); n != 500 {
		t.Errorf("%d sessions are ok, want 500", n)
	}
	if n := strings.Count(out, `"user":"user-50"`); n != 10 {
		t.Errorf("%d sessions of user-50, want 10", n)
	}
	if info, err := os.Stat(users); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the list of ids is for all to read: %v, %v", info.Mode(), err)
	}
}
