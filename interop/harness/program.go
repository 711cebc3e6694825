package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// xrayMain is Xray's own program, of the version in go.mod.
const xrayMain = "github.com/xtls/xray-core/main"

// builds has the programs that were built by this process.
var builds struct {
	sync.Mutex
	dir   string
	paths map[string]string
}

// Cleanup removes the programs that were built. Whoever calls Run calls it at
// the end of the process.
func Cleanup() {
	builds.Lock()
	defer builds.Unlock()
	if builds.dir != "" {
		os.RemoveAll(builds.dir)
	}
	builds.dir, builds.paths = "", nil
}

// command gives the words that start a peer, whose configuration is its input.
func (p *Peer) command(ctx context.Context) ([]string, error) {
	switch {
	case p.Program == V2Ray && p.Clock != 0:
		return nil, fmt.Errorf("the clock of %s cannot be moved", p.Program)
	case p.Program == V2Ray:
		return []string{"v2ray", "-config", "stdin:"}, nil
	case p.Program == Xray:
		path, err := buildXray(ctx, p.Clock != 0)
		return []string{path, "run", "-config", "stdin:"}, err
	}
	return nil, fmt.Errorf("there is no program %q", p.Program)
}

// buildXray builds Xray once, or once with a clock that can be moved.
func buildXray(ctx context.Context, clock bool) (string, error) {
	builds.Lock()
	defer builds.Unlock()
	name := "xray"
	if clock {
		name = "xray-clock"
	}
	if path := builds.paths[name]; path != "" {
		return path, nil
	}
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "vmesskit-peers-")
		if err != nil {
			return "", err
		}
		builds.dir, builds.paths = dir, map[string]string{}
	}
	path := filepath.Join(builds.dir, name)
	args := []string{"build", "-o", path}
	if clock {
		overlay, err := clockOverlay(ctx, builds.dir)
		if err != nil {
			return "", err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, xrayMain)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", xrayMain, err, out)
	}
	builds.paths[name] = path
	return path, nil
}

// Version asks a program which it is.
func Version(ctx context.Context, p Program) (string, error) {
	argv := []string{"v2ray", "-version"}
	if p == Xray {
		path, err := buildXray(ctx, false)
		if err != nil {
			return "", err
		}
		argv = []string{path, "version"}
	}
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", p, err)
	}
	words := strings.Fields(string(out))
	if len(words) < 2 {
		return "", fmt.Errorf("%s does not say its version: %q", p, out)
	}
	return words[1], nil
}
