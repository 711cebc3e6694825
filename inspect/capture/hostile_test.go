package capture

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// sample is a short conversation, once as pcap and once as pcapng, with the
// offsets at which the headers and each packet end.
type sample struct {
	name string
	file []byte
	ends []int
}

func samples() []sample {
	s := new(script).hello(10, 20).up(11, 21, ack, "ping").down(21, 15, ack, "pong").up(15, 25, ack|fin, "")
	classic := sample{"pcap", nil, nil}
	ng := sample{"pcapng", slices.Concat(ngSection(be), ngInterface(be, 0, 9, 0)), nil}
	ng.ends = []int{len(ng.file)}
	for i := range len(s.recs) + 1 {
		classic.file = classicFile(le, true, 1, s.recs[:i]...)
		classic.ends = append(classic.ends, len(classic.file))
	}
	for _, r := range s.recs {
		ng.file = append(ng.file, ngEnhanced(be, 0, uint64(r.at), r)...)
		ng.ends = append(ng.ends, len(ng.file))
	}
	return []sample{classic, ng}
}

// TestTruncated cuts a file at every byte: the packets in front of the cut
// are all there, and the damage is told unless the cut is between packets.
func TestTruncated(t *testing.T) {
	for _, s := range samples() {
		for n := s.ends[0]; n < len(s.file); n++ {
			i, exact := slices.BinarySearch(s.ends, n)
			if !exact {
				i--
			}
			_, sum := read(t, Options{}, s.file[:n])
			if problem := sum.Files[0].Problem; sum.Packets != int64(i) || (problem == "") != exact {
				t.Errorf("%s: %d bytes: %d packets and %q, want %d", s.name, n, sum.Packets, problem, i)
			}
		}
		for n := range s.ends[0] {
			readInputs(t, Options{}, input("f", s.file[:n]))
		}
	}
}

// TestHostileLengths puts extreme values on every place of a file. Nothing
// may panic, hang or grow; the collector checks the calls.
func TestHostileLengths(t *testing.T) {
	for _, s := range samples() {
		for off := range s.file[:len(s.file)-4] {
			for _, v := range []uint32{0, 0xffff, 0x7fffffff, 0xfffffffc} {
				b := slices.Clone(s.file)
				binary.BigEndian.PutUint32(b[off:], v)
				readInputs(t, Options{}, input("f", b))
			}
		}
	}
}

// A file that claims a huge packet makes nobody allocate for it.
func TestClaimsAllocateNothing(t *testing.T) {
	file := new(script).up(1, 0, syn, "").file()
	binary.LittleEndian.PutUint32(file[32:], 1<<30-1)
	file = append(file, make([]byte, 2*bufferSize)...)
	in := []Input{input("f", file)}
	o := Options{}
	o.Limits.PacketSize = 1 << 30
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	Read(in, &discarder{}, o)
	runtime.ReadMemStats(&end)
	if got := end.TotalAlloc - start.TotalAlloc; got > 16*bufferSize {
		t.Errorf("%d bytes allocated, want about what the file has", got)
	}
}

// TestMutations changes bytes of real captures at random places.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{
		"cut-mid-stream.pcap", "file-pcapng-nano.pcapng", "ip-fragments.pcap", "link-any-sll2.pcap", "fail-tamper-body-up.pcap",
		"leg-ipv6.pcap", "real-loss-retransmit.pcap", "snaplen-96.pcap", "udp-dns-v4-v5.pcap", "file-pcap-gz.pcap.gz",
	} {
		file, err := os.ReadFile(filepath.Join(capturesDir, name))
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			b := slices.Clone(file)
			for range 1 + rng.IntN(40) {
				b[rng.IntN(len(b))] = byte(rng.Uint32())
			}
			readInputs(t, Options{}, input(name, b))
		}
	}
}

// A reader that gives a byte at a time, and one that fails midway.
func TestReaders(t *testing.T) {
	for _, s := range samples() {
		name, file := s.name, s.file
		slow := Input{Name: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(&trickle{b: file}), nil
		}}
		flows, sum, err := readInputs(t, Options{}, slow)
		if err != nil || len(flows) != 1 || flows[0].String() != `a "ping", b "pong", a fin, b cut` {
			t.Errorf("%s: %v, %+v, %v", name, flows, sum, err)
		}
		broken := Input{Name: name, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(&trickle{b: file[:len(file)-30]}, &trickle{})), nil
		}}
		flows, sum, err = readInputs(t, Options{}, broken)
		if err != nil || len(flows) != 1 || !strings.Contains(sum.Files[0].Problem, io.ErrNoProgress.Error()) {
			t.Errorf("%s: %v, %+v, %v", name, flows, sum, err)
		}
	}
}

// trickle gives one byte in every second read; without bytes it gives
// nothing for ever.
type trickle struct {
	b   []byte
	off int
	odd bool
}

func (r *trickle) Read(p []byte) (int, error) {
	r.odd = !r.odd
	if r.odd || len(p) == 0 || r.b == nil {
		return 0, nil
	}
	if r.off == len(r.b) {
		return 0, io.EOF
	}
	p[0] = r.b[r.off]
	r.off++
	return 1, nil
}
