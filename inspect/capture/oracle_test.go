package capture

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/gopacket/gopacket/tcpassembly"
	"github.com/klauspost/compress/zstd"

	"vmesskit/inspect/flow"
)

const capturesDir = "../../testdata/captures"

// captureFiles gives the captures that real peers made.
func captureFiles(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.pcap", "*.pcapng", "*.pcap.gz", "*.pcap.zst"} {
		m, err := filepath.Glob(filepath.Join(capturesDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, m...)
	}
	if len(files) < 100 {
		t.Fatalf("%d captures in %s, want the whole set", len(files), capturesDir)
	}
	slices.Sort(files)
	return files
}

func unzstd(r io.Reader) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

var withZstd = Options{Unpack: map[string]func(io.Reader) (io.Reader, error){"zstd": unzstd}}

func fileInput(name string) Input {
	return Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }}
}

// oraclePacket is a packet as gopacket's readers see it.
type oraclePacket struct {
	At   int64
	Data string
	Lost int
}

// oracle is what gopacket makes of a file.
type oracle struct {
	packets []oraclePacket
	link    layers.LinkType
	streams map[string]string // by direction, lost bytes are '?'
	grams   map[string][]string
}

func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = bytes.NewReader(b)
	switch filepath.Ext(name) {
	case ".gz":
		r, err = gzip.NewReader(r)
	case ".zst":
		r, err = unzstd(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return b
}

func askOracle(t *testing.T, name string, b []byte) *oracle {
	t.Helper()
	o := &oracle{streams: map[string]string{}, grams: map[string][]string{}}
	var src gopacket.PacketDataSource
	var err error
	if bytes.HasPrefix(b, []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
		var r *pcapgo.NgReader
		r, err = pcapgo.NewNgReader(bufio.NewReader(bytes.NewReader(b)), pcapgo.DefaultNgReaderOptions)
		if err == nil {
			o.link, src = r.LinkType(), r
		}
	} else {
		var r *pcapgo.Reader
		r, err = pcapgo.NewReader(bytes.NewReader(b))
		if err == nil {
			o.link, src = r.LinkType(), r
		}
	}
	if err != nil {
		t.Fatalf("%s: gopacket: %v", name, err)
	}
	o.read(t, src)
	return o
}

// read takes the packets to gopacket's defragmenter and assembler.
func (o *oracle) read(t *testing.T, src gopacket.PacketDataSource) {
	assembler := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(o))
	defrag := ip4defrag.NewIPv4Defragmenter()
	for {
		data, ci, err := src.ReadPacketData()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			t.Fatalf("gopacket: %v", err)
		}
		o.packets = append(o.packets, oraclePacket{ci.Timestamp.UnixNano(), string(data), ci.Length - ci.CaptureLength})
		o.packet(t, assembler, defrag, gopacket.NewPacket(data, o.link, gopacket.Default), ci.Timestamp)
	}
	assembler.FlushAll()
}

// packet takes what is innermost: gopacket's own choice of the network and
// transport layers is the outermost.
func (o *oracle) packet(t *testing.T, a *tcpassembly.Assembler, d *ip4defrag.IPv4Defragmenter, p gopacket.Packet, at time.Time) {
	var net gopacket.NetworkLayer
	var transport gopacket.TransportLayer
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case gopacket.NetworkLayer:
			net, transport = l, nil
		case gopacket.TransportLayer:
			transport = l
		}
	}
	ip, ok := net.(*layers.IPv4)
	if net == nil || !ok || ip.FragOffset == 0 && ip.Flags&layers.IPv4MoreFragments == 0 {
		o.transport(a, net, transport, at)
		return
	}
	whole, err := d.DefragIPv4WithTimestamp(ip, at)
	if err != nil {
		t.Fatalf("gopacket: %v", err)
	}
	if whole == nil {
		return
	}
	o.packet(t, a, d, gopacket.NewPacket(slices.Concat(header4(whole), whole.Payload), layers.LayerTypeIPv4, gopacket.Default), at)
}

// header4 writes a header for a packet that was put together.
func header4(ip *layers.IPv4) []byte {
	return ip4(netip.AddrFrom4([4]byte(ip.SrcIP)), netip.AddrFrom4([4]byte(ip.DstIP)), byte(ip.Protocol), ip.Id, 0, ip.Payload)[:20]
}

