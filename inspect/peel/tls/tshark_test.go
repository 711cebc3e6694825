package tls

import (
	"bytes"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// TestTshark holds the bytes inside of every connection against tshark. It
// runs with VMESSKIT_PEERS=1, which `make test-peers` sets after it has
// installed what it needs.
func TestTshark(t *testing.T) {
	if os.Getenv("VMESSKIT_PEERS") == "" {
		t.Skip("asks tshark; run `make test-peers`")
	}
	files := tlsCaptures(t)
	some := 0
	for _, file := range slices.Sorted(maps.Keys(files)) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			flows := readCapture(t, file, files[file])
			theirs := askTshark(t, file, files[file], flows)
			for i, in := range flows {
				if in.layer().Halt == flow.Unsupported {
					continue
				}
				for side, want := range theirs[i] {
					some += len(want)
					if !bytes.Equal(in.got[side], want) {
						t.Errorf("connection %d, %s: %d bytes, tshark has %d\n%s", i, flow.Side(side), len(in.got[side]), len(want), in)
					}
				}
			}
		})
	}
	if some < 100_000 {
		t.Errorf("tshark opened %d bytes in all", some)
	}
}

// askTshark gives what tshark finds in each connection, by side.
func askTshark(t *testing.T, file, keys string, flows []*inner) [][2][]byte {
	t.Helper()
	args := []string{"-r", file, "-n", "-q", "-o", "tcp.reassemble_out_of_order:TRUE"}
	for i := range flows {
		args = append(args, "-z", "follow,tls,raw,"+strconv.Itoa(i))
	}
	if keys != "" {
		args = append(args, "-o", "tls.keylog_file:"+keys)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+t.TempDir())
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark is needed here; `make test-peers` installs it (on Debian: tshark): %v\n%s", err, &stderr)
	}
	out := make([][2][]byte, len(flows))
	stream, first := -1, flow.A
	for line := range strings.Lines(stdout.String()) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "" || line[0] == '=' || strings.HasPrefix(line, "Follow: ") || strings.HasPrefix(line, "Node 1: "):
		case strings.HasPrefix(line, "Filter: "):
			stream, _ = strconv.Atoi(strings.TrimPrefix(line, "Filter: tcp.stream eq "))
		case strings.HasPrefix(line, "Node 0: "): // its lines are not indented
			first = flow.A
			if strings.HasSuffix(line, ":"+strconv.Itoa(int(flows[stream].rec.Ends[flow.B].Port()))) {
				first = flow.B
			}
		default:
			side := first
			if line[0] == '\t' {
				side = first.Other()
			}
			b, err := hex.DecodeString(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("tshark: %v in %q", err, line)
			}
			out[stream][side] = append(out[stream][side], b...)
		}
	}
	return out
}
