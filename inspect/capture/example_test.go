package capture_test

import (
	"fmt"
	"io"
	"os"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// sizes is a source, and each sink that it opens counts the bytes of a
// conversation.
type sizes struct{}

func (sizes) Open(r *flow.Record) flow.Sink { return &size{rec: r} }

type size struct {
	rec   *flow.Record
	bytes [2]int
}

func (s *size) Data(from flow.Side, _ flow.Time, p []byte) { s.bytes[from] += len(p) }
func (s *size) Gap(flow.Side, flow.Time, int64)            {}
func (s *size) Close(flow.Side, flow.Time, flow.How)       {}
func (s *size) Finish() {
	fmt.Printf("%s %s > %s: %d bytes there, %d back\n",
		s.rec.Network, s.rec.Ends[flow.A], s.rec.Ends[flow.B], s.bytes[flow.A], s.bytes[flow.B])
}

func ExampleRead() {
	const name = "../../testdata/captures/gap-response-middle.pcap"
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }}
	sum, err := capture.Read([]capture.Input{in}, sizes{}, capture.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sum.Packets, "packets,", sum.Files[0].Format, sum.Files[0].LinkTypes)
	// Output:
	// tcp 127.0.0.1:44334 > 127.0.0.1:21731: 12338 bytes there, 60092 back
	// 96 packets, pcap [EN10MB]
}
