package inspect_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"testing"
	"time"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// BenchmarkDecode reads one session of 64 MB, AES-128-GCM in chunks of 8 KB
// and segments of 1460 bytes, from a capture in memory to plaintext, hashes
// off. x-read is its speed as a part of that of reading the same bytes.
func BenchmarkDecode(b *testing.B) {
	for _, workers := range []int{0, 1} {
		b.Run(strconv.Itoa(workers)+"-workers", func(b *testing.B) { benchmarkDecode(b, workers) })
	}
}

func benchmarkDecode(b *testing.B, workers int) {
	id := codec.ID{1}
	file := longCapture(b, id, 64<<20)
	inputs := []capture.Input{{Name: "long", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(file)), nil
	}}}
	o := inspect.Options{Accounts: []session.Account{{Account: codec.Account{ID: id}}}, NoHash: true, Workers: workers}
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		sum, err := inspect.Decode(inputs, o, discard{})
		if err != nil || sum.Sessions != 1 || len(sum.Findings) != 0 {
			b.Fatalf("decode: %+v, %v", sum, err)
		}
	}
	b.StopTimer()
	mine := float64(b.Elapsed()) / float64(b.N)
	b.ReportMetric(float64(readAll(file))/mine, "x-read")
}

// readAll gives how long it takes to read the bytes a megabyte at a time; the
// best of ten tries.
func readAll(file []byte) time.Duration {
	buf, best := make([]byte, 1<<20), time.Hour
	for range 10 {
		start := time.Now()
		for r := bytes.NewReader(file); ; {
			if n, _ := r.Read(buf); n == 0 {
				break
			}
		}
		best = min(best, time.Since(start))
	}
	return best
}

type discard struct{}

func (discard) Capture(*capture.Summary) error { return nil }
func (discard) Session(*report.Session) error  { return nil }
func (discard) Other(*report.Other) error      { return nil }
func (discard) Summary(*report.Summary) error  { return nil }

// longCapture makes a pcap of one upload of n bytes and a short answer.
func longCapture(tb testing.TB, id codec.ID, n int) []byte {
	const now = 1_700_000_000
	zeros := func(p []byte) error { clear(p); return nil }
	head := codec.RequestHeader{Security: codec.SecurityAES128GCM, Option: codec.ChunkStream | codec.ChunkMasking,
		Command: codec.CommandTCP, Address: codec.HostPort("example.com", 443)}
	up, err := codec.SealRequest(nil, id.CmdKey(), &head, now, zeros)
	down, err2 := codec.SealResponse(nil, &head, codec.AEAD, &codec.ResponseHeader{})
	sealer, err3 := codec.NewSealer(head.RequestBody(), zeros)
	if err != nil || err2 != nil || err3 != nil {
		tb.Fatal(err, err2, err3)
	}
	payload := make([]byte, sealer.MaxPayload(8192))
	for len(up) < n {
		if up, err = sealer.Seal(up, payload); err != nil {
			tb.Fatal(err)
		}
	}
	p := newPcap(now)
	p.segment(true, 2, nil)
	p.segment(false, 0x12, nil)
	p.stream(true, up)
	p.stream(false, down)
	p.segment(true, 0x11, nil)
	p.segment(false, 0x11, nil)
	return p.out
}

// pcap writes a classic capture of one TCP connection over raw IPv4.
type pcap struct {
	out  []byte
	time uint32
	seq  [2]uint32 // of the server and the client
}

func newPcap(now uint32) *pcap {
	p := &pcap{time: now, seq: [2]uint32{1000, 2000}}
	for _, v := range []uint32{0xA1B2C3D4, 2 | 4<<16, 0, 0, 262144, 101} {
		p.out = binary.LittleEndian.AppendUint32(p.out, v)
	}
	return p
}

// stream sends data in segments of 1460 bytes.
func (p *pcap) stream(fromClient bool, data []byte) {
	for len(data) > 0 {
		n := min(1460, len(data))
		p.segment(fromClient, 0x18, data[:n])
		data = data[n:]
	}
}

func (p *pcap) segment(fromClient bool, flags byte, data []byte) {
	from, to, mine, theirs := byte(2), byte(1), 0, 1
	if fromClient {
		from, to, mine, theirs = 1, 2, 1, 0
	}
	size := 40 + len(data)
	for _, v := range []uint32{p.time, 0, uint32(size), uint32(size)} {
		p.out = binary.LittleEndian.AppendUint32(p.out, v)
	}
	p.out = append(p.out, 0x45, 0, byte(size>>8), byte(size), 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, from, 192, 0, 2, to)
	ports := [2]uint16{443, 50000}
	p.out = binary.BigEndian.AppendUint16(p.out, ports[mine])
	p.out = binary.BigEndian.AppendUint16(p.out, ports[theirs])
	p.out = binary.BigEndian.AppendUint32(p.out, p.seq[mine])
	p.out = binary.BigEndian.AppendUint32(p.out, p.seq[theirs])
	p.out = append(p.out, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0)
	p.out = append(p.out, data...)
	p.seq[mine] += uint32(len(data))
	if flags&3 != 0 {
		p.seq[mine]++
	}
}
