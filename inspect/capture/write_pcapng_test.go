package capture

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

var (
	writeClient  = netip.MustParseAddrPort("192.0.2.7:50000")
	writeClient6 = netip.MustParseAddrPort("[2001:db8::7]:50000")
	writeWeb     = netip.MustParseAddrPort("198.18.0.1:80")
	writeDNS6    = netip.MustParseAddrPort("[2001:db8::53]:53")
)

// aQuery asks for www.example.test.
const aQuery = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x04test\x00\x00\x01\x00\x01"

// written is a pcapng file with TCP and UDP, names, comments, a hole, a reset, and
// a frame that fills the writer's buffer.
func written(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	w := NewPcapngWriter(&file, Origin{Application: "a test", Interface: "inner", Description: "made here"})
	w.Name(writeWeb.Addr(), "www.example.test")
	w.Name(writeDNS6.Addr(), "dns.example.test")
	w.Comment("the first one")
	c := w.Dial(1e9, writeClient, writeWeb, [2]uint32{100, 0xffffff00})
	c.Send(flow.A, []byte("GET / HTTP/1.1\r\nHost: www.example.test\r\n\r\n"))
	c.At(2e9)
	c.Send(flow.B, []byte("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"))
	c.Send(flow.B, bytes.Repeat([]byte("x"), 10000))
	c.Close(flow.B)
	c.At(1e9) // it is later already
	c.Close(flow.A)
	mixed := w.Dial(3e9, writeClient, writeDNS6, [2]uint32{1, 1})
	mixed.Send(flow.A, []byte("before"))
	mixed.Skip(flow.A, 100)
	mixed.Send(flow.A, []byte("behind"))
	mixed.Reset(flow.B)
	for _, client := range []netip.AddrPort{writeClient, writeClient6} {
		if err := w.Datagram(4e9, client, writeDNS6, []byte(aQuery)); err != nil {
			t.Fatal(err)
		}
	}
	w.Datagram(5e9, writeClient, netip.AddrPortFrom(writeWeb.Addr(), 9), make([]byte, MaxDatagram))
	w.Packet(6e9, make([]byte, writeSnaplen))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestPcapngWriter(t *testing.T) {
	flows, sum := read(t, Options{}, written(t))
	if sum.Files[0].Format != "pcapng" || sum.Files[0].Problem != "" || sum.First != 1e9 || sum.Last != 6e9 || sum.UDP != 3 || sum.TCP != 2 {
		t.Fatalf("%+v", sum)
	}
	type told struct {
		bytes [2]int
		gaps  int
		how   [2]flow.How
	}
	want := []told{
		{bytes: [2]int{42, 10042}, how: [2]flow.How{flow.FIN, flow.FIN}},
		{bytes: [2]int{12 + 100, 0}, gaps: 1, how: [2]flow.How{flow.Open, flow.RST}},
		{bytes: [2]int{len(aQuery), 0}, how: [2]flow.How{flow.Cut, flow.Cut}},
		{bytes: [2]int{len(aQuery), 0}, how: [2]flow.How{flow.Cut, flow.Cut}},
		{bytes: [2]int{MaxDatagram, 0}, how: [2]flow.How{flow.Cut, flow.Cut}},
	}
	for i, f := range flows {
		got := told{[2]int{len(f.got[0]), len(f.got[1])}, len(f.gaps[0]), f.how}
		if got != want[i] {
			t.Errorf("%v: got %+v, want %+v", f.rec.Ends, got, want[i])
		}
	}
	bad := NewPcapngWriter(failing{}, Origin{})
	bad.Datagram(0, writeClient, writeWeb, nil)
	if bad.Flush() == nil {
		t.Error("the error of a full disk is gone")
	}
}

// TestTsharkPcapng wants tshark to find checksums that are right and nothing
// malformed, the names, the comment and the interface.
func TestTsharkPcapng(t *testing.T) {
	needPeers(t)
	name := filepath.Join(t.TempDir(), "written.pcapng")
	if err := os.WriteFile(name, written(t), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) string {
		return runTshark(t, append([]string{"-r", name, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}, args...)...)
	}
	if bad := ask("-Y", "frame.number < 24 && (_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0)"); bad != "" {
		t.Errorf("tshark is not happy with\n%s", bad)
	}
	for _, q := range []struct {
		want string
		args []string
	}{
		{"the first one", []string{"-T", "fields", "-e", "frame.comment", "-Y", "frame.number == 1"}},
		{"inner|made here", []string{"-T", "fields", "-E", "separator=|", "-e", "frame.interface_name", "-e", "frame.interface_description", "-Y", "frame.number == 1"}},
		{"www.example.test|80", []string{"-N", "n", "-T", "fields", "-E", "separator=|", "-e", "ip.dst_host", "-e", "tcp.dstport", "-Y", "frame.number == 1"}},
		{"dns.example.test", []string{"-N", "n", "-T", "fields", "-e", "ipv6.dst_host", "-Y", "udp && ipv6.src == 2001:db8::7"}},
		{"::ffff:192.0.2.7", []string{"-T", "fields", "-e", "ipv6.src", "-Y", "udp && ipv6.src == ::ffff:192.0.2.7"}},
		{"www.example.test\nwww.example.test", []string{"-T", "fields", "-e", "dns.qry.name", "-Y", "dns"}},
		{"200", []string{"-T", "fields", "-e", "http.response.code", "-Y", "http.response"}},
	} {
		if got := strings.TrimSpace(ask(q.args...)); got != q.want {
			t.Errorf("tshark %s: got %q, want %q", strings.Join(q.args, " "), got, q.want)
		}
	}
	hole := strings.Fields(ask("-q", "-z", "follow,tcp,ascii,1"))
	if !slices.Contains(hole, "behind") || !strings.Contains(strings.Join(hole, " "), "[100 bytes missing in capture file]") {
		t.Errorf("tshark follows across the hole as %q", hole)
	}
}
