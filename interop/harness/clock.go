package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// clockEnv is where a program with a movable clock finds by how many seconds.
const clockEnv = "VMESSKIT_CLOCK_AHEAD"

// The edit of the standard library's time.Now. Programs in Go read the clock
// through the kernel's page and not through libc, so that faketime does not
// reach them.
const (
	clockWas = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	clockIs  = clockWas + "\tsec += clockAhead\n"
	clockEnd = `
var clockAhead = func() (n int64) {
	text, _ := syscall.Getenv("` + clockEnv + `")
	negative := len(text) > 0 && text[0] == '-'
	for _, c := range []byte(text) {
		if '0' <= c && c <= '9' {
			n = 10*n + int64(c-'0')
		}
	}
	if negative {
		return -n
	}
	return n
}()
`
)

// clockOverlay writes what "go build -overlay" wants for a program whose clock
// can be moved.
func clockOverlay(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	name := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if bytes.Count(text, []byte(clockWas)) != 1 {
		return "", fmt.Errorf("%s: time.Now is not as it was when this was written", name)
	}
	text = bytes.Replace(text, []byte(clockWas), []byte(clockIs), 1)
	text = bytes.Replace(text, []byte("import (\n"), []byte("import (\n\t\"syscall\"\n"), 1)
	edited := filepath.Join(dir, "time.go.txt")
	if err := os.WriteFile(edited, append(text, clockEnd...), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{name: edited}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o600)
}

// clockEnvironment moves the clock of a program that was built for it.
func clockEnvironment(ahead time.Duration) []string {
	if ahead == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s=%d", clockEnv, int64(ahead/time.Second))}
}
