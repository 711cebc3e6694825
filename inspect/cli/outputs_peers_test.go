package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmesskit/inspect/report/inner"
)

// indexLine is what a test reads of a line of the index.
type indexLine struct {
	File, Direction, Network, Target string
	Session, Sub                     int
	Bytes                            int64
	Datagrams                        []struct{ Bytes int }
}

// extracted runs decode with --write and --extract over a capture of the corpus,
// and gives the pcapng's name and what is in the folder.
func extracted(t *testing.T, name string) (pcapng string, index []indexLine, contents map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	pcapng, folder := filepath.Join(dir, "inner.pcapng"), filepath.Join(dir, "files")
	args := []string{"vmess", "decode", filepath.Join(corpusDir, name), "--skew-budget", "1", "--write", pcapng, "--extract", folder}
	args = append(args, usersOf(t, name)...)
	var stderr bytes.Buffer
	if got := Main(context.Background(), args, testEnv(io.Discard, &stderr)); got > exitNegative {
		t.Fatalf("status %d: %s", got, &stderr)
	}
	contents = map[string][]byte{}
	text, err := os.ReadFile(filepath.Join(folder, inner.IndexName))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var l indexLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		index = append(index, l)
		if l.File == "" {
			continue
		}
		if contents[l.File], err = os.ReadFile(filepath.Join(folder, l.File)); err != nil {
			t.Fatal(err)
		}
		if int64(len(contents[l.File])) != l.Bytes {
			t.Errorf("%s has %d bytes, the index says %d", l.File, len(contents[l.File]), l.Bytes)
		}
	}
	return pcapng, index, contents
}

// tshark runs it with the settings that it comes with.
func tshark(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+t.TempDir())
	if err := cmd.Run(); err != nil {
		t.Fatalf("tshark is needed here; `make test-peers` installs it (on Debian: tshark): %v\n%s", err, &stderr)
	}
	return stdout.String()
}

// TestTsharkReadsWhatIsWritten wants tshark to find nothing wrong in the inner
// streams, to dissect HTTP and DNS, and to follow every stream to the very bytes
// that --extract writes.
func TestTsharkReadsWhatIsWritten(t *testing.T) {
	if os.Getenv("VMESSKIT_PEERS") == "" {
		t.Skip("asks tshark; run `make test-peers`")
	}
	for _, name := range []string{
		"aead-v4-v5-gcm.pcap", "dest-all-kinds.pcap", "shape-client-abort.pcap", "leg-ipv6.pcap", "crowd-v4-server.pcap",
		"udp-sizes-v5-v4-chacha.pcap", "mux-v5-xray-tcp-udp.pcap", "xudp-xray-xray.pcap", "packetaddr-sb-v5.pcap", "gap-request-two.pcap",
	} {
		t.Run(name, func(t *testing.T) {
			pcapng, index, contents := extracted(t, name)
			packets := dissect(t, pcapng)
			streams := 0
			for i := range packets {
				packets[i].check(t, i+1, strings.HasPrefix(name, "gap-"))
				if n, err := strconv.Atoi(packets[i]["tcp.stream"]); err == nil {
					streams = max(streams, n+1)
				}
			}
			wantStreams(t, pcapng, streams, index, contents)
			wantDatagrams(t, packets, index, contents)
			wantDissected(t, packets, contents)
		})
	}
}

// dissected is what tshark says of a packet, by field.
type dissected map[string]string

var dissectedFields = []string{
	"_ws.malformed", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "tcp.analysis.flags", "tcp.analysis.reused_ports",
	"tcp.analysis.lost_segment", "tcp.analysis.ack_lost_segment",
	"tcp.stream", "udp.port", "udp.payload", "http.request.method", "dns.qry.name", "frame.protocols",
}

// dissect asks tshark for all packets. The corpus has noise on some ports.
func dissect(t *testing.T, pcapng string) (packets []dissected) {
	t.Helper()
	args := []string{"-r", pcapng, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-d", "tcp.port==443,data", "-d", "tcp.port==8443,data", "-d", "udp.port==7777,data", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=f"}
	for _, f := range dissectedFields {
		args = append(args, "-e", f)
	}
	for line := range strings.Lines(tshark(t, args...)) {
		p := dissected{}
		for i, v := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			p[dissectedFields[i]] = v
		}
		packets = append(packets, p)
	}
	if len(packets) == 0 {
		t.Fatal("tshark sees no packet")
	}
	return packets
}

