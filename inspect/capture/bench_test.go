package capture

import (
	"bytes"
	"io"
	"net/netip"
	"testing"
	"time"

	"vmesskit/inspect/flow"
)

// bulk makes a capture of 1460-byte segments in four interleaved
// connections. The payload is the same everywhere; the reader does not look.
func bulk(size int) (file []byte, packets int) {
	payload := make([]byte, 1460)
	file = classicFile(le, false, 1)
	var seq [4]uint32
	for i := 0; len(file) < size; i++ {
		n := i % len(seq)
		src := netip.AddrPortFrom(client.Addr(), uint16(40000+n))
		p := frame(src, server, seq[n], 0, ack, payload)
		seq[n] += uint32(len(payload))
		file = le.AppendUint32(file, uint32(i/1000))
		file = le.AppendUint32(file, uint32(i%1000)*1000)
		file = le.AppendUint32(file, uint32(len(p)))
		file = le.AppendUint32(file, uint32(len(p)))
		file = append(file, p...)
		packets++
	}
	return file, packets
}

// discarder opens sinks that only count.
type discarder struct{ n int64 }

func (d *discarder) Open(*flow.Record) flow.Sink             { return d }
func (d *discarder) Data(_ flow.Side, _ flow.Time, p []byte) { d.n += int64(len(p)) }
func (d *discarder) Gap(flow.Side, flow.Time, int64)         {}
func (d *discarder) Close(flow.Side, flow.Time, flow.How)    {}
func (d *discarder) Finish()                                 {}

// plainRead is the floor: the same bytes read by 1 MB and not looked at.
func plainRead(b []byte) int {
	r, buf, n := bytes.NewReader(b), make([]byte, bufferSize), 0
	for {
		got, err := r.Read(buf)
		n += got
		if err == io.EOF {
			return n
		}
	}
}

// BenchmarkRead reads 64 MB of full-sized segments. "of-plain" is its speed
// as a share of the plain reading of the same bytes in the same run.
func BenchmarkRead(b *testing.B) {
	file, packets := bulk(64 << 20)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	var plain, ours time.Duration
	for b.Loop() {
		start := time.Now()
		plainRead(file)
		middle := time.Now()
		d := &discarder{}
		sum, err := Read([]Input{input("bulk", file)}, d, Options{})
		if err != nil || sum.Packets != int64(packets) || d.n != int64(packets)*1460 {
			b.Fatalf("%d packets, %d bytes, %v; want %d packets", sum.Packets, d.n, err, packets)
		}
		plain, ours = plain+middle.Sub(start), ours+time.Since(middle)
	}
	b.ReportMetric(float64(len(file))*float64(b.N)/1e6/ours.Seconds(), "read-MB/s")
	b.ReportMetric(plain.Seconds()/ours.Seconds(), "of-plain")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N)/float64(packets), "ns/packet")
}

// TestNoAllocationPerPacket reads a short and a long capture of the same
// connections: the difference is what packets cost.
func TestNoAllocationPerPacket(t *testing.T) {
	allocs := func(size int) float64 {
		file, _ := bulk(size)
		in := []Input{input("bulk", file)}
		return testing.AllocsPerRun(3, func() { Read(in, &discarder{}, Options{}) })
	}
	short, long := allocs(1<<20), allocs(9<<20)
	if long > short+2 {
		t.Errorf("%.0f allocations for 1 MB and %.0f for 9 MB, want the same", short, long)
	}
}

// tunnelBulk makes a capture of full-sized segments in VXLAN in a VLAN.
func tunnelBulk(packets int) []byte {
	payload := make([]byte, 1400)
	file := classicFile(le, false, 1)
	for i := range packets {
		inner := frame(client, server, uint32(i*len(payload)), 0, ack, payload)
		vx := udpDatagram(client, netip.AddrPortFrom(server.Addr(), 4789), append([]byte{8, 0, 0, 0, 0, 0, 42, 0}, inner...))
		p := ether(ip4(client.Addr(), server.Addr(), 17, 0, 0, vx), 0x8100, 0x0800)
		file = le.AppendUint32(file, uint32(i/1000))
		file = le.AppendUint32(file, uint32(i%1000)*1000)
		file = le.AppendUint32(file, uint32(len(p)))
		file = le.AppendUint32(file, uint32(len(p)))
		file = append(file, p...)
	}
	return file
}

// BenchmarkTunnel reads segments that are in VXLAN in a VLAN.
func BenchmarkTunnel(b *testing.B) {
	const packets = 20_000
	file := tunnelBulk(packets)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		d := &discarder{}
		if _, err := Read([]Input{input("tunnel", file)}, d, Options{}); err != nil || d.n != packets*1400 {
			b.Fatalf("%d bytes, %v", d.n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
}
