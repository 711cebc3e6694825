package capture

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

// The tests here ask programs of others. They run with VMESSKIT_PEERS=1,
// which `make test-peers` sets after it has installed what they need.

var tsharkFields = []string{
	"frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
	"tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.payload",
	"udp.srcport", "udp.dstport", "udp.length", "udp.payload",
}

// askTshark gives what tshark sees of each packet.
func askTshark(t *testing.T, file []byte) []*view {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pcap")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-r", name, "-n", "-T", "fields", "-E", "occurrence=l", "-E", "separator=/t",
		"-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE", "-o", "tcp.desegment_tcp_streams:FALSE",
		"-d", "udp.port==8472,vxlan",
	}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	var out []*view
	for line := range strings.Lines(runTshark(t, args...)) {
		out = append(out, tsharkView(t, strings.Split(strings.TrimSuffix(line, "\n"), "\t")))
	}
	return out
}

// runTshark runs it with the settings that it comes with.
func runTshark(t *testing.T, args ...string) string {
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

func tsharkView(t *testing.T, f []string) *view {
	t.Helper()
	if len(f) != len(tsharkFields) {
		t.Fatalf("tshark gives %d fields, want %d: %q", len(f), len(tsharkFields), f)
	}
	value := func(name string) string { return f[slices.Index(tsharkFields, name)] }
	v := &view{}
	ip, transport := "", ""
	for _, p := range strings.Split(value("frame.protocols"), ":") {
		switch p {
		case "vxlan", "geneve":
			transport = ""
		case "ip", "ipv6":
			ip, transport = p, ""
		case "tcp", "udp":
			transport = p
		}
	}
	if transport == "" || value(transport+".dstport") == "" || transport == "tcp" && value("tcp.seq_raw") == "" {
		return nil // there is none, or its header is cut
	}
	v.from = tsharkEnd(t, value(ip+".src"), value(transport+".srcport"))
	v.to = tsharkEnd(t, value(ip+".dst"), value(transport+".dstport"))
	if transport == "udp" {
		v.network = flow.UDP
		if value("udp.length") != "8" {
			v.payload = tsharkHex(t, value("udp.payload"))
		}
		return v
	}
	seq, err := strconv.ParseUint(value("tcp.seq_raw"), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	v.seq, v.payload = uint32(seq), tsharkHex(t, value("tcp.payload"))
	return v
}

func tsharkEnd(t *testing.T, addr, port string) netip.AddrPort {
	t.Helper()
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return netip.AddrPortFrom(ip, uint16(n))
}

func tsharkHex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return string(b)
}

func needPeers(t *testing.T) {
	if os.Getenv("VMESSKIT_PEERS") == "" {
		t.Skip("asks tshark; run `make test-peers`")
	}
}

func tsharkWrapper(seed uint64, name string) *wrapper {
	skip := []string{"pw-bare"} // tshark knows such a frame by the makers of its stations
	if name == "ip-fragments.pcap" {
		skip = append(skip, "vlan", "qinq") // tshark puts fragments together by VLAN
	}
	return newWrapper(seed, skip...)
}

// TestTshark holds what is innermost of every wrapped packet against tshark.
func TestTshark(t *testing.T) {
	needPeers(t)
	for i, name := range wrapSources {
		t.Run(name, func(t *testing.T) {
			recs, paths := tsharkWrapper(uint64(400+i), name).wrapEach(recsOf(t, name))
			file := classicFile(le, true, 1, recs...)
			if n := differ(t, views(t, file), askTshark(t, file), paths); n != 0 {
				t.Errorf("%d of %d packets differ", n, len(recs))
			}
		})
	}
}

// TestTsharkDamaged does the same where a bit of each packet is flipped, and
// where a snaplen cut it. They may differ where the damage is in a header that
// only one of them checks.
func TestTsharkDamaged(t *testing.T) {
	needPeers(t)
	for i, name := range wrapSources[:5] {
		if name == "ip-fragments.pcap" {
			continue // a damaged fragment takes the others with it
		}
		t.Run(name, func(t *testing.T) {
			w := tsharkWrapper(uint64(500+i), name)
			w.whole = true
			recs, paths := w.wrapEach(recsOf(t, name))
			w.damageAll(recs, true)
			file := classicFile(le, true, 1, recs...)
			if n := differ(t, views(t, file), askTshark(t, file), paths); n > len(recs)/10 {
				t.Errorf("%d of %d packets differ, want at most one of 10", n, len(recs))
			}
		})
	}
}
