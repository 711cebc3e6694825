package h2

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// The tests here ask programs of others. They run with VMESSKIT_PEERS=1,
// which `make test-peers` sets after it has installed what they need.

func needPeers(t *testing.T) {
	if os.Getenv("VMESSKIT_PEERS") == "" {
		t.Skip("asks tshark; run `make test-peers`")
	}
}

// runTshark runs it on a capture, with the settings that it comes with.
func runTshark(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("tshark", append([]string{"-r", filepath.Join(captures, name), "-n"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+t.TempDir())
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark is needed here; `make test-peers` installs it (on Debian: tshark): %v\n%s", err, &stderr)
	}
	return stdout.String()
}

// TestTshark compares the streams with those that tshark finds: their numbers, the
// paths, and how many bytes of DATA each side sent.
func TestTshark(t *testing.T) {
	needPeers(t)
	for _, name := range grpcCaptures {
		t.Run(name, func(t *testing.T) {
			k := readCapture(t, name+".pcap")
			server := k.rec.Ends[flow.B].Port()
			out := runTshark(t, name+".pcap", "-d", fmt.Sprintf("tcp.port==%d,http2", server), "-Y", "http2", "-T", "fields",
				"-e", "tcp.srcport", "-e", "http2.type", "-e", "http2.streamid", "-e", "http2.length", "-e", "http2.headers.path")
			paths, sent := map[string]string{}, map[string]int{}
			for line := range strings.Lines(out) {
				f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
				types, ids, lengths := strings.Split(f[1], ","), strings.Split(f[2], ","), strings.Split(f[3], ",")
				for i, kind := range types {
					switch n, _ := strconv.Atoi(lengths[min(i, len(lengths)-1)]); {
					case kind == "0":
						sent[ids[i]+" from server "+strconv.FormatBool(f[0] == fmt.Sprint(server))] += n
					case kind == "1" && f[4] != "":
						paths[ids[i]] = f[4]
					}
				}
			}
			flows := play(t, began(), Options{}, 1<<20, k.events)
			if len(flows) != len(paths) {
				t.Errorf("%d streams, want %d", len(flows), len(paths))
			}
			for _, f := range flows {
				id := f.layer("h2").Get("stream")
				if got := f.layer("h2").Get("path"); got != paths[id] {
					t.Errorf("stream %s: path %q, want %q", id, got, paths[id])
				}
				for side, server := range []bool{false, true} {
					if got, want := len(f.got[side]), sent[id+" from server "+strconv.FormatBool(server)]; got > want || got < want*9/10 {
						t.Errorf("stream %s side %d: %d bytes in %d of DATA", id, side, got, want)
					}
				}
			}
		})
	}
}

// TestTsharkTLS reads HTTP/2 that tshark has taken out of TLS: its DATA is what
// VMess sent, without gRPC.
func TestTsharkTLS(t *testing.T) {
	needPeers(t)
	const name = "h2-tls-front-v5-v4"
	out := runTshark(t, name+".pcap", "-o", "tls.keylog_file:"+filepath.Join(captures, name+".keys"), "-q", "-z", "follow,tls,raw,0")
	var events []event
	client := false // whether it is the client whose lines are indented
	for line := range strings.Lines(out) {
		text, indented := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\t")
		p, err := hex.DecodeString(text)
		if err != nil || len(p) == 0 {
			continue // the table around it
		}
		if bytes.HasPrefix(p, []byte(preface)) {
			client = indented
		}
		e := event{p: p}
		if indented {
			e.side = flow.B
		}
		events = append(events, e)
	}
	if client {
		for i := range events {
			events[i].side = events[i].side.Other()
		}
	}
	c := manifestCase(t, name)
	flows := play(t, began(), Options{}, 1<<20, events)
	if len(flows) != len(c.Connections) {
		t.Fatalf("%d streams, want %d", len(flows), len(c.Connections))
	}
	want := oracle(t, (&kept{events: events}).sides())
	for i, f := range flows {
		for side := range f.got {
			wantBytes(t, fmt.Sprint("stream ", i, " side ", side), f.got[side], want[side][uint32(2*i+1)])
		}
		if h := f.layer("h2"); h.Get("method") != "PUT" || h.Get("path") != "/h2cap" || h.Answer != flow.Agreed || len(f.rec.Layers) != 1 {
			t.Errorf("got %v", h)
		}
		wantUser(t, f, c)
	}
}
