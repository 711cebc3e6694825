package capture

import (
	"net/netip"
	"runtime"
	"testing"

	"vmesskit/inspect/flow"
)

// synFlows makes a capture of n flows that are a SYN each.
func synFlows(n int) []byte {
	file := classicFile(le, false, 1)
	for i := range n {
		src := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 24), byte(i >> 16), byte(i >> 8)}), uint16(1024+i&255))
		p := frame(src, server, uint32(i), 0, syn, nil)
		file = le.AppendUint32(file, uint32(i/100_000))
		file = le.AppendUint32(file, uint32(i%100_000))
		file = le.AppendUint32(file, uint32(len(p)))
		file = le.AppendUint32(file, uint32(len(p)))
		file = append(file, p...)
	}
	return file
}

// heapWatch measures the heap when its last flow was opened.
type heapWatch struct {
	discarder
	left int
	heap uint64
}

func (h *heapWatch) Open(*flow.Record) flow.Sink {
	if h.left--; h.left == 0 {
		h.heap = heapNow()
	}
	return h
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestFlowMemory bounds what a flow costs that nobody answers: a port scan has
// many.
func TestFlowMemory(t *testing.T) {
	const n, most = 100_000, 800
	file := synFlows(n)
	h := &heapWatch{left: n}
	before := heapNow()
	if _, err := Read([]Input{input("syn", file)}, h, Options{}); err != nil || h.heap == 0 {
		t.Fatalf("%d flows are missing, %v", h.left, err)
	}
	each := (h.heap - min(before, h.heap)) / n
	t.Logf("%d bytes for a flow", each)
	if each > most {
		t.Errorf("%d bytes for a flow, want at most %d", each, most)
	}
}