// check wants nothing wrong with a packet. Noise on port 80 is not HTTP, and
// tshark may take it for what it likes. Where the capture has a hole, what tells
// of it is right.
func (p dissected) check(t *testing.T, number int, hole bool) {
	t.Helper()
	known := p["http.request.method"] != "" || strings.Contains(p["frame.protocols"], ":dns")
	malformed := p["_ws.malformed"] != "" && known
	flagged := p["tcp.analysis.flags"] != "" && p["tcp.analysis.reused_ports"] == ""
	if told := p["tcp.analysis.lost_segment"] + p["tcp.analysis.ack_lost_segment"]; hole && told != "" {
		flagged = false
	}
	const bad = "0"
	if malformed || flagged || p["ip.checksum.status"] == bad || p["tcp.checksum.status"] == bad || p["udp.checksum.status"] == bad {
		t.Errorf("tshark is not happy with packet %d: %v", number, p)
	}
}

// wantStreams follows each TCP stream.
func wantStreams(t *testing.T, pcapng string, streams int, index []indexLine, contents map[string][]byte) {
	t.Helper()
	want := map[[2]int]*[2]string{}
	for _, l := range index {
		if l.Network != "tcp" {
			continue
		}
		key := [2]int{l.Session, l.Sub}
		if want[key] == nil {
			want[key] = new([2]string)
		}
		want[key][map[string]int{"up": 0, "down": 1}[l.Direction]] = string(contents[l.File])
	}
	args := []string{"-r", pcapng, "-q"}
	for n := range streams {
		args = append(args, "-z", "follow,tcp,raw,"+strconv.Itoa(n))
	}
	var got, all []string
	if streams > 0 {
		got = followed(tshark(t, args...))
	}
	for _, w := range want {
		all = append(all, w[0]+"|"+w[1])
	}
	slices.Sort(got)
	slices.Sort(all)
	if !slices.Equal(got, all) {
		t.Errorf("tshark follows %d streams, want %d with the bytes of the files", len(got), len(all))
	}
}

// followed takes apart what tshark prints of the streams that it follows: the
// server's bytes are indented.
func followed(text string) (streams []string) {
	var up, down []byte
	begun := false
	stream := func() string {
		return string(missing.ReplaceAll(up, nil)) + "|" + string(missing.ReplaceAll(down, nil))
	}
	for line := range strings.Lines(text) {
		p, err := hex.DecodeString(strings.TrimSpace(line))
		switch {
		case strings.HasPrefix(line, "Filter:"):
			if begun {
				streams = append(streams, stream())
			}
			up, down, begun = nil, nil, true
		case err != nil: // the frame around it
		case strings.HasPrefix(line, "\t"):
			down = append(down, p...)
		default:
			up = append(up, p...)
		}
	}
	return append(streams, stream())
}

// missing is what tshark writes in the place of a hole.
var missing = regexp.MustCompile(`\[\d+ bytes missing in capture file\]\x00?`)

// wantDatagrams looks for each datagram.
func wantDatagrams(t *testing.T, packets []dissected, index []indexLine, contents map[string][]byte) {
	t.Helper()
	var got, want []string
	for _, p := range packets {
		if p["udp.port"] != "" {
			got = append(got, p["udp.payload"])
		}
	}
	for _, l := range index {
		rest := contents[l.File]
		for _, d := range l.Datagrams {
			want = append(want, hex.EncodeToString(rest[:d.Bytes]))
			rest = rest[d.Bytes:]
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("tshark sees %d datagrams, want %d with the bytes of the files", len(got), len(want))
	}
}

// wantDissected looks that HTTP and DNS are recognised where they are.
func wantDissected(t *testing.T, packets []dissected, contents map[string][]byte) {
	t.Helper()
	want, got := 0, 0
	for name, p := range contents {
		if strings.Contains(name, "_80.bin") && bytes.HasPrefix(p, []byte("POST /")) {
			want++
		}
	}
	for i, p := range packets {
		if p["http.request.method"] == "POST" {
			got++
		}
		if strings.Contains(p["frame.protocols"], ":dns") && !strings.HasSuffix(p["dns.qry.name"], ".example.test") {
			t.Errorf("packet %d: tshark sees the question %q", i+1, p["dns.qry.name"])
		}
	}
	if got != want {
		t.Errorf("tshark sees %d HTTP requests, want %d", got, want)
	}
}
