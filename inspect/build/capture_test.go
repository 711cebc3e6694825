package build

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

var (
	testClient6 = netip.MustParseAddrPort("[2001:db8::1]:40000")
	testServer6 = netip.MustParseAddrPort("[2001:db8::2]:443")
)

// built makes a capture of one session.
func built(t *testing.T, s *Session, client, server netip.AddrPort) []byte {
	t.Helper()
	var file bytes.Buffer
	c := NewCapture(&file)
	if _, err := c.Add(s, NewSeed("1"), Connection{client, server, flow.Time(1.7e18 + 5)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// joined collects what our reader makes of a capture.
type joined struct {
	t    *testing.T
	sent Bytes
	how  [2]flow.How
}

func (j *joined) Open(*flow.Record) flow.Sink { return j }
func (j *joined) Data(from flow.Side, _ flow.Time, p []byte) {
	j.sent[from] = append(j.sent[from], p...)
}
func (j *joined) Gap(from flow.Side, _ flow.Time, n int64)        { j.t.Errorf("%v: a gap of %d", from, n) }
func (j *joined) Close(from flow.Side, _ flow.Time, how flow.How) { j.how[from] = how }
func (j *joined) Finish()                                         {}
func fromMemory(b []byte) []capture.Input {
	return []capture.Input{{Name: "built", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}}
}

// TestCapture reads a built capture with our reader and with gopacket, which
// also computes every checksum again.
func TestCapture(t *testing.T) {
	for _, ends := range [][2]netip.AddrPort{{testClient, testServer}, {testClient6, testServer6}} {
		t.Run(ends[0].String(), func(t *testing.T) {
			s := testSession()
			s.Up, s.Down = []Piece{{Size: 4001}}, []Piece{{Size: 1 << 20}}
			var sent Bytes
			if err := s.Write(NewSeed("1"), &sent); err != nil {
				t.Fatal(err)
			}
			file := built(t, s, ends[0], ends[1])
			j := &joined{t: t}
			if _, err := capture.Read(fromMemory(file), j, capture.Options{}); err != nil {
				t.Fatal(err)
			}
			for from := range sent {
				if !bytes.Equal(j.sent[from], sent[from]) || j.how[from] != flow.FIN {
					t.Errorf("%v: %d bytes, closed by %v; want %d, as sent, and fin", flow.Side(from), len(j.sent[from]), j.how[from], len(sent[from]))
				}
			}
			checkPackets(t, file, ends)
		})
	}
}

// checkPackets looks at single packets.
func checkPackets(t *testing.T, file []byte, ends [2]netip.AddrPort) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]int{}
	next, last, acked := map[uint16]uint32{}, int64(0), map[uint16]uint32{}
	for n := 1; ; n++ {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if at := info.Timestamp.UnixNano(); at <= last {
			t.Errorf("packet %d: time goes from %d to %d", n, last, at)
		} else {
			last = at
		}
		if len(data) > 14+1500 {
			t.Errorf("packet %d: %d bytes in a frame", n, len(data))
		}
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		if p.ErrorLayer() != nil {
			t.Fatalf("packet %d: %v", n, p.ErrorLayer().Error())
		}
		if again := rebuilt(t, p); !bytes.HasPrefix(again, data) { // it fills short frames up
			t.Fatalf("packet %d: with the checksums and lengths of gopacket it is\n%x, not\n%x", n, again, data)
		}
		tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		from, to := uint16(tcp.SrcPort), uint16(tcp.DstPort)
		if want, known := next[from]; known && tcp.Seq != want {
			t.Errorf("packet %d: seq %d, want %d", n, tcp.Seq, want)
		}
		next[from] = tcp.Seq + uint32(len(tcp.Payload))
		if tcp.SYN || tcp.FIN {
			next[from]++
		}
		if tcp.ACK && int32(next[to]-tcp.Ack) < 0 {
			t.Errorf("packet %d: acknowledges %d, and only %d was sent", n, tcp.Ack, next[to])
		}
		acked[to] = tcp.Ack
		seen[from]++
	}
	for _, end := range ends {
		if seen[end.Port()] < 5 || acked[end.Port()] != next[end.Port()] {
			t.Errorf("%v: %d packets, %d acknowledged of %d", end, seen[end.Port()], acked[end.Port()], next[end.Port()])
		}
	}
}

// rebuilt serializes a packet again.
func rebuilt(t *testing.T, p gopacket.Packet) []byte {
	t.Helper()
	tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if err := tcp.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
		t.Fatal(err)
	}
	out := gopacket.NewSerializeBuffer()
	all := []gopacket.SerializableLayer{}
	for _, l := range p.Layers() {
		if s, ok := l.(gopacket.SerializableLayer); ok {
			all = append(all, s)
		}
	}
	if app := p.ApplicationLayer(); app != nil && len(all) == 3 {
		all = append(all, gopacket.Payload(app.LayerContents()))
	}
	if err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTshark asks tshark whether it finds anything wrong. It runs with the
// tests against other programs, VMESSKIT_PEERS=1.
func TestTshark(t *testing.T) {
	if os.Getenv("VMESSKIT_PEERS") == "" {
		t.Skip("VMESSKIT_PEERS is not set")
	}
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Fatal("tshark is needed and is not here; install it (on Debian: tshark)")
	}
	s := testSession()
	s.Up, s.Down = []Piece{{Size: 40_000}}, []Piece{{Size: 1 << 20}}
	for _, ends := range [][2]netip.AddrPort{{testClient, testServer}, {testClient6, testServer6}} {
		name := filepath.Join(t.TempDir(), "built.pcap")
		if err := os.WriteFile(name, built(t, s, ends[0], ends[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) string {
			args = append([]string{"-r", name, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-d", "tcp.port==443,data"}, args...)
			out, err := exec.Command(tshark, args...).Output()
			if err != nil {
				t.Fatalf("tshark %s: %v", strings.Join(args, " "), err)
			}
			return string(out)
		}
		if bad := run("-Y", "_ws.malformed || tcp.analysis.flags || _ws.expert.severity >= 0x600000"); bad != "" {
			t.Errorf("tshark is not happy with\n%.2000s", bad)
		}
		for line := range strings.Lines(run("-T", "fields", "-e", "tcp.checksum.status")) {
			if line != "1\n" {
				t.Fatalf("checksum status %q, want 1", line)
			}
		}
		var sent Bytes
		if err := s.Write(NewSeed("1"), &sent); err != nil {
			t.Fatal(err)
		}
		conversation := strings.Join(strings.Fields(run("-q", "-z", "follow,tcp,raw,0")), "")
		if want := fmt.Sprintf("%x", sent[codec.Up][:100]); !strings.Contains(conversation, want) {
			t.Error("the client's first bytes are not in the stream that tshark follows")
		}
	}
}

// TestWriterFails wants the first error of a full disk.
func TestWriterFails(t *testing.T) {
	s := testSession()
	s.Down = []Piece{{Size: 1 << 20}}
	c := NewCapture(full{})
	_, err := c.Add(s, NewSeed("1"), Connection{testClient, testServer, 0})
	if err != io.ErrShortWrite || c.Flush() != io.ErrShortWrite {
		t.Errorf("got %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestStreams wants a long session to take no more memory than a short one.
func TestStreams(t *testing.T) {
	allocated := func(size int64) uint64 {
		s := testSession()
		s.Down = []Piece{{Size: size}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := NewCapture(io.Discard)
		if _, err := c.Add(s, NewSeed("1"), Connection{testClient, testServer, 0}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	short, long := allocated(1<<20), allocated(16<<20)
	if long > short+1<<18 {
		t.Errorf("16 MB take %d bytes, 1 MB takes %d", long, short)
	}
}