func (o *oracle) transport(a *tcpassembly.Assembler, net gopacket.NetworkLayer, transport gopacket.TransportLayer, at time.Time) {
	switch l := transport.(type) {
	case *layers.TCP:
		a.AssembleWithTimestamp(net.NetworkFlow(), l, at)
	case *layers.UDP:
		k := direction(net.NetworkFlow(), l.TransportFlow())
		o.grams[k] = append(o.grams[k], string(l.Payload))
	}
}

func direction(net, transport gopacket.Flow) string {
	return net.Src().String() + " " + transport.Src().String() + " > " + net.Dst().String() + " " + transport.Dst().String()
}

// New makes a stream for tcpassembly.
func (o *oracle) New(net, transport gopacket.Flow) tcpassembly.Stream {
	return &oracleStream{o, direction(net, transport)}
}

type oracleStream struct {
	o   *oracle
	key string
}

func (s *oracleStream) Reassembled(rs []tcpassembly.Reassembly) {
	for _, r := range rs {
		s.o.streams[s.key] += strings.Repeat("?", max(0, r.Skip)) + string(r.Bytes)
	}
}

func (s *oracleStream) ReassemblyComplete() {}

// directions gives our streams and datagrams in the oracle's form.
func directions(flows []*collected) (streams map[string]string, grams map[string][]string) {
	streams, grams = map[string]string{}, map[string][]string{}
	for _, f := range flows {
		for side, got := range f.got {
			from, to := f.rec.Ends[side], f.rec.Ends[1-side]
			k := from.Addr().String() + " " + port(from.Port()) + " > " + to.Addr().String() + " " + port(to.Port())
			if f.rec.Network == flow.TCP {
				streams[k] += string(got)
				continue
			}
			for _, p := range f.pieces[side] {
				grams[k] = append(grams[k], string(p))
			}
		}
	}
	return streams, grams
}

func port(n uint16) string { return layers.NewTCPPortEndpoint(layers.TCPPort(n)).String() }

// TestOracle holds every packet, every TCP stream and every datagram of the
// captures against gopacket.
func TestOracle(t *testing.T) {
	streams, bytesSeen, grams := 0, 0, 0
	for _, name := range captureFiles(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := askOracle(t, name, unpacked(t, name))
			if diff := cmp.Diff(want.packets, packetsOf(t, name)); diff != "" {
				t.Errorf("packets, gopacket's with -, ours with +:\n%s", diff)
			}
			if strings.HasPrefix(filepath.Base(name), "snaplen") {
				return // gopacket's assembler takes what a snaplen left for the whole
			}
			flows, _, err := readInputs(t, withZstd, fileInput(name))
			if err != nil {
				t.Fatal(err)
			}
			gotStreams, gotGrams := directions(flows)
			want.compare(t, gotStreams, gotGrams)
			for _, s := range want.streams {
				streams++
				bytesSeen += len(s)
			}
			for _, g := range want.grams {
				grams += len(g)
			}
		})
	}
	t.Logf("%d streams with %d bytes and %d datagrams are the same", streams, bytesSeen, grams)
}

// compare holds our streams and datagrams against the oracle's.
func (o *oracle) compare(t *testing.T, streams map[string]string, grams map[string][]string) {
	t.Helper()
	dropEmpty(o.streams)
	dropEmpty(streams)
	compareStreams(t, streams, o.streams)
	if diff := cmp.Diff(o.grams, grams); diff != "" {
		t.Errorf("datagrams, gopacket's with -, ours with +:\n%s", diff)
	}
}

func dropEmpty(m map[string]string) {
	maps.DeleteFunc(m, func(_, s string) bool { return s == "" })
}

func compareStreams(t *testing.T, got, want map[string]string) {
	t.Helper()
	for k, w := range want {
		g := got[k]
		if g == w {
			continue
		}
		i := 0
		for i < min(len(g), len(w)) && g[i] == w[i] {
			i++
		}
		t.Errorf("%s: %d bytes, want %d; the first difference is at %d", k, len(g), len(w), i)
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %d bytes, want no such stream", k, len(got[k]))
		}
	}
}

// packetsOf reads the packets alone.
func packetsOf(t *testing.T, names ...string) []oraclePacket {
	t.Helper()
	o := withZstd
	o.defaults()
	var in []Input
	for _, n := range names {
		in = append(in, fileInput(n))
	}
	m, err := openAll(in, &o, make([]File, len(in)), &progress{})
	defer m.close()
	if err != nil {
		t.Fatal(err)
	}
	var out []oraclePacket
	for f := m.first(); f != nil; f = m.next() {
		p := &f.head
		out = append(out, oraclePacket{int64(p.at), string(p.data), p.lost})
	}
	return out
}
